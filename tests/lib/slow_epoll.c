/* Loaded into a process (LD_PRELOAD): removing a listening socket from an epoll set takes a moment, so that two threads that both want
 * to remove it do it at the same time. With SLOW_EPOLL_MS it takes that long and is told on stderr. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_before_removing(void)
{
    static const char told[] = "slow_epoll: removing\n";
    const char *ms = getenv("SLOW_EPOLL_MS");
    if (ms && write(STDERR_FILENO, told, sizeof told - 1) < 0)
        _exit(1);
    usleep((useconds_t)(ms ? (int)strtol(ms, NULL, 10) : 200) * 1000);
}

int epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
    int listens = 0;
    socklen_t size = sizeof listens;
    if (operation == EPOLL_CTL_DEL && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
        listens)
        wait_before_removing();
    return (int)syscall(SYS_epoll_ctl, set, operation, fd, event);
}

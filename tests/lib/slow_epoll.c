/* Loaded into a process (LD_PRELOAD): removing a descriptor from an epoll set takes a moment, so that two threads that both want to
 * remove it do it at the same time. */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

int epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_DEL)
        usleep(200000);
    return (int)syscall(SYS_epoll_ctl, set, operation, fd, event);
}

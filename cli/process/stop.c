#include "cli/process/stop.h"
#include "cli/command.h"
#include "core/base/clock.h"
#include "schema/db/db.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int event_fd = -1;
static sigset_t signals;

/* timeout(1) and service managers signal the process and its group: that is one request, not two. */
#define SAME_REQUEST_MS 500
/* A database that does not answer keeps nobody from stopping; what was under way is repeated from its cursor. */
#define DATABASE_GRACE_MS 7000

static void *wait_for_signals(void *unused)
{
    const uint64_t one = 1;
    const struct timespec at_once = {0};
    int number;
    (void)unused;
    while (sigwait(&signals, &number) != 0)
        continue;
    if (write(event_fd, &one, sizeof one) != sizeof one)
        _exit(EXIT_INTERRUPTED);
    db_give_up_after(DATABASE_GRACE_MS);
    clock_sleep_ms(SAME_REQUEST_MS);
    while (sigtimedwait(&signals, NULL, &at_once) > 0)
        continue;
    while (sigwait(&signals, &number) != 0)
        continue;
    _exit(EXIT_INTERRUPTED);
}

bool stop_open(int *fd_out, struct err *err)
{
    pthread_t thread;
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0)
        return err_errno(err, "eventfd");
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    if ((errno = pthread_sigmask(SIG_BLOCK, &signals, NULL)) ||
        (errno = pthread_create(&thread, NULL, wait_for_signals, NULL)))
        return err_errno(err, "signal thread");
    pthread_detach(thread);
    *fd_out = event_fd;
    return true;
}

bool stop_wait(int fd, int64_t ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, (int)ms) > 0;
}

bool stop_asked(int fd)
{
    return stop_wait(fd, 0);
}

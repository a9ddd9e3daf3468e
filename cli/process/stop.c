#include "cli/process/stop.h"
#include "cli/command.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/config/reload.h"
#include "schema/db/db.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int event_fd = -1;
static sigset_t signals;

/* timeout(1) and service managers signal the process and its group: that is one request, not two. */
#define SAME_REQUEST_MS 500
/* A database that does not answer must not prevent a stop; interrupted work is repeated from its cursor. */
#define DATABASE_GRACE_MS 7000

/* A shell that ends sends SIGHUP to its jobs, like the kernel when the terminal is closed; nohup(1) ignores it. */
static bool has_terminal, keeps_without, reloads;

static bool terminal_is_there(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool is_reload(int number)
{
    return number == SIGHUP && reloads && (keeps_without || !has_terminal || terminal_is_there());
}

/* Waits for the next signal that means stop. */
static void wait_for_stop_signal(void)
{
    int number;
    for (;;) {
        if (sigwait(&signals, &number) != 0)
            continue;
        if (!is_reload(number))
            return;
        reload_request();
    }
}

/* A stopping process does not reload any more. */
static void drop_waiting(void)
{
    const struct timespec at_once = {0};
    while (sigtimedwait(&signals, NULL, &at_once) > 0)
        continue;
}

static void *wait_for_signals(void *unused)
{
    const uint64_t one = 1;
    (void)unused;
    wait_for_stop_signal();
    db_give_up_after(DATABASE_GRACE_MS); /* first: what the event wakes may ask for more */
    if (write(event_fd, &one, sizeof one) != sizeof one)
        _exit(EXIT_INTERRUPTED);
    clock_sleep_ms(SAME_REQUEST_MS);
    drop_waiting();
    wait_for_stop_signal();
    _exit(EXIT_INTERRUPTED);
}

void stop_hold_hup(bool hold)
{
    sigset_t hup;
    sigemptyset(&hup);
    sigaddset(&hup, SIGHUP);
    reloads = hold;
    pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &hup, NULL);
}

/* but_ignored: not those that are ignored, as nohup(1) and a shell's background leave them: waiting for them would receive them. */
static bool block_signals(bool but_ignored, struct err *err)
{
    static const int all[] = {SIGINT, SIGTERM, SIGHUP};
    sigemptyset(&signals);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct sigaction now;
        if (sigaction(all[i], NULL, &now) != 0 || !but_ignored || now.sa_handler != SIG_IGN)
            sigaddset(&signals, all[i]);
    }
    errno = pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return !errno || err_errno(err, "signals");
}

bool stop_open(int *fd_out, struct err *err)
{
    pthread_t thread;
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0)
        return err_errno(err, "eventfd");
    signal(SIGPIPE, SIG_IGN);
    if (!block_signals(false, err))
        return false;
    keeps_without = signal(SIGHUP, SIG_DFL) == SIG_IGN; /* an ignored signal is never received */
    has_terminal = terminal_is_there();
    if (!thread_start(&thread, wait_for_signals, NULL, err))
        return false;
    pthread_detach(thread);
    *fd_out = event_fd;
    return true;
}

static _Atomic(const char *) last_text;

static void leave(int number)
{
    (void)number;
    _exit(EXIT_INTERRUPTED);
}

#define LAST_WORDS_S 2 /* for a terminal or pipe that takes nothing */

/* Neither writes through stdio without its lock nor waits for it: the main thread may be in the middle of a line. */
static void *end_command(void *command)
{
    int number;
    while (sigwait(&signals, &number) != 0)
        continue;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, leave);
    alarm(LAST_WORDS_S);
    if (ftrylockfile(stdout) == 0)
        fflush(stdout);
    dprintf(STDERR_FILENO, "%sgitomatic %s: interrupted: %s\n", isatty(STDERR_FILENO) ? "\n" : "",
            (const char *)command, atomic_load(&last_text));
    _exit(EXIT_INTERRUPTED);
}

void stop_says(const char *text)
{
    atomic_store(&last_text, text);
}

bool stop_ends_command(const char *command, const char *text, struct err *err)
{
    pthread_t thread;
    stop_says(text);
    if (!block_signals(true, err) || !thread_start(&thread, end_command, (void *)(uintptr_t)command, err))
        return false;
    pthread_detach(thread);
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

bool stop_begun(void)
{
    return event_fd >= 0 && stop_asked(event_fd);
}

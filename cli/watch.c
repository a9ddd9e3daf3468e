#include "cli/watch.h"
#include "core/base/clock.h"
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static bool is_screen(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static atomic_bool stopped;
static int stop_fd = -1;

/* The screen is restored before the end. */
static void on_signal(int number)
{
    const uint64_t one = 1;
    (void)number;
    atomic_store(&stopped, true);
    if (write(stop_fd, &one, sizeof one) < 0)
        return; /* it can be read already */
}

/* nohup(1) ignores SIGHUP, and a shell SIGQUIT for what it starts in the background. */
static bool catch_unless_ignored(int number, const struct sigaction *action)
{
    struct sigaction before;
    return sigaction(number, NULL, &before) == 0 &&
           (before.sa_handler == SIG_IGN || sigaction(number, action, NULL) == 0);
}

bool watch_catch_signals(const atomic_bool **stopped_out, struct err *err)
{
    static const int others[] = {SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};
    const struct sigaction action = {.sa_handler = on_signal};
    bool ok;
    stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    *stopped_out = &stopped;
    ok = stop_fd >= 0 && sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
    for (size_t i = 0; ok && i < ARRAY_LEN(others); i++)
        ok = catch_unless_ignored(others[i], &action);
    return ok || err_errno(err, "signals");
}

/* Cuts what does not fit at the right and at the bottom; the last line says so. */
static void draw(slice text)
{
    slice line;
    int row = 0;
    erase();
    while (slice_split(&text, '\n', &line) && row < LINES) {
        int n = line.len < (size_t)COLS ? (int)line.len : COLS;
        if (row == LINES - 1 && text.len > 1)
            mvaddnstr(row, 0, "… more: use a taller terminal, or gitomatic status", COLS);
        else
            mvaddnstr(row, 0, line.ptr, n);
        row++;
    }
    refresh();
}

/* True when the watch must end. */
static bool wait_for_end(bool screen, int interval_s)
{
    int64_t until = clock_mono_ms() + interval_s * 1000;
    for (int64_t left = interval_s * 1000; left > 0; left = until - clock_mono_ms()) {
        struct pollfd fds[] = {{.fd = stop_fd, .events = POLLIN},
                               {.fd = screen ? STDIN_FILENO : -1, .events = POLLIN}};
        if (atomic_load(&stopped))
            return true;
        if (poll(fds, 2, (int)left) <= 0)
            continue; /* resized, a signal, or over */
        for (int key = getch(); key != ERR; key = getch())
            if (key == 'q' || key == 'Q' || key == 3)
                return true;
        if (fds[1].revents & (POLLHUP | POLLERR))
            return true;
    }
    return false;
}

static bool open_screen(struct err *err)
{
    setlocale(LC_CTYPE, "");
    if (!newterm(NULL, stdout, stdin))
        return err_set(err, ERR_USAGE,
                       "TERM is \"%.40s\", expected a type that this machine knows, such as xterm-256color",
                       getenv("TERM"));
    cbreak();
    noecho();
    curs_set(0);
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    return true;
}

bool watch_run(bool (*fill)(void *context, struct buf *out, struct err *err), void *context, int interval_s,
               struct err *err)
{
    AUTO_BUF text = {0};
    bool screen = is_screen(), ok = true, first = true;
    signal(SIGPIPE, SIG_IGN);
    if (screen && !open_screen(err))
        return false;
    do {
        buf_reset(&text);
        ok = fill(context, &text, err);
        if (atomic_load(&stopped))
            break;
        if (ok && screen) {
            draw(buf_slice(&text));
        } else if (ok) {
            printf("%s%.*s", first ? "" : "\n", SLICE_ARG(buf_slice(&text)));
            if (fflush(stdout) != 0 || ferror(stdout))
                break; /* the output is closed */
        }
        first = false;
    } while (ok && !wait_for_end(screen, interval_s));
    if (screen)
        endwin();
    return ok;
}

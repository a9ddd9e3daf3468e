#include "cli/watch.h"
#include "core/base/clock.h"
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

static bool is_screen(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

/* SIGINT and SIGTERM as a file descriptor, so that the screen is restored before the end. */
static int stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
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
static bool wait_for_end(int signals, bool screen, int interval_s)
{
    int64_t until = clock_mono_ms() + interval_s * 1000;
    for (int64_t left = interval_s * 1000; left > 0; left = until - clock_mono_ms()) {
        struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
                               {.fd = screen ? STDIN_FILENO : -1, .events = POLLIN}};
        if (poll(fds, 2, (int)left) <= 0)
            continue; /* resized, or over */
        if (fds[0].revents)
            return true;
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
        return err_set(err, ERR_USAGE, "TERM is \"%.40s\", which this terminal library does not know",
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
    struct buf text;
    bool screen = is_screen(), ok = true, first = true;
    int signals = stop_signals();
    signal(SIGPIPE, SIG_IGN);
    if (signals < 0)
        return err_errno(err, "signalfd");
    if (screen && !open_screen(err))
        return false;
    buf_init(&text, 0);
    do {
        buf_reset(&text);
        ok = fill(context, &text, err);
        if (ok && screen) {
            draw(buf_slice(&text));
        } else if (ok) {
            printf("%s%.*s", first ? "" : "\n", SLICE_ARG(buf_slice(&text)));
            if (fflush(stdout) != 0 || ferror(stdout))
                break; /* the output is closed */
        }
        first = false;
    } while (ok && !wait_for_end(signals, screen, interval_s));
    if (screen)
        endwin();
    buf_finish(&text);
    close(signals);
    return ok;
}

#include "cli/terminal/console.h"
#include "core/base/buf.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The cursor rests at the line's first column: if a terminal that has become narrower wraps the line, all its rows are after the
 * cursor, and are cleared by this. */
#define CLEAR_LINE     "\r\x1b[J"
#define LINE_MAX_BYTES 9000 /* log lines are shorter; a longer foreign line is split */
#define DEFAULT_WIDTH  80
#define WAKE_MS        100

struct console {
    bool terminal, colour;
    int terminal_fd; /* where log lines go: stderr as it was; -1: stderr is not captured */
    int pipe_fd;     /* read end */
    pthread_t thread;
    _Atomic bool closing;
    pthread_mutex_t lock; /* the fields below, and every write to the terminal */
    char line[PROGRESS_LINE_MAX + 1];
    enum progress_tone tone;
};

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

static void write_all(int fd, slice text)
{
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            poll(&p, 1, 1000);
            continue;
        }
        if (n < 0 && errno != EINTR)
            return; /* cannot be reported anywhere */
        if (n > 0)
            text = slice_from(text.ptr + n, text.len - (size_t)n);
    }
}

static const char *colour_of(const struct console *c)
{
    if (!c->colour)
        return "";
    return c->tone == TONE_AWAY ? "\x1b[31m" : c->tone == TONE_WAITS ? "\x1b[33m" : "\x1b[36m";
}

/* A cursor in the last column may or may not wrap, so that column is not used. */
int console_width(const struct console *c)
{
    struct winsize size;
    if (!c->terminal)
        return PROGRESS_LINE_MAX;
    int columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : DEFAULT_WIDTH;
    return columns - 1;
}

/* The line may have been made for a wider terminal. */
static void put_progress(const struct console *c, struct buf *out)
{
    if (*c->line)
        buf_printf(out, "%s%.*s%s\r", colour_of(c), console_width(c), c->line, c->colour ? "\x1b[0m" : "");
}

/* ---- log lines ---- */

/* "2026-… warn  crawler …": the line's colour, or "". */
static const char *colour_of_level(const struct console *c, slice line)
{
    ptrdiff_t blank = slice_find(line, ' ');
    if (!c->colour || blank < 0)
        return "";
    slice rest = slice_from(line.ptr + blank + 1, line.len - (size_t)blank - 1);
    return slice_starts(rest, SLICE("error "))  ? "\x1b[31m"
           : slice_starts(rest, SLICE("warn ")) ? "\x1b[33m"
                                                : "";
}

/* Whole lines; control characters would move the cursor away from where the progress line is. */
static void put_lines(const struct console *c, slice text, struct buf *out)
{
    slice line;
    while (text.len && slice_split(&text, '\n', &line)) {
        const char *colour = colour_of_level(c, line);
        buf_puts(out, colour);
        for (size_t i = 0; i < line.len; i++) {
            unsigned char byte = (unsigned char)line.ptr[i];
            buf_putc(out, (byte < ' ' && byte != '\t') || byte == 0x7f ? '?' : (char)byte);
        }
        buf_puts(out, *colour ? "\x1b[0m\n" : "\n");
    }
}

static void print_above(struct console *c, int fd, slice text, bool is_log)
{
    AUTO_BUF out = {0};
    pthread_mutex_lock(&c->lock);
    if (*c->line)
        buf_puts(&out, CLEAR_LINE);
    if (is_log)
        put_lines(c, text, &out);
    else
        buf_put(&out, text.ptr, text.len);
    put_progress(c, &out);
    write_all(fd, buf_slice(&out));
    pthread_mutex_unlock(&c->lock);
}

static void *read_logs(void *console)
{
    struct console *c = console;
    char text[LINE_MAX_BYTES];
    size_t n = 0;
    for (;;) {
        bool closing = atomic_load(&c->closing);
        struct pollfd p = {.fd = c->pipe_fd, .events = POLLIN};
        if (poll(&p, 1, closing ? 0 : WAKE_MS) <= 0 && closing)
            break;
        ssize_t got = p.revents & (POLLIN | POLLHUP) ? read(c->pipe_fd, text + n, sizeof text - n) : -1;
        if (got == 0)
            break;
        if (got < 0)
            continue;
        n += (size_t)got;
        const char *end = memrchr(text, '\n', n);
        size_t whole = end ? (size_t)(end - text) + 1 : n == sizeof text ? n : 0;
        if (whole)
            print_above(c, c->terminal_fd, slice_from(text, whole), true);
        memmove(text, text + whole, n - whole);
        n -= whole;
    }
    if (n)
        print_above(c, c->terminal_fd, slice_from(text, n), true);
    return NULL;
}

/* ---- life ---- */

static bool is_same_terminal(int a, int b)
{
    struct stat one, other;
    return isatty(a) && isatty(b) && !fstat(a, &one) && !fstat(b, &other) && one.st_rdev == other.st_rdev;
}

static bool capture(struct console *c, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return err_errno(err, "pipe");
    c->pipe_fd = ends[0];
    c->terminal_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    fflush(stderr);
    bool ok = c->terminal_fd >= 0 && dup2(ends[1], STDERR_FILENO) >= 0;
    if (!ok)
        err_errno(err, "stderr");
    close(ends[1]);
    if (ok && !thread_start(&c->thread, read_logs, c, err)) {
        dup2(c->terminal_fd, STDERR_FILENO);
        ok = false;
    }
    if (!ok) {
        if (c->terminal_fd >= 0)
            close(c->terminal_fd);
        c->terminal_fd = -1;
        close(c->pipe_fd);
    }
    return ok;
}

bool console_open(struct console **out, struct err *err)
{
    struct console *c = xcalloc(1, sizeof *c);
    const char *term = getenv("TERM");
    c->terminal_fd = -1;
    c->terminal = isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
    c->colour = c->terminal && !is_set("NO_COLOR");
    pthread_mutex_init(&c->lock, NULL);
    if (c->terminal && is_same_terminal(STDOUT_FILENO, STDERR_FILENO) && !capture(c, err)) {
        pthread_mutex_destroy(&c->lock);
        free(c);
        return false;
    }
    *out = c;
    return true;
}

void console_close(struct console *c)
{
    if (!c)
        return;
    console_progress(c, "", TONE_PLAIN);
    if (c->terminal_fd >= 0) {
        fflush(stderr);
        dup2(c->terminal_fd, STDERR_FILENO);
        atomic_store(&c->closing, true);
        pthread_join(c->thread, NULL);
        close(c->terminal_fd);
        close(c->pipe_fd);
    }
    pthread_mutex_destroy(&c->lock);
    free(c);
}

bool console_is_terminal(const struct console *c)
{
    return c->terminal;
}

void console_print(struct console *c, const char *text, size_t len)
{
    fflush(stdout);
    print_above(c, STDOUT_FILENO, slice_from(text, len), false);
}

void console_progress(struct console *c, const char *line, enum progress_tone tone)
{
    AUTO_BUF out = {0};
    if (!c->terminal)
        return;
    pthread_mutex_lock(&c->lock);
    bool was_shown = *c->line != '\0', changed = strcmp(line, c->line) != 0 || tone != c->tone;
    snprintf(c->line, sizeof c->line, "%s", line);
    c->tone = tone;
    if (changed && (was_shown || *line)) {
        buf_puts(&out, CLEAR_LINE);
        put_progress(c, &out);
        write_all(STDOUT_FILENO, buf_slice(&out));
    }
    pthread_mutex_unlock(&c->lock);
}

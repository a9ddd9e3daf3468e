#include "core/log/target.h"
#include "core/log/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <yder.h>

#define SYSLOG_SOCKET   "/dev/log"
#define JOURNALD_SOCKET "/run/systemd/journal/socket"
#define EXPECTED        "expected stderr, syslog, journald, or the path of a file (with a '/')"

static enum { TO_STDERR, TO_SYSLOG, TO_JOURNAL, TO_FILE } kind = TO_STDERR;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the fields below, and yder */
static char *path;
static int file_fd = -1;
static struct stat opened;
static _Atomic bool file_torn, refuses;

/* For lines that the file refuses: no thread waits longer for a stderr that is not read. */
#define STDERR_MS 200
#define STUCK_MS  20
static pthread_mutex_t stderr_lock =
    PTHREAD_MUTEX_INITIALIZER; /* never taken before the other, nor within it */
static _Atomic bool stderr_torn, stderr_stuck;
static _Atomic int64_t n_lost;

static const unsigned long levels[] = {
    [LOG_ERROR] = Y_LOG_LEVEL_ERROR,
    [LOG_WARN] = Y_LOG_LEVEL_WARNING,
    [LOG_INFO] = Y_LOG_LEVEL_INFO,
    [LOG_DEBUG] = Y_LOG_LEVEL_DEBUG,
};

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* The old descriptor stays when the file can't be opened. */
static bool open_file(const char *name)
{
    int fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd < 0)
        return false;
    const struct stat before = opened; /* its number is not given again as long as it is open */
    bool known = fstat(fd, &opened) == 0;
    if (file_fd < 0 || !known || !is_same_file(&opened, &before))
        atomic_store(&file_torn, false);
    if (file_fd >= 0)
        close(file_fd);
    file_fd = fd;
    return known;
}

/* Messages of libraries through yder go there as well, down to our level. */
static bool open_system(unsigned long mode, const char *socket_path, const char *target, struct err *err)
{
    enum log_level level = LOG_DEBUG;
    while (level > LOG_ERROR && !log_enabled(level))
        level--;
    if (access(socket_path, W_OK) != 0)
        return err_set(err, ERR_SYSTEM,
                       "LOG_TARGET: %s: %s: %s. Start that service, or choose another target", target,
                       socket_path, strerror(errno));
    if (!y_init_logs("gitomatic", mode, levels[level], NULL, NULL))
        return err_set(err, ERR_SYSTEM, "LOG_TARGET: %s: cannot open the log", target);
    kind = mode == Y_LOG_MODE_JOURNALD ? TO_JOURNAL : TO_SYSLOG;
    return kind == TO_SYSLOG || journal_open(socket_path, err);
}

bool log_target_open(const char *target, struct err *err)
{
    if (strcmp(target, "stderr") == 0)
        return true;
    if (strcmp(target, "syslog") == 0)
        return open_system(Y_LOG_MODE_SYSLOG, SYSLOG_SOCKET, target, err);
    if (strcmp(target, "journald") == 0)
        return open_system(Y_LOG_MODE_JOURNALD, JOURNALD_SOCKET, target, err);
    if (!strchr(target, '/'))
        return err_set(err, ERR_CONFIG, "LOG_TARGET: got \"%.60s\", " EXPECTED, target);
    if (!open_file(target))
        return err_set(err, ERR_CONFIG, "LOG_TARGET: can't append to %s: %s", target, strerror(errno));
    free(path);
    path = realpath(target, NULL);
    kind = TO_FILE;
    return path || err_set(err, ERR_SYSTEM, "out of memory");
}

bool log_target_reopen(struct err *err)
{
    bool ok = true;
    pthread_mutex_lock(&lock);
    if (kind == TO_FILE && !open_file(path))
        ok = err_errno(err, "LOG_TARGET: %s", path);
    pthread_mutex_unlock(&lock);
    return ok;
}

bool log_target_is_system(void)
{
    return kind == TO_SYSLOG || kind == TO_JOURNAL;
}

bool log_target_is_journal(void)
{
    return kind == TO_JOURNAL;
}

/* A full disk may take a part of a line. The next one then begins with an LF, so that only that part is spoiled. */
static bool write_line(int fd, _Atomic bool *torn, slice line)
{
    if (atomic_load(torn) && write(fd, "\n", 1) != 1)
        return false;
    size_t done = 0;
    for (ssize_t n; done < line.len && (n = write(fd, line.ptr + done, line.len - done)) > 0;)
        done += (size_t)n;
    atomic_store(torn, done && done < line.len);
    return done == line.len;
}

static void write_stderr(slice line)
{
    if (!write_line(STDERR_FILENO, &stderr_torn, line))
        return; /* nowhere left to say so */
}

/* Room for PIPE_BUF bytes or more (pipe(7)), or an error that write() tells. */
static bool stderr_has_room(int wait_ms)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&fd, 1, wait_ms) == 1;
}

/* Other processes may fill a pipe that they share with us after it had room. A description of its own makes our writes fail then, while
 * theirs wait as before. -1: not a pipe, or another user's. */
static int open_own_stderr(void)
{
    struct stat st;
    bool is_pipe = fstat(STDERR_FILENO, &st) == 0 && S_ISFIFO(st.st_mode);
    return is_pipe ? open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) : -1;
}

static bool write_parts_to(int fd, slice line, int wait_ms)
{
    for (size_t done = 0; done < line.len;) {
        size_t left = line.len - done, part = left < PIPE_BUF / 2 ? left : PIPE_BUF / 2;
        bool torn_before = atomic_load(&stderr_torn);
        if (done)
            atomic_store(&stderr_torn, false); /* the rest of the same line */
        bool ok = stderr_has_room(wait_ms) && write_line(fd, &stderr_torn, (slice){line.ptr + done, part});
        if (!ok) {
            atomic_store(&stderr_torn, done || torn_before || atomic_load(&stderr_torn));
            return false;
        }
        done += part;
    }
    return true;
}

static bool write_parts(slice line, int wait_ms)
{
    int own = open_own_stderr();
    bool ok = write_parts_to(own >= 0 ? own : STDERR_FILENO, line, wait_ms);
    if (own >= 0)
        close(own);
    return ok;
}

/* Waits a moment for a slow reader, but only once: until one reads again, lines are counted instead. */
static void write_refused(slice line)
{
    struct timespec until;
    int wait_ms = atomic_load(&stderr_stuck) ? 0 : STDERR_MS;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec +=
        (wait_ms ? wait_ms : STUCK_MS) * 1000000L; /* another thread's line is not stderr's fault */
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    bool ok = false;
    if (pthread_mutex_clocklock(&stderr_lock, CLOCK_MONOTONIC, &until) == 0) {
        ok = write_parts(line, wait_ms);
        pthread_mutex_unlock(&stderr_lock);
    }
    atomic_store(&stderr_stuck, !ok);
    if (!ok)
        atomic_fetch_add(&n_lost, 1);
}

/* A file that was emptied in place has no part of a line either. */
static void look_at_file(void)
{
    struct stat now;
    if (stat(path, &now) != 0 || !is_same_file(&now, &opened))
        open_file(path);
    else if (now.st_size == 0)
        atomic_store(&file_torn, false);
}

/* False: the file does not take it. *first_out: the line before was taken. */
static bool write_file(slice line, bool *first_out, struct err *err)
{
    look_at_file();
    bool ok = write_line(file_fd, &file_torn, line);
    *first_out = !ok && !atomic_load(&refuses);
    if (*first_out)
        err_errno(err, "LOG_TARGET: %s takes no more lines, which go to stderr until it does", path);
    atomic_store(&refuses, !ok);
    return ok;
}

bool log_target_write(enum log_level level, slice line, struct err *err)
{
    bool ok = true, first = false;
    if (kind == TO_STDERR) {
        write_stderr(line);
        return true;
    }
    pthread_mutex_lock(&lock);
    if (kind == TO_FILE)
        ok = write_file(line, &first, err);
    else
        y_log_message(levels[level], "%.*s", (int)line.len - 1, line.ptr);
    pthread_mutex_unlock(&lock);
    if (!ok)
        write_refused(line);
    return !first;
}

void log_target_write_entry(slice entry, slice line)
{
    if (!journal_send(entry))
        write_refused(line);
}

int64_t log_target_take_lost(void)
{
    if (atomic_load_explicit(&n_lost, memory_order_relaxed) == 0 ||
        (atomic_load(&refuses) && atomic_load(&stderr_stuck)))
        return 0;
    return atomic_exchange(&n_lost, 0);
}

void log_target_write_last(slice line)
{
    if (write(kind == TO_FILE ? file_fd : STDERR_FILENO, line.ptr, line.len) < 0)
        return; /* nowhere left to say so */
}

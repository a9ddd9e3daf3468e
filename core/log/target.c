#include "core/log/target.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yder.h>

#define SYSLOG_SOCKET   "/dev/log"
#define JOURNALD_SOCKET "/run/systemd/journal/socket"
#define EXPECTED        "expected stderr, syslog, journald, or the path of a file (with a '/')"

static enum { TO_STDERR, TO_SYSTEM, TO_FILE } kind = TO_STDERR;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the fields below, and yder */
static char *path;
static int file_fd = -1;
static struct stat opened;

static const unsigned long levels[] = {
    [LOG_ERROR] = Y_LOG_LEVEL_ERROR,
    [LOG_WARN] = Y_LOG_LEVEL_WARNING,
    [LOG_INFO] = Y_LOG_LEVEL_INFO,
    [LOG_DEBUG] = Y_LOG_LEVEL_DEBUG,
};

/* The old descriptor stays when the file can't be opened. */
static bool open_file(const char *name)
{
    int fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd < 0)
        return false;
    if (file_fd >= 0)
        close(file_fd);
    file_fd = fd;
    return fstat(fd, &opened) == 0;
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
    kind = TO_SYSTEM;
    return true;
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
    return kind == TO_SYSTEM;
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
    static _Atomic bool torn;
    if (!write_line(STDERR_FILENO, &torn, line))
        return; /* nowhere left to say so */
}

/* True: it is in the file, or it is known that the file takes none. */
static bool write_file(slice line, struct err *err)
{
    static _Atomic bool torn;
    static bool refuses;
    struct stat now;
    if (stat(path, &now) != 0 || now.st_ino != opened.st_ino || now.st_dev != opened.st_dev)
        open_file(path);
    bool ok = write_line(file_fd, &torn, line), first = !ok && !refuses;
    if (first)
        err_errno(err, "LOG_TARGET: %s takes no more lines, which go to stderr until it does", path);
    if (!ok)
        write_stderr(line);
    refuses = !ok;
    return !first;
}

bool log_target_write(enum log_level level, slice line, struct err *err)
{
    bool ok = true;
    if (kind == TO_STDERR) {
        write_stderr(line);
        return true;
    }
    pthread_mutex_lock(&lock);
    if (kind == TO_FILE)
        ok = write_file(line, err);
    else
        y_log_message(levels[level], "%.*s", (int)line.len - 1, line.ptr);
    pthread_mutex_unlock(&lock);
    return ok;
}

void log_target_write_last(slice line)
{
    if (write(kind == TO_FILE ? file_fd : STDERR_FILENO, line.ptr, line.len) < 0)
        return; /* nowhere left to say so */
}

#include "cli/cluster/addresses.h"
#include "core/log/log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define FILE_NAME "addresses"

static bool path_of(const char *data_dir, const char *name, char out[PATH_MAX])
{
    int n = snprintf(out, PATH_MAX, "%s/%s", data_dir, name);
    errno = ENAMETOOLONG;
    return n > 0 && n < PATH_MAX;
}

static bool lock_file(int fd, int command, short type)
{
    struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
    return fcntl(fd, command, &whole) == 0;
}

bool addresses_awaited(const char *data_dir)
{
    char path[PATH_MAX];
    int fd = path_of(data_dir, "lock", path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        close(fd);
    return held;
}

bool addresses_taken(const char *data_dir, struct err *err)
{
    char path[PATH_MAX], whole[PATH_MAX], pid[32] = "";
    int fd = path_of(data_dir, "lock", path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0 && pread(fd, pid, sizeof pid - 1, 0) > 0)
        pid[strcspn(pid, "\n")] = '\0';
    if (fd >= 0)
        close(fd);
    return err_set(
        err, ERR_SYSTEM,
        "another gitomatic up or upgrade-cluster (process %s) runs in the data folder %.120s: end it first",
        *pid ? pid : "?", realpath(data_dir, whole) ? whole : data_dir);
}

/* Some network file systems have no such locks, though flock(2), which the data folder's own lock needs. */
static bool has_no_locks(int number)
{
    return number == ENOLCK || number == EINVAL || number == ENOSYS || number == EOPNOTSUPP;
}

/* Looks at the file's lock without taking it. Where there are no such locks, the data folder's is taken, shared and for a moment: a start
 * waits for its end (embedded.c), and removes the file that a killed process left. */
static bool is_locked(const char *data_dir, int fd)
{
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &whole) != 0)
        return has_no_locks(errno) && addresses_awaited(data_dir);
    return whole.l_type != F_UNLCK;
}

void address_of(const char *public_url, bool tls, const char *listen_text, char out[ADDRESS_SIZE])
{
    const char *port = strrchr(listen_text, ':'), *scheme = tls ? "https" : "http";
    if (public_url) {
        snprintf(out, ADDRESS_SIZE, "%s", public_url);
        for (size_t n = strlen(out); n && out[n - 1] == '/'; n--)
            out[n - 1] = '\0';
        return;
    }
    if (strncmp(listen_text, "0.0.0.0:", 8) == 0)
        snprintf(out, ADDRESS_SIZE, "%s://127.0.0.1%s", scheme, port);
    else if (strncmp(listen_text, "[::]:", 5) == 0)
        snprintf(out, ADDRESS_SIZE, "%s://[::1]%s", scheme, port);
    else
        snprintf(out, ADDRESS_SIZE, "%s://%s", scheme, listen_text);
}

static bool write_all(int fd, const struct addresses *all)
{
    int n = dprintf(fd, *all->demo ? "pages=%s\ndemo=%s\n" : "pages=%s\n", all->pages, all->demo);
    return n > 0;
}

static bool lock_or_warn(const char *data_dir, int fd)
{
    if (lock_file(fd, F_OFD_SETLK, F_WRLCK))
        return true;
    if (!has_no_locks(errno))
        return false;
    log_warn("up.no_locks", L_STR("folder", data_dir), L_STR("why", strerror(errno)),
             L_STR("note", "its file system cannot lock the file of addresses: a crawler or mirror that is "
                           "started beside a demo does not end with it"));
    return true;
}

void addresses_remove_stale(const char *data_dir)
{
    char path[PATH_MAX];
    if (path_of(data_dir, FILE_NAME, path) && unlink(path) && errno != ENOENT)
        log_warn("up.stale_addresses", L_STR("file", path), L_STR("why", strerror(errno)));
}

bool addresses_publish(const char *data_dir, const struct addresses *all, int *fd_out, struct err *err)
{
    char path[PATH_MAX], fresh[PATH_MAX];
    bool named = path_of(data_dir, FILE_NAME, path) && path_of(data_dir, FILE_NAME ".new", fresh);
    int fd = -1;
    if (named && (unlink(fresh) == 0 || errno == ENOENT))
        fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 || !write_all(fd, all) || !lock_or_warn(data_dir, fd) || rename(fresh, path)) {
        err_errno(err, "write %.200s/" FILE_NAME, data_dir);
        if (fd >= 0) {
            close(fd);
            unlink(fresh);
        }
        return false;
    }
    *fd_out = fd;
    return true;
}

void addresses_withdraw(const char *data_dir, int fd)
{
    char path[PATH_MAX];
    if (fd < 0)
        return;
    if (path_of(data_dir, FILE_NAME, path))
        unlink(path);
    close(fd);
}

/* The value if the line has that name. */
static void take(char *line, const char *name, char out[ADDRESS_SIZE])
{
    size_t n = strlen(name);
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, name, n) == 0 && strncmp(line + n, "http", strlen("http")) == 0)
        snprintf(out, ADDRESS_SIZE, "%s", line + n);
}

static void read_all(int fd, struct addresses *out)
{
    char line[ADDRESS_SIZE + 16];
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *in = copy >= 0 ? fdopen(copy, "r") : NULL;
    while (in && fgets(line, sizeof line, in)) {
        take(line, "pages=", out->pages);
        take(line, "demo=", out->demo);
    }
    if (in)
        fclose(in);
    else if (copy >= 0)
        close(copy);
}

int addresses_open(const char *data_dir, struct addresses *out)
{
    char path[PATH_MAX];
    int fd = path_of(data_dir, FILE_NAME, path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    *out = (struct addresses){.pages = ""};
    if (fd >= 0 && is_locked(data_dir, fd))
        read_all(fd, out);
    if (*out->pages)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

bool addresses_read(const char *data_dir, struct addresses *out)
{
    int fd = addresses_open(data_dir, out);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

bool addresses_wait(int fd)
{
    bool free;
    do
        free = lock_file(fd, F_OFD_SETLKW, F_RDLCK);
    while (!free && errno == EINTR);
    return free;
}

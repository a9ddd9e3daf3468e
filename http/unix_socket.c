#include "http/unix_socket.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

/* Whether a process listens there; *stale_out: it is a socket without a listener. */
static bool is_in_use(const struct sockaddr_un *address, bool *stale_out)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *stale_out = false;
    if (fd < 0)
        return true;
    bool connected = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    *stale_out = !connected && errno == ECONNREFUSED;
    close(fd);
    return !*stale_out;
}

static bool make_way(const char *setting, const struct sockaddr_un *address, struct err *err)
{
    struct stat there;
    bool stale;
    if (lstat(address->sun_path, &there) != 0)
        return errno == ENOENT || err_set(err, ERR_CONFIG, "%s: can't look at %s: %s", setting,
                                          address->sun_path, strerror(errno));
    if (!S_ISSOCK(there.st_mode))
        return err_set(err, ERR_CONFIG, "%s: %s exists and is not a socket: expected an unused path", setting,
                       address->sun_path);
    if (is_in_use(address, &stale))
        return err_set(err, ERR_CONFIG, "%s: another process listens at %s: stop it, or choose another path",
                       setting, address->sun_path);
    return unlink(address->sun_path) == 0 ||
           err_set(err, ERR_CONFIG, "%s: can't remove the stale socket %s: %s", setting, address->sun_path,
                   strerror(errno));
}

bool unix_socket_open(const char *setting, const char *path, mode_t mode, struct unix_socket *out,
                      struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat made;
    *out = (struct unix_socket){.fd = -1};
    if (path[0] != '/' || strlen(path) >= sizeof address.sun_path)
        return err_set(err, ERR_CONFIG, "%s: got \"%.120s\", expected an absolute path of at most %zu bytes",
                       setting, path, sizeof address.sun_path - 1);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (!make_way(setting, &address, err))
        return false;
    out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* The mode of the descriptor becomes the file's, less the umask's bits (unix(7)): never more, not even for a moment. */
    bool ok = out->fd >= 0 && fchmod(out->fd, mode) == 0 &&
              bind(out->fd, (struct sockaddr *)&address, sizeof address) == 0;
    bool bound = ok;
    ok = ok && chmod(path, mode) == 0 && stat(path, &made) == 0 && listen(out->fd, BACKLOG) == 0;
    int why = errno;
    if (bound)
        snprintf(out->path, sizeof out->path, "%s", path);
    if (ok) {
        out->inode = made.st_ino;
        return true;
    }
    if (bound)
        unlink(path);
    out->path[0] = '\0';
    unix_socket_close(out);
    return err_set(err, ERR_CONFIG, "%s: can't listen at %s: %s", setting, path, strerror(why));
}

/* Removes only the file: the server has the descriptor. */
static void unix_socket_remove(struct unix_socket *s)
{
    struct stat there;
    if (s->path[0] && lstat(s->path, &there) == 0 && there.st_ino == s->inode)
        unlink(s->path);
    s->path[0] = '\0';
}

void unix_socket_close(struct unix_socket *s)
{
    unix_socket_remove(s);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

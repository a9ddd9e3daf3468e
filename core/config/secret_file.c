#include "core/config/secret_file.h"
#include "core/base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* some editors begin a text with it */

static bool wrong(struct err *err, const char *variable, const char *path, const char *what)
{
    return err_set(err, ERR_CONFIG, "%s: \"%.100s\" %s", variable, path, what);
}

/* -1 and errno; more than SECRET_FILE_MAX_BYTES: it is larger. */
static ssize_t read_all(int fd, char *out)
{
    size_t n = 0;
    while (n <= SECRET_FILE_MAX_BYTES) {
        ssize_t got = read(fd, out + n, SECRET_FILE_MAX_BYTES + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static bool check(const char *variable, const char *path, const char *value, ssize_t n, struct err *err)
{
    if (n > SECRET_FILE_MAX_BYTES)
        return wrong(err, variable, path,
                     "is larger than 65536 bytes: expected a file that holds the secret alone");
    if (memchr(value, '\0', (size_t)n))
        return wrong(err, variable, path, "holds a NUL byte: expected text");
    if (strspn(value, "\r\n") == (size_t)n)
        return wrong(err, variable, path, "is empty: expected the secret in it");
    return true;
}

bool secret_file_read(const char *variable, const char *path, char **out, struct err *err)
{
    struct stat file;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(err, ERR_CONFIG,
                       "%s: \"%.100s\" can't be read: %s: expected the path of a file that holds the secret "
                       "alone and that this user may read",
                       variable, path, strerror(errno));
    bool regular = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
    char *value = xcalloc(1, SECRET_FILE_MAX_BYTES + 2);
    ssize_t n = regular ? read_all(fd, value) : -1;
    int error = errno;
    close(fd);
    if (n >= 3 && n <= SECRET_FILE_MAX_BYTES && memcmp(value, BYTE_ORDER_MARK, 3) == 0) {
        n -= 3;
        memmove(value, value + 3, (size_t)n + 1);
    }
    bool ok = n >= 0 && check(variable, path, value, n, err);
    if (!regular)
        wrong(err, variable, path, "is not a regular file: expected a file that holds the secret alone");
    else if (n < 0)
        wrong(err, variable, path, strerror(error));
    if (!ok) {
        free(value);
        return false;
    }
    while (n && (value[n - 1] == '\n' || value[n - 1] == '\r'))
        value[--n] = '\0';
    *out = value;
    return true;
}

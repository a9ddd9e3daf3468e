#include "core/log/journal.h"
#include <ctype.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#define SEND_MS        200
#define MAX_NAME_BYTES 64 /* of a field: journald drops those with longer names */
#define OUR_PREFIX     "GITOMATIC_"

static int socket_fd = -1;
static _Atomic bool stuck; /* it did not take the last entry in time */
static struct sockaddr_un address = {.sun_family = AF_UNIX};

bool journal_open(const char *socket_path, struct err *err)
{
    const struct timeval patience = {.tv_usec = SEND_MS * 1000L};
    if (snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path) >=
        (int)sizeof address.sun_path)
        return err_set(err, ERR_SYSTEM, "LOG_TARGET: the path %.120s is too long", socket_path);
    socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return (socket_fd >= 0 &&
            setsockopt(socket_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0) ||
           err_errno(err, "LOG_TARGET: journald");
}

/* A value of several lines is preceded by its length, as 64 bits, the lowest byte first. */
void journal_put(struct buf *entry, const char *name, slice value)
{
    buf_puts(entry, name);
    if (value.len && memchr(value.ptr, '\n', value.len)) {
        buf_putc(entry, '\n');
        for (int i = 0; i < 8; i++)
            buf_putc(entry, (char)((uint64_t)value.len >> (8 * i)));
    } else {
        buf_putc(entry, '=');
    }
    buf_put(entry, value.ptr, value.len);
    buf_putc(entry, '\n');
}

bool journal_put_own(struct buf *entry, const char *key, slice value)
{
    char name[MAX_NAME_BYTES + 1] = OUR_PREFIX;
    size_t before = entry->len, n = sizeof OUR_PREFIX - 1;
    for (const char *c = key; *c && n < MAX_NAME_BYTES; c++)
        name[n++] = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
    name[n] = '\0';
    journal_put(entry, name, value);
    if (!entry->overflow)
        return true;
    entry->len = before;
    entry->overflow = false;
    return false;
}

/* Not connected, so that a journal that is started again is reached. One that does not read is waited for only once, until it reads
 * again. */
bool journal_send(slice entry)
{
    int flags = MSG_NOSIGNAL | (atomic_load(&stuck) ? MSG_DONTWAIT : 0);
    ssize_t sent;
    do
        sent =
            sendto(socket_fd, entry.ptr, entry.len, flags, (const struct sockaddr *)&address, sizeof address);
    while (sent < 0 && errno == EINTR);
    bool late = sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    atomic_store(&stuck, late);
    return sent == (ssize_t)entry.len;
}

#include "export/sink.h"
#include "core/base/memory.h"
#include "export/write_all.h"
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define ROOM (256 << 10)

struct sink {
    char *path;
    int fd;
    bool gzip;
    z_stream z;
    gnutls_hash_hd_t file_hash, content_hash;
    int64_t bytes;
    size_t held;
    char in[ROOM], packed[ROOM];
};

static void finish_hash(gnutls_hash_hd_t hash, char hex_out[SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[32];
    gnutls_hash_deinit(hash, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex_out[2 * i] = digits[digest[i] >> 4];
        hex_out[2 * i + 1] = digits[digest[i] & 15];
    }
    hex_out[64] = '\0';
}

static gnutls_hash_hd_t begin_hash(void)
{
    gnutls_hash_hd_t hash;
    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0)
        abort(); /* out of memory: the algorithm always exists */
    return hash;
}

bool sink_open(const char *path, bool gzip, struct sink **out, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_errno(err, "%s: cannot be created", path);
    struct sink *s = xcalloc(1, sizeof *s);
    s->path = xstrdup(path);
    s->fd = fd;
    s->gzip = gzip;
    s->content_hash = begin_hash();
    if (gzip) {
        s->file_hash = begin_hash();
        if (deflateInit2(&s->z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            abort();
    }
    *out = s;
    return true;
}

static bool put(struct sink *s, const char *bytes, size_t n, struct err *err)
{
    if (s->gzip)
        gnutls_hash(s->file_hash, bytes, n);
    s->bytes += (int64_t)n;
    return write_all(s->fd, bytes, n) || err_errno(err, "%s: cannot be written", s->path);
}

static bool pack(struct sink *s, int flush, struct err *err)
{
    s->z.next_in = (unsigned char *)s->in;
    s->z.avail_in = (unsigned)s->held;
    do {
        s->z.next_out = (unsigned char *)s->packed;
        s->z.avail_out = sizeof s->packed;
        deflate(&s->z, flush);
        if (!put(s, s->packed, sizeof s->packed - s->z.avail_out, err))
            return false;
    } while (s->z.avail_out == 0);
    return true;
}

static bool empty(struct sink *s, bool is_end, struct err *err)
{
    gnutls_hash(s->content_hash, s->in, s->held);
    bool ok = s->gzip ? pack(s, is_end ? Z_FINISH : Z_NO_FLUSH, err) : put(s, s->in, s->held, err);
    s->held = 0;
    return ok;
}

bool sink_put(struct sink *s, slice bytes, struct err *err)
{
    while (bytes.len) {
        size_t n = sizeof s->in - s->held;
        if (n > bytes.len)
            n = bytes.len;
        memcpy(s->in + s->held, bytes.ptr, n);
        s->held += n;
        bytes = slice_from(bytes.ptr + n, bytes.len - n);
        if (s->held == sizeof s->in && !empty(s, false, err))
            return false;
    }
    return true;
}

static void free_sink(struct sink *s)
{
    if (s->gzip)
        deflateEnd(&s->z);
    free(s->path);
    free(s);
}

/* EINVAL: a file system that cannot wait. */
static bool is_on_disk(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL;
}

bool sink_close(struct sink *s, struct sink_end *out, struct err *err)
{
    bool ok = empty(s, true, err) && (is_on_disk(s->fd) || err_errno(err, "%s: cannot be written", s->path));
    if (close(s->fd) != 0 && ok)
        ok = err_errno(err, "%s: cannot be written", s->path);
    finish_hash(s->content_hash, out->content_sha256);
    memcpy(out->sha256, out->content_sha256, sizeof out->sha256);
    if (s->gzip)
        finish_hash(s->file_hash, out->sha256);
    out->bytes = s->bytes;
    if (!ok)
        unlink(s->path);
    free_sink(s);
    return ok;
}

void sink_drop(struct sink *s)
{
    if (!s)
        return;
    unlink(s->path);
    close(s->fd);
    gnutls_hash_deinit(s->content_hash, NULL);
    if (s->gzip)
        gnutls_hash_deinit(s->file_hash, NULL);
    free_sink(s);
}

int open_regular(const char *path, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        err_errno(err, "%s: cannot be read", path);
        return -1;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    err_set(err, ERR_SYSTEM, "%s: is not a regular file", path);
    return -1;
}

bool sync_path(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s: cannot be read", path);
    bool ok = is_on_disk(fd) || err_errno(err, "%s: cannot be written", path);
    close(fd);
    return ok;
}

bool sha256_content(const char *path, char hex_out[SHA256_HEX_SIZE], struct err *err)
{
    static _Thread_local char room[ROOM];
    int n, fd = open_regular(path, err);
    if (fd < 0)
        return false;
    gzFile file = gzdopen(fd, "r");
    if (!file) {
        close(fd);
        return err_set(err, ERR_SYSTEM, "out of memory");
    }
    gnutls_hash_hd_t hash = begin_hash();
    while ((n = gzread(file, room, sizeof room)) > 0)
        gnutls_hash(hash, room, (size_t)n);
    bool ok = n == 0 || err_set(err, ERR_SYSTEM, "%s: is not a valid gzip file", path);
    finish_hash(hash, hex_out);
    gzclose(file);
    return ok;
}

bool sha256_file(const char *path, int64_t *bytes_out, char hex_out[SHA256_HEX_SIZE], struct err *err)
{
    static _Thread_local char room[ROOM];
    ssize_t n;
    int fd = open_regular(path, err);
    if (fd < 0)
        return false;
    gnutls_hash_hd_t hash = begin_hash();
    *bytes_out = 0;
    while ((n = read(fd, room, sizeof room)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0) {
            gnutls_hash(hash, room, (size_t)n);
            *bytes_out += n;
        }
    bool ok = n == 0 || err_errno(err, "%s: cannot be read", path);
    finish_hash(hash, hex_out);
    close(fd);
    return ok;
}

void sha256_bytes(slice bytes, char hex_out[SHA256_HEX_SIZE])
{
    gnutls_hash_hd_t hash = begin_hash();
    gnutls_hash(hash, bytes.ptr ? bytes.ptr : "", bytes.len);
    finish_hash(hash, hex_out);
}

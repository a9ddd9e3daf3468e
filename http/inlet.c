#include "http/inlet.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "http/blanks.h"
#include "http/linger.h"
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#define FDS_MAX     65536
#define PIECE_BYTES 16384

struct inlet {
    struct strict strict;
    gnutls_session_t tls;
    struct buf raw;   /* not judged to the end */
    struct buf ready; /* to be handed on, from given */
    size_t given;
    bool ended, bodiless;             /* bodiless: see inlet_bodiless() */
    int64_t waited_ms, read_ms, came; /* for the rest of a request, at most; mono: last; bytes of it */
    unsigned heads, begun, faulty;    /* handed on; seen by the library; the one that was refused */
};

static struct inlet *_Atomic inlets[FDS_MAX];

static struct inlet *find(int fd)
{
    return fd >= 0 && fd < FDS_MAX ? atomic_load_explicit(&inlets[fd], memory_order_acquire) : NULL;
}

void inlet_open(int fd, const struct strict_limits *limits, void *tls)
{
    if (fd < 0 || fd >= FDS_MAX)
        return; /* its requests are refused */
    struct inlet *in = xcalloc(1, sizeof *in);
    in->strict.limits = limits;
    in->tls = tls;
    buf_init(&in->raw, 0);
    buf_init(&in->ready, 0);
    atomic_store_explicit(&inlets[fd], in, memory_order_release);
}

void inlet_close(int fd)
{
    struct inlet *in = find(fd);
    if (!in)
        return;
    atomic_store_explicit(&inlets[fd], NULL, memory_order_release);
    if (in->ended)
        linger_close(fd);
    buf_finish(&in->raw);
    buf_finish(&in->ready);
    free(in);
}

void inlet_begun(int fd)
{
    struct inlet *in = find(fd);
    if (!in)
        return;
    in->begun++;
    in->bodiless = false;
}

void inlet_bodiless(int fd)
{
    struct inlet *in = find(fd);
    if (in)
        in->bodiless = true;
}

const struct strict *inlet_fault(int fd)
{
    static const struct strict unseen = {.status = 503, .why = "Too many connections are open. Try again."};
    const struct inlet *in = find(fd);
    if (!in || in->begun > in->heads)
        return &unseen;
    return in->ended && in->begun == in->faulty ? &in->strict : NULL;
}

/* ---- slow senders ---- */

/* An occasional byte would keep a connection open for ever: the library's timeout starts over with each.
 * The library does not read while a request is worked on, so a single wait counts for no more than this. */
#define WAIT_MAX_MS 5000

/* After n bytes: true when the request they belong to has taken too long. heads: how many there were before them. */
static bool is_too_slow(struct inlet *in, size_t n, unsigned heads)
{
    const struct strict_limits *limits = in->strict.limits;
    if (!limits->slow_ms || in->ended)
        return false;
    int64_t now = clock_mono_ms(), waited = now - in->read_ms;
    bool more_to_come = in->raw.len || in->strict.phase != STRICT_HEAD;
    in->read_ms = now;
    if (!more_to_come || !in->came || in->heads != heads) {
        in->waited_ms = 0;
        in->came = more_to_come ? (int64_t)n : 0;
        return false;
    }
    in->waited_ms += waited < WAIT_MAX_MS ? waited : WAIT_MAX_MS;
    in->came += (int64_t)n;
    return in->waited_ms > limits->slow_ms + in->came * 1000 / limits->slow_bytes;
}

/* ---- receiving ---- */

typedef ssize_t (*pull_fn)(int fd, struct inlet *in, void *out, size_t n);

static ssize_t pull_plain(int fd, struct inlet *in, void *out, size_t n)
{
    (void)in;
    return recvfrom(fd, out, n, 0, NULL, NULL);
}

static ssize_t pull_tls(int fd, struct inlet *in, void *out, size_t n)
{
    unsigned char sequence[8];
    (void)fd;
    return gnutls_record_recv_seq(in->tls, out, n, sequence);
}

/* ---- judging ---- */

/* The head with a path for a target, and its authority as the only Host. */
static void put_origin_form(const struct strict *s, slice head, struct buf *out)
{
    const char *target = head.ptr + s->target_at, *path = s->authority.ptr + s->authority.len,
               *end = target + s->target_len;
    slice rest = slice_from(end, (size_t)(head.ptr + head.len - end)), line;
    buf_put(out, head.ptr, s->target_at);
    if (path == end || *path == '?')
        buf_putc(out, '/');
    buf_put(out, path, (size_t)(end - path));
    slice_split(&rest, '\n', &line);
    buf_put(out, line.ptr, line.len);
    buf_printf(out, "\nHost: %.*s\r\n", SLICE_ARG(s->authority));
    while (slice_split(&rest, '\n', &line) && line.len) {
        if (line.len > 5 && slice_eq_nocase(slice_from(line.ptr, 5), SLICE("Host:")))
            continue;
        buf_put(out, line.ptr, line.len);
        buf_putc(out, '\n');
    }
}

/* What the library is to read a unit as; where it is. */
static void adjust(struct inlet *in, enum strict_verdict verdict, bool head, char *unit, size_t n)
{
    in->heads += head && verdict != STRICT_DROP;
    if (head && in->strict.blanks && verdict != STRICT_DROP)
        blanks_move(unit, n);
}

static void take(struct inlet *in, enum strict_verdict verdict, bool head, char *unit, size_t n)
{
    adjust(in, verdict, head, unit, n);
    if (verdict == STRICT_PASS)
        buf_put(&in->ready, unit, n);
    else if (verdict == STRICT_ABSOLUTE)
        put_origin_form(&in->strict, slice_from(unit, n), &in->ready);
}

static void refuse(struct inlet *in)
{
    slice ending = strict_ending(&in->strict);
    in->ended = true;
    in->heads += in->strict.phase == STRICT_HEAD;
    in->faulty = in->heads;
    buf_put(&in->ready, ending.ptr, ending.len);
    buf_finish(&in->raw);
}

/* Checks the bytes in raw as far as possible. */
static void judge_raw(struct inlet *in)
{
    size_t at = 0, n;
    for (;;) {
        bool head = in->strict.phase == STRICT_HEAD;
        enum strict_verdict verdict = strict_next(&in->strict, in->raw.ptr + at, in->raw.len - at, &n);
        if (verdict == STRICT_FAULT) {
            refuse(in);
            return;
        }
        if (verdict == STRICT_MORE)
            break;
        take(in, verdict, head, in->raw.ptr + at, n);
        at += n;
    }
    if (at && at < in->raw.len)
        memmove(in->raw.ptr, in->raw.ptr + at, in->raw.len - at);
    in->raw.len -= at;
    if (!in->raw.len)
        buf_finish(&in->raw);
}

/* The usual case: bytes stay where they were received. What cannot be passed on unchanged goes to raw. Returns how many stay. */
static size_t judge_in_place(struct inlet *in, char *bytes, size_t n)
{
    size_t at = 0, unit;
    while (at < n) {
        bool head = in->strict.phase == STRICT_HEAD;
        enum strict_verdict verdict = strict_next(&in->strict, bytes + at, n - at, &unit);
        if (verdict == STRICT_PASS) {
            adjust(in, verdict, head, bytes + at, unit);
            at += unit;
            continue;
        }
        if (verdict == STRICT_FAULT) {
            refuse(in);
            return at;
        }
        if (verdict != STRICT_MORE)
            take(in, verdict, head, bytes + at, unit);
        buf_put(&in->raw, bytes + at + unit, n - at - unit);
        if (verdict != STRICT_MORE && in->raw.len)
            judge_raw(in);
        return at;
    }
    return at;
}

static size_t give(struct inlet *in, char *out, size_t max)
{
    size_t n = in->ready.len - in->given;
    n = n < max ? n : max;
    if (!n)
        return 0;
    memcpy(out, in->ready.ptr + in->given, n);
    in->given += n;
    if (in->given == in->ready.len) {
        buf_finish(&in->ready);
        in->given = 0;
    }
    return n;
}

/* False: within a body, which only its sender can complete. */
static bool time_out(struct inlet *in)
{
    in->ended = true;
    if (in->strict.phase == STRICT_BODY || in->strict.phase == STRICT_CHUNK_DATA)
        return false;
    strict_time_out(&in->strict);
    refuse(in);
    return true;
}

/* Like recv(): bytes, or the result of the last pull. The library takes fewer bytes than requested as a sign that there are no more,
 * so fewer are returned only when the socket is empty. */
static ssize_t receive(int fd, struct inlet *in, char *out, size_t max, pull_fn pull, ssize_t nothing)
{
    char piece[PIECE_BYTES];
    size_t len = 0;
    for (bool dry = false;;) {
        len += give(in, out + len, max - len);
        if (len == max || dry || in->ended) {
            if (!len)
                errno = EAGAIN;
            return len ? (ssize_t)len : nothing;
        }
        bool direct = !in->raw.len;
        size_t asked = direct ? max - len : sizeof piece;
        ssize_t n = pull(fd, in, direct ? out + len : piece, asked);
        if (n <= 0)
            return len ? (ssize_t)len : n;
        dry = !in->tls && (size_t)n < asked;
        unsigned heads = in->heads;
        if (direct) {
            len += judge_in_place(in, out + len, (size_t)n);
        } else {
            buf_put(&in->raw, piece, (size_t)n);
            judge_raw(in);
        }
        if (is_too_slow(in, (size_t)n, heads)) {
            if (!time_out(in)) {
                shutdown(fd, SHUT_RDWR);
                return 0;
            }
        }
    }
}

/* ---- replacements of the C library's and GnuTLS' functions ---- */

ssize_t inlet_recv(int fd, void *out, size_t n, int flags) __asm__("recv");
ssize_t inlet_record_recv(gnutls_session_t session, void *out, size_t n) __asm__("gnutls_record_recv");

ssize_t inlet_send(int fd, const void *data, size_t n, int flags) __asm__("send");
ssize_t inlet_record_send(gnutls_session_t session, const void *data, size_t n) __asm__("gnutls_record_send");

/* The end of chunks that were not sent. */
static bool is_dropped(struct inlet *in, const void *data, size_t n)
{
    static const char end[] = "0\r\n\r\n";
    if (!in->bodiless || n != sizeof end - 1 || memcmp(data, end, n) != 0)
        return false;
    in->bodiless = false;
    return true;
}

ssize_t inlet_send(int fd, const void *data, size_t n, int flags)
{
    struct inlet *in = find(fd);
    if (in && !in->tls && is_dropped(in, data, n))
        return (ssize_t)n;
    return sendto(fd, data, n, flags, NULL, 0);
}

ssize_t inlet_record_send(gnutls_session_t session, const void *data, size_t n)
{
    struct inlet *in = find(gnutls_transport_get_int(session));
    if (in && in->tls == session && is_dropped(in, data, n))
        return (ssize_t)n;
    return gnutls_record_send2(session, data, n, 0, 0);
}

ssize_t inlet_recv(int fd, void *out, size_t n, int flags)
{
    struct inlet *in = find(fd);
    if (!in || in->tls || !n || (flags & MSG_PEEK))
        return recvfrom(fd, out, n, flags, NULL, NULL);
    return receive(fd, in, out, n, pull_plain, -1);
}

ssize_t inlet_record_recv(gnutls_session_t session, void *out, size_t n)
{
    unsigned char sequence[8];
    int fd = gnutls_transport_get_int(session);
    struct inlet *in = find(fd);
    if (!in || in->tls != session || !n)
        return gnutls_record_recv_seq(session, out, n, sequence);
    return receive(fd, in, out, n, pull_tls, GNUTLS_E_AGAIN);
}

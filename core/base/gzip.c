#include "core/base/gzip.h"
#include <limits.h>
#include <zlib.h>

#define GZIP_WINDOW 31 /* the largest window, with gzip's frame */
#define ZLIB_WINDOW 15 /* the same with zlib's */
#define FAST_LEVEL  2

/* The next one of several members (RFC 1952 2.2), whose output is that of all of them. */
static bool begins_member(const z_stream *z)
{
    return z->avail_in >= 2 && z->next_in[0] == 0x1f && z->next_in[1] == 0x8b;
}

static bool decode(slice bytes, int window, struct buf *out)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes.ptr, .avail_in = (uInt)bytes.len};
    int result = Z_OK;
    if (bytes.len > UINT_MAX || inflateInit2(&z, window) != Z_OK)
        return false;
    while (result == Z_OK) {
        /* JSON shrinks to a sixth or so; never more than the bound leaves */
        size_t room = z.avail_in * (size_t)6 + 1024, left = out->max > out->len ? out->max - out->len : 0;
        if (room > left)
            room = left;
        if (!room)
            out->overflow = true;
        if (!room || !buf_reserve(out, room))
            break;
        z.next_out = (Bytef *)out->ptr + out->len;
        z.avail_out = (uInt)room;
        result = inflate(&z, Z_NO_FLUSH);
        out->len += room - z.avail_out;
        if (result == Z_STREAM_END && window == GZIP_WINDOW && begins_member(&z))
            result = inflateReset(&z);
    }
    inflateEnd(&z);
    return result == Z_STREAM_END && !z.avail_in;
}

bool gzip_decode(slice bytes, struct buf *out)
{
    return decode(bytes, GZIP_WINDOW, out);
}

bool zlib_decode(slice bytes, struct buf *out)
{
    return decode(bytes, ZLIB_WINDOW, out);
}

bool gzip_encode(slice bytes, struct buf *out)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes.ptr, .avail_in = (uInt)bytes.len};
    if (bytes.len > UINT_MAX ||
        deflateInit2(&z, FAST_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t room = deflateBound(&z, bytes.len);
    bool ok = room <= UINT_MAX && buf_reserve(out, room);
    if (ok) {
        z.next_out = (Bytef *)out->ptr + out->len;
        z.avail_out = (uInt)room;
        ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
        out->len += room - z.avail_out;
    }
    deflateEnd(&z);
    return ok;
}

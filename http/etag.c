#include "http/etag.h"
#include <stdio.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static char *put_hex(char *at, uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[value >> shift & 15];
    return at;
}

char *etag_of(slice body, enum encoding encoding, char out[ETAG_SIZE])
{
    XXH128_hash_t hash = XXH3_128bits(body.ptr, body.len);
    const char *name = encoding_name(encoding);
    char *at = put_hex(put_hex(out + 1, hash.high64), hash.low64);
    out[0] = '"';
    snprintf(at, (size_t)(out + ETAG_SIZE - at), "%s%s\"", *name ? "-" : "", name);
    return out;
}

slice etag_opaque(slice tag)
{
    tag = slice_trim(tag);
    if (slice_starts(tag, SLICE("W/")) || slice_starts(tag, SLICE("w/")))
        tag = slice_from(tag.ptr + 2, tag.len - 2);
    return tag;
}

/* Commas may be inside the quotes of a tag, so the list is not cut at commas but read tag by tag. */
static bool names(slice list, bool strong, slice etag)
{
    slice rest = slice_trim(list);
    if (slice_eq(rest, SLICE("*")))
        return true;
    while (rest.len) {
        if (rest.ptr[0] == ',' || rest.ptr[0] == ' ' || rest.ptr[0] == '\t') {
            rest = slice_from(rest.ptr + 1, rest.len - 1);
            continue;
        }
        bool weak = slice_starts(rest, SLICE("W/"));
        if (weak)
            rest = slice_from(rest.ptr + 2, rest.len - 2);
        if (!rest.len || rest.ptr[0] != '"')
            return false;
        ptrdiff_t end = slice_find(slice_from(rest.ptr + 1, rest.len - 1), '"');
        if (end < 0)
            return false;
        size_t length = (size_t)end + 2;
        if (!(weak && strong) && slice_eq(slice_from(rest.ptr, length), etag))
            return true;
        rest = slice_from(rest.ptr + length, rest.len - length);
    }
    return false;
}

bool etag_is_named(slice if_none_match, slice etag)
{
    return names(if_none_match, false, etag);
}

bool etag_is_matched(slice if_match, slice etag)
{
    return names(if_match, true, etag);
}

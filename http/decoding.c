#include "http/decoding.h"
#include "core/base/gzip.h"
#include <brotli/decode.h>
#include <strings.h>

static const char *const names[] = {[CODING_NONE] = "",
                                    [CODING_GZIP] = "gzip",
                                    [CODING_DEFLATE] = "deflate",
                                    [CODING_BROTLI] = "br",
                                    [CODING_UNKNOWN] = ""};

static enum coding coding_named(slice name)
{
    if (slice_eq_nocase(name, SLICE("x-gzip")))
        return CODING_GZIP;
    for (enum coding c = CODING_GZIP; c < CODING_UNKNOWN; c++)
        if (slice_eq_nocase(name, slice_of(names[c])))
            return c;
    return CODING_UNKNOWN;
}

/* Empty elements of a list are none (RFC 9110 5.6.1), and identity changes nothing. */
enum coding coding_of(const char *content_encoding)
{
    enum coding found = CODING_NONE;
    slice rest = slice_of(content_encoding), name;
    while (slice_split(&rest, ',', &name)) {
        name = slice_trim(name);
        if (!name.len || slice_eq_nocase(name, SLICE("identity")))
            continue;
        found = found == CODING_NONE ? coding_named(name) : CODING_UNKNOWN;
    }
    return found;
}

const char *coding_name(enum coding coding)
{
    return names[coding];
}

static bool brotli(slice bytes, struct buf *out)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *next = (const uint8_t *)bytes.ptr;
    size_t left = bytes.len;
    BrotliDecoderResult result =
        state ? BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT : BROTLI_DECODER_RESULT_ERROR;
    while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        size_t room = left * 6 + 4096, bound = out->max > out->len ? out->max - out->len : 0;
        if (room > bound)
            room = bound;
        if (!room)
            out->overflow = true;
        if (!room || !buf_reserve(out, room))
            break;
        uint8_t *at = (uint8_t *)out->ptr + out->len;
        size_t before = room;
        result = BrotliDecoderDecompressStream(state, &left, &next, &room, &at, NULL);
        out->len += before - room;
    }
    if (state)
        BrotliDecoderDestroyInstance(state);
    return result == BROTLI_DECODER_RESULT_SUCCESS && !left;
}

bool coding_decode(enum coding coding, slice bytes, struct buf *out)
{
    switch (coding) {
    case CODING_NONE:
        buf_put(out, bytes.ptr, bytes.len);
        return !out->overflow;
    case CODING_GZIP:
        return gzip_decode(bytes, out);
    case CODING_DEFLATE:
        return zlib_decode(bytes, out);
    case CODING_BROTLI:
        return brotli(bytes, out);
    case CODING_UNKNOWN:
        break;
    }
    return false;
}

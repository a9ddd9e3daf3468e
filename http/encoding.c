#include "http/encoding.h"
#include <brotli/encode.h>
#include <zlib.h>

/* Measured on list pages (a record with hundreds of links): higher levels cost several times as much for a few percent. */
#define GZIP_LEVEL     1
#define BROTLI_QUALITY 1
#define BROTLI_WINDOW  18
#define GZIP_WRAPPER   16 /* what deflateInit2 wants added to the window bits for gzip's head and tail */

static const struct coding {
    const char *name, *alias;
} codings[N_ENCODINGS] = {
    [ENCODING_IDENTITY] = {"identity", "identity"},
    [ENCODING_GZIP] = {"gzip", "x-gzip"},
    [ENCODING_BROTLI] = {"br", "br"},
};

const char *encoding_name(enum encoding encoding)
{
    return encoding == ENCODING_IDENTITY ? "" : codings[encoding].name;
}

/* "1", "0.5", "0.125" in thousandths; -1 for anything else. */
static int weight(slice text)
{
    int value = 0, scale = 1000;
    if (text.len == 0 || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1') ||
        (text.len > 1 && text.ptr[1] != '.'))
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        if (i == 1)
            continue;
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        value += (text.ptr[i] - '0') * scale;
        scale /= 10;
    }
    return value <= 1000 ? value : -1;
}

/* "gzip;q=0.5": the name, and its weight or -1 when it can't be read. */
static int split_weight(slice item, slice *name_out)
{
    slice rest = item, parameter;
    int found = 1000;
    if (!slice_split(&rest, ';', name_out))
        return -1;
    *name_out = slice_trim(*name_out);
    while (slice_split(&rest, ';', &parameter)) {
        parameter = slice_trim(parameter);
        if (slice_starts(parameter, SLICE("q=")) || slice_starts(parameter, SLICE("Q=")))
            found = weight(slice_from(parameter.ptr + 2, parameter.len - 2));
    }
    return found;
}

bool encoding_choose(slice accept, struct encodings *out)
{
    int weights[N_ENCODINGS] = {-1, -1, -1}, others = -1; /* -1: not named */
    slice rest = accept, item, name;
    *out = (struct encodings){.best = ENCODING_IDENTITY, .identity = true};
    while (slice_split(&rest, ',', &item)) {
        int q = split_weight(item, &name);
        if (q < 0)
            continue;
        if (slice_eq(name, SLICE("*")))
            others = q;
        for (int i = 0; i < N_ENCODINGS; i++)
            if (slice_eq_nocase(name, slice_of(codings[i].name)) ||
                slice_eq_nocase(name, slice_of(codings[i].alias)))
                weights[i] = q;
    }
    for (int i = 0; i < N_ENCODINGS; i++)
        if (weights[i] < 0)
            weights[i] = others;
    out->identity = weights[ENCODING_IDENTITY] != 0;
    out->gzip = weights[ENCODING_GZIP] > 0;
    int best = weights[ENCODING_IDENTITY] > 0 ? weights[ENCODING_IDENTITY] : 0;
    for (int i = ENCODING_GZIP; i < N_ENCODINGS; i++) {
        if (weights[i] > 0 && weights[i] >= best) {
            best = weights[i];
            out->best = (enum encoding)i;
        }
    }
    return out->identity || out->best != ENCODING_IDENTITY;
}

bool encoding_takes_gzip(const char *accept)
{
    struct encodings taken;
    return accept && encoding_choose(slice_of(accept), &taken) && taken.gzip;
}

static bool gzip(const struct buf *from, struct buf *to)
{
    z_stream z = {0};
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, MAX_WBITS + GZIP_WRAPPER, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    bool ok = false;
    if (buf_reserve(to, deflateBound(&z, from->len))) {
        z.next_in = (Bytef *)from->ptr;
        z.avail_in = (uInt)from->len;
        z.next_out = (Bytef *)to->ptr;
        z.avail_out = (uInt)(to->cap < UINT32_MAX ? to->cap : UINT32_MAX);
        ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
        to->len = z.total_out;
    }
    deflateEnd(&z);
    return ok;
}

static bool brotli(const struct buf *from, struct buf *to)
{
    if (!buf_reserve(to, BrotliEncoderMaxCompressedSize(from->len)))
        return false;
    to->len = to->cap;
    return BrotliEncoderCompress(BROTLI_QUALITY, BROTLI_WINDOW, BROTLI_MODE_TEXT, from->len,
                                 (const uint8_t *)from->ptr, &to->len, (uint8_t *)to->ptr) == BROTLI_TRUE;
}

bool encoding_apply(enum encoding encoding, struct buf *body)
{
    struct buf to;
    if (encoding == ENCODING_IDENTITY)
        return true;
    buf_init(&to, body->max + body->max / 8 + 1024);
    if (!(encoding == ENCODING_GZIP ? gzip(body, &to) : brotli(body, &to))) {
        buf_finish(&to);
        return false;
    }
    to.max = body->max;
    buf_finish(body);
    *body = to;
    return true;
}

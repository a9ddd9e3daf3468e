/* The files that pages load: style sheet, icon, the bundles of Swagger UI and ReDoc. */
#include "api/html/asset.h"
#include "api/spec/routes.h"
#include "http/encoding.h"
#include <zlib.h>

const struct asset *asset_named(const char *name)
{
    for (size_t i = 0; i < n_assets; i++)
        if (strcmp(assets[i].name, name) == 0)
            return &assets[i];
    return NULL;
}

static const struct asset *asset_at(slice address)
{
    for (size_t i = 0; i < n_assets; i++)
        if (slice_eq(address, slice_of(assets[i].address)))
            return &assets[i];
    return NULL;
}

/* For the few clients that do not accept gzip. */
static bool unpack(const struct asset *asset, struct buf *out, struct err *err)
{
    z_stream z = {.next_in = (z_const Bytef *)asset->gzip, .avail_in = (uInt)(asset->gzip_end - asset->gzip)};
    if (!buf_reserve(out, asset->raw_bytes) || inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        return err_set(err, ERR_INTERNAL, "no memory for %s", asset->name);
    z.next_out = (Bytef *)out->ptr;
    z.avail_out = (uInt)asset->raw_bytes;
    int done = inflate(&z, Z_FINISH);
    out->len = z.total_out;
    inflateEnd(&z);
    return done == Z_STREAM_END || err_set(err, ERR_INTERNAL, "%s does not unpack", asset->name);
}

bool handle_static(struct request *rq, struct response *rs, struct err *err)
{
    const struct asset *asset = asset_at(rq->args[0]);
    struct encodings encodings;
    if (!asset) {
        reply_detail(rq, rs, 404, "Not found.");
        return true;
    }
    buf_reset(&rs->body);
    rs->status = 200;
    rs->content_type = asset->type;
    response_header(rs, "Cache-Control", "public, max-age=31536000, immutable");
    response_vary(rq, rs, "Accept-Encoding");
    if (!encoding_choose(request_header(rq, "Accept-Encoding"), &encodings) || !encodings.gzip)
        return unpack(asset, &rs->body, err);
    response_header(rs, "Content-Encoding", "gzip");
    buf_put(&rs->body, asset->gzip, (size_t)(asset->gzip_end - asset->gzip));
    return true;
}

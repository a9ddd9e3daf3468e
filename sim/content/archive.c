/* archive.c: zip and tar.gz, as small as the formats allow (PKWARE APPNOTE 4.3, POSIX ustar). */
#include "sim/content/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static void le(struct buf *b, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++, v >>= 8)
        buf_add(b, &(char){(char)(v & 0xff)}, 1);
}

/* OWNER-NAME-SHA7/path, the names of files in GitHub's archives. */
static void inner_name(struct buf *b, const struct world *w, uint32_t repo, const char *path)
{
    const struct repo *r = &w->repos[repo];
    char sha[41];
    content_sha(r, "commit", 0, sha);
    buf_printf(b, "%s-%s-%.7s/%s", w->users[r->owner].login, r->name, sha, path);
}

/* The common part of a local header and a central entry: version … extra length. */
static void zip_fields(struct buf *b, const struct buf *data, const struct buf *name)
{
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)data->data, (uInt)data->len);
    le(b, 10, 2);         /* version needed */
    le(b, 0, 4);          /* no flags, stored */
    le(b, 0x5ce10000, 4); /* 2026-07-01 00:00 */
    le(b, crc, 4);
    le(b, (uint32_t)data->len, 4);
    le(b, (uint32_t)data->len, 4);
    le(b, (uint32_t)name->len, 2);
    le(b, 0, 2);
}

void archive_zip(struct buf *b, const struct world *w, uint32_t repo)
{
    struct buf central = {0};
    for (uint32_t i = 0; i < N_CONTENT_FILES; i++) {
        struct buf data = {0}, name = {0};
        uint32_t at = (uint32_t)b->len;
        content_write(&data, w, repo, content_file(i));
        inner_name(&name, w, repo, content_file(i)->path);
        le(b, 0x04034b50, 4);
        zip_fields(b, &data, &name);
        buf_add(b, name.data, name.len);
        buf_add(b, data.data, data.len);
        le(&central, 0x02014b50, 4);
        le(&central, 10, 2);
        zip_fields(&central, &data, &name);
        le(&central, 0, 2); /* comment */
        le(&central, 0, 2); /* disk */
        le(&central, 0, 2); /* internal attributes */
        le(&central, 0, 4);
        le(&central, at, 4);
        buf_add(&central, name.data, name.len);
        buf_finish(&data);
        buf_finish(&name);
    }
    uint32_t start = (uint32_t)b->len;
    buf_add(b, central.data, central.len);
    le(b, 0x06054b50, 4);
    le(b, 0, 4);
    le(b, N_CONTENT_FILES, 2);
    le(b, N_CONTENT_FILES, 2);
    le(b, (uint32_t)central.len, 4);
    le(b, start, 4);
    le(b, 0, 2);
    buf_finish(&central);
}

static void tar_file(struct buf *b, const struct buf *name, const struct buf *data)
{
    char h[512] = "";
    snprintf(h, 100, "%s", name->data);
    memcpy(h + 100, "0000644\0000000000\0000000000", 24);
    snprintf(h + 124, 12, "%011o", (unsigned)data->len);
    memcpy(h + 136, "15020322600", 12);
    memset(h + 148, ' ', 8);
    h[156] = '0';
    memcpy(h + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof h; i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    buf_add(b, h, sizeof h);
    buf_add(b, data->data, data->len);
    static const char zeros[1024];
    buf_add(b, zeros, (512 - data->len % 512) % 512);
}

void archive_tar_gz(struct buf *b, const struct world *w, uint32_t repo)
{
    static const char zeros[1024];
    struct buf tar = {0};
    for (uint32_t i = 0; i < N_CONTENT_FILES; i++) {
        struct buf data = {0}, name = {0};
        content_write(&data, w, repo, content_file(i));
        inner_name(&name, w, repo, content_file(i)->path);
        tar_file(&tar, &name, &data);
        buf_finish(&data);
        buf_finish(&name);
    }
    buf_add(&tar, zeros, sizeof zeros);
    z_stream z = {0};
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    buf_reserve(b, deflateBound(&z, tar.len));
    z.next_in = (Bytef *)tar.data;
    z.avail_in = (uInt)tar.len;
    z.next_out = (Bytef *)b->data;
    z.avail_out = (uInt)b->cap;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    b->len = z.total_out;
    deflateEnd(&z);
    buf_finish(&tar);
}

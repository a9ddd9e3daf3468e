#include "mirror/cache/page.h"
#include "core/base/gzip.h"
#include "core/base/memory.h"
#include "github/url.h"
#include "pagecache/field_kinds.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- bodies ---- */

static struct body *body_create(slice bytes)
{
    struct body *body = xmalloc(sizeof *body + bytes.len);
    atomic_init(&body->refs, 1);
    body->len = bytes.len;
    if (bytes.len)
        memcpy(body->bytes, bytes.ptr, bytes.len);
    return body;
}

struct body *body_take(struct body *body)
{
    atomic_fetch_add_explicit(&body->refs, 1, memory_order_relaxed);
    return body;
}

void body_release(void *arg)
{
    struct body *body = arg;
    if (body && atomic_fetch_sub(&body->refs, 1) == 1)
        free(body);
}

/* ---- pages ---- */

slice media_type(const char *content_type)
{
    slice type = slice_of(content_type);
    for (size_t i = 0; i < type.len; i++)
        if (type.ptr[i] == ';' || type.ptr[i] == ',')
            type.len = i;
    return slice_trim(type);
}

/* application/json only: raw, diff and patch answers have types of their own, and a file that happens to be JSON is sent as
 * application/octet-stream, under the requested media type (application/vnd.github.raw+json) or as an attachment. */
static bool is_json(const struct fields *f)
{
    const char *type = fields_get(f, "Content-Type"), *media = fields_get(f, "X-GitHub-Media-Type");
    return slice_eq_nocase(media_type(type), SLICE("application/json")) &&
           !fields_get(f, "Content-Disposition") &&
           !(media &&
             (strstr(media, "param=raw") || strstr(media, "param=diff") || strstr(media, "param=patch")));
}

struct page *page_create(int status, slice lines, slice body)
{
    struct page *page = xcalloc(1, sizeof *page);
    atomic_init(&page->refs, 1);
    page->status = status;
    page->n_items = -1;
    page->text = xmalloc(lines.len + 1);
    if (lines.len)
        memcpy(page->text, lines.ptr, lines.len);
    page->text[lines.len] = '\0';
    fields_split(page->text, &page->fields);
    page->joined = fields_join(&page->fields);
    fields_drop_hop(&page->fields);
    fields_drop_kind(&page->fields, FIELD_HOST);
    page->coding = coding_of(fields_get(&page->fields, "Content-Encoding"));
    if (page->coding != CODING_UNKNOWN)
        fields_remove(&page->fields, "Content-Encoding");
    page->json = is_json(&page->fields) && page->coding != CODING_UNKNOWN &&
                 status != 206; /* Content-Range counts its bytes */
    if (page->json || (page->coding != CODING_NONE && page->coding != CODING_UNKNOWN))
        fields_drop_digests(&page->fields, true); /* clients may be sent other bytes */
    page->body = body_create(body);
    return page;
}

struct page *page_take(struct page *page)
{
    atomic_fetch_add_explicit(&page->refs, 1, memory_order_relaxed);
    return page;
}

void page_release(struct page *page)
{
    if (!page || atomic_fetch_sub(&page->refs, 1) != 1)
        return;
    for (size_t i = 0; i < MAX_VARIANTS; i++) {
        struct variant *v = atomic_load(&page->variants[i]);
        if (v)
            body_release(v->body);
        free(v);
    }
    body_release(page->body);
    free(page->url);
    free(page->joined);
    free(page->text);
    free(page);
}

void page_adopt(struct page *page, const unsigned char key[KEY_BYTES],
                const unsigned char resource[KEY_BYTES], const char *url)
{
    memcpy(page->key, key, KEY_BYTES);
    memcpy(page->resource, resource, KEY_BYTES);
    free(page->url);
    page->url = xstrdup(url);
    gh_url_canonical(page->url);
}

static struct variant *variant_create(struct body *body, slice base, bool gzip)
{
    struct variant *v = xmalloc(sizeof *v + base.len + 1);
    v->body = body;
    v->gzip = gzip;
    memcpy(v->base, base.ptr ? base.ptr : "", base.len);
    v->base[base.len] = '\0';
    return v;
}

struct page *page_with_fields(const struct page *page, const struct fields *fields)
{
    AUTO_BUF lines = {0};
    fields_write(fields, &lines);
    struct page *other = page_create(page->status, buf_slice(&lines), SLICE(""));
    page_adopt(other, page->key, page->resource, page->url);
    body_release(other->body);
    other->body = body_take(page->body);
    other->coding = page->coding;
    other->json = page->json;
    other->derivable = page->derivable;
    other->n_items = page->n_items;
    other->fetched_at_ms = page->fetched_at_ms;
    atomic_store(&other->checked_at_ms, atomic_load(&page->checked_at_ms));
    atomic_store(&other->barred, atomic_load(&page->barred));
    atomic_store(&other->noted_at_ms, atomic_load(&page->noted_at_ms));
    for (size_t i = 0; i < MAX_VARIANTS; i++) {
        const struct variant *v = atomic_load_explicit(&page->variants[i], memory_order_acquire);
        if (v)
            atomic_init(&other->variants[i], variant_create(body_take(v->body), slice_of(v->base), v->gzip));
    }
    return other;
}

void page_lines(const struct page *page, struct buf *out)
{
    fields_write(&page->fields, out);
    if (*coding_name(page->coding))
        buf_printf(out, "Content-Encoding: %s\n", coding_name(page->coding));
}

const char *page_etag(const struct page *page)
{
    const char *etag = fields_get(&page->fields, "ETag");
    return etag && *etag ? etag : NULL;
}

const char *page_last_modified(const struct page *page)
{
    const char *at = fields_get(&page->fields, "Last-Modified");
    return at && *at ? at : NULL;
}

size_t page_bytes(const struct page *page)
{
    size_t bytes = sizeof *page + page->body->len;
    for (size_t i = 0; i < page->fields.n; i++)
        bytes += strlen(page->fields.items[i].name) + strlen(page->fields.items[i].value) + 4;
    for (size_t i = 0; i < MAX_VARIANTS; i++) {
        struct variant *v = atomic_load(&page->variants[i]);
        bytes += v ? sizeof *v + v->body->len : 0;
    }
    return bytes;
}

/* ---- variants ---- */

bool page_plain(const struct page *page, struct buf *out)
{
    return coding_decode(page->coding, slice_from(page->body->bytes, page->body->len), out);
}

/* NULL if the bytes can be used unchanged, or cannot be decoded. */
static struct body *make_variant(const struct page *page, const struct base_pair *bases, bool gzip)
{
    struct body *body = NULL;
    AUTO_BUF plain = {.max = MAX_PLAIN_BYTES};
    AUTO_BUF changed = {.max = MAX_PLAIN_BYTES};
    AUTO_BUF packed = {0};
    if (page_plain(page, &plain)) {
        bool rewritten = page->json && rewrite_json(buf_slice(&plain), bases, &changed) && !changed.overflow;
        slice text = rewritten ? buf_slice(&changed) : buf_slice(&plain);
        if (!gzip && (rewritten || page->coding != CODING_NONE))
            body = body_create(text);
        else if (gzip && rewritten && gzip_encode(text, &packed))
            body = body_create(buf_slice(&packed));
    }
    return body;
}

/* Takes over body; if every slot is taken, the variant is not stored. */
static void keep_variant(struct page *page, slice base, bool gzip, struct body *body)
{
    struct variant *v = variant_create(body, base, gzip);
    for (size_t i = 0; i < MAX_VARIANTS; i++) {
        struct variant *none = NULL;
        if (atomic_compare_exchange_strong(&page->variants[i], &none, v))
            return;
    }
    body_release(body);
    free(v);
}

struct body *page_body(struct page *page, const struct base_pair *bases, bool takes_gzip,
                       enum coding *coding_out)
{
    bool gzip = page->coding == CODING_GZIP && takes_gzip;
    enum coding wanted = gzip ? CODING_GZIP : CODING_NONE;
    slice base = page->json ? bases->to : SLICE("");
    *coding_out = page->coding;
    if (!page->body->len || page->coding == CODING_UNKNOWN || (!page->json && wanted == page->coding))
        return body_take(page->body);
    *coding_out = wanted;
    for (size_t i = 0; i < MAX_VARIANTS; i++) {
        struct variant *v = atomic_load_explicit(&page->variants[i], memory_order_acquire);
        if (v && v->gzip == gzip && slice_eq(slice_of(v->base), base))
            return body_take(v->body);
    }
    struct body *body = make_variant(page, bases, gzip);
    if (!body) {
        *coding_out = page->coding;
        body = body_take(page->body);
        if (wanted != page->coding)
            return body; /* cannot be decoded: passed on unchanged */
    }
    keep_variant(page, base, gzip, body_take(body));
    return body;
}

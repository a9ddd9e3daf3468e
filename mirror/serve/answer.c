#include "mirror/serve/answer.h"
#include "core/base/clock.h"
#include "http/etag.h"
#include "mirror/request/uploads.h"
#include "mirror/serve/cors.h"
#include "pagecache/field_kinds.h"
#include <stdio.h>
#include <strings.h>

/* Texts made here: a buffer that never moves, since fields point into it. */
#define TEXT_BYTES 8192u

static const char *keep_text(struct answer *a, slice text)
{
    if (a->text.len + text.len + 1 > TEXT_BYTES)
        return NULL;
    char *at = a->text.ptr + a->text.len;
    buf_put(&a->text, text.ptr, text.len);
    buf_putc(&a->text, '\0');
    return at;
}

static void replace(struct answer *a, const char *name, const char *value)
{
    fields_remove(&a->fields, name);
    if (value)
        fields_add(&a->fields, name, value);
}

/* ---- addresses ---- */

static void rewrite_field(struct answer *a, size_t i, const struct base_pair *bases,
                          bool (*rewrite)(slice, const struct base_pair *, struct buf *))
{
    AUTO_BUF changed = {.max = TEXT_BYTES / 2};
    if (rewrite(slice_of(a->fields.items[i].value), bases, &changed) && !changed.overflow) {
        const char *text = keep_text(a, buf_slice(&changed));
        if (text)
            a->fields.items[i].value = text;
    }
}

static void rewrite_fields(struct answer *a, const struct base_pair *bases)
{
    for (size_t i = 0; i < a->fields.n; i++) {
        if (strcasecmp(a->fields.items[i].name, "Link") == 0)
            rewrite_field(a, i, bases, rewrite_link);
        else if (strcasecmp(a->fields.items[i].name, "Location") == 0 ||
                 strcasecmp(a->fields.items[i].name, "Content-Location") == 0)
            rewrite_field(a, i, bases, rewrite_address);
    }
}

/* ---- conditions ---- */

static bool not_modified_since(const struct fields *asked, const struct fields *answered)
{
    int64_t since, modified;
    const char *condition = fields_get(asked, "If-Modified-Since"),
               *at = fields_get(answered, "Last-Modified");
    return condition && at && clock_parse_http(slice_of(condition), &since) &&
           clock_parse_http(slice_of(at), &modified) && modified <= since;
}

/* RFC 9110 section 13.2.2: If-None-Match takes precedence over If-Modified-Since. */
static bool client_has_it(const struct exchange *ex, const struct answer *a)
{
    const char *condition = fields_get(&ex->fields, "If-None-Match");
    if (a->status != 200 || ex->kind != EX_PAGE)
        return false;
    if (condition)
        return etag_is_named(slice_of(condition), etag_opaque(slice_of(fields_get(&a->fields, "ETag"))));
    return not_modified_since(&ex->fields, &a->fields);
}

static void drop_body_fields(struct fields *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if (strncasecmp(f->items[i].name, "Content-", 8) != 0 ||
            strcasecmp(f->items[i].name, "Content-Location") == 0 ||
            strcasecmp(f->items[i].name, "Content-Security-Policy") == 0)
            f->items[kept++] = f->items[i];
    f->n = kept;
}

static void become_not_modified(struct answer *a)
{
    a->status = 304;
    drop_body_fields(&a->fields);
}

/* ---- ranges ---- */

enum range range_parse(const char *text, size_t len, size_t *from_out, size_t *len_out)
{
    int64_t first = -1, last = -1;
    slice s = slice_trim(slice_of(text)), unit = SLICE("bytes=");
    *from_out = 0;
    *len_out = len;
    if (s.len <= unit.len || !slice_eq_nocase(slice_from(s.ptr, unit.len), unit) || slice_find(s, ',') >= 0)
        return RANGE_WHOLE; /* another unit, or several ranges: the whole body is a valid answer */
    s = slice_from(s.ptr + unit.len, s.len - unit.len);
    ptrdiff_t dash = slice_find(s, '-');
    if (dash < 0)
        return RANGE_WHOLE;
    slice head = slice_trim(slice_from(s.ptr, (size_t)dash));
    slice tail = slice_trim(slice_from(s.ptr + dash + 1, s.len - (size_t)dash - 1));
    if ((head.len && !slice_i64(head, 0, INT64_MAX, &first)) ||
        (tail.len && !slice_i64(tail, 0, INT64_MAX, &last)) || (!head.len && !tail.len) ||
        (head.len && tail.len && last < first))
        return RANGE_WHOLE;
    if (!head.len) { /* the last n bytes */
        if (last == 0 || len == 0)
            return RANGE_UNSATISFIABLE;
        *len_out = (size_t)last < len ? (size_t)last : len;
        *from_out = len - *len_out;
        return RANGE_PART;
    }
    if ((uint64_t)first >= len)
        return RANGE_UNSATISFIABLE;
    size_t end = !tail.len || (uint64_t)last >= len ? len : (size_t)last + 1;
    *from_out = (size_t)first;
    *len_out = end - (size_t)first;
    return RANGE_PART;
}

/* RFC 9110, 8.8.2.2: a date proves bytes only if they did not change any more within its second. */
static bool is_strong_date(const char *modified, const char *date)
{
    int64_t then, now;
    return modified && date && clock_parse_http(slice_of(modified), &then) &&
           clock_parse_http(slice_of(date), &now) && now >= then + 1000;
}

/* Parts are of the decoded body, which a strong tag of the encoded one does not name. GET only (RFC 9110, 14.2). If-Range: a part only if
 * the client has the rest of the same bytes, which a weak tag does not prove. */
static bool range_applies(const struct exchange *ex, const struct page *page, const struct answer *a)
{
    const char *condition = fields_get(&ex->fields, "If-Range");
    if (a->status != 200 || ex->kind != EX_PAGE || ex->head || !fields_get(&ex->fields, "Range"))
        return false;
    const char *etag = fields_get(&a->fields, "ETag"), *modified = fields_get(&a->fields, "Last-Modified");
    if (!condition || page->coding != CODING_NONE)
        return !condition;
    return (etag && etag[0] == '"' && strcmp(condition, etag) == 0) ||
           (is_strong_date(modified, fields_get(&a->fields, "Date")) && strcmp(condition, modified) == 0);
}

static void apply_range(const struct exchange *ex, struct answer *a)
{
    char text[80];
    size_t whole = a->len;
    enum range range = range_parse(fields_get(&ex->fields, "Range"), whole, &a->from, &a->len);
    if (range == RANGE_WHOLE)
        return;
    if (range == RANGE_PART)
        snprintf(text, sizeof text, "bytes %zu-%zu/%zu", a->from, a->from + a->len - 1, whole);
    else
        snprintf(text, sizeof text, "bytes */%zu", whole);
    a->status = range == RANGE_PART ? 206 : 416;
    replace(a, "Content-Range", keep_text(a, slice_of(text)));
    fields_drop_digests(&a->fields, false);
    if (range == RANGE_UNSATISFIABLE)
        a->from = a->len = 0;
}

/* ---- its origin ---- */

static int64_t fresh_ms_of(const struct exchange *ex, const struct outcome *o)
{
    return o->page->status == 200 ? ex->fresh_ms : ex->mirror->cfg->mirror_negative_seconds * 1000;
}

/* RFC 9211. `detail` says whether it cost a unit of GitHub's quota, for which the standard has no parameter. */
static void add_cache_status(const struct exchange *ex, const struct outcome *o, struct answer *a)
{
    AUTO_BUF s = {.max = 400};
    buf_puts(&s, "gitomatic");
    if (!o->forwarded && o->stored)
        buf_printf(&s, "; hit; ttl=%lld", (long long)(fresh_ms_of(ex, o) - o->age_ms) / 1000);
    else if (o->forwarded)
        buf_printf(&s, "; fwd=%s", o->forwarded);
    if (o->forwarded && o->upstream_status)
        buf_printf(&s, "; fwd-status=%d", o->upstream_status);
    if (o->kept)
        buf_puts(&s, "; stored");
    if (ex->coalesced)
        buf_puts(&s, "; collapsed");
    buf_printf(&s, "; detail=%s", o->spent && !ex->coalesced ? "quota-spent" : "quota-free");
    replace(a, "Cache-Status", keep_text(a, buf_slice(&s)));
}

/* For answers that GitHub did not just give: the rate headers as known now. */
static void add_rates(const struct exchange *ex, struct answer *a)
{
    static const char *const names[] = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
                                        "X-RateLimit-Used", "X-RateLimit-Resource"};
    struct fields known = {.n = 0};
    const char *bucket = fields_get(&a->fields, "X-RateLimit-Resource");
    if (!rate_view_fields(ex->mirror->rate_view, ex->credential_hash,
                          bucket ? bucket : resource_of_path(ex->path), &a->rates, &known))
        return;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        fields_remove(&a->fields, names[i]);
    for (size_t i = 0; i < known.n; i++)
        fields_add(&a->fields, known.items[i].name, known.items[i].value);
}

/* RFC 9111 section 4.2.3: Date is when GitHub last confirmed the page, Age the time since. */
static void add_age(const struct outcome *o, struct answer *a)
{
    char age[24], date[CLOCK_HTTP_SIZE];
    int64_t age_ms = o->age_ms > 0 ? o->age_ms : 0;
    snprintf(age, sizeof age, "%lld", (long long)age_ms / 1000);
    replace(a, "Age", keep_text(a, slice_of(age)));
    replace(a, "Date", keep_text(a, slice_of(clock_http(clock_wall_ms() - age_ms, date))));
}

/* The mirror decodes bodies for clients that do not take their coding, and for parts. Downstream caches must know that (RFC 9110, 12.5.5),
 * and a strong tag names the encoded bytes only (8.8.3.3). */
static void name_coding(const struct exchange *ex, const struct page *page, bool part, struct answer *a)
{
    const char *etag = fields_get(&a->fields, "ETag"), *vary = fields_get(&a->fields, "Vary");
    char weak[512];
    if (page->coding == CODING_NONE || page->coding == CODING_UNKNOWN || !page->body->len)
        return;
    if (!field_lists(vary, "Accept-Encoding") && !field_lists(vary, "*"))
        fields_add(&a->fields, "Vary", "Accept-Encoding");
    bool as_it_is = page->coding == CODING_GZIP && ex->takes_gzip && !part;
    if (as_it_is || !etag || etag[0] != '"' || strlen(etag) + sizeof "W/" > sizeof weak)
        return;
    weakened_note(&ex->mirror->weakened, ex->credential_hash, ex->path, slice_of(etag));
    snprintf(weak, sizeof weak, "W/%s", etag);
    replace(a, "ETag", keep_text(a, slice_of(weak)));
}

static void take_body(const struct exchange *ex, const struct outcome *o, const struct base_pair *bases,
                      struct answer *a)
{
    bool part = range_applies(ex, o->page, a);
    enum coding coding;
    name_coding(ex, o->page, part, a);
    a->body = page_body(o->page, bases, ex->takes_gzip && !part, &coding);
    a->len = a->body->len;
    if (*coding_name(coding))
        fields_add(&a->fields, "Content-Encoding", coding_name(coding));
    if (part && coding == CODING_NONE)
        apply_range(ex, a);
}

void answer_build(const struct exchange *ex, const struct outcome *o, struct answer *a)
{
    struct bases_room room;
    const struct base_pair bases = bases_for(ex->mirror->upstream, ex->mirror->uploads, ex->base, &room);
    a->body = NULL;
    a->from = a->len = 0;
    a->fields.n = 0;
    buf_init(&a->text, TEXT_BYTES);
    if (!buf_reserve(&a->text, TEXT_BYTES))
        return;
    a->status = o->page ? o->page->status : 304;
    if (o->page)
        a->fields = o->page->fields;
    if (o->upstream_result == UPSTREAM_UNCHANGED)
        fields_remove(&a->fields, "Age"); /* of the answer that was stored then */
    fields_freshen(&a->fields, &o->fresh);
    if (o->not_modified)
        replace(a, "ETag", fields_get(&o->fresh, "ETag"));
    bool refusal = o->upstream_result == UPSTREAM_EXHAUSTED && !o->stored; /* it has its limit's headers */
    if (!o->forwarded && ex->path && !refusal)
        add_rates(ex, a);
    if (ex->lent)
        fields_drop_lenders(&a->fields);
    rewrite_fields(a, &bases);
    a->label = label_of(o->upstream_result, o->stored);
    replace(a, "X-Cache", label_name(a->label));
    add_cache_status(ex, o, a);
    if (ex->lent)
        cors_of_lent(ex->mirror->cfg->mirror_lent_origins, fields_get(&ex->fields, "Origin"), &a->fields);
    if (o->stored && o->upstream_result != UPSTREAM_UNCHANGED)
        add_age(o, a);
    if (!o->not_modified && !client_has_it(ex, a)) {
        take_body(ex, o, &bases, a);
        return;
    }
    if (o->page)
        name_coding(ex, o->page, false, a);
    become_not_modified(a);
}

void answer_finish(struct answer *a)
{
    body_release(a->body);
    buf_finish(&a->text);
}

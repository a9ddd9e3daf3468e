/* A whole hostile request, through everything of the API that reads one before the database is asked:
 * a line "METHOD target", header lines, an empty line, a body. */
#include "api/auth/auth.h"
#include "api/request/cors.h"
#include "api/request/cursor.h"
#include "api/request/form.h"
#include "api/request/jsonp.h"
#include "api/request/negotiate.h"
#include "api/request/origin.h"
#include "api/request/paging.h"
#include "api/request/param_errors.h"
#include "api/spec/filters.h"
#include "api/spec/ordering.h"
#include "api/spec/routes.h"
#include "fuzz.h"
#include "http/encoding.h"
#include "http/etag.h"
#include "schema/access/tokens.h"
#include <assert.h>
#include <sodium.h>

#define HEADERS_MAX 40

static void read_head(struct arena *a, slice *rest, struct request *rq)
{
    struct header *headers = arena_array(a, HEADERS_MAX, sizeof *headers);
    slice line, method = SLICE("");
    if (slice_split(rest, '\n', &line) && slice_split(&line, ' ', &method) && line.ptr) {
        ptrdiff_t mark = slice_find(line, '?');
        rq->path = mark < 0 ? line : slice_from(line.ptr, (size_t)mark);
        rq->query = mark < 0 ? SLICE("") : slice_from(line.ptr + mark + 1, line.len - (size_t)mark - 1);
    }
    rq->method = method;
    while (rq->n_headers < HEADERS_MAX && slice_split(rest, '\n', &line) && line.len) {
        ptrdiff_t colon = slice_find(line, ':');
        if (colon < 0)
            continue;
        headers[rq->n_headers++] =
            (struct header){slice_from(line.ptr, (size_t)colon),
                            slice_trim(slice_from(line.ptr + colon + 1, line.len - (size_t)colon - 1))};
    }
    rq->headers = headers;
}

/* Nothing that could end a string, a tag or a header may get into a link. */
static void try_address(const struct request *rq, const struct origin *site)
{
    if (hosts_check(&site->hosts, rq->host) != HOST_OK)
        return;
    for (size_t i = 0; i < rq->host.len; i++)
        assert(rq->host.ptr[i] > ' ' && !strchr("\"\\<>/'&", rq->host.ptr[i]));
    cors_is_foreign(request_header(rq, "Origin"), request_header(rq, "Sec-Fetch-Site"),
                    SLICE("http://own.example"), slice_of(rq->scheme), rq->host);
}

static void try_credentials(const struct request *rq, struct arena *a)
{
    struct auth_parts parts;
    bool malformed;
    char hash[TOKEN_HEX_SIZE];
    if (!auth_parse(request_header(rq, "Authorization"), a, &parts, &malformed))
        return;
    assert(!malformed);
    if (!parts.name.ptr && token_hash(parts.secret, hash))
        assert(strlen(hash) == TOKEN_HEX_SIZE - 1);
}

static void try_representation(const struct request *rq)
{
    struct encodings encodings;
    char etag[ETAG_SIZE];
    struct buf body;
    buf_init(&body, 1u << 20);
    buf_put(&body, rq->body.ptr, rq->body.len < 2000 ? rq->body.len : 2000);
    bool acceptable = encoding_choose(request_header(rq, "Accept-Encoding"), &encodings);
    assert(acceptable || !encodings.identity);
    etag_of(buf_slice(&body), encodings.best, etag);
    assert(etag_is_named(slice_of(etag), slice_of(etag)));
    assert(etag_is_matched(slice_of(etag), slice_of(etag)));
    etag_is_named(request_header(rq, "If-None-Match"), slice_of(etag));
    slice match = request_header(rq, "If-Match");
    assert(!etag_is_matched(match, slice_of(etag)) || etag_is_named(match, slice_of(etag)));
    assert(encoding_apply(encodings.best, &body));
    buf_finish(&body);
}

/* As it comes, and as one whose head fits: guessing that is not what takes time. */
static void try_cursor(slice text, struct arena *a)
{
    static const enum browse_type types[] = {BROWSE_TIME, BROWSE_TEXT, BROWSE_NUMBER, BROWSE_BOOL};
    static const unsigned char head[10] = {1}; /* version, way, and the fingerprint 0 */
    struct cursor cursor;
    const char *why = NULL;
    if (!list_cursor_read(a, text, 0, types, ARRAY_LEN(types), &cursor, &why))
        assert(why);
    if (text.len == 0)
        return;
    size_t n = sizeof head + text.len - 1;
    unsigned char *bytes = arena_alloc(a, n);
    memcpy(bytes, head, sizeof head);
    bytes[1] = (unsigned char)text.ptr[0] & 7;
    memcpy(bytes + sizeof head, text.ptr + 1, text.len - 1);
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *made = arena_alloc(a, size);
    sodium_bin2base64(made, size, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (list_cursor_read(a, slice_of(made), 0, types, ARRAY_LEN(types), &cursor, &why)) {
        char *again = list_cursor_write(a, 0, &cursor, types, ARRAY_LEN(types));
        assert(list_cursor_read(a, slice_of(again), 0, types, ARRAY_LEN(types), &cursor, &why));
    }
}

static void try_paging(const struct request *rq, struct arena *a)
{
    struct paging paging;
    if (paging_read(&rq->params, &paging))
        assert(paging.size >= 1 && paging.size <= PAGE_SIZE_MAX && (paging.last || paging.page >= 1));
    try_cursor(params_get(&rq->params, "cursor"), a);
}

static void try_query(const struct request *rq, struct arena *a)
{
    struct filters filters;
    struct param_errors errors = {0};
    struct browse_order order[BROWSE_MAX_ORDER];
    size_t n_order = 0;
    const char *why = NULL;
    filters_parse(a, rq->route->list, &rq->params, &filters, &errors);
    assert(filters.n <= BROWSE_MAX_FILTERS && errors.n <= MAX_PARAM_ERRORS);
    if (ordering_parse(a, rq->route->list, params_get(&rq->params, "ordering"), order, &n_order, &why))
        assert(n_order <= BROWSE_MAX_ORDER);
    else
        assert(why);
}

static void try_callback(slice callback)
{
    struct response rs = {.status = 200, .content_type = "application/json"};
    if (!jsonp_name_ok(callback))
        return;
    buf_init(&rs.body, 1u << 20);
    buf_puts(&rs.body, "{}");
    jsonp_wrap(callback, &rs);
    assert(slice_starts(buf_slice(&rs.body), SLICE("/**/")));
    buf_finish(&rs.body);
}

static void try_params(struct request *rq, struct arena *a)
{
    const char *why = NULL;
    bool page;
    if (!params_parse(a, rq->query, &rq->params, &why)) {
        assert(why && slice_utf8_valid(slice_of(why)));
        return;
    }
    for (size_t i = 1; i < rq->params.n; i++)
        assert(!slice_eq(rq->params.items[i - 1].key, rq->params.items[i].key));
    negotiate(request_header(rq, "Accept"), &rq->params, &rq->indent, &page);
    assert(rq->indent >= 0 && rq->indent <= 8);
    try_paging(rq, a);
    if (rq->route)
        try_query(rq, a);
    try_callback(params_get(&rq->params, "callback"));
}

static void try_form(const struct request *rq, struct arena *a)
{
    struct param_list form;
    const char *why = NULL;
    enum form_outcome outcome =
        form_parse(a, request_header(rq, "Content-Type"), rq->body, NULL, &form, NULL, &why);
    assert(outcome == FORM_OK || why);
    for (size_t i = 0; outcome == FORM_OK && i < form.n; i++)
        assert(slice_utf8_valid(form.items[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct config cfg = {.trusted_proxies = "10.0.0.0/8,2001:db8::/32", .allowed_hosts = NULL};
    struct arena *a = arena_create();
    struct request rq = {.arena = a};
    struct origin site;
    struct network peer;
    struct err err = {0};
    slice rest = slice_from((const char *)data, size);
    read_head(a, &rest, &rq);
    rq.body = rest.ptr ? rest : SLICE("");
    bool fine = origin_init(&site, &cfg, a, &err) && network_address(SLICE("10.0.0.1"), &peer);
    assert(fine); /* the settings are */
    origin_find_client(&site, &peer, &rq);
    assert(slice_of(rq.client).len > 0);
    rq.route = route_find(a, rq.path, rq.args);
    try_address(&rq, &site);
    try_credentials(&rq, a);
    try_params(&rq, a);
    try_representation(&rq);
    try_form(&rq, a);
    arena_destroy(a);
    return 0;
}

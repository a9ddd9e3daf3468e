/* What an answer of GitHub means for a flight, and keeping it. flight_answered runs on the relay's thread and leaves
 * everything slow (decoding, hashing, PostgreSQL) to the store's. */
#include "core/base/clock.h"
#include "core/base/gzip.h"
#include "github/link.h"
#include "github/outcome.h"
#include "github/url.h"
#include "mirror/access.h"
#include "mirror/flight_private.h"
#include "mirror/lent_credentials.h"
#include "mirror/target.h"
#include "mirror/upstream_health.h"
#include "schema/mirror.h"
#include <jansson.h>
#include <stdlib.h>

#define MAX_KEPT_BYTES (32u * 1024u * 1024u)
#define REFUSED_MS     3600000 /* one of ours that GitHub answers with 401 rests for an hour */

/* ---- endings ---- */

struct page *flight_page_of_answer(struct flight *f)
{
    return page_create(f->call.status, buf_slice(&f->call.head), buf_slice(&f->call.bytes));
}

static void conclude(struct flight *f, struct outcome *o, const char *forwarded)
{
    o->upstream_status = f->call.status;
    o->forwarded = forwarded;
    flight_conclude(f, o);
}

static bool reads(const struct flight *f)
{
    return strcmp(f->method, "GET") == 0 || strcmp(f->method, "HEAD") == 0 ||
           strcmp(f->method, "OPTIONS") == 0;
}

static const char *why_forwarded(const struct flight *f)
{
    if (f->purpose == FOR_PASS)
        return reads(f) ? "bypass" : "method";
    return f->known ? "stale" : f->sibling ? "vary-miss" : "uri-miss";
}

/* GitHub's answer as it is; what went wrong on the way to one, as ours. */
static void pass_on(struct flight *f, enum happened happened)
{
    struct page *page = f->call.failure == GH_RELAY_OK ? flight_page_of_answer(f)
                        : f->call.failure == GH_RELAY_TIMEOUT
                            ? page_message(502, 0, "GitHub did not answer in time")
                        : f->call.failure == GH_RELAY_TOO_BIG
                            ? page_message(502, 0, "GitHub's answer is larger than this mirror passes on")
                            : page_message(502, 0, "GitHub can't be reached");
    if (happened_serves_stored(happened)) {
        flight_conclude_stored(f, happened, page);
        return;
    }
    conclude(f, outcome_create(page, happened), why_forwarded(f));
}

/* ---- 304 ---- */

static int64_t page_size_of(const char *url)
{
    int64_t n = gh_url_query_number(slice_of(url), "per_page");
    return n <= 0 ? 30 : n > 100 ? 100 : n;
}

/* A list grows at its end: a full last page stays the same bytes when another comes behind it. Its Link would tell; where
 * the 304 has none, nothing does (the body's hash is the ETag). */
static bool may_have_grown(const struct flight *f)
{
    struct gh_links links;
    const char *link = fields_get(&f->fresh, "Link");
    if (f->known->n_items <= 0 || f->known->n_items < page_size_of(f->url) || link)
        return false;
    gh_links_parse(slice_of(fields_get(&f->known->fields, "Link")), &links);
    return !links.next.ptr;
}

static void take_fresh_fields(struct flight *f)
{
    free(f->fresh_text);
    f->fresh_text = strndup(f->call.head.ptr ? f->call.head.ptr : "", f->call.head.len);
    if (!f->fresh_text)
        abort();
    fields_split(f->fresh_text, &f->fresh);
}

static struct outcome *unchanged(struct flight *f)
{
    struct outcome *o = outcome_create(page_take(f->known), HAP_UNCHANGED);
    o->stored = true;
    o->text = f->fresh_text;
    o->fresh = f->fresh;
    f->fresh_text = NULL;
    return o;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* The Link a 304 brought is kept: pages may have come behind this one. On a store thread. */
static void run_keep_fields(void *owner, struct db *db)
{
    struct flight *f = owner;
    struct fields merged = f->known->fields;
    struct buf lines;
    struct err err;
    fields_freshen(&merged, &f->fresh);
    struct page *page = page_with_fields(f->known, &merged);
    buf_init(&lines, 0);
    fields_write(&page->fields, &lines);
    if (page->gzip)
        buf_puts(&lines, "Content-Encoding: gzip\n");
    memory_put(f->mirror->memory, page);
    if (db && !mirror_headers(db, slice_from((const char *)page->key, KEY_BYTES), buf_slice(&lines), &err))
        store_failed(f->mirror->store, "keep fields", &err);
    buf_finish(&lines);
    page_release(f->known);
    f->known = page;
    conclude(f, unchanged(f), "stale");
}

static void known_unchanged(struct flight *f)
{
    struct mirror *m = f->mirror;
    take_fresh_fields(f);
    if (may_have_grown(f)) {
        f->unconditional = true;
        flight_ask(f);
        return;
    }
    int64_t proven = flight_proven_at_ms(f);
    if (proven)
        atomic_store(&f->known->checked_at_ms, proven);
    store_used(m->store, f->known, true);
    const char *link = fields_get(&f->fresh, "Link");
    if (link && !same_text(link, fields_get(&f->known->fields, "Link"))) {
        f->task.run = run_keep_fields;
        store_submit(m->store, &f->task, 0);
        return;
    }
    conclude(f, unchanged(f), "stale");
}

/* ---- keeping ---- */

/* What can be told from the body itself. */
static void examine(const struct flight *f, struct page *page)
{
    struct buf plain;
    buf_init(&plain, MAX_PLAIN_BYTES);
    if (f->purpose == FOR_PAGE && page_plain(page, &plain)) {
        slice text = buf_slice(&plain);
        page->n_items = page->json ? json_count_items(text) : -1;
        page->derivable = body_is_derivable(f->accept, f->authorization, page_etag(page), text);
    }
    buf_finish(&plain);
}

static bool save(struct flight *f, struct page *page, struct db *db)
{
    struct buf lines;
    struct err err;
    bool is_new = false, ok = false;
    int64_t bytes = 0;
    if (!db || store_is_full(f->mirror->store))
        return false;
    buf_init(&lines, 0);
    fields_write(&page->fields, &lines);
    if (page->gzip)
        buf_puts(&lines, "Content-Encoding: gzip\n");
    const struct mirror_page row = {.key = slice_from((const char *)page->key, KEY_BYTES),
                                    .resource = slice_from((const char *)page->resource, KEY_BYTES),
                                    .url = slice_of(page->url),
                                    .scope = slice_from((const char *)f->scope, SCOPE_BYTES),
                                    .headers = buf_slice(&lines),
                                    .bytes = slice_from(page->body->bytes, page->body->len),
                                    .n_items = page->n_items,
                                    .derivable = page->derivable};
    ok = mirror_save(db, &row, atomic_load(&page->checked_at_ms) != 0, &is_new, &bytes, &err);
    if (ok)
        store_grew(f->mirror->store, is_new, bytes);
    else
        store_failed(f->mirror->store, "save a page", &err);
    buf_finish(&lines);
    return ok;
}

/* On a store thread: the answer is in the store before the client has it, so what he saw once is a hit after any crash. */
static void run_save(void *owner, struct db *db)
{
    struct flight *f = owner;
    struct page *page = f->answer;
    page_adopt(page, f->key, f->resource, f->url);
    page->fetched_at_ms = clock_wall_ms();
    atomic_store(&page->checked_at_ms, flight_proven_at_ms(f));
    atomic_store(&page->noted_at_ms, page->fetched_at_ms);
    examine(f, page);
    bool kept = save(f, page, db);
    flight_prepare(f, page);
    memory_put(f->mirror->memory, page);
    negative_drop(f->mirror->negative, f->key);
    struct outcome *o = outcome_create(page_take(page), f->happened);
    o->stored = f->happened == HAP_UNCHANGED;
    o->kept = kept;
    conclude(f, o, why_forwarded(f));
}

static void keep(struct flight *f, struct page *page, enum happened happened,
                 void (*run)(void *owner, struct db *db))
{
    f->answer = page;
    f->happened = happened;
    f->task.run = run;
    store_submit(f->mirror->store, &f->task, 0);
}

/* GitHub answered 304 to the ETag we foretold: this credential would get the very bytes the other one got. */
static void sibling_unchanged(struct flight *f)
{
    struct fields merged = f->sibling->fields;
    take_fresh_fields(f);
    fields_freshen(&merged, &f->fresh);
    const char *etag = fields_get(&f->fresh, "ETag");
    fields_remove(&merged, "ETag");
    fields_add(&merged, "ETag", etag ? etag : arena_printf(f->arena, "W/\"%s\"", f->foretold));
    keep(f, page_with_fields(f->sibling, &merged), HAP_UNCHANGED, run_save);
}

static void not_modified(struct flight *f)
{
    if (f->known && !f->unconditional) {
        known_unchanged(f);
    } else if (f->foretold[0] && !f->unconditional) {
        sibling_unchanged(f);
    } else if (f->condition && f->purpose == FOR_PAGE && !f->unconditional) {
        struct outcome *o = outcome_create(NULL, HAP_ANSWERED);
        o->not_modified = true;
        take_fresh_fields(f);
        o->text = f->fresh_text;
        o->fresh = f->fresh;
        f->fresh_text = NULL;
        conclude(f, o, "uri-miss");
    } else if (f->purpose == FOR_PASS) {
        pass_on(f, HAP_ANSWERED);
    } else { /* nobody asked for it */
        f->call.failure = GH_RELAY_CONNECTION;
        pass_on(f, HAP_CONNECTION);
    }
}

/* ---- other answers ---- */

/* A 404 and its like: what was stored is no more. */
static void run_drop(void *owner, struct db *db)
{
    struct flight *f = owner;
    struct err err;
    memory_drop(f->mirror->memory, f->key);
    if (db && !mirror_drop(db, slice_from((const char *)f->key, KEY_BYTES), &err))
        store_failed(f->mirror->store, "drop a page", &err);
    page_release(f->known);
    f->known = NULL;
    flight_remember_absence(f);
    pass_on(f, HAP_ANSWERED);
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 307 || status == 308;
}

/* Inside GitHub's host only: the credential goes along. Anywhere else is the client's to go to, without it. */
static bool follow(struct flight *f)
{
    if (!is_redirect(f->call.status) || !reads(f) || f->hops >= MAX_HOPS)
        return false;
    char *url = gh_url_same_origin(f->arena, f->mirror->upstream, slice_of(f->headers->location));
    if (!url)
        return false;
    f->hops++;
    f->url = url;
    flight_ask(f);
    return true;
}

static bool graphql_has_errors(slice body)
{
    json_error_t ignored;
    json_t *root = json_loadb(body.ptr, body.len, 0, &ignored);
    bool errors = !json_is_object(root) || json_object_get(root, "errors") || !json_object_get(root, "data");
    json_decref(root);
    return errors;
}

static bool can_be_kept(const struct flight *f, const struct page *page)
{
    struct directives said;
    directives_parse(fields_get(&page->fields, "Cache-Control"), NULL, &said);
    if (f->call.status != 200 || !f->keeps || said.no_store || page->body->len > MAX_KEPT_BYTES)
        return false;
    if (f->purpose == FOR_PAGE)
        return page_etag(page) || page_last_modified(page);
    return f->purpose == FOR_GRAPHQL;
}

/* GraphQL says 200 to what failed. On a store thread. */
static void run_graphql(void *owner, struct db *db)
{
    struct flight *f = owner;
    struct buf plain;
    buf_init(&plain, MAX_PLAIN_BYTES);
    bool sound = page_plain(f->answer, &plain) && !graphql_has_errors(buf_slice(&plain));
    buf_finish(&plain);
    if (sound) {
        run_save(f, db);
        return;
    }
    conclude(f, outcome_create(page_take(f->answer), HAP_ANSWERED), why_forwarded(f));
}

static void learn_who(struct flight *f);

static void sound_answer(struct flight *f)
{
    struct mirror *m = f->mirror;
    int status = f->call.status;
    if (status == 304) {
        not_modified(f);
        return;
    }
    if (f->purpose == FOR_WHO) {
        learn_who(f);
        return;
    }
    struct page *page = flight_page_of_answer(f);
    if (can_be_kept(f, page)) {
        keep(f, page, HAP_ANSWERED, f->purpose == FOR_GRAPHQL ? run_graphql : run_save);
        return;
    }
    page_release(page);
    if (f->purpose == FOR_PAGE && (status == 404 || status == 410 || status == 451)) {
        f->task.run = run_drop;
        store_submit(m->store, &f->task, 0);
        return;
    }
    pass_on(f, HAP_ANSWERED);
}

/* ---- who it is ---- */

static void run_learn(void *owner, struct db *db)
{
    struct flight *f = owner;
    struct buf plain;
    struct err err;
    json_error_t ignored;
    buf_init(&plain, 1024 * 1024);
    bool ok = page_plain(f->answer, &plain);
    json_t *root = ok ? json_loadb(plain.ptr, plain.len, 0, &ignored) : NULL;
    const char *login = json_string_value(json_object_get(root, "login"));
    if (login && strlen(login) < 64) {
        access_learn(f->mirror->access, f->scope, login);
        slice scope = slice_from((const char *)f->scope, SCOPE_BYTES);
        if (db && !mirror_user_save(db, scope, slice_of(login), &err))
            store_failed(f->mirror->store, "save a user", &err);
        flight_conclude(f, outcome_create(page_message(200, 0, "known"), HAP_ANSWERED));
    } else {
        flight_conclude(f, outcome_create(page_message(502, 0, "GitHub did not say whose credential this is"),
                                          HAP_FAILED));
    }
    json_decref(root);
    buf_finish(&plain);
}

static void learn_who(struct flight *f)
{
    if (f->call.status != 200) {
        pass_on(f, HAP_ANSWERED);
        return;
    }
    f->answer = flight_page_of_answer(f);
    f->task.run = run_learn;
    store_submit(f->mirror->store, &f->task, 0);
}

/* ---- sorting ---- */

static void read_headers(struct flight *f)
{
    slice rest = buf_slice(&f->call.head), line;
    if (!f->headers && !(f->headers = malloc(sizeof *f->headers)))
        abort();
    gh_headers_reset(f->headers);
    while (slice_split(&rest, '\n', &line))
        if (line.len)
            gh_headers_line(f->headers, line);
}

/* wait_ms 0: the answer is no limit. */
static struct closure limit_of(struct flight *f)
{
    struct buf plain;
    int64_t wait_ms = 0;
    if (f->call.status != 403 && f->call.status != 429)
        return (struct closure){0};
    buf_init(&plain, 65536);
    struct page *answer = flight_page_of_answer(f);
    slice body = page_plain(answer, &plain) ? buf_slice(&plain) : SLICE("");
    const struct gh_answer given = {f->call.status, f->headers, body, !f->authorization, false};
    enum gh_outcome outcome = gh_classify(&given, 0, &wait_ms);
    page_release(answer);
    buf_finish(&plain);
    if (outcome != GH_PRIMARY_LIMIT && outcome != GH_SECONDARY_LIMIT)
        return (struct closure){0};
    return (struct closure){.wait_ms = wait_ms > 0 ? wait_ms : 1000,
                            .secondary = outcome == GH_SECONDARY_LIMIT};
}

/* A 304 is free with a credential GitHub accepted; whatever has rate headers and is no 304 was counted. */
static bool costs(const struct flight *f)
{
    return f->call.status && strcmp(f->bucket, "none") != 0 && f->call.status < 500 &&
           f->call.status != 401 && !(f->call.status == 304 && f->authorization);
}

/* The accounts: of the limits as clients see them, of our own leases, of GitHub's health. */
static int64_t account(struct flight *f)
{
    struct mirror *m = f->mirror;
    bool answered = f->call.failure == GH_RELAY_OK || f->call.failure == GH_RELAY_TOO_BIG;
    struct closure limit = {0};
    watch_note(m->watch, answered, answered && f->call.status < 500);
    if (answered) {
        read_headers(f);
        limit = limit_of(f);
        limits_note(m->limits, f->scope, f->bucket, f->headers, limit);
        f->spent = f->spent || (!limit.wait_ms && costs(f));
    }
    if (f->lent) {
        pool_answered(m->pool, f->lent, f->bucket, answered ? f->headers : NULL,
                      answered && f->call.status < 500 && !limit.wait_ms);
        if (limit.wait_ms || f->call.status == 401)
            pool_hold(m->pool, f->lent, limit.wait_ms ? limit.wait_ms : REFUSED_MS);
    }
    return limit.wait_ms;
}

void flight_conclude_answered(struct flight *f)
{
    const struct gh_call *call = &f->call;
    if (call->failure == GH_RELAY_TIMEOUT)
        pass_on(f, HAP_TIMEOUT);
    else if (call->failure == GH_RELAY_TOO_BIG)
        pass_on(f, HAP_ANSWERED);
    else if (call->failure != GH_RELAY_OK)
        pass_on(f, HAP_CONNECTION);
    else if (f->limited_ms)
        pass_on(f, HAP_LIMITED);
    else if (call->status >= 500)
        pass_on(f, HAP_FAILED);
    else if (!follow(f))
        sound_answer(f);
}

void flight_answered(struct gh_call *call)
{
    struct flight *f = call->owner;
    f->limited_ms = account(f);
    log_debug("mirror.answer", L_STR("method", f->method),
              L_SLICE("path", slice_from(f->path, strcspn(f->path, "?"))), L_I64("status", call->status),
              L_I64("ms", call->elapsed_ms), L_STR("error", call->error));
    if (!flight_note_change(f))
        flight_conclude_answered(f);
}

/* Updates a page after GitHub's answer: confirmed, replaced, barred or deleted. Decisions are cheap and made on the passthrough's
 * thread; decoding, hashing and PostgreSQL are on a store thread, before the client has the answer, so that an answered page is a hit
 * after any crash, and a refused one stays refused. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "github/link.h"
#include "http/etag.h"
#include "mirror/cache/verdict.h"
#include "mirror/flight/flight_private.h"
#include "mirror/request/target.h"
#include "pagecache/field_kinds.h"
#include "schema/mirror.h"
#include <jansson.h>
#include <stdlib.h>

#define MAX_KEPT_BYTES       (32u * 1024u * 1024u)
#define LOOKED_AT_ONCE_BYTES 8192u

static slice key_of(const unsigned char key[KEY_BYTES])
{
    return slice_from((const char *)key, KEY_BYTES);
}

static void submit(struct flight *f, void (*run)(void *owner, struct db *db))
{
    f->task.run = run;
    db_workers_submit(f->mirror->db_workers, &f->task, 0);
}

static bool is_current(const struct flight *f)
{
    return flight_proven_at_ms(f) != 0;
}

/* ---- 304 ---- */

void flight_take_fresh(struct flight *f)
{
    free(f->fresh_text);
    free(f->fresh_joined);
    f->fresh_text = xstrndup(f->call.head.ptr ? f->call.head.ptr : "", f->call.head.len);
    fields_split(f->fresh_text, &f->fresh);
    f->fresh_joined = fields_join(&f->fresh);
    fields_drop_hop(&f->fresh);
    fields_drop_kind(&f->fresh, FIELD_SESSION);
    fields_drop_kind(&f->fresh, FIELD_HOST);
}

void flight_give_fresh(struct flight *f, struct outcome *o)
{
    o->text = f->fresh_text;
    o->joined = f->fresh_joined;
    o->fresh = f->fresh;
    f->fresh_text = f->fresh_joined = NULL;
}

/* A redirect may have another query than the request. */
static int64_t page_size_of(const struct flight *f)
{
    size_t n_base = strlen(f->mirror->upstream);
    bool below = strncmp(f->url, f->mirror->upstream, n_base) == 0;
    int64_t asked = target_page_size(f->path), led_to = target_page_size(below ? f->url + n_base : f->url);
    return led_to < asked ? led_to : asked;
}

/* A list grows and shrinks at its end, which the ETag of another page does not show: a full last page keeps its bytes when another page
 * is added, and rel="last", by which clients count, changes on all pages. The 304's Link shows it; without one, the request is repeated
 * without a condition. */
static bool link_may_have_changed(const struct flight *f, const struct page *page)
{
    struct gh_links links;
    if (fields_get(&f->fresh, "Link"))
        return false;
    if (page == f->other_credential_page && fields_get(&page->fields, "Link"))
        return true; /* it is another credential's, which is not passed on */
    gh_links_parse(slice_of(fields_get(&page->fields, "Link")), &links);
    return links.last.ptr || links.malformed ||
           (page->n_items > 0 && page->n_items >= page_size_of(f) && !links.next.ptr);
}

/* RFC 9111 4.3.4: the 304 is about another page than that of the ETag which was sent. */
static bool names_another_page(const struct flight *f)
{
    const char *etag = fields_get(&f->fresh, "ETag"), *sent = f->known ? page_etag(f->known) : NULL;
    if (etag && *etag && f->predicted[0])
        return !etag_is(etag, f->predicted);
    return etag && *etag && sent && !slice_eq(etag_opaque(slice_of(etag)), etag_opaque(slice_of(sent)));
}

static void ask_again(struct flight *f)
{
    f->unconditional = true;
    flight_ask(f);
}

static void conclude_unchanged(struct flight *f)
{
    struct outcome *o = outcome_create(page_take(f->known), UPSTREAM_UNCHANGED);
    o->stored = true;
    flight_give_fresh(f, o);
    flight_conclude_as(f, o, "stale");
}

/* False: it could not be stored. */
static bool forget(struct flight *f, struct db *db)
{
    struct err err;
    memory_cache_drop(f->mirror->memory_cache, f->key);
    if (db && mirror_drop(db, key_of(f->key), &err))
        return true;
    if (db)
        db_workers_failed(f->mirror->db_workers, "remove a page", &err);
    return false;
}

/* The same for every form of the address, also in memory. */
static bool forget_all(struct flight *f, struct db *db)
{
    AUTO_ROWS rows = {0};
    struct err err;
    memory_cache_drop(f->mirror->memory_cache, f->key);
    if (!db)
        return false;
    bool ok = mirror_forget(db, slice_of(f->page_url), key_of(f->resource),
                            slice_from((const char *)f->credential_hash, CREDENTIAL_HASH_BYTES),
                            key_of(f->key), f->mirror->name, &rows, &err);
    if (!ok)
        db_workers_failed(f->mirror->db_workers, "forget a page", &err);
    db_workers_forget_keys(f->mirror->db_workers, &rows);
    return ok;
}

static bool save_fields(struct flight *f, const struct page *page, bool checked, struct db *db)
{
    struct err err;
    AUTO_BUF lines = {0};
    page_lines(page, &lines);
    bool ok = !db || mirror_headers(db, key_of(page->key), buf_slice(&lines), checked, &err);
    if (!ok)
        db_workers_failed(f->mirror->db_workers, "keep fields", &err);
    return ok;
}

/* The fields of a 304 update the stored page (RFC 9111, 3.2 and 4.3.4); a barred page is confirmed again. */
static void run_keep_fields(void *owner, struct db *db)
{
    struct flight *f = owner;
    struct fields merged = f->known->fields;
    fields_freshen(&merged, &f->fresh);
    if (!fields_allow_keeping(&merged)) {
        (void)!forget(f, db);
        conclude_unchanged(f);
        return;
    }
    struct page *page = page_with_fields(f->known, &merged);
    atomic_store(&page->barred, false);
    memory_cache_put(f->mirror->memory_cache, page);
    page_release(f->known);
    f->known = page;
    (void)!save_fields(f, page, is_current(f), db);
    conclude_unchanged(f);
}

void flight_known_unchanged(struct flight *f)
{
    flight_take_fresh(f);
    if (names_another_page(f) || link_may_have_changed(f, f->known)) {
        ask_again(f);
        return;
    }
    int64_t proven = flight_proven_at_ms(f);
    if (proven)
        atomic_store(&f->known->checked_at_ms, proven);
    db_workers_used(f->mirror->db_workers, f->known, true);
    if (atomic_load(&f->known->barred) || fields_say_more(&f->known->fields, &f->fresh))
        submit(f, run_keep_fields);
    else
        conclude_unchanged(f);
}

/* ---- keeping ---- */

/* Decodes the whole body once: whether it is valid, how many items it has, whether ETags for other credentials can be computed from it. */
static enum verdict examine(const struct flight *f, struct page *page)
{
    AUTO_BUF plain = {.max = MAX_PLAIN_BYTES};
    bool whole = page_plain(page, &plain);
    enum verdict verdict = verdict_of(page, buf_slice(&plain), whole, f->known, f->accept, &page->n_items);
    if (verdict == BODY_BROKEN && plain.overflow)
        verdict = BODY_TOO_LONG;
    if (verdict == BODY_SOUND)
        page->derivable = body_is_derivable(f->accept, f->authorization, page_etag(page), buf_slice(&plain));
    return verdict;
}

static bool save(struct flight *f, struct page *page, struct db *db)
{
    struct err err;
    bool is_new = false, ok = false;
    int64_t bytes = 0;
    if (!db || db_workers_cache_is_full(f->mirror->db_workers))
        return false;
    AUTO_BUF lines = {0};
    page_lines(page, &lines);
    const struct mirror_page row = {.key = key_of(page->key),
                                    .resource = key_of(page->resource),
                                    .url = slice_of(page->url),
                                    .credential_hash =
                                        slice_from((const char *)f->credential_hash, CREDENTIAL_HASH_BYTES),
                                    .headers = buf_slice(&lines),
                                    .bytes = slice_from(page->body->bytes, page->body->len),
                                    .n_items = page->n_items,
                                    .derivable = page->derivable};
    ok = mirror_save(db, &row, atomic_load(&page->checked_at_ms) != 0, &is_new, &bytes, &err);
    if (ok)
        db_workers_cache_grew(f->mirror->db_workers, is_new, bytes);
    else
        db_workers_failed(f->mirror->db_workers, "save a page", &err);
    return ok;
}

static void warn_of_body(const struct flight *f, const char *is)
{
    log_warn("mirror.broken_body", L_SLICE("path", slice_from(f->path, strcspn(f->path, "?"))),
             L_STR("is", is));
}

/* The stored page instead of what is not GitHub's; without one, the answer. */
static void replace_answer(struct flight *f, struct page *answer, const char *is)
{
    warn_of_body(f, is);
    flight_conclude_stored(f, UPSTREAM_BROKEN, page_take(answer));
}

static void refuse_body(struct flight *f, struct page *page, enum verdict verdict)
{
    if (verdict == BODY_WEB_PAGE) {
        replace_answer(f, page, "a web page");
        return;
    }
    warn_of_body(f, "not what its header says");
    flight_conclude_as(f, outcome_create(page_take(page), UPSTREAM_BROKEN), flight_why_forwarded(f));
}

static void run_save(void *owner, struct db *db)
{
    struct flight *f = owner;
    struct page *page = f->answer;
    page_adopt(page, f->key, f->resource, f->url);
    enum verdict verdict = f->purpose == FOR_PAGE ? examine(f, page) : BODY_SOUND;
    if (verdict != BODY_SOUND &&
        f->upstream_result == UPSTREAM_UNCHANGED) { /* another credential's body is broken */
        ask_again(f);
        return;
    }
    if (verdict == BODY_TOO_LONG) {
        flight_pass_on(f, UPSTREAM_ANSWERED);
        return;
    }
    if (verdict != BODY_SOUND) {
        refuse_body(f, page, verdict);
        return;
    }
    int64_t proven = flight_proven_at_ms(f);
    page->fetched_at_ms = clock_wall_ms();
    atomic_store(&page->checked_at_ms, proven);
    atomic_store(&page->noted_at_ms, page->fetched_at_ms);
    bool kept = save(f, page, db);
    flight_prepare(f, page);
    memory_cache_put(f->mirror->memory_cache, page);
    negative_drop(f->mirror->negative, f->key);
    if (proven && !is_current(f)) { /* it changed meanwhile */
        atomic_store(&page->checked_at_ms, 0);
        (void)!(kept && save_fields(f, page, false, db));
    }
    struct outcome *o = outcome_create(page_take(page), f->upstream_result);
    o->stored = f->upstream_result == UPSTREAM_UNCHANGED;
    o->kept = kept;
    flight_conclude_as(f, o, flight_why_forwarded(f));
}

/* GitHub answered 304 to the predicted ETag: this credential would get the same bytes as the other one. All other parts of the answer
 * are its own: of the other's fields only those that describe the bytes are taken. */
void flight_other_credential_unchanged(struct flight *f)
{
    struct fields merged = f->other_credential_page->fields;
    flight_take_fresh(f);
    if (names_another_page(f) || link_may_have_changed(f, f->other_credential_page)) {
        ask_again(f);
        return;
    }
    fields_keep_kind(&merged, FIELD_BODY);
    fields_freshen(&merged, &f->fresh);
    const char *etag = fields_get(&f->fresh, "ETag");
    fields_remove(&merged, "ETag");
    fields_add(&merged, "ETag", etag ? etag : arena_printf(f->arena, "W/\"%s\"", f->predicted));
    struct page *page = page_with_fields(f->other_credential_page, &merged);
    atomic_store(&page->barred, false);
    if (!fields_allow_keeping(&merged)) {
        struct outcome *o = outcome_create(page, UPSTREAM_UNCHANGED);
        o->stored = true;
        flight_conclude_as(f, o, flight_why_forwarded(f));
        return;
    }
    f->answer = page;
    f->upstream_result = UPSTREAM_UNCHANGED;
    submit(f, run_save);
}

/* GraphQL answers failures with 200. */
static bool graphql_succeeded(const struct page *answer)
{
    AUTO_BUF plain = {.max = MAX_PLAIN_BYTES};
    json_error_t ignored;
    if (!page_plain(answer, &plain))
        return false;
    json_auto_t *root = json_loadb(plain.ptr, plain.len, 0, &ignored);
    return json_is_object(root) && !json_object_get(root, "errors") && json_object_get(root, "data");
}

static void run_graphql(void *owner, struct db *db)
{
    struct flight *f = owner;
    if (examine(f, f->answer) == BODY_WEB_PAGE) {
        refuse_body(f, f->answer, BODY_WEB_PAGE);
        return;
    }
    if (graphql_succeeded(f->answer)) {
        run_save(f, db);
        return;
    }
    flight_conclude_as(f, outcome_create(page_take(f->answer), UPSTREAM_ANSWERED), flight_why_forwarded(f));
}

static bool can_be_kept(const struct flight *f, const struct page *page)
{
    if (page->status != 200 || !f->keeps || !fields_allow_keeping(&page->fields) ||
        page->body->len > MAX_KEPT_BYTES)
        return false;
    if (!page->json && page->coding == CODING_NONE &&
        gh_framing_ends_with_connection(&f->call.transfer.framing))
        return false; /* nothing in it shows that it is whole */
    return f->purpose == FOR_GRAPHQL ||
           (f->purpose == FOR_PAGE && (page_etag(page) || page_last_modified(page)));
}

/* ---- barring, deleting, examining ---- */

static void owe_bar(struct flight *f)
{
    db_workers_owes_bar(f->mirror->db_workers, f->page_url, f->resource, f->credential_hash, f->key);
}

/* 401, or a 403 that is not a limit: no form of the page is served to this credential until GitHub confirms it again. A proxy's
 * counts, too, since to serve a page wrongly is worse than to withhold it. Without the database, pages in memory are barred now, and
 * the others when it is back. */
static void run_bar(void *owner, struct db *db)
{
    struct flight *f = owner;
    AUTO_ROWS rows = {0};
    struct err err;
    if (f->known) {
        atomic_store(&f->known->checked_at_ms, 0);
        atomic_store(&f->known->barred, true);
    }
    bool done = db && mirror_bar(db, slice_of(f->page_url), key_of(f->resource),
                                 slice_from((const char *)f->credential_hash, CREDENTIAL_HASH_BYTES),
                                 key_of(f->key), &rows, &err);
    if (db && !done)
        db_workers_failed(f->mirror->db_workers, "suppress a page", &err);
    if (!done)
        owe_bar(f);
    db_workers_forget_keys(f->mirror->db_workers, &rows); /* other forms of it; other mirrors are notified */
    flight_pass_on(f, UPSTREAM_ANSWERED);
}

/* 404, 410, 451: the stored page is deleted, in every form; unless the error is not GitHub's. */
static void run_drop(void *owner, struct db *db)
{
    struct flight *f = owner;
    if (!flight_is_githubs_error(f->answer)) {
        if (f->known)
            replace_answer(f, f->answer, "not an error from GitHub");
        else
            flight_pass_on(f, UPSTREAM_ANSWERED);
        return;
    }
    if (!forget_all(f, db)) /* a barred page is as good as deleted */
        owe_bar(f);
    page_release(f->known);
    f->known = NULL;
    flight_remember_absence(f);
    flight_pass_on(f, UPSTREAM_ANSWERED);
}

/* 203: of a proxy. Those of other statuses may be another document than the page's. */
static bool is_whole(int status)
{
    return status == 200 || status == 203 || status == 206;
}

/* Examines an answer that is not stored. */
static void run_look(void *owner, struct db *db)
{
    struct flight *f = owner;
    (void)db;
    enum verdict verdict = examine(f, f->answer);
    if (f->call.status == 206) /* no part was requested */
        verdict = BODY_BROKEN;
    if (verdict == BODY_WEB_PAGE || (verdict == BODY_BROKEN && is_whole(f->call.status)))
        refuse_body(f, f->answer, verdict);
    else
        flight_pass_on(f, UPSTREAM_ANSWERED);
}

/* Checking a small body takes less time than waking another thread. */
static void look(struct flight *f)
{
    if (f->answer->coding == CODING_NONE && f->answer->body->len <= LOOKED_AT_ONCE_BYTES)
        run_look(f, NULL);
    else
        submit(f, run_look);
}

static bool is_refusal(const struct flight *f)
{
    bool asks = strcmp(f->method, "GET") == 0 || strcmp(f->method, "HEAD") == 0 || f->purpose == FOR_GRAPHQL;
    return asks && (f->call.status == 401 || f->call.status == 403);
}

bool flight_keeps_answer(struct flight *f)
{
    int status = f->call.status;
    if (is_refusal(f)) {
        submit(f, run_bar);
        return true;
    }
    if (f->purpose == FOR_PASS)
        return false;
    page_release(f->answer);
    f->answer = flight_page_of_answer(f);
    f->upstream_result = UPSTREAM_ANSWERED;
    if (can_be_kept(f, f->answer))
        submit(f, f->purpose == FOR_GRAPHQL ? run_graphql : run_save);
    else if (f->purpose == FOR_PAGE && (status == 404 || status == 410 || status == 451))
        submit(f, run_drop);
    else if ((f->purpose == FOR_PAGE || f->purpose == FOR_GRAPHQL) && status >= 200 && status < 300 &&
             f->answer->body->len && (f->purpose == FOR_PAGE || f->known || !f->answer->json))
        look(f);
    else
        return false;
    return true;
}

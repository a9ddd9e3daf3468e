/* flight_ask: whether GitHub is asked, after a lookup in the database, and with which headers.
 *
 * decide_without_asking() has the reasons not to ask; take_unit() charges a lent credential. Runs on a store thread, or on the
 * thread that joined the flight when nothing is looked up. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "mirror/flight/flight_private.h"
#include "mirror/upstream/access.h"
#include "mirror/upstream/lent_credentials.h"
#include "mirror/upstream/refusal.h"
#include "mirror/upstream/upstream_health.h"
#include "pagecache/field_kinds.h"
#include "schema/mirror.h"
#include <stdlib.h>

#define NO_TOKEN_MS   1000
#define LEASE_WAIT_MS 10000 /* for a unit of quota that others hold */

/* ---- asking ---- */

static void add_line(struct flight *f, const char **lines, size_t *n, const char *name, const char *value)
{
    if (value && *n < MAX_FIELDS + 7)
        lines[(*n)++] =
            *value ? arena_printf(f->arena, "%s: %s", name, value) : arena_printf(f->arena, "%s;", name);
}

/* The validators of the stored page, a predicted ETag, or the client's own condition. */
static void add_condition(struct flight *f, const char **lines, size_t *n)
{
    if (f->unconditional || f->purpose != FOR_PAGE)
        return;
    if (f->predicted[0])
        add_line(f, lines, n, "If-None-Match", arena_printf(f->arena, "W/\"%s\"", f->predicted));
    else if (f->known && page_etag(f->known))
        add_line(f, lines, n, "If-None-Match", page_etag(f->known));
    else if (f->known)
        add_line(f, lines, n, "If-Modified-Since", page_last_modified(f->known));
    else
        add_line(f, lines, n, "If-None-Match", f->condition);
}

/* The ETag that GitHub gives this page's body under the credential of this request. */
static void predict_etag(struct flight *f, const struct page *page)
{
    AUTO_BUF plain = {.max = MAX_PLAIN_BYTES};
    if (page_plain(page, &plain))
        etag_predict(f->accept, f->authorization, buf_slice(&plain), f->predicted);
}

/* After take_unit: the unit is returned as one without an answer. */
static void conclude_without_token(struct flight *f)
{
    struct lent_credentials *lent = f->mirror->lent_credentials;
    lent_credentials_hold(lent, f->lent, NO_TOKEN_MS);
    lent_credentials_answered(lent, f->lent, f->bucket, NULL, 0, false, false);
    flight_conclude_stored(
        f, UPSTREAM_EXHAUSTED,
        page_message(503, 1, "The mirror has no valid token of its GitHub App: try again later"));
}

/* A lent credential's token, which changes every hour for an app's installation: the ETag of a stored page is then that of an older
 * token, like another credential's. False: there is no token now. */
static bool authorize(struct flight *f)
{
    struct gh_authorization now = {0};
    if (f->lent && !gh_credential_authorize(f->lent, f->arena, &now))
        return false;
    if (f->lent)
        f->authorization = now.header;
    f->predicted[0] = '\0';
    if (f->known && f->lent && f->lent->app && f->known->derivable)
        predict_etag(f, f->known);
    else if (!f->known && f->other_credential_page)
        predict_etag(f, f->other_credential_page);
    return true;
}

void flight_ask(struct flight *f)
{
    if (!authorize(f)) {
        conclude_without_token(f);
        return;
    }
    const char **lines = arena_array(f->arena, MAX_FIELDS + 8, sizeof *lines);
    size_t n = 0;
    for (size_t i = 0; i < f->send.n; i++)
        add_line(f, lines, &n, f->send.items[i].name, f->send.items[i].value);
    add_line(f, lines, &n, "Authorization", f->authorization);
    add_condition(f, lines, &n);
    lines[n] = NULL;
    f->call.method = f->method;
    f->call.url = f->url;
    f->call.headers = lines;
    f->call.body = f->body;
    f->call.done = flight_answered;
    f->call.owner = f;
    f->call.lent = f->lent != NULL;
    gh_passthrough_submit(f->mirror->passthrough, &f->call);
}

/* For a known limit. */
static void refuse(struct flight *f, const struct closure *closure)
{
    bool anonymous = f->lent ? gh_credential_is_anonymous(f->lent) : !f->authorization;
    if (f->lent && !closure->secondary)
        lent_credentials_tell_used_up(f->mirror->lent_credentials, f->lent, f->bucket, closure->wait_ms);
    flight_conclude_stored(f, UPSTREAM_EXHAUSTED, refusal_page(closure, f->bucket, anonymous));
}

/* Takes a unit of the mirror's quota, for clients without a credential. False: concluded, or postponed. */
static bool take_unit(struct flight *f, struct db *db)
{
    int64_t wait_ms = 0;
    enum gh_take take = lent_credentials_take(f->mirror->lent_credentials, f->lent, f->bucket, db, &wait_ms);
    if (take == GH_TAKEN)
        return true;
    if (take == GH_WAIT && clock_mono_ms() - f->began_ms < LEASE_WAIT_MS && wait_ms < LEASE_WAIT_MS) {
        db_workers_submit(f->mirror->db_workers, &f->task, wait_ms < 50 ? wait_ms : 50);
        return false;
    }
    struct closure known = rate_view_closure(f->mirror->rate_view, f->credential_hash, f->bucket);
    known.wait_ms = wait_ms;
    known.secondary = take != GH_EXHAUSTED; /* others use it, or as much as GitHub allows a minute */
    refuse(f, &known);
    return false;
}

/* Concludes without asking GitHub: from the store, or by a refusal. True: it is concluded. */
static bool decide_without_asking(struct flight *f)
{
    struct mirror *m = f->mirror;
    if (f->known && !f->must_ask &&
        flight_page_is_fresh(m, f->writer_hash, f->known, f->fresh_ms, f->max_age_ms)) {
        flight_conclude_stored(f, UPSTREAM_FRESH, NULL);
        return true;
    }
    if (f->only_if_cached) {
        flight_conclude_stored(f, UPSTREAM_FRESH, page_message(504, 0, "not in the mirror's cache"));
        return true;
    }
    if (!upstream_is_online(m->upstream_health)) {
        flight_conclude_stored(f, UPSTREAM_OFFLINE,
                               page_message(504, 0, "GitHub is offline and this page is not cached"));
        return true;
    }
    struct closure closure = rate_view_closure(m->rate_view, f->credential_hash, f->bucket);
    if (closure.wait_ms > 0 && strcmp(f->bucket, "none") != 0) {
        refuse(f, &closure);
        return true;
    }
    return false;
}

static void decide(struct flight *f, struct db *db)
{
    if (decide_without_asking(f) || (f->lent && !take_unit(f, db)))
        return;
    flight_ask(f);
}

/* ---- looking up ---- */

static struct page *page_from_store(const struct mirror_page *row)
{
    struct page *page = page_create(200, row->headers, row->bytes);
    char *url = xstrndup(row->url.ptr, row->url.len);
    page_adopt(page, (const unsigned char *)row->key.ptr, (const unsigned char *)row->resource.ptr, url);
    free(url);
    page->n_items = row->n_items;
    page->derivable = row->derivable;
    atomic_store(&page->barred, row->barred);
    int64_t now = clock_wall_ms();
    page->fetched_at_ms = now - row->fetched_age_ms;
    atomic_store(&page->checked_at_ms, row->checked_age_ms < 0 ? 0 : now - row->checked_age_ms);
    return page;
}

/* An earlier release stored it, with fields by which this one does not. Pages in memory were loaded here or stored by this release. */
static void drop_stored(struct flight *f, struct db *db, slice key)
{
    struct err err;
    if (!mirror_drop(db, key, &err))
        db_workers_failed(f->mirror->db_workers, "remove a page", &err);
}

static void look_up(struct flight *f, struct db *db)
{
    AUTO_ROWS rows = {0};
    struct mirror_page row;
    struct err err;
    bool found = false;
    if (!mirror_find(
            db, slice_from((const char *)f->key, KEY_BYTES), slice_from((const char *)f->resource, KEY_BYTES),
            slice_from((const char *)f->writer_hash, CREDENTIAL_HASH_BYTES), &rows, &found, &row, &err)) {
        db_workers_failed(f->mirror->db_workers, "look up a page", &err);
        return;
    }
    if (!found)
        return;
    struct page *page = page_from_store(&row);
    if (!fields_allow_keeping(&page->fields)) {
        page_release(page);
        drop_stored(f, db, row.key);
    } else if (row.own) {
        f->known = page;
        flight_prepare(f, page);
        memory_cache_put(f->mirror->memory_cache, page);
    } else if (f->purpose == FOR_PAGE) {
        f->other_credential_page = page;
    } else {
        page_release(page);
    }
}

void flight_run_lookup(void *owner, struct db *db)
{
    struct flight *f = owner;
    bool wants = (f->purpose == FOR_PAGE || f->purpose == FOR_GRAPHQL) && f->keeps;
    if (db && wants && !f->known && !f->looked_up)
        look_up(f, db);
    f->looked_up = true;
    decide(f, db);
}

void flight_run_who(void *owner, struct db *db)
{
    struct flight *f = owner;
    const char *login = NULL;
    bool recent = false;
    struct err err;
    slice credential_hash = slice_from((const char *)f->credential_hash, CREDENTIAL_HASH_BYTES);
    if (db && !f->looked_up && !mirror_user(db, credential_hash, 24, f->arena, &login, &recent, &err))
        db_workers_failed(f->mirror->db_workers, "look up a user", &err);
    f->looked_up = true;
    struct closure closure = rate_view_closure(f->mirror->rate_view, f->credential_hash, f->bucket);
    bool may_ask = closure.wait_ms == 0 && upstream_is_online(f->mirror->upstream_health);
    if (!login && closure.wait_ms > 0) {
        refuse(f, &closure);
        return;
    }
    if (!login || (!recent && may_ask)) {
        flight_ask(f);
        return;
    }
    access_learn(f->mirror->access, f->credential_hash,
                 login); /* the known owner, while GitHub is unavailable */
    flight_conclude(f, outcome_create(page_message(200, 0, "known"), UPSTREAM_ANSWERED));
}

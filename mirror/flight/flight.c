/* Happy path of a known page: join → flight_ask.c: decide, ask (If-None-Match) → flight_answer.c: 304 → conclude. Of an unknown page:
 * join → flight_ask.c: look up in the store, decide, ask → flight_answer.c: 200 → save → conclude.
 * Failure modes: failures of GitHub end in flight_answer.c; without a database nothing is looked up or saved; on shutdown all
 * calls end as lost connections, which conclude like any other. */
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "github/url.h"
#include "mirror/flight/flight_private.h"
#include "mirror/request/uploads.h"
#include "pagecache/field_kinds.h"
#include "schema/mirror.h"
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <strings.h>

#define N_CHAINS 1024

struct flights {
    pthread_mutex_t lock;
    struct flight *chains[N_CHAINS];
    _Atomic int under_way;
};

struct flights *flights_create(void)
{
    struct flights *fs = xcalloc(1, sizeof *fs);
    pthread_mutex_init(&fs->lock, NULL);
    return fs;
}

void flights_destroy(struct flights *fs)
{
    if (!fs)
        return;
    pthread_mutex_destroy(&fs->lock);
    free(fs);
}

int flights_under_way(struct flights *fs)
{
    return atomic_load(&fs->under_way);
}

/* ---- the table ---- */

static struct flight **chain_of(struct flights *fs, const unsigned char name[KEY_BYTES])
{
    uint32_t hash;
    memcpy(&hash, name, sizeof hash);
    return &fs->chains[hash % N_CHAINS];
}

/* With the lock held. */
static struct flight *find(struct flights *fs, const unsigned char name[KEY_BYTES])
{
    struct flight *f = *chain_of(fs, name);
    while (f && memcmp(f->name, name, KEY_BYTES) != 0)
        f = f->chain;
    return f;
}

static void unlist(struct flights *fs, struct flight *f)
{
    for (struct flight **at = chain_of(fs, f->name); f->listed && *at; at = &(*at)->chain) {
        if (*at == f) {
            *at = f->chain;
            break;
        }
    }
    f->listed = false;
}

void flights_mark_stale(struct flights *fs, flight_concerned *concerns, const void *arg)
{
    pthread_mutex_lock(&fs->lock);
    for (size_t i = 0; i < N_CHAINS; i++)
        for (struct flight *f = fs->chains[i]; f; f = f->chain)
            if (!concerns || concerns(f->page_url, f->credential_hash, arg) ||
                (f->old_url && concerns(f->old_url, f->credential_hash, arg)))
                atomic_store(&f->went_stale, true);
    pthread_mutex_unlock(&fs->lock);
}

static void set_url(struct flight *f, const char *url)
{
    char *page_url = arena_strdup(f->arena, url);
    gh_url_canonical(page_url);
    f->url = url;
    f->page_url = page_url;
}

void flight_redirect(struct flight *f, const char *url)
{
    struct flights *fs = f->mirror->flights;
    pthread_mutex_lock(&fs->lock); /* flights_mark_stale reads it */
    if (!f->old_url)
        f->old_url = f->page_url;
    set_url(f, url);
    pthread_mutex_unlock(&fs->lock);
}

/* ---- the end ---- */

static void destroy(struct flight *f)
{
    struct flights *fs = f->mirror->flights;
    gh_call_finish(&f->call);
    page_release(f->known);
    page_release(f->other_credential_page);
    page_release(f->answer);
    free(f->headers);
    free(f->fresh_text);
    free(f->fresh_joined);
    arena_destroy(f->arena);
    free(f);
    atomic_fetch_sub(&fs->under_way, 1);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* GitHub's 304 to one client's condition is not an answer for clients with another one, or none. An answer with Vary: User-Agent is
 * given only to clients with the same User-Agent. */
static bool suits(const struct exchange *ex, const struct outcome *outcome, const struct flight *f)
{
    const char *condition = fields_get(&ex->fields, "If-None-Match");
    if (outcome->not_modified && !(condition && same_text(condition, f->condition)))
        return false;
    return f->purpose == FOR_WHO ||
           !fields_vary_by_agent(outcome->page ? &outcome->page->fields : &outcome->fresh) ||
           same_text(fields_get(&ex->fields, "User-Agent"), fields_get(&f->send, "User-Agent"));
}

/* Whether a stored page replaces the error although this client accepts none so old (stale-if-error). */
static bool wants_the_error(const struct exchange *ex, const struct outcome *outcome)
{
    int64_t most_s = ex->directives.stale_if_error_s;
    return outcome->instead && most_s >= 0 && most_s < INT64_MAX / 1000 && outcome->age_ms >= most_s * 1000;
}

void flight_conclude(struct flight *f, struct outcome *outcome)
{
    struct flights *fs = f->mirror->flights;
    pthread_mutex_lock(&fs->lock);
    unlist(fs, f);
    struct exchange *ex = f->waiters;
    pthread_mutex_unlock(&fs->lock);
    outcome->spent = f->spent;
    if (outcome->instead)
        outcome->instead->spent = f->spent;
    for (bool first = true; ex; first = false) {
        struct exchange *next = ex->next;
        if (!suits(ex, outcome, f)) {
            ex->alone = true;
        } else if (f->purpose != FOR_WHO || outcome->page->status != 200) {
            ex->outcome = outcome_take(wants_the_error(ex, outcome) ? outcome->instead : outcome);
            ex->coalesced = !first;
        }
        exchange_resume(ex);
        ex = next;
    }
    outcome_release(outcome);
    destroy(f);
}

static struct outcome *outcome_without_answer(const struct flight *f, struct page *page,
                                              enum upstream_result upstream_result, bool stored)
{
    bool asked = upstream_result != UPSTREAM_FRESH && upstream_result != UPSTREAM_OFFLINE &&
                 upstream_result != UPSTREAM_EXHAUSTED;
    struct outcome *o = outcome_create(page, upstream_result);
    o->stored = stored;
    o->upstream_status = f->call.status;
    o->forwarded = !asked ? NULL : f->known ? "stale" : "uri-miss";
    return o;
}

void flight_conclude_stored(struct flight *f, enum upstream_result upstream_result, struct page *otherwise)
{
    bool stored = f->known && !atomic_load(&f->known->barred);
    struct outcome *o =
        outcome_without_answer(f, stored ? page_take(f->known) : otherwise, upstream_result, stored);
    if (stored) {
        o->instead = otherwise ? outcome_without_answer(f, otherwise, upstream_result, false) : NULL;
        o->age_ms = flight_age_ms(f->known);
        db_workers_used(f->mirror->db_workers, f->known, false);
    }
    flight_conclude(f, o);
}

void flight_prepare(struct flight *f, struct page *page)
{
    struct flights *fs = f->mirror->flights;
    char base[sizeof f->waiters->base] = "";
    bool takes_gzip = false;
    enum coding coding;
    pthread_mutex_lock(&fs->lock);
    if (f->waiters) {
        memcpy(base, f->waiters->base, sizeof base);
        takes_gzip = f->waiters->takes_gzip;
    }
    pthread_mutex_unlock(&fs->lock);
    if (!*base)
        return;
    struct bases_room room;
    const struct base_pair bases = bases_for(f->mirror->upstream, f->mirror->uploads, base, &room);
    body_release(page_body(page, &bases, takes_gzip, &coding));
}

/* ---- beginning ---- */

static const char *encoding_for(const struct flight *f, bool takes_gzip)
{
    return f->purpose == FOR_PAGE || takes_gzip ? "gzip" : NULL;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0)
            return true;
    return false;
}

/* Of the fields that an answer does not vary by, those that a lent credential may be sent with. */
static bool is_harmless(const char *name)
{
    static const char *const conditions[] = {"If-None-Match", "If-Modified-Since", "If-Range", "Range", NULL};
    return is_one_of(name, conditions);
}

/* The client's fields that are sent to GitHub. For a page or a query: those that are part of its key, so that no other field can
 * change what is stored under it. With a lent credential: no field that could make a write of a read, such as a method override.
 * Otherwise all but those of the connection, and conditions that the mirror handles itself. */
static bool is_sent(const struct exchange *ex, enum purpose purpose, const char *named, const char *name)
{
    static const char *const ours[] = {"Host", "Authorization", "Accept-Encoding", "Forwarded",
                                       "Via",  "X-Real-IP",     "Expect",          NULL};
    if (strcasecmp(name, "User-Agent") == 0)
        return true;
    if (purpose == FOR_WHO || !field_has_plain_name(name) || field_is_hop(name) || field_lists(named, name) ||
        strncasecmp(name, "X-Forwarded-", 12) == 0 || is_one_of(name, ours))
        return false;
    return field_varies(name) || (ex->graphql && strcasecmp(name, "GraphQL-Features") == 0) ||
           (purpose == FOR_PASS && (!ex->lent || is_harmless(name)));
}

/* GitHub indents for some, and so the key says which it was: the first. */
static bool is_second_agent(const struct flight *f, const char *name)
{
    return strcasecmp(name, "User-Agent") == 0 && fields_get(&f->send, name);
}

/* One hop less in Max-Forwards of OPTIONS (RFC 9110 7.6.2). */
static const char *value_to_send(const struct flight *f, const struct exchange *ex, const struct field *field)
{
    int64_t hops;
    if (strcasecmp(field->name, "If-Match") == 0)
        return weakened_undo(&f->mirror->weakened, ex->credential_hash, ex->path,
                             arena_strdup(f->arena, field->value), f->arena);
    if (strcmp(f->method, "OPTIONS") == 0 && strcasecmp(field->name, "Max-Forwards") == 0 &&
        slice_i64(slice_of(field->value), 1, INT32_MAX, &hops))
        return arena_printf(f->arena, "%lld", (long long)hops - 1);
    return arena_strdup(f->arena, field->value);
}

static void copy_fields(struct flight *f, const struct exchange *ex)
{
    const char *named = fields_get(&ex->fields, "Connection");
    for (size_t i = 0; i < ex->fields.n; i++)
        if (is_sent(ex, f->purpose, named, ex->fields.items[i].name) &&
            !is_second_agent(f, ex->fields.items[i].name))
            fields_add(&f->send, arena_strdup(f->arena, ex->fields.items[i].name),
                       value_to_send(f, ex, &ex->fields.items[i]));
    if (f->purpose == FOR_GRAPHQL || (f->lent && ex->graphql)) {
        fields_remove(&f->send, "Content-Type"); /* as which it was read, and found to write nothing */
        fields_add(&f->send, "Content-Type", "application/json");
    }
    const char *encoding = encoding_for(f, ex->takes_gzip);
    if (encoding)
        fields_add(&f->send, "Accept-Encoding", encoding);
    f->accept = fields_get(&f->send, "Accept");
}

/* An empty body is a body too: Content-Length: 0. */
static void copy_body(struct flight *f, const struct exchange *ex)
{
    if (ex->body.len)
        f->body = slice_from(arena_dup(f->arena, buf_slice(&ex->body)), ex->body.len);
    else if (strcmp(f->method, "POST") == 0 || fields_get(&ex->fields, "Content-Length"))
        f->body = SLICE("");
}

static struct flight *create(const struct exchange *ex, enum purpose purpose)
{
    struct mirror *m = ex->mirror;
    struct flight *f = xcalloc(1, sizeof *f);
    atomic_fetch_add(&m->flights->under_way, 1);
    f->mirror = m;
    f->arena = arena_create();
    f->purpose = purpose;
    f->method = purpose == FOR_PAGE || purpose == FOR_WHO ? "GET" : arena_strdup(f->arena, ex->method);
    f->path = arena_strdup(f->arena, purpose == FOR_WHO ? "/user" : ex->path);
    const char *base = ex->uploads && purpose != FOR_WHO ? m->uploads : m->upstream;
    set_url(f,
            ex->graphql && purpose != FOR_WHO ? m->graphql : arena_printf(f->arena, "%s%s", base, f->path));
    f->bucket = strncmp(f->path, "/rate_limit", 11) == 0 ? "none" : resource_of_path(f->path);
    f->authorization = arena_strdup(f->arena, ex->authorization);
    f->lent = purpose == FOR_WHO ? NULL : ex->lent;
    memcpy(f->credential_hash, ex->credential_hash, CREDENTIAL_HASH_BYTES);
    memcpy(f->writer_hash, ex->writer_hash, CREDENTIAL_HASH_BYTES);
    memcpy(f->resource, ex->resource, KEY_BYTES);
    memcpy(f->key, ex->key, KEY_BYTES);
    copy_fields(f, ex);
    f->keeps = strlen(f->url) <= MIRROR_URL_MAX &&
               (purpose == FOR_PAGE || (purpose == FOR_GRAPHQL && ex->fresh_ms > 0));
    f->must_ask = ex->directives.no_cache;
    f->only_if_cached = ex->directives.only_if_cached;
    f->only_reads = purpose == FOR_WHO || ex->only_reads;
    f->fresh_ms = ex->fresh_ms - ex->directives.min_fresh_s * 1000;
    f->max_age_ms = ex->directives.max_age_s < 0 ? -1 : ex->directives.max_age_s * 1000;
    f->began_ms = clock_mono_ms();
    f->written_ms = written_at_ms(m->written, f->writer_hash);
    if (purpose == FOR_PASS || purpose == FOR_GRAPHQL)
        copy_body(f, ex);
    return f;
}

/* Flights that may be shared have a name: the page's key, and everything that changes the request. The accepted age of the page matters
 * only if it may be served without asking GitHub. */
static void name_flight(const struct exchange *ex, enum purpose purpose, unsigned char out[KEY_BYTES])
{
    const struct directives *d = &ex->directives;
    struct {
        int64_t max_age_s, min_fresh_s;
        uint64_t agent;
        bool no_cache, only_if_cached, alone, lent;
    } how;
    if (purpose == FOR_WHO) { /* the same for every page */
        memset(out, 0xff, KEY_BYTES);
        memcpy(out, ex->credential_hash, CREDENTIAL_HASH_BYTES);
        return;
    }
    memset(&how, 0, sizeof how); /* including padding */
    how.only_if_cached = d->only_if_cached;
    how.alone = ex->alone;
    /* A lent credential's limit answers are rewritten, those of an equal client's own credential are not. */
    how.lent = ex->lent != NULL;
    if (ex->alone)
        how.agent = hash64(0, slice_of(fields_get(&ex->fields, "User-Agent")));
    if (ex->fresh_ms > 0) {
        how.no_cache = d->no_cache;
        how.max_age_s = d->max_age_s;
        how.min_fresh_s = d->min_fresh_s;
    }
    crypto_generichash(out, KEY_BYTES, (const unsigned char *)&how, sizeof how, ex->key, KEY_BYTES);
}

static void start(struct flight *f)
{
    struct mirror *m = f->mirror;
    f->task = (struct db_task){.run = f->purpose == FOR_WHO ? flight_run_who : flight_run_lookup, .owner = f};
    if ((f->purpose == FOR_PAGE || f->purpose == FOR_GRAPHQL) && f->keeps)
        f->known = memory_cache_get(m->memory_cache, f->key);
    bool wants_store = f->purpose == FOR_WHO || f->lent || (f->keeps && !f->known);
    if (wants_store && (db_workers_are_up(m->db_workers) || f->lent))
        db_workers_submit(m->db_workers, &f->task, 0);
    else
        f->task.run(f, NULL);
}

/* Joins the flight of that name, or begins it. */
static void join(struct exchange *ex, enum purpose purpose)
{
    struct flights *fs = ex->mirror->flights;
    unsigned char name[KEY_BYTES];
    bool shared = purpose != FOR_PASS;
    name_flight(ex, purpose, name);
    ex->next = NULL;
    pthread_mutex_lock(&fs->lock);
    struct flight *f = shared ? find(fs, name) : NULL;
    if (f) { /* at the end: the list is in order of arrival */
        struct exchange **at = &f->waiters;
        while (*at)
            at = &(*at)->next;
        *at = ex;
        pthread_mutex_unlock(&fs->lock);
        return;
    }
    pthread_mutex_unlock(&fs->lock);
    f = create(ex, purpose);
    memcpy(f->name, name, KEY_BYTES);
    if (purpose == FOR_PAGE && !ex->alone)
        f->condition = arena_strdup(f->arena, fields_get(&ex->fields, "If-None-Match"));
    f->waiters = ex;
    pthread_mutex_lock(&fs->lock);
    struct flight *other = shared ? find(fs, name) : NULL;
    if (!other && shared) {
        f->chain = *chain_of(fs, name);
        *chain_of(fs, name) = f;
        f->listed = true;
    }
    pthread_mutex_unlock(&fs->lock);
    if (other) { /* another exchange started it meanwhile */
        destroy(f);
        join(ex, purpose);
        return;
    }
    start(f);
}

void flight_join(struct exchange *ex)
{
    join(ex, ex->kind == EX_PAGE ? FOR_PAGE : ex->kind == EX_GRAPHQL ? FOR_GRAPHQL : FOR_PASS);
}

void flight_ask_who(struct exchange *ex)
{
    join(ex, FOR_WHO);
}

void flight_in_background(const struct exchange *ex)
{
    struct flights *fs = ex->mirror->flights;
    struct flight *f = create(ex, FOR_PAGE);
    f->must_ask = true;
    name_flight(ex, FOR_PAGE, f->name);
    pthread_mutex_lock(&fs->lock);
    bool already = find(fs, f->name) != NULL;
    if (!already) {
        f->chain = *chain_of(fs, f->name);
        *chain_of(fs, f->name) = f;
        f->listed = true;
    }
    pthread_mutex_unlock(&fs->lock);
    if (already)
        destroy(f);
    else
        start(f);
}

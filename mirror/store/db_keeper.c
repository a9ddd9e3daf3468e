/* The keeper reconnects the database (and waits for its schema), stores which pages were used, bars pages that could not be barred while the database was
 * unavailable, and keeps the cache within its size. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "mirror/store/db_pulse.h"
#include "mirror/store/db_workers_private.h"
#include "schema/migrate.h"
#include "schema/mirror.h"
#include <stdlib.h>

#define KEEPER_MS     100
#define PROBE_MS      500
#define SAY_MS        60000 /* how often the reason is logged while the database is away */
#define WRITE_USED_MS 2000
#define MEASURE_MS    15000 /* crawlers add pages, too */
#define NOTE_EVERY_MS 60000 /* a page's last use is stored to the minute */
#define MAX_EVICTIONS 5000
#define WRITES_DAYS   366 /* no page counts as fresh for longer */
#define MAX_OWED      4096

/* ---- used pages ---- */

void db_workers_used(struct db_workers *s, struct page *page, bool checked)
{
    int64_t now = clock_wall_ms(), noted = atomic_load_explicit(&page->noted_at_ms, memory_order_relaxed);
    if (now - noted < NOTE_EVERY_MS || !atomic_compare_exchange_strong(&page->noted_at_ms, &noted, now))
        return;
    pthread_mutex_lock(&s->lock);
    if (s->n_used < MAX_USED) {
        key_hex(page->key, s->used[s->n_used].hex);
        s->used[s->n_used++].checked = checked;
    }
    pthread_mutex_unlock(&s->lock);
}

void db_workers_discard_confirmations(struct db_workers *s)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_used; i++)
        s->used[i].checked = false;
    pthread_mutex_unlock(&s->lock);
}

static bool write_used(struct db_workers *s, struct err *err)
{
    struct used *batch = xmalloc(MAX_USED * sizeof *batch);
    slice *used = xmalloc(2 * MAX_USED * sizeof *used), *checked = used + MAX_USED;
    size_t n, n_used = 0, n_checked = 0;
    pthread_mutex_lock(&s->lock);
    n = s->n_used;
    memcpy(batch, s->used, n * sizeof *batch);
    s->n_used = 0;
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < n; i++) {
        if (batch[i].checked)
            checked[n_checked++] = slice_of(batch[i].hex);
        else
            used[n_used++] = slice_of(batch[i].hex);
    }
    bool ok = !n || mirror_touch(s->db, used, n_used, checked, n_checked, err);
    free(used);
    free(batch);
    return ok;
}

/* ---- owed bars ---- */

void db_workers_owes_bar(struct db_workers *s, const char *url, const unsigned char resource[KEY_BYTES],
                         const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                         const unsigned char key[KEY_BYTES])
{
    struct owed *o = xcalloc(1, sizeof *o + strlen(url) + 1);
    memcpy(o->resource, resource, KEY_BYTES);
    memcpy(o->credential_hash, credential_hash, CREDENTIAL_HASH_BYTES);
    memcpy(o->key, key, KEY_BYTES);
    memcpy(o->url, url, strlen(url) + 1);
    pthread_mutex_lock(&s->lock);
    bool room = s->n_owed < MAX_OWED;
    if (room) {
        o->next = s->owed;
        s->owed = o;
        s->n_owed++;
    }
    s->owes_all = s->owes_all || !room;
    pthread_mutex_unlock(&s->lock);
    if (!room)
        free(o);
}

void db_workers_forget_keys(struct db_workers *s, const struct db_rows *keys)
{
    for (int i = 0; i < keys->n; i++) {
        char hex[KEY_BYTES * 2 + 1];
        unsigned char key[KEY_BYTES];
        slice text = db_text(keys, i, 0);
        snprintf(hex, sizeof hex, "%.*s", SLICE_ARG(text));
        if (key_from_hex(hex, key))
            memory_cache_drop(s->mirror->memory_cache, key);
    }
}

static struct owed *first_owed(struct db_workers *s, bool *all_out)
{
    pthread_mutex_lock(&s->lock);
    struct owed *o = s->owed;
    *all_out = s->owes_all;
    pthread_mutex_unlock(&s->lock);
    return o;
}

/* One at a time, so that failed ones stay owed. Only the keeper removes from the list. */
static bool pay(struct db_workers *s, struct err *err)
{
    struct owed *o;
    bool all;
    while ((o = first_owed(s, &all)) || all) {
        AUTO_ROWS rows = {0};
        if (all ? !mirror_bar_all(s->db, err)
                : !mirror_bar(s->db, slice_of(o->url), slice_from((const char *)o->resource, KEY_BYTES),
                              slice_from((const char *)o->credential_hash, CREDENTIAL_HASH_BYTES),
                              slice_from((const char *)o->key, KEY_BYTES), &rows, err))
            return false;
        db_workers_forget_keys(s, &rows);
        pthread_mutex_lock(&s->lock);
        if (all) {
            s->owes_all = false;
        } else {
            for (struct owed **at = &s->owed; *at; at = &(*at)->next) {
                if (*at == o) {
                    *at = o->next;
                    s->n_owed--;
                    break;
                }
            }
            free(o);
        }
        pthread_mutex_unlock(&s->lock);
    }
    return true;
}

void db_workers_cache_grew(struct db_workers *s, bool is_new, int64_t bytes)
{
    atomic_fetch_add(&s->pages, is_new);
    atomic_fetch_add(&s->bytes, bytes);
    atomic_fetch_add(&s->grown, bytes);
}

bool db_workers_cache_is_full(const struct db_workers *s)
{
    return atomic_load(&s->bytes) > s->max_bytes + s->max_bytes / 4;
}

void db_workers_cache_size(const struct db_workers *s, int64_t *pages_out, int64_t *bytes_out)
{
    *pages_out = atomic_load(&s->pages);
    *bytes_out = atomic_load(&s->bytes);
}

bool db_keeper_measure(struct db_workers *s, struct err *err)
{
    int64_t pages, bytes;
    if (!mirror_size(s->db, &pages, &bytes, err))
        return false;
    atomic_store(&s->pages, pages);
    atomic_store(&s->bytes, bytes);
    atomic_store(&s->grown, 0);
    s->measure_at_ms = clock_mono_ms() + MEASURE_MS;
    return true;
}

/* Down to nine tenths of the bound, in batches; pages added meanwhile are left for the next run. Other mirrors on the same database may
 * do the same: then less is left to do here. Freed space is vacuumed when it is large enough, so that the files stay near the bound. */
static bool evict(struct db_workers *s, struct err *err)
{
    int64_t want = atomic_load(&s->bytes) - (s->max_bytes - s->max_bytes / 10), swept;
    while (want > 0) {
        int64_t n = 0, freed = 0;
        if (!mirror_evict(s->db, want, MAX_EVICTIONS, &n, &freed, err) || !mirror_sweep(s->db, &swept, err))
            return false;
        log_debug("mirror.evicted", L_I64("pages", n), L_I64("bytes", freed));
        if (!n)
            break;
        want -= freed;
        s->evicted_bytes += freed;
    }
    if (!db_keeper_measure(s, err))
        return false;
    if (s->evicted_bytes * 8 < s->max_bytes)
        return true;
    s->evicted_bytes = 0;
    return mirror_vacuum(s->db, err);
}

static bool keep(struct db_workers *s, struct err *err)
{
    int64_t now = clock_mono_ms(), swept = 0;
    if (!pay(s, err))
        return false;
    if (now >= s->used_at_ms) {
        s->used_at_ms = now + WRITE_USED_MS;
        if (!write_used(s, err))
            return false;
    }
    bool due = now >= s->measure_at_ms || atomic_load(&s->grown) * 16 > s->max_bytes;
    if (due && (!mirror_sweep(s->db, &swept, err) || !mirror_users_prune(s->db, 30, err) ||
                !mirror_writes_prune(s->db, WRITES_DAYS, err) || !db_keeper_measure(s, err)))
        return false;
    return atomic_load(&s->bytes) <= s->max_bytes || evict(s, err);
}

/* A database that was dropped and created again has no tables until it is migrated, and no key until a mirror gives it one: ours, so that all
 * mirrors of before still agree. */
static bool check_schema(struct db_workers *s, struct err *err)
{
    unsigned char key[MIRROR_HASH_BYTES];
    bool ok = schema_check(s->db, err);
    atomic_store(&s->no_schema, !ok && db_trouble_of(err) == DB_NO_SCHEMA);
    if (!ok || !mirror_key(s->db, s->mirror->secret.bytes, key, err))
        return false;
    if (memcmp(key, s->mirror->secret.bytes, sizeof key) != 0)
        log_warn("mirror.other_key",
                 L_STR("note", "the database was replaced by one with pages of other mirrors: "
                               "restart this mirror to share them"));
    return true;
}

static void probe(struct db_workers *s)
{
    struct err err;
    int64_t now = clock_mono_ms();
    if (db_workers_are_up(s) || now < s->probe_at_ms || atomic_load(pulse_hangs(s->pulse)))
        return;
    db_close(s->db);
    s->db = NULL;
    if (db_workers_open(s, &s->db, &err) && check_schema(s, &err) && pay(s, &err)) {
        s->measure_at_ms = s->say_at_ms = 0;
        db_workers_set_up(s, true, NULL);
    } else if (now >= s->say_at_ms) {
        s->say_at_ms = now + SAY_MS;
        log_warn("mirror.database_wait", L_STR("why", err.text));
    }
    s->probe_at_ms = clock_mono_ms() + PROBE_MS;
}

/* One statement that misses a table, column or function is no reason to stop: only a schema that is not this program's. */
static void look_into_doubts(struct db_workers *s)
{
    struct err err;
    int64_t now = clock_mono_ms();
    if (now < s->doubt_at_ms || !db_workers_are_up(s) || !atomic_exchange(&s->doubts_schema, false))
        return;
    s->doubt_at_ms = now + PROBE_MS;
    if (db_workers_open(s, &s->db, &err) && !check_schema(s, &err) && atomic_load(&s->no_schema))
        db_workers_set_up(s, false, err.text);
}

void *db_keeper_run(void *arg)
{
    struct db_workers *s = arg;
    struct err err;
    while (!db_workers_are_stopping(s)) {
        probe(s);
        look_into_doubts(s);
        if (db_workers_are_up(s) && !(db_workers_open(s, &s->db, &err) && keep(s, &err))) {
            if (err.code != ERR_DB_RETRY &&
                strcmp(err.sqlstate, "23503") != 0) /* a new page uses the body: later */
                db_workers_failed(s, "keep the cache", &err);
            s->used_at_ms = clock_mono_ms() + WRITE_USED_MS;
            s->measure_at_ms = clock_mono_ms() + WRITE_USED_MS;
        }
        clock_sleep_ms(KEEPER_MS);
    }
    if (s->db && db_is_up(s->db) && !write_used(s, &err))
        log_warn("mirror.store", L_STR("doing", "store which pages were used"), L_STR("why", err.text));
    db_close(s->db);
    return NULL;
}

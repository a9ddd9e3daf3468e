/* Workers take tasks in order, each with a connection of its own. The rescuer runs those that wait behind stuck workers. The
 * keeper brings the database back into use, writes down what was used, and evicts. The pulse tells when the database hangs:
 * whatever waits for it then goes on without. */
#include "mirror/db_workers.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "mirror/db_pulse.h"
#include "schema/mirror.h"
#include <poll.h>
#include <stdlib.h>

#define N_WORKERS            3
#define STATEMENT_TIMEOUT_MS 3000
#define PATIENCE_MS          1000 /* of a task in the queue */
#define KEEPER_MS            100
#define PROBE_MS             500
#define OPEN_WAIT_MAX_MS     5000 /* while it starts */
#define WRITE_USED_MS        2000
#define MEASURE_MS           15000 /* crawlers add pages, too */
#define MAX_USED             8192
#define NOTE_EVERY_MS        60000 /* a page's last use is kept to the minute */
#define MAX_EVICTIONS        5000
#define WRITES_DAYS          366 /* no page counts as fresh for longer */
#define MAX_OWED             4096

struct used {
    char hex[KEY_BYTES * 2 + 1];
    bool checked;
};

/* A page to be barred once the database is there. */
struct owed {
    struct owed *next;
    unsigned char resource[KEY_BYTES], credential_hash[CREDENTIAL_HASH_BYTES], key[KEY_BYTES];
    char url[];
};

struct db_workers {
    struct mirror *mirror;
    pthread_t workers[N_WORKERS], keeper, rescuer;
    int n_workers;
    bool has_keeper, has_rescuer;
    struct pulse *pulse;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct db_task *head, **tail;
    bool stopping;
    _Atomic bool up;
    _Atomic int epoch; /* how often it came back: connections from before are dead */
    struct used *used; /* under the lock */
    size_t n_used;
    struct owed *owed; /* under the lock */
    size_t n_owed;
    bool owes_all;                       /* more than could be noted */
    _Atomic int64_t pages, bytes, grown; /* grown: since the keeper last measured */
    int64_t max_bytes;
    /* the keeper's */
    struct db *db;
    int64_t probe_at_ms, used_at_ms, measure_at_ms, evicted_bytes;
};

/* ---- tasks ---- */

void db_workers_submit(struct db_workers *s, struct db_task *task, int64_t in_ms)
{
    task->due_ms = clock_mono_ms() + in_ms;
    task->next = NULL;
    pthread_mutex_lock(&s->lock);
    *s->tail = task;
    s->tail = &task->next;
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
}

/* The first task that is due; *wait_ms_out how long until one is. With the lock held. */
static struct db_task *take_due(struct db_workers *s, int64_t late_ms, int64_t *wait_ms_out)
{
    int64_t now = clock_mono_ms();
    *wait_ms_out = 1000;
    for (struct db_task **at = &s->head; *at; at = &(*at)->next) {
        struct db_task *task = *at;
        if (now >= task->due_ms + late_ms || s->stopping) {
            *at = task->next;
            if (!*at)
                s->tail = at;
            return task;
        }
        if (task->due_ms - now < *wait_ms_out)
            *wait_ms_out = task->due_ms - now;
    }
    return NULL;
}

static void wait_for_work(struct db_workers *s, int64_t ms)
{
    int64_t until = clock_mono_ms() + ms;
    cond_wait_until(&s->work, &s->lock, until);
}

bool db_workers_are_up(const struct db_workers *s)
{
    return atomic_load_explicit(&s->up, memory_order_relaxed);
}

static void set_up(struct db_workers *s, bool up, const char *why)
{
    if (atomic_exchange(&s->up, up) == up)
        return;
    if (up)
        atomic_fetch_add(&s->epoch, 1);
    if (up)
        log_info("mirror.database_back");
    else
        log_warn("mirror.database_away", L_STR("why", why));
}

void db_workers_failed(struct db_workers *s, const char *what, const struct err *err)
{
    if (err->code == ERR_DB_DOWN)
        set_up(s, false, err->text);
    else
        log_warn("mirror.store", L_STR("doing", what), L_STR("why", err->text));
}

static void on_hang(void *owner, const char *why)
{
    set_up(owner, false, why);
}

const _Atomic bool *store_hangs(const struct db_workers *s)
{
    return pulse_hangs(s->pulse);
}

static bool open_db(struct db_workers *s, struct db **db, struct err *err)
{
    /* A cache may lose its last moments when the database's machine dies; its answers must not wait for a disk. */
    const struct db_options options = {.url = s->mirror->database_url,
                                       .application = "gitomatic mirror",
                                       .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
                                       .abandon = pulse_hangs(s->pulse),
                                       .by_key = true};
    return *db || (db_open(&options, db, err) && db_script(*db, "set synchronous_commit = off", err));
}

static void run_task(struct db_workers *s, struct db_task *task, struct db **db, int *epoch)
{
    struct err err;
    if (*epoch != atomic_load(&s->epoch)) {
        db_close(*db);
        *db = NULL;
        *epoch = atomic_load(&s->epoch);
    }
    bool usable = db_workers_are_up(s) && open_db(s, db, &err);
    if (!usable && db_workers_are_up(s))
        db_workers_failed(s, "connect", &err);
    task->run(task->owner, usable ? *db : NULL);
    if (*db && !db_is_up(*db)) {
        db_close(*db);
        *db = NULL;
    }
}

static void *worker(void *arg)
{
    struct db_workers *s = arg;
    struct db *db = NULL;
    int epoch = atomic_load(&s->epoch);
    pthread_mutex_lock(&s->lock);
    for (;;) {
        int64_t wait_ms;
        struct db_task *task = take_due(s, 0, &wait_ms);
        if (!task && s->stopping)
            break;
        if (!task) {
            wait_for_work(s, wait_ms);
            continue;
        }
        pthread_mutex_unlock(&s->lock);
        run_task(s, task, &db, &epoch);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    db_close(db);
    return NULL;
}

/* ---- the keeper ---- */

static void rescue(struct db_workers *s)
{
    for (;;) {
        int64_t unused;
        pthread_mutex_lock(&s->lock);
        struct db_task *task = take_due(s, PATIENCE_MS, &unused);
        pthread_mutex_unlock(&s->lock);
        if (!task)
            return;
        task->run(task->owner, NULL);
    }
}

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

void db_workers_proves_nothing(struct db_workers *s)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_used; i++)
        s->used[i].checked = false;
    pthread_mutex_unlock(&s->lock);
}

static bool write_used(struct db_workers *s, struct err *err)
{
    struct used *batch = malloc(MAX_USED * sizeof *batch);
    slice *used = malloc(2 * MAX_USED * sizeof *used), *checked = used + MAX_USED;
    size_t n, n_used = 0, n_checked = 0;
    if (!batch || !used)
        abort();
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

/* ---- what could not be written down ---- */

void db_workers_owes_bar(struct db_workers *s, const char *url, const unsigned char resource[KEY_BYTES],
                         const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                         const unsigned char key[KEY_BYTES])
{
    struct owed *o = calloc(1, sizeof *o + strlen(url) + 1);
    if (!o)
        abort();
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

/* One at a time, so that what fails is owed still. Only the keeper takes from the list. */
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

static bool measure(struct db_workers *s, struct err *err)
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

/* Down to nine tenths of the bound, in batches; what comes in meanwhile is for the next time. Other mirrors on the same
 * database may do the same: then less is left to do here. What was freed is vacuumed once it amounts to something, so
 * that the files stay of a size with the bound. */
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
    if (!measure(s, err))
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
                !mirror_writes_prune(s->db, WRITES_DAYS, err) || !measure(s, err)))
        return false;
    return atomic_load(&s->bytes) <= s->max_bytes || evict(s, err);
}

static void probe(struct db_workers *s)
{
    struct err err;
    int64_t now = clock_mono_ms();
    if (db_workers_are_up(s) || now < s->probe_at_ms || atomic_load(pulse_hangs(s->pulse)))
        return;
    db_close(s->db);
    s->db = NULL;
    if (open_db(s, &s->db, &err) && pay(s, &err)) {
        s->measure_at_ms = 0;
        set_up(s, true, NULL);
    }
    s->probe_at_ms = clock_mono_ms() + PROBE_MS;
}

static bool is_stopping(struct db_workers *s)
{
    pthread_mutex_lock(&s->lock);
    bool stopping = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return stopping;
}

static void *rescuer(void *arg)
{
    for (struct db_workers *s = arg; !is_stopping(s); clock_sleep_ms(KEEPER_MS))
        rescue(s);
    return NULL;
}

static void *keeper(void *arg)
{
    struct db_workers *s = arg;
    struct err err;
    while (!is_stopping(s)) {
        probe(s);
        if (db_workers_are_up(s) && !(open_db(s, &s->db, &err) && keep(s, &err))) {
            if (err.code != ERR_DB_RETRY &&
                strcmp(err.sqlstate, "23503") != 0) /* the sweep met a new page: later */
                db_workers_failed(s, "keep the cache", &err);
            s->used_at_ms = clock_mono_ms() + WRITE_USED_MS;
            s->measure_at_ms = clock_mono_ms() + WRITE_USED_MS;
        }
        clock_sleep_ms(KEEPER_MS);
    }
    if (s->db && db_is_up(s->db) && !write_used(s, &err))
        log_warn("mirror.store", L_STR("doing", "write down what was used"), L_STR("why", err.text));
    db_close(s->db);
    return NULL;
}

/* ---- start and stop ---- */

/* What can't be done without the database, however long it is away. */
static bool open_first(struct db_workers *s, int stop_fd, struct err *err)
{
    struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
    int wait_ms = PROBE_MS;
    while (!open_db(s, &s->db, err) || !mirror_key(s->db, s->mirror->secret.bytes, err) || !measure(s, err)) {
        if (err_code_retry(err->code) == RETRY_NEVER)
            return false;
        db_close(s->db);
        s->db = NULL;
        log_warn("mirror.database_away", L_STR("why", err->text), L_I64("again_in_ms", wait_ms));
        if (poll(&stop, 1, wait_ms) > 0)
            return err_set(err, ERR_STOPPING, "stopped");
        wait_ms = wait_ms * 2 < OPEN_WAIT_MAX_MS ? wait_ms * 2 : OPEN_WAIT_MAX_MS;
    }
    return true;
}

bool db_workers_start(struct mirror *m, int stop_fd, struct db_workers **out, struct err *err)
{
    struct db_workers *s = calloc(1, sizeof *s);
    if (!s || !(s->used = calloc(MAX_USED, sizeof *s->used)))
        abort();
    *out = s;
    s->mirror = m;
    s->max_bytes = m->cfg->mirror_cache_mb * 1024 * 1024;
    s->tail = &s->head;
    pthread_mutex_init(&s->lock, NULL);
    cond_init(&s->work);
    if (!pulse_start(m->database_url, on_hang, s, &s->pulse, err) || !open_first(s, stop_fd, err))
        return false;
    atomic_store(&s->up, true);
    for (int i = 0; i < N_WORKERS; i++) {
        if (pthread_create(&s->workers[i], NULL, worker, s) != 0)
            return err_set(err, ERR_SYSTEM, "no thread for the store");
        s->n_workers++;
    }
    s->has_keeper = pthread_create(&s->keeper, NULL, keeper, s) == 0;
    s->has_rescuer = pthread_create(&s->rescuer, NULL, rescuer, s) == 0;
    return (s->has_keeper && s->has_rescuer) || err_set(err, ERR_SYSTEM, "no thread for the store");
}

void db_workers_stop(struct db_workers *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
    for (int i = 0; i < s->n_workers; i++)
        pthread_join(s->workers[i], NULL);
    if (s->has_rescuer)
        pthread_join(s->rescuer, NULL);
    if (s->has_keeper)
        pthread_join(s->keeper, NULL);
    else
        db_close(s->db);
    pulse_destroy(s->pulse);
    for (struct owed *o; (o = s->owed); free(o))
        s->owed = o->next;
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->lock);
    free(s->used);
    free(s);
}

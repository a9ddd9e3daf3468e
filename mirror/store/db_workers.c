/* Workers take tasks in order, each with a connection of its own. The rescuer runs tasks that wait too long because all workers are
 * stuck. The keeper (db_keeper.c) reopens the database. The pulse reports a database that hangs: tasks then run without it. */
#include "mirror/store/db_workers.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "mirror/store/db_pulse.h"
#include "mirror/store/db_workers_private.h"
#include "schema/mirror.h"
#include <poll.h>
#include <stdlib.h>

#define STATEMENT_TIMEOUT_MS 3000
#define PATIENCE_MS          1000 /* of a task in the queue */
#define RESCUE_MS            100
#define FIRST_WAIT_MS        500
#define OPEN_WAIT_MAX_MS     5000 /* at the start */

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

const char *db_workers_trouble(const struct db_workers *s)
{
    return db_workers_are_up(s) ? NULL
           : atomic_load_explicit(&s->no_schema, memory_order_relaxed)
               ? "the database's schema is missing or is not this program's: run `gitomatic migrate`"
               : "the database is unavailable";
}

void db_workers_set_up(struct db_workers *s, bool up, const char *why)
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
    if (err->code == ERR_DB_DOWN) {
        db_workers_set_up(s, false, err->text);
        return;
    }
    int64_t n_held;
    enum log_level level =
        log_limit_passes(&s->limit, what, err->text, clock_mono_ms(), &n_held) ? LOG_WARN : LOG_DEBUG;
    LOG_AT(level, "mirror.store", L_STR("doing", what), L_STR("why", err->text),
           L_I64("more_before", n_held));
    if (db_trouble_of(err) == DB_NO_SCHEMA)
        atomic_store(&s->doubts_schema, true);
}

static void on_hang(void *owner, const char *why)
{
    db_workers_set_up(owner, false, why);
}

const _Atomic bool *db_workers_hang(const struct db_workers *s)
{
    return pulse_hangs(s->pulse);
}

bool db_workers_open(struct db_workers *s, struct db **db, struct err *err)
{
    /* A cache may lose its last writes when the database's machine crashes; its answers must not wait for a disk. */
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
    bool usable = db_workers_are_up(s) && db_workers_open(s, db, &err);
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

/* ---- the rescuer ---- */

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

bool db_workers_are_stopping(struct db_workers *s)
{
    pthread_mutex_lock(&s->lock);
    bool stopping = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return stopping;
}

static void *rescuer(void *arg)
{
    for (struct db_workers *s = arg; !db_workers_are_stopping(s); clock_sleep_ms(RESCUE_MS))
        rescue(s);
    return NULL;
}

/* ---- start and stop ---- */

/* Work that needs the database, however long it is unavailable. */
static bool open_first(struct db_workers *s, int stop_fd, struct err *err)
{
    struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
    int wait_ms = FIRST_WAIT_MS;
    while (!db_workers_open(s, &s->db, err) || !mirror_key(s->db, NULL, s->mirror->secret.bytes, err) ||
           !db_keeper_measure(s, err)) {
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
    struct db_workers *s = xcalloc(1, sizeof *s);
    s->used = xcalloc(MAX_USED, sizeof *s->used);
    *out = s;
    s->mirror = m;
    s->max_bytes = m->cfg->mirror_cache_mb * 1024 * 1024;
    s->tail = &s->head;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->limit.lock, NULL);
    cond_init(&s->work);
    if (!pulse_start(m->database_url, on_hang, s, &s->pulse, err) || !open_first(s, stop_fd, err))
        return false;
    atomic_store(&s->up, true);
    for (int i = 0; i < N_WORKERS; i++) {
        if (!thread_start(&s->workers[i], worker, s, err))
            return false;
        s->n_workers++;
    }
    s->has_keeper = thread_start(&s->keeper, db_keeper_run, s, err);
    s->has_rescuer = s->has_keeper && thread_start(&s->rescuer, rescuer, s, err);
    return s->has_rescuer;
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
    pthread_mutex_destroy(&s->limit.lock);
    free(s->used);
    free(s);
}

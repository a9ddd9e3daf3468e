/* The store threads: each takes a work whose next step can run, with others that can be saved together (group.c), runs it
 * with its own
 * connection, and handles the step's result. A step that met a deadlock or a lost connection runs again; one whose lease is
 * gone is dropped. */
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/base/rnd.h"
#include "crawler/crawler_private.h"
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define STEP_TRIES 4

static bool is_background(const struct work *w)
{
    return work_purpose(w) == QUOTA_BACKGROUND;
}

static void take_job(struct work *w, const struct job *job)
{
    w->arena = arena_create();
    w->job = *job;
    w->job.subject = arena_strdup(w->arena, job->subject);
    w->job.key = arena_strdup(w->arena, job->key);
    w->job.args = arena_copy(w->arena, job->args);
    w->job.cursor = arena_copy(w->arena, job->cursor);
}

struct work *work_create(struct crawler *c, const struct job *job)
{
    struct work *w = xcalloc(1, sizeof *w);
    w->crawler = c;
    take_job(w, job);
    w->type = &job_types[job->kind];
    atomic_fetch_add(&c->n_works, 1);
    atomic_fetch_add(&c->n_background, is_background(w));
    return w;
}

static void work_destroy(struct work *w)
{
    atomic_fetch_sub(&w->crawler->n_background, is_background(w));
    atomic_fetch_sub(&w->crawler->n_works, 1);
    buf_finish(&w->fetch.body);
    buf_finish(&w->fetch.head);
    buf_finish(&w->fetch.raw);
    arena_destroy(w->arena);
    free(w);
}

void work_renew(struct work *w)
{
    struct arena *old = w->arena;
    const struct job job = w->job;
    take_job(w, &job);
    w->state = NULL;
    w->body = (slice){0};
    arena_destroy(old);
}

static void crawler_wake(struct crawler *c)
{
    if (eventfd_write(c->wake_fd, 1) != 0)
        log_debug("crawler.wake_failed");
}

void crawler_note_unreturned_lease(struct crawler *c, const struct job *job)
{
    pthread_mutex_lock(&c->lock);
    if (c->n_unreturned_leases < (int)ARRAY_LEN(c->unreturned_leases))
        c->unreturned_leases[c->n_unreturned_leases++] = (struct job){.id = job->id, .lease = job->lease};
    pthread_mutex_unlock(&c->lock);
}

void workers_ready(struct crawler *c, struct work *w)
{
    pthread_mutex_lock(&c->lock);
    w->next = NULL;
    w->ready_ms = clock_mono_ms();
    *c->ready_tail[is_background(w)] = w;
    c->ready_tail[is_background(w)] = &w->next;
    pthread_cond_signal(&c->ready_cond);
    pthread_mutex_unlock(&c->lock);
}

/* Takes the works that can join the head's group, in order: only ready ones, without waiting. */
static void take_group(struct crawler *c, int line, struct group *group)
{
    struct work **at = &c->ready_head[line], *last = NULL;
    while (*at) {
        struct work *w = *at;
        if (group->n ? group->n < MAX_GROUP && group_takes(group, w) : !group_waits(c, w, clock_mono_ms())) {
            group->works[group->n++] = w;
            *at = w->next;
        } else {
            last = w;
            at = &w->next;
        }
    }
    c->ready_tail[line] = last ? &last->next : &c->ready_head[line];
}

/* When the first of the works that wait for a group need not wait any more. */
static int64_t first_wait_ends(const struct crawler *c)
{
    int64_t since = INT64_MAX - GROUP_WAIT_MS;
    for (int line = 0; line < 2; line++)
        if (c->ready_head[line] && c->ready_head[line]->ready_ms < since)
            since = c->ready_head[line]->ready_ms;
    return since + GROUP_WAIT_MS;
}

static bool next_ready(struct crawler *c, struct group *group)
{
    pthread_mutex_lock(&c->lock);
    group->n = 0;
    group->saves = NULL;
    for (;;) {
        for (int line = 0; line < 2; line++) /* discovery's works join, too */
            take_group(c, line, group);
        if (group->n || (c->drained && !c->ready_head[0] && !c->ready_head[1]))
            break;
        if (c->ready_head[0] || c->ready_head[1]) /* works that wait for a group */
            (void)cond_wait_until(&c->ready_cond, &c->lock, first_wait_ends(c));
        else
            pthread_cond_wait(&c->ready_cond, &c->lock);
    }
    group->saves = group_saves(group);
    group->since_ms = clock_mono_ms();
    if (!group->n)
        pthread_cond_broadcast(&c->ready_cond); /* the others leave, too */
    pthread_mutex_unlock(&c->lock);
    return group->n > 0;
}

/* ---- results of steps ---- */

static bool end_of_tries(const struct work *w)
{
    return w->again_wait == WAIT_BACKOFF && (w->gives_up || w->job.attempt + 1 >= JOB_MAX_ATTEMPTS);
}

static void put_back(struct work *w, struct db *db)
{
    struct err err;
    bool ok;
    if (end_of_tries(w)) {
        log_warn("job.failed", L_I64("id", w->job.id), L_STR("kind", job_kind_name(w->job.kind)),
                 L_STR("subject", w->job.subject), L_STR("why", w->again_why));
        ok = db_begin(db, &err) && jobs_fail(db, &w->job, w->cost, w->again_why, &err);
        ok = ok && work_hand_out(w, db, &err) && db_commit(db, &err);
        db_rollback(db);
    } else {
        log_debug("job.put_back", L_I64("id", w->job.id), L_STR("kind", job_kind_name(w->job.kind)),
                  L_STR("subject", w->job.subject), L_I64("in_ms", w->again_ms), L_STR("why", w->again_why));
        ok = jobs_retry(db, &w->job, w->again_ms, w->again_wait, w->cost, w->again_why, &err);
    }
    if (!ok && err.code != ERR_LOST)
        crawler_note_unreturned_lease(w->crawler, &w->job);
    work_destroy(w);
}

/* An internal failure (database, a broken invariant): the job is returned, its page was not saved. */
static void trouble(struct work *w, struct db *db, const struct err *err)
{
    if (err->code == ERR_LOST) {
        log_debug("job.lost", L_I64("id", w->job.id), L_STR("why", err->text));
        work_destroy(w);
        return;
    }
    log_warn("job.trouble", L_I64("id", w->job.id), L_STR("kind", job_kind_name(w->job.kind)),
             L_STR("subject", w->job.subject), L_STR("why", err->text));
    w->again_why = arena_strdup(w->arena, err->text);
    w->gives_up = false;
    w->again_wait = err->code == ERR_DB_DOWN || err->code == ERR_DB_RETRY ? WAIT_OUTAGE : WAIT_BACKOFF;
    w->again_ms = job_backoff_ms(w->job.attempt + 1, rnd_u64());
    put_back(w, db);
}

static bool worth_repeating(const struct err *err)
{
    return err->code == ERR_DB_RETRY || err->code == ERR_DB_DOWN || err->code == ERR_TIMEOUT;
}

/* Classifying the answer charges it once; a repetition of the step continues after that. */
static enum step go_on(struct work *w, struct db *db, struct err *err)
{
    if (w->failing)
        return w->type->failed(w, db, err);
    if (w->asked && !w->answered) {
        enum step sorted = send_answered(w, db, err);
        if (sorted != STEP_DONE)
            return sorted;
        w->answered = true;
    }
    return w->answered ? w->type->answer(w, db, err) : w->type->begin(w, db, err);
}

/* A failure that a repetition cannot fix: it lies in the data, not in the connection to the database. */
static bool is_about_the_answer(const struct work *w, const struct err *err)
{
    return w->answered && !worth_repeating(err) && err->code != ERR_LOST && err->code != ERR_STOPPING;
}

static enum step run_step(struct work *w, struct db *db, struct err *err)
{
    enum step step = go_on(w, db, err);
    if (!w->type->failed || w->failing)
        return step;
    if (step == STEP_TROUBLE && is_about_the_answer(w, err)) {
        log_warn("job.trouble", L_I64("id", w->job.id), L_STR("kind", job_kind_name(w->job.kind)),
                 L_STR("subject", w->job.subject), L_STR("why", err->text));
        step = work_put_back(w, job_backoff_ms(w->job.attempt + 1, rnd_u64()), WAIT_BACKOFF, err->text);
    }
    if (step != STEP_PUT_BACK || w->again_wait != WAIT_BACKOFF || w->gives_up)
        return step;
    db_rollback(db);
    w->failing = true; /* a repetition of the step continues here */
    step = w->type->failed(w, db, err);
    w->failing = step == STEP_TROUBLE;
    return step;
}

void worker_run(struct work *w, struct db *db)
{
    struct err err = {0};
    enum step step = STEP_TROUBLE;
    for (int i = 0; i < STEP_TRIES; i++) {
        step = run_step(w, db, &err);
        db_rollback(db); /* no transaction stays open after a step */
        if (step != STEP_TROUBLE || !worth_repeating(&err) || atomic_load(&w->crawler->stopping))
            break;
        clock_sleep_ms(50 + rnd_between(0, 100 << i));
    }
    atomic_fetch_add_explicit(&w->crawler->n_steps, 1, memory_order_relaxed);
    worker_end_step(w, db, step, &err);
}

void worker_end_step(struct work *w, struct db *db, enum step step, struct err *err)
{
    if (step == STEP_FETCH) {
        w->answered = false;
        step = send_request(w, db, err);
        if (step == STEP_FETCH)
            return; /* it belongs to the fetcher now */
    }
    if (step == STEP_PUT_BACK)
        put_back(w, db);
    else if (step == STEP_TROUBLE)
        trouble(w, db, err);
    else
        work_destroy(w);
}

static struct db *connect_patiently(struct crawler *c)
{
    struct db_options options = {.url = c->database_url, .application = "gitomatic crawler", .by_key = true};
    struct db *db = NULL;
    struct err err;
    while (!db_open(&options, &db, &err)) {
        if (atomic_load(&c->stopping))
            return NULL;
        log_warn("crawler.database_away", L_STR("why", err.text));
        clock_sleep_ms(1000);
    }
    return db;
}

static void *store_thread(void *arg)
{
    struct crawler *c = arg;
    struct db *db = connect_patiently(c);
    struct group *group = &c->groups[atomic_fetch_add(&c->n_groups, 1)];
    if (db)
        group_measure(c, db);
    while (next_ready(c, group)) {
        if (db)
            group_run(group, db);
        else
            for (size_t i = 0; i < group->n; i++)
                work_destroy(group->works[i]);
        crawler_wake(c);
    }
    db_close(db);
    return NULL;
}

bool workers_start(struct crawler *c, struct err *err)
{
    pthread_mutex_init(&c->lock, NULL);
    cond_init(&c->ready_cond);
    for (int i = 0; i < 2; i++)
        c->ready_tail[i] = &c->ready_head[i];
    for (int i = 0; i < STORE_THREADS; i++) {
        if (!thread_start(&c->threads[i], store_thread, c, err))
            return false;
        c->n_threads++;
    }
    return true;
}

void workers_stop(struct crawler *c)
{
    pthread_mutex_lock(&c->lock);
    c->drained = true;
    pthread_cond_broadcast(&c->ready_cond);
    pthread_mutex_unlock(&c->lock);
    for (int i = 0; i < c->n_threads; i++)
        pthread_join(c->threads[i], NULL);
    c->n_threads = 0;
    pthread_cond_destroy(&c->ready_cond);
    pthread_mutex_destroy(&c->lock);
}

/* Groups: works that are ready at the same time and write the same tables share statements and a transaction.
 *
 * Most pages name two or three records, and cost the database less by their rows than by some twenty statements and a commit. So a
 * store thread takes all works that are ready and belong together, up to MAX_GROUP:
 *
 *   works that begin     one statement reads what their requests need (job_group.prepare); then each begins as usual
 *   works with answers   each answer is classified (send.c), then job_group.save writes the usual ones:
 *                        fence (leases, by id) -> look -> records, by id -> edges, by key -> remembered pages, by key
 *                        -> ends of passes -> follow-ups -> cursors and ends of jobs -> hydration, by task -> commit
 *   everything else      one at a time, as without groups
 *
 * Each of these is one statement for all pages of the group, in the order of its key, so that groups wait for each other but never
 * in a circle; a group writes each table once, which is why lists of repositories (they write owners, too) do not mix with lists
 * of developers (job_groups). If part of a group fails (a lease that is gone, a value of the wrong type, a deadlock with another
 * program), all is rolled back and its works run one at a time: the bad one fails alone. A group never waits for more works: it is what is
 * ready when a thread is free, under light load a single one. One group of a kind is saved at a time, where the database is slow one of
 * any kind, unless another full one is ready (group_waits). After a kill, only the pages in flight are repeated. */
#include "core/base/clock.h"
#include "core/log/log.h"
#include "crawler/crawler_private.h"

/* If the last group took as long besides its round trips, the database is what everything waits for: kinds would only take turns on
 * its processors. */
#define SLOW_GROUP_MS     50
#define GROUP_ROUND_TRIPS 12 /* about as many as a group of lists needs, however many pages it has */

static bool has_answer(const struct work *w)
{
    return w->asked && !w->answered;
}

static const struct job_group *group_of(const struct work *w)
{
    return job_groups[w->job.kind];
}

static bool belongs_with(const struct work *head, const struct work *w)
{
    return group_of(head) && group_of(head) == group_of(w) && has_answer(head) == has_answer(w) &&
           !head->failing && !w->failing;
}

bool group_takes(const struct group *group, const struct work *w)
{
    if (!group->n)
        return true;
    return belongs_with(group->works[0], w);
}

const struct job_group *group_saves(const struct group *group)
{
    return group->n && has_answer(group->works[0]) ? group_of(group->works[0]) : NULL;
}

/* Whether a thread is saving a group that the work could have joined, or any if groups are slow, which is not stuck. */
static bool is_saved(const struct crawler *c, const struct work *w, int64_t now_ms)
{
    if (!group_of(w) || !has_answer(w) || w->failing)
        return false;
    for (size_t i = 0; i < STORE_THREADS; i++)
        if (c->groups[i].saves && now_ms - c->groups[i].since_ms < GROUP_WAIT_MS &&
            (c->groups[i].saves == group_of(w) || c->groups_are_slow))
            return true;
    return false;
}

bool group_waits(const struct crawler *c, const struct work *w, int64_t now_ms)
{
    size_t n = 0;
    if (now_ms - w->ready_ms >= GROUP_WAIT_MS || !is_saved(c, w, now_ms))
        return false;
    for (int line = 0; line < 2; line++)
        for (const struct work *other = c->ready_head[line]; other; other = other->next)
            n += belongs_with(w, other);
    return n < MAX_GROUP;
}

bool group_was_slow(int64_t took_ms, int64_t round_trip_us)
{
    return took_ms - GROUP_ROUND_TRIPS * round_trip_us / 1000 >= SLOW_GROUP_MS;
}

/* A transaction that does nothing takes two. Of a busy server most are late, so the shortest one counts. */
void group_measure(struct crawler *c, struct db *db)
{
    struct err ignored;
    int64_t begun = clock_mono_us();
    if (!db_begin(db, &ignored))
        return;
    db_rollback(db);
    int64_t took = (clock_mono_us() - begun) / 2;
    pthread_mutex_lock(&c->lock);
    if (!c->round_trip_us || took < c->round_trip_us)
        c->round_trip_us = took;
    pthread_mutex_unlock(&c->lock);
}

static void begin_all(struct work *const *works, size_t n, struct db *db)
{
    struct err err;
    if (n > 1 && !group_of(works[0])->prepare(works, n, db, &err))
        log_debug("crawler.group_not_prepared", L_I64("works", n), L_STR("why", err.text));
    for (size_t i = 0; i < n; i++)
        worker_run(works[i], db);
}

/* Keeps the works whose answers `save` takes; handles the others. */
static size_t sort_answers(struct group *group, struct db *db)
{
    size_t n = 0;
    for (size_t i = 0; i < group->n; i++) {
        struct work *w = group->works[i];
        struct err err = {0};
        enum step step = send_answered(w, db, &err);
        w->answered = step == STEP_DONE;
        if (step == STEP_DONE && group_of(w)->saves(w))
            group->works[n++] = w;
        else if (step == STEP_DONE ||
                 step == STEP_TROUBLE) /* after trouble it continues after the classification */
            worker_run(w, db);
        else
            worker_end_step(w, db, step, &err);
    }
    return n;
}

/* For the works that wait (group_waits). A save that failed says nothing. */
static void note_time(struct crawler *c, struct db *db, int64_t took_ms)
{
    if (took_ms >= SLOW_GROUP_MS)
        group_measure(c, db);
    pthread_mutex_lock(&c->lock);
    c->groups_are_slow = group_was_slow(took_ms, c->round_trip_us);
    pthread_mutex_unlock(&c->lock);
}

static void save_all(struct work *const *works, size_t n, struct db *db)
{
    struct work *more[MAX_GROUP];
    bool done[MAX_GROUP] = {false};
    struct err err = {0};
    size_t n_more = 0;
    int64_t begun = clock_mono_ms();
    bool ok = n > 1 && group_of(works[0])->save(works, n, db, done, &err);
    int64_t took = clock_mono_ms() - begun;
    db_rollback(db);
    if (ok)
        note_time(works[0]->crawler, db, took);
    if (ok)
        log_debug("crawler.group_saved", L_I64("works", n));
    else if (n > 1)
        log_debug("crawler.group_split", L_I64("works", n), L_STR("why", err.text));
    for (size_t i = 0; i < n; i++) {
        if (!ok) {
            worker_run(works[i], db);
            continue;
        }
        atomic_fetch_add_explicit(&works[i]->crawler->n_steps, 1, memory_order_relaxed);
        if (done[i]) {
            worker_end_step(works[i], db, STEP_DONE, &err);
        } else {
            work_tidy(works[i]);
            more[n_more++] = works[i];
        }
    }
    if (n_more)
        begin_all(more, n_more, db);
}

void group_run(struct group *group, struct db *db)
{
    if (group->n == 1)
        worker_run(group->works[0], db);
    else if (!has_answer(group->works[0]))
        begin_all(group->works, group->n, db);
    else
        save_all(group->works, sort_answers(group, db), db);
}

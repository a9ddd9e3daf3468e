/* reading_threads: what the tests of short reads share: a pool of one connection that is lent until all threads wait for it. */
#pragma once
#include "core/base/clock.h"
#include "schema/db/db_gate.h"
#include "tests/api/check.h"
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define DEADLINE_MS 20000
#define TIMEOUT_MS  1000

static struct db_options options = {.statement_timeout_ms = TIMEOUT_MS, .generic_plans = true};

static inline bool sleeps(pid_t tid)
{
    char path[60], state = '?';
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    FILE *file = fopen(path, "r");
    bool ok = file && fscanf(file, "%*d %*[^)]) %c", &state) == 1 && state == 'S';
    if (file)
        fclose(file);
    return ok;
}

/* It waits in the queue when this returns: all connections are lent. */
static inline void await_sleep(const _Atomic pid_t *tid)
{
    int64_t until = clock_mono_ms() + DEADLINE_MS;
    while (clock_mono_ms() < until && !(*tid && sleeps(*tid)))
        clock_sleep_ms(1);
    CHECK(sleeps(*tid));
}

struct stage {
    struct db_pool *pool;
    struct db_slots slots;
    struct db_gate gate;
    struct db *held, *other; /* other: not of the pool */
};

static inline void open_stage(struct stage *s)
{
    *s = (struct stage){.pool = db_pool_create(&options, 1, 1)};
    s->gate = (struct db_gate){.pool = s->pool, .slots = &s->slots};
    db_slots_init(&s->slots, 1, 30);
    CHECK(db_open(&options, &s->other, &err));
    CHECK(db_pool_acquire(s->pool, 0, &s->held, &err));
}

static inline void let_go(struct stage *s)
{
    db_pool_release(s->pool, s->held);
}

static inline void close_stage(struct stage *s)
{
    int open, busy, max;
    db_pool_stats(s->pool, &open, &busy, &max);
    CHECK(busy == 0 && open <= 1);
    db_pool_destroy(s->pool);
    db_close(s->other);
}

/* ---- threads that read ---- */

struct reader {
    struct db_pool *pool;
    struct db_gate *gate; /* NULL: reads from the pool, and does not repeat */
    int deadline_ms;      /* for the pool; 0: DEADLINE_MS */
    bool refuses_to_join;
    struct db_read read;
    struct db_arg args[6];
    struct db_rows rows;
    struct err err;
    enum db_outcome outcome;
    bool ok;
    _Atomic bool ended;
    pthread_t thread;
    _Atomic pid_t tid;
};

static inline void *read_it(void *arg)
{
    struct reader *r = arg;
    r->tid = gettid();
    if (r->gate)
        r->ok = db_gate_read(r->gate, &r->read, &r->err);
    else
        r->outcome = db_pool_read(r->pool, r->deadline_ms ? r->deadline_ms : DEADLINE_MS, !r->refuses_to_join,
                                  &r->read, &r->err);
    r->ended = true;
    return NULL;
}

static inline void start(struct reader *r)
{
    CHECK(pthread_create(&r->thread, NULL, read_it, r) == 0);
    await_sleep(&r->tid);
}

static inline void join(struct reader *r)
{
    CHECK(pthread_join(r->thread, NULL) == 0);
}

static inline void clear(struct reader *readers, int n)
{
    for (int i = 0; i < n; i++)
        db_rows_clear(&readers[i].rows);
}

/* What one developer has. */
static inline void read_developer(struct reader *r, int64_t id)
{
    const struct db_arg args[] = {DB_I64(id), DB_BOOL(false), DB_BOOL(false), DB_BOOL(false), DB_BOOL(false)};
    memcpy(r->args, args, sizeof args);
    r->read = (struct db_read){
        .call = {.q = Q_browse_developer, .args = r->args, .n_args = ARRAY_LEN(args), .rows_out = &r->rows},
        .beside = Q_browse_developer};
}

/* A statement of another table, which no lock on developers stops. */
static inline void read_count(struct reader *r)
{
    r->args[0] = DB_CSTR("developers");
    r->read = (struct db_read){
        .call = {.q = Q_list_counts_read, .args = r->args, .n_args = 1, .rows_out = &r->rows},
        .beside = Q_list_counts_read};
}

/* "LIMIT must not be negative" */
static inline void read_wrongly(struct reader *r)
{
    const struct db_arg args[] = {DB_I64(-5),     DB_BOOL(false), DB_BOOL(false),
                                  DB_BOOL(false), DB_BOOL(false), DB_I64(0)};
    memcpy(r->args, args, sizeof args);
    r->read = (struct db_read){.call = {.q = Q_browse_newest_developers,
                                        .args = r->args,
                                        .n_args = ARRAY_LEN(args),
                                        .rows_out = &r->rows},
                               .beside = Q_browse_newest_developers};
}

static inline bool is_developer(const struct reader *r, int64_t id)
{
    return r->rows.n == 1 && db_i64(&r->rows, 0, COL_browse_developer_github_id) == id;
}

static inline void lock_developers(struct stage *s)
{
    CHECK(db_begin(s->other, &err) &&
          db_script(s->other, "lock table developers in access exclusive mode", &err));
}

/* Reads the program's arguments, and makes the developers 1000 to 1019. */
static inline void make_developers(int argc, char **argv)
{
    struct db *db;
    options.url = argc > 1 ? argv[1] : NULL;
    CHECK(db_open(&options, &db, &err));
    CHECK(db_script(db,
                    "insert into developers (github_id, login, first_seen_at) select n, 'd' || n, now() from "
                    "generate_series(1000, 1019) n",
                    &err));
    db_close(db);
}

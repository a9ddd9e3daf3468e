/* reading_threads: what the tests of short reads share: a pool of one connection that is lent until all threads wait for it. */
#pragma once
#include "core/base/clock.h"
#include "schema/db/db_gate.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHECK(what)                                                                                          \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            fprintf(stderr, "line %d: %s\n%s\n", __LINE__, #what, err.text);                                 \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

#define DEADLINE_MS 20000
#define TIMEOUT_MS  1000

static struct err err;
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

/* db_workers_private: shared by the workers (db_workers.c) and the keeper (db_keeper.c). */
#pragma once
#include "core/log/log_limit.h"
#include "mirror/store/db_workers.h"
#include <pthread.h>

#define N_WORKERS 3
#define MAX_USED  8192

struct used {
    char hex[KEY_BYTES * 2 + 1];
    bool checked;
};

/* A page to bar when the database is back. */
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
    _Atomic bool no_schema; /* while not up: a table is missing */
    _Atomic bool
        doubts_schema;      /* a statement missed something of it: the keeper checks whether all is missing */
    struct log_limit limit; /* for failed statements */
    _Atomic int epoch;      /* number of recoveries: older connections are dead */
    struct used *used;      /* under the lock */
    size_t n_used;
    struct owed *owed; /* under the lock */
    size_t n_owed;
    bool owes_all;                       /* more than could be stored */
    _Atomic int64_t pages, bytes, grown; /* grown: since the keeper last measured */
    int64_t max_bytes;
    /* the keeper's */
    struct db *db;
    int64_t probe_at_ms, doubt_at_ms, say_at_ms, used_at_ms, measure_at_ms, evicted_bytes;
};

/* Records that the database answers again, or that it does not, and why; logs a change. */
void db_workers_set_up(struct db_workers *s, bool up, const char *why);
/* Opens *db unless it is open. */
MUST_CHECK bool db_workers_open(struct db_workers *s, struct db **db, struct err *err);
bool db_workers_are_stopping(struct db_workers *s);

/* The keeper's thread: reconnects the database, stores the use of pages, bars owed pages, and evicts. */
void *db_keeper_run(void *workers);
MUST_CHECK bool db_keeper_measure(struct db_workers *s, struct err *err);

/* crawler_private: the crawler's shared parts. Private to crawler/. */
#pragma once
#include "crawler/failing.h"
#include "crawler/work.h"
#include "github/app/app.h"
#include "github/graphql_error.h"
#include "pagecache/key.h"
#include "schema/graph/page_items.h"
#include <pthread.h>
#include <stdatomic.h>

#define STORE_THREADS 3
#define MAX_CREDENTIALS                                                                                      \
    (GH_APP_MAX_INSTALLATIONS + 64) /* further ones share a slot, and are used without email */

enum { SCOPE_UNKNOWN, SCOPE_EMAIL, SCOPE_NO_EMAIL };

#define MAX_GROUP 32
struct group {
    struct work *works[MAX_GROUP];
    size_t n;
    /* Under the crawler's `lock`: the kind of the answers being saved (NULL: none), and since when (monotonic). */
    const struct job_group *saves;
    int64_t since_ms;
};

struct crawler {
    const struct config *cfg;
    const char *database_url;
    struct gh_credentials credentials;
    struct gh_quota *quota;
    struct gh_fetcher *fetcher;
    struct item_memory *items;                    /* unchanged items of lists */
    _Atomic int64_t worker_id;                    /* 0 while not registered */
    _Atomic int email_scope[MAX_CREDENTIALS];     /* what the token's scopes allow */
    _Atomic bool scopes_unsaved[MAX_CREDENTIALS]; /* the database does not know them yet */
    /* while a mirror runs on this database: fetched pages are also stored for its clients */
    _Atomic bool shares;
    struct secret share_secret; /* written before `shares` first is true */
    _Atomic bool stopping;
    _Atomic bool github_away;              /* logged that GitHub fails, and not yet that it answers */
    struct failing failing;                /* under `lock`, as is the next */
    char away_why[200];                    /* while github_away */
    _Atomic bool refused[MAX_CREDENTIALS]; /* logged that GitHub refuses this credential */
    _Atomic int64_t
        used_up_until[MAX_CREDENTIALS]; /* monotonic ms: until then, logged that its quota is used up */
    _Atomic bool mixing_costs; /* GraphQL charged a query for both kinds of records more than two queries */
    _Atomic int n_works, n_background; /* jobs in memory; those of discovery among them */
    int wake_fd;                       /* eventfd: there may be something to claim */
    /* ready: works whose next step can run; [1]: discovery's, which run after the others */
    pthread_mutex_t lock;
    pthread_cond_t ready_cond;
    struct work *ready_head[2], **ready_tail[2];
    bool drained; /* store threads leave when the queue is empty */
    /* leases that could not be returned while the database was unavailable */
    struct job unreturned_leases[256];
    int n_unreturned_leases;
    pthread_t threads[STORE_THREADS];
    int n_threads;
    struct group groups[STORE_THREADS]; /* one a thread */
    bool groups_are_slow;  /* under `lock`, as is the next: the last group of answers was (group_was_slow) */
    int64_t round_trip_us; /* the shortest to the database so far; 0: not known */
    _Atomic int n_groups;
    _Atomic uint64_t n_steps, n_pages;
    _Atomic uint64_t n_outcomes[GH_N_OUTCOMES]; /* of GitHub's answers */
    /* observed properties of the server */
    _Atomic bool github_answered; /* GITHUB_API_URL has led to GitHub's API at least once */
    _Atomic bool address_told;    /* logged that it has not */
    _Atomic bool foreign_told;    /* logged that links name another host */
    struct gh_fields lacking;     /* fields its GraphQL does not have; under `lock` */
};

/* ---- worker.c ---- */
MUST_CHECK bool workers_start(struct crawler *c, struct err *err);
/* Drains the queue, then ends the threads. */
void workers_stop(struct crawler *c);
void workers_ready(struct crawler *c, struct work *w);
struct work *work_create(struct crawler *c, const struct job *job);
/* Gives the work a new arena, with nothing but the job in it. */
void work_renew(struct work *w);
/* Stores a lease to return later. */
void crawler_note_unreturned_lease(struct crawler *c, const struct job *job);

/* One step of a work, and its result. */
void worker_run(struct work *w, struct db *db);
void worker_end_step(struct work *w, struct db *db, enum step step, struct err *err);

/* ---- group.c ---- */
/* Whether a work can join the works in the group. */
bool group_takes(const struct group *group, const struct work *w);
/* The value of `saves` for a new group. */
const struct job_group *group_saves(const struct group *group);
/* Under `lock`: whether a ready work waits for the group that another thread is saving: works that become ready meanwhile form the next
 * groups, so that more of them share statements, and two groups do not wait for each other's rows. A full group does not wait. No work
 * waits for longer than GROUP_WAIT_MS, for however many groups, nor for a group that has lasted as long. */
bool group_waits(const struct crawler *c, const struct work *w, int64_t now_ms);
#define GROUP_WAIT_MS 500
/* Whether the database was what a save waited for, not the way to it: took_ms, without its round trips. */
bool group_was_slow(int64_t took_ms, int64_t round_trip_us);
/* Measures a round trip to the database. */
void group_measure(struct crawler *c, struct db *db);
void group_run(struct group *group, struct db *db);

/* ---- send.c ---- */
/* Sends the request of a step; if quota or a pause prevents it, the step becomes STEP_PUT_BACK. */
enum step send_request(struct work *w, struct db *db, struct err *err);
/* Accounts for the answer and classifies it. STEP_FETCH: send again (a redirect); STEP_PUT_BACK: limits, failures; STEP_DONE
 * here means: call the kind's answer. */
enum step send_answered(struct work *w, struct db *db, struct err *err);
/* ---- control.c ---- */
/* Claims, heartbeats, housekeeping, until stop_fd is readable. */
MUST_CHECK bool control_run(struct crawler *c, int stop_fd, struct err *err);

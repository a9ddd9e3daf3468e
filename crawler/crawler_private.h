/* crawler_private: the crawler's shared parts. Private to crawler/. */
#pragma once
#include "crawler/work.h"
#include "github/graphql_error.h"
#include "pagecache/key.h"
#include "schema/graph/page_items.h"
#include <pthread.h>
#include <stdatomic.h>

#define STORE_THREADS   3
#define MAX_CREDENTIALS 64 /* more share a slot, and are asked without email */

enum { SCOPE_UNKNOWN, SCOPE_EMAIL, SCOPE_NO_EMAIL };

#define GROUP_MOST 32
struct group {
    struct work *works[GROUP_MOST];
    size_t n;
    /* Under the crawler's `lock`: as which kind its answers are being saved, NULL if they are not, and since when (monotonic). */
    const struct job_group *saves;
    int64_t since_ms;
};

struct crawler {
    const struct config *cfg;
    const char *database_url;
    struct gh_credentials credentials;
    struct gh_quota *quota;
    struct gh_fetcher *fetcher;
    struct item_memory *items;                    /* what lists told before */
    _Atomic int64_t worker_id;                    /* 0 while not registered */
    _Atomic int email_scope[MAX_CREDENTIALS];     /* what the token's scopes allow */
    _Atomic bool scopes_unsaved[MAX_CREDENTIALS]; /* the database does not know them yet */
    /* for a mirror, while one runs on this database: what is fetched is kept for its clients, too */
    _Atomic bool shares;
    struct secret share_secret; /* written before `shares` first is true */
    _Atomic bool stopping;
    _Atomic bool github_away;         /* it was said that GitHub fails, and not yet that it answers */
    _Atomic int64_t failing_since_ms; /* Unix ms of the first failure in a row; 0: the last answer was one */
    char away_why[200];               /* under `lock`, while github_away */
    _Atomic bool refused[MAX_CREDENTIALS];          /* it was said that GitHub refuses this credential */
    _Atomic int64_t used_up_until[MAX_CREDENTIALS]; /* monotonic ms: it was said that its quota is used up */
    _Atomic bool mixing_costs; /* GraphQL charged a query for both kinds of records more than two queries */
    _Atomic int n_works, n_background; /* jobs in memory; those of discovery among them */
    int wake_fd;                       /* eventfd: there may be something to claim */
    /* ready: works whose next step can run; [1]: discovery's, which go behind */
    pthread_mutex_t lock;
    pthread_cond_t ready_cond;
    struct work *ready_head[2], **ready_tail[2];
    bool drained; /* store threads leave when the queue is empty */
    /* leases that could not be given back when the database was away */
    struct job unreturned_leases[256];
    int n_unreturned_leases;
    pthread_t threads[STORE_THREADS];
    int n_threads;
    struct group groups[STORE_THREADS]; /* one a thread */
    _Atomic int n_groups;
    _Atomic uint64_t n_steps, n_pages;
    _Atomic uint64_t n_outcomes[GH_N_OUTCOMES]; /* of GitHub's answers */
    /* what was learned of the server */
    _Atomic bool github_answered; /* GITHUB_API_URL has led to GitHub's API at least once */
    _Atomic bool address_told;    /* it was said that it does not */
    _Atomic bool foreign_told;    /* it was said that links name another host */
    struct gh_fields lacking;     /* fields its GraphQL does not have; under `lock` */
};

/* ---- worker.c ---- */
MUST_CHECK bool workers_start(struct crawler *c, struct err *err);
/* Lets the queue run empty, then ends the threads. */
void workers_stop(struct crawler *c);
void workers_ready(struct crawler *c, struct work *w);
struct work *work_create(struct crawler *c, const struct job *job);
void work_destroy(struct work *w);
/* Gives the work a new arena, with nothing but the job in it. */
void work_renew(struct work *w);
void crawler_wake(struct crawler *c);
/* Remembers a lease to give back later. */
void crawler_note_unreturned_lease(struct crawler *c, const struct job *job);

/* One step of a work, and what it says. */
void worker_run(struct work *w, struct db *db);
void worker_end_step(struct work *w, struct db *db, enum step step, struct err *err);

/* ---- group.c ---- */
/* Whether a work goes along with those that are in the group. */
bool group_takes(const struct group *group, const struct work *w);
/* What `saves` is to be of a group that was just taken. */
const struct job_group *group_saves(const struct group *group);
/* Under `lock`: whether a thread is saving a group that the work would have gone along with, and took it later than that. */
bool group_is_saved(const struct crawler *c, const struct work *w, int64_t later_than_ms);
void group_run(struct group *group, struct db *db);

/* ---- send.c ---- */
/* Sends the request a step asked for; when quota or a hold is in the way, turns the step into STEP_PUT_BACK. */
enum step send_request(struct work *w, struct db *db, struct err *err);
/* Accounts for the answer and sorts it. STEP_FETCH: ask again (a redirect); STEP_PUT_BACK: limits, failures;
 * STEP_DONE here means: call the kind's answer. */
enum step send_answered(struct work *w, struct db *db, struct err *err);
/* ---- control.c ---- */
/* Claims, heartbeats, housekeeping, until stop_fd is readable. */
MUST_CHECK bool control_run(struct crawler *c, int stop_fd, struct err *err);

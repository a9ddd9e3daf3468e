/* why: the syncs of one developer: the reason, the next time, the cost. The only caller of why.sql. */
#pragma once
#include "core/model/job.h"
#include "schema/db/db.h"

/* A full_profile_sync that is still in the queue. Times are Unix ms, 0: not yet. */
struct why_sync {
    int64_t job_id, task_id;
    enum job_state state;
    int64_t created_ms, started_ms, finished_ms, run_ms;
    bool by_discovery;        /* discovery picked the developer */
    bool asked;               /* a person requested it, possibly in addition */
    const char *requested_by; /* as jobs.asked_by of the task; NULL: not known */
    const char *note, *error; /* of the profile's job; NULL: none */
    /* the profile's job and those of the lists, in the same task */
    int64_t n_jobs, n_open, pages, records, cost;
    const char *trouble; /* notes and errors of the lists; NULL: none */
    /* of the whole task, which may include other developers */
    int64_t n_hydrations, hydration_cost;
};

struct why {
    bool known;
    int64_t github_id;
    const char *login, *type;                  /* type NULL: not known yet */
    int64_t first_seen_ms, synced_ms, gone_ms; /* 0: never */
    const char *gone_reason;
    /* the plan; planned false: discovery does not know the developer */
    bool planned, due;
    const char *reason;
    int64_t last_ms, next_ms; /* last 0: never synced; next INT64_MAX: not until something changes */
    int64_t counts[3];        /* followers, following, repositories at the last sync; -1 not known */
    int64_t walks, changes;
    /* edges known here */
    int64_t followers, following, stars, repositories;
    const char *met_through; /* login of the first known follower; NULL: none */
    /* who requested the profile before the developer was known, as jobs.asked_by ("": not known who); NULL: no one, or the job is no
     * longer stored */
    const char *first_requested_by;
    struct why_sync *syncs; /* newest first */
    size_t n_syncs;
};

#define WHY_MAX_SYNCS 20

/* Strings live in the arena. known is false if no known developer has or had the login. */
MUST_CHECK bool why_read(struct db *db, const char *login, struct arena *a, struct why *out, struct err *err);
/* As one JSON object; y->known must be true. For `gitomatic why --json` and the API's jobs. */
struct jw;
void why_write(struct jw *w, const struct why *y);

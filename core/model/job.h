/* job: the queue's words and its state machine, as one table. Pure.
 * The SQL CHECK on jobs.state and docs/jobs.md are held against this table by tests. */
#pragma once
#include "core/base/slice.h"

enum job_state {
    JOB_AVAILABLE, /* may be claimed now */
    JOB_RUNNING,   /* a crawler has it, with a lease */
    JOB_SCHEDULED, /* waits for run_at */
    JOB_COMPLETED,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_N_STATES
};

enum job_event {
    EV_CLAIM,
    EV_FINISH,
    EV_RETRY,
    EV_GIVE_UP,
    EV_NO_QUOTA,
    EV_RELEASE,
    EV_LEASE_LOST,
    EV_DUE,
    EV_CANCEL,
    EV_ASK_AGAIN,
    EV_N_EVENTS
};

struct job_edge {
    enum job_state from;
    enum job_event event;
    enum job_state to;
    const char *why;
};

extern const struct job_edge job_edges[];
extern const size_t n_job_edges;

const char *job_state_name(enum job_state state);
const char *job_event_name(enum job_event event);
bool job_state_parse(slice name, enum job_state *out);
/* False when the event has no edge from that state. */
bool job_next_state(enum job_state from, enum job_event event, enum job_state *to_out);
bool job_state_is_over(enum job_state state);

/* What a job does. The first three are the tasks people ask for; the next two come from cron entries as well. */
/* clang-format off */
#define JOB_KINDS(X)                                                                                                   \
    X(FULL_PROFILE_SYNC,      "full_profile_sync",      "a developer, then all his lists")                             \
    X(FULL_REPOSITORY_SYNC,   "full_repository_sync",   "a repository, its owner and stargazers")                      \
    X(DISCOVERY_SCRAPER,      "discovery_scraper",      "picks developers that need it and asks for their profiles")   \
    X(HEART_BEAT_TASK,        "heart_beat_task",        "logs ping")                                                   \
    X(DEVELOPER_FOLLOWERS,    "developer_followers",    "who follows a developer")                                     \
    X(DEVELOPER_FOLLOWING,    "developer_following",    "whom a developer follows")                                    \
    X(DEVELOPER_STARRED,      "developer_starred",      "what a developer has starred")                                \
    X(DEVELOPER_REPOSITORIES, "developer_repositories", "what a developer owns")                                       \
    X(REPOSITORY_STARGAZERS,  "repository_stargazers",  "who has starred a repository, where GitHub says so")          \
    X(REPOSITORY_STAR_HISTORY,"repository_star_history","how many stars a repository was given, day by day")          \
    X(HYDRATE_DEVELOPERS,     "hydrate_developers",     "turns stubs of developers into full records")                 \
    X(HYDRATE_REPOSITORIES,   "hydrate_repositories",   "turns stubs of repositories into full records")               \
    X(HYDRATE_RECORDS,        "hydrate_records",        "both at once: what is left of a task's stubs")                 \
    X(NOOP,                   "noop",                   "does nothing: measures the queue")
/* clang-format on */

enum job_kind {
#define X(id, name, what) JOB_##id,
    JOB_KINDS(X)
#undef X
        JOB_N_KINDS
};

/* How the note of a completed job begins that could not read all there is. */
#define JOB_INCOMPLETE "incomplete: "

const char *job_kind_name(enum job_kind kind);
const char *job_kind_what(enum job_kind kind);
bool job_kind_parse(slice name, enum job_kind *out);
/* full_profile_sync, full_repository_sync, discovery_scraper: what POST /github/tasks/ takes. */
bool job_kind_is_task(enum job_kind kind);

/* Back-off before try number `attempt` (1, 2, …): 1 s doubled each time, at most 10 min, spread by ±25 %.
 * `random` is any 64-bit number. */
int64_t job_backoff_ms(int attempt, uint64_t random);
#define JOB_MAX_ATTEMPTS 10

/* job: the names of job states, events and kinds, and the state machine as one table. Pure.
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
    EV_LOST_TOO_OFTEN,
    EV_DUE,
    EV_EXPEDITE,
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

/* The kinds of jobs, and what each does. discovery_scraper and heart_beat_task come from cron entries. */
/* clang-format off */
#define JOB_KINDS(X)                                                                                                           \
    X(FULL_PROFILE_SYNC,      "full_profile_sync",      "a developer, then all their lists")                                   \
    X(FULL_REPOSITORY_SYNC,   "full_repository_sync",   "a repository, its owner and stargazers")                              \
    X(DISCOVERY_SCRAPER,      "discovery_scraper",      "picks developers to sync and requests their profiles")                \
    X(HEART_BEAT_TASK,        "heart_beat_task",        "logs ping")                                                           \
    X(DEVELOPER_FOLLOWERS,    "developer_followers",    "the followers of a developer")                                        \
    X(DEVELOPER_FOLLOWING,    "developer_following",    "the developers that a developer follows")                             \
    X(DEVELOPER_STARRED,      "developer_starred",      "the repositories that a developer has starred")                       \
    X(DEVELOPER_REPOSITORIES, "developer_repositories", "the repositories that a developer owns")                              \
    X(REPOSITORY_STARGAZERS,  "repository_stargazers",  "the stargazers of a repository, where GitHub allows it")              \
    X(REPOSITORY_STAR_HISTORY,"repository_star_history","the number of stars given to a repository on each day")               \
    X(HYDRATE_DEVELOPERS,     "hydrate_developers",     "turns stubs of developers into full records")                         \
    X(HYDRATE_REPOSITORIES,   "hydrate_repositories",   "turns stubs of repositories into full records")                       \
    X(HYDRATE_RECORDS,        "hydrate_records",        "both in one query: the remaining stubs of a task")                    \
    X(SAMPLE,                 "sample",                 "requests the ids of a sample, a hundred at a time")                   \
    X(CENSUS,                 "census",                 "lists a range of all ids, a hundred accounts or repositories a page") \
    X(NOOP,                   "noop",                   "does nothing: measures the queue")
/* clang-format on */

/* What a kind is, for C and SQL alike: a list of kinds in SQL is written '{jobs_hydrate}' and put in from here
 * (schema/queries.awk). */
enum job_trait {
    JOB_IS_TASK = 1,             /* POST /github/tasks/ takes it */
    JOB_ASKS_GITHUB = 2,         /* spends quota */
    JOB_HYDRATES = 4,            /* works on stubs; can be retried only while they are stored */
    JOB_NAMES_SOMEBODY = 8,      /* its subject is a login, or owner/name */
    JOB_LISTS_DEVELOPER = 16,    /* a list of the developer whose id is in args */
    JOB_PARTS_OF_REPOSITORY = 32 /* about the repository whose id is in args */
};

/* clang-format off */
#define JOB_KIND_TRAITS(X)                                                                                             \
    X(FULL_PROFILE_SYNC,       JOB_IS_TASK | JOB_ASKS_GITHUB | JOB_NAMES_SOMEBODY)                                     \
    X(FULL_REPOSITORY_SYNC,    JOB_IS_TASK | JOB_ASKS_GITHUB | JOB_NAMES_SOMEBODY)                                     \
    X(DISCOVERY_SCRAPER,       JOB_IS_TASK)                                                                            \
    X(HEART_BEAT_TASK,         0)                                                                                      \
    X(DEVELOPER_FOLLOWERS,     JOB_ASKS_GITHUB | JOB_NAMES_SOMEBODY | JOB_LISTS_DEVELOPER)                             \
    X(DEVELOPER_FOLLOWING,     JOB_ASKS_GITHUB | JOB_NAMES_SOMEBODY | JOB_LISTS_DEVELOPER)                             \
    X(DEVELOPER_STARRED,       JOB_ASKS_GITHUB | JOB_NAMES_SOMEBODY | JOB_LISTS_DEVELOPER)                             \
    X(DEVELOPER_REPOSITORIES,  JOB_ASKS_GITHUB | JOB_NAMES_SOMEBODY | JOB_LISTS_DEVELOPER)                             \
    X(REPOSITORY_STARGAZERS,   JOB_ASKS_GITHUB | JOB_NAMES_SOMEBODY | JOB_PARTS_OF_REPOSITORY)                         \
    X(REPOSITORY_STAR_HISTORY, JOB_ASKS_GITHUB | JOB_NAMES_SOMEBODY | JOB_PARTS_OF_REPOSITORY)                         \
    X(HYDRATE_DEVELOPERS,      JOB_ASKS_GITHUB | JOB_HYDRATES)                                                         \
    X(HYDRATE_REPOSITORIES,    JOB_ASKS_GITHUB | JOB_HYDRATES)                                                         \
    X(HYDRATE_RECORDS,         JOB_ASKS_GITHUB | JOB_HYDRATES)                                                         \
    X(SAMPLE,                  JOB_IS_TASK | JOB_ASKS_GITHUB)                                                          \
    X(CENSUS,                  JOB_IS_TASK | JOB_ASKS_GITHUB)                                                          \
    X(NOOP,                    0)
/* clang-format on */

enum job_kind {
#define X(id, name, what) JOB_##id,
    JOB_KINDS(X)
#undef X
        JOB_N_KINDS
};

/* Begins the note of a completed job that could not read everything. */
#define JOB_INCOMPLETE "incomplete: "

const char *job_kind_name(enum job_kind kind);
bool job_kind_parse(slice name, enum job_kind *out);
/* Whether POST /github/tasks/ and the command line accept it. */
bool job_kind_is_task(enum job_kind kind);
/* Its names: number 0, 1, …; NULL at the end. */
const char *job_task_name(size_t number);

/* Back-off before try number `attempt` (1, 2, …): 1 s doubled each time, at most 10 min, spread by ±25 %.
 * `random` is any 64-bit number. */
int64_t job_backoff_ms(int attempt, uint64_t random);
#define JOB_MAX_ATTEMPTS 10

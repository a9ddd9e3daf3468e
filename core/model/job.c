#include "core/model/job.h"

/* clang-format off */
const struct job_edge job_edges[] = {
    {JOB_AVAILABLE, EV_CLAIM, JOB_RUNNING, "a crawler claimed it, with a lease"},
    {JOB_RUNNING, EV_FINISH, JOB_COMPLETED, "saved in the transaction of its last page"},
    {JOB_RUNNING, EV_RETRY, JOB_SCHEDULED, "the attempt failed; it waits for a back-off with its cursor"},
    {JOB_RUNNING, EV_GIVE_UP, JOB_FAILED, "the last attempt failed, or another one would fail the same way"},
    {JOB_RUNNING, EV_NO_QUOTA, JOB_SCHEDULED, "it continues at once with another credential that has units left, else after the reset, from its cursor; does not count as an attempt"},
    {JOB_RUNNING, EV_RELEASE, JOB_AVAILABLE, "its crawler stops; it keeps its cursor; does not count as an attempt"},
    {JOB_RUNNING, EV_LEASE_LOST, JOB_AVAILABLE, "its crawler died; another one continues from the cursor"},
    {JOB_RUNNING, EV_LOST_TOO_OFTEN, JOB_FAILED, "50 of its crawlers died without saving a page: the job is the presumed cause"},
    {JOB_SCHEDULED, EV_DUE, JOB_AVAILABLE, "its `run_at` has passed"},
    {JOB_SCHEDULED, EV_EXPEDITE, JOB_AVAILABLE, "it waited for quota, and more urgent work that may use more quota requests the same"},
    {JOB_AVAILABLE, EV_CANCEL, JOB_CANCELLED, "cancelled by a user"},
    {JOB_SCHEDULED, EV_CANCEL, JOB_CANCELLED, "cancelled by a user"},
    {JOB_RUNNING, EV_CANCEL, JOB_CANCELLED, "cancelled by a user; its crawler stops at the next page"},
    {JOB_FAILED, EV_ASK_AGAIN, JOB_AVAILABLE, "retried by a user"},
    {JOB_CANCELLED, EV_ASK_AGAIN, JOB_AVAILABLE, "retried by a user"},
};
/* clang-format on */
const size_t n_job_edges = ARRAY_LEN(job_edges);

static const char *const state_names[JOB_N_STATES] = {"available", "running", "scheduled",
                                                      "completed", "failed",  "cancelled"};
static const char *const event_names[EV_N_EVENTS] = {"claim",    "finish",   "retry",      "give up",
                                                     "no quota", "release",  "lease lost", "lost too often",
                                                     "due",      "expedite", "cancel",     "manual retry"};

static const char *const kind_names[JOB_N_KINDS] = {
#define X(id, name, what) [JOB_##id] = name,
    JOB_KINDS(X)
#undef X
};

static const int traits[JOB_N_KINDS] = {
#define X(id, set) [JOB_##id] = (set),
    JOB_KIND_TRAITS(X)
#undef X
};

const char *job_state_name(enum job_state state)
{
    return state_names[state];
}

const char *job_event_name(enum job_event event)
{
    return event_names[event];
}

bool job_state_parse(slice name, enum job_state *out)
{
    for (int i = 0; i < JOB_N_STATES; i++) {
        if (slice_eq(name, slice_of(state_names[i]))) {
            *out = (enum job_state)i;
            return true;
        }
    }
    return false;
}

bool job_next_state(enum job_state from, enum job_event event, enum job_state *to_out)
{
    for (size_t i = 0; i < n_job_edges; i++) {
        if (job_edges[i].from == from && job_edges[i].event == event) {
            *to_out = job_edges[i].to;
            return true;
        }
    }
    return false;
}

bool job_state_is_over(enum job_state state)
{
    return state == JOB_COMPLETED || state == JOB_FAILED || state == JOB_CANCELLED;
}

const char *job_kind_name(enum job_kind kind)
{
    return kind_names[kind];
}

bool job_kind_parse(slice name, enum job_kind *out)
{
    for (int i = 0; i < JOB_N_KINDS; i++) {
        if (slice_eq(name, slice_of(kind_names[i]))) {
            *out = (enum job_kind)i;
            return true;
        }
    }
    return false;
}

bool job_kind_is_task(enum job_kind kind)
{
    return (traits[kind] & JOB_IS_TASK) != 0;
}

const char *job_task_name(size_t number)
{
    for (int i = 0; i < JOB_N_KINDS; i++)
        if (job_kind_is_task((enum job_kind)i) && number-- == 0)
            return kind_names[i];
    return NULL;
}

int64_t job_backoff_ms(int attempt, uint64_t random)
{
    int64_t base = 1000;
    for (int i = 1; i < attempt && base < 600000; i++)
        base *= 2;
    if (base > 600000)
        base = 600000;
    return base * 3 / 4 + (int64_t)(random % (uint64_t)(base / 2));
}

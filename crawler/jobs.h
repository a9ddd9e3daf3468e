/* jobs: shared by the kinds of jobs. Private to crawler/. On the store thread that runs the work, with its connection. */
#pragma once
#include "core/uuid/uuid.h"
#include "crawler/work.h"
#include "schema/graph/details.h"

/* The note of a job about a forgotten developer: nothing was stored. */
#define FORGOTTEN "forgotten"
#define NAMELESS  "the detail has no valid id and name"

/* The observed access to an endpoint that GitHub restricts to some credentials; valid for ENDPOINT_RETRY_HOURS. */
#define STARGAZERS           "stargazers"   /* since July 2026 for collaborators only */
#define STAR_HISTORY         "star_history" /* on github.com since September 2026 */
#define ENDPOINT_RETRY_HOURS 168
enum learned { LEARNED_NOTHING, LEARNED_ALLOWED, LEARNED_DENIED };
MUST_CHECK bool endpoint_learned(struct db *db, const struct gh_credential *credential, const char *endpoint,
                                 enum learned *out, struct err *err);
MUST_CHECK bool endpoint_learn(struct db *db, const struct gh_credential *credential, const char *endpoint,
                               bool allowed, int status, struct err *err);

/* A 404 of one repository's list although the repository exists: two such repositories are a refusal. */
MUST_CHECK bool endpoint_missed(struct work *w, struct db *db, const char *endpoint, int64_t repository,
                                struct err *err);
/* Without a token GitHub does not show stargazers, so they are not requested. */
bool stargazers_askable(const struct work *w, const struct gh_credential *c);
/* Requests the stargazers of each of an owner's repositories, if GitHub shows them. While that is unknown, one repository is tried, and
 * the others only if it answers. Since July 2026 that unit is nearly always wasted, so a requested profile does not spend it: the
 * attempt is left to discovery, for which the profile's other pages are free with a token (304). */
/* For n works with an owner each: one statement reads their repositories, one stores the requests. Besides, what is known is read at
 * each change of the credential, and an owner that is left to discovery is one statement. */
MUST_CHECK bool stargazers_of_owners(struct work *const *works, const int64_t *owners, size_t n,
                                     struct db *db, struct arena *a, struct err *err);
/* A list of stargazers was answered: records that the credential may read them, ... */
MUST_CHECK bool stargazers_shown(const struct work *w, struct db *db, struct err *err);
/* ... and requests the owner's other repositories if this one was the attempt. */
MUST_CHECK bool stargazers_answered(struct work *w, struct db *db, struct err *err);

/* `body`, one detail object, as the array the store takes; in the arena. */
slice detail_array(struct work *w, slice body);

struct saved_detail {
    int64_t github_id;
    const char *name; /* login, or owner/name */
};
/* Saves an array of details of a kind; the saved ones are in the arena. In the job's transaction. ERR_DB class 22: clean it. */
MUST_CHECK bool details_save(struct work *w, struct db *db, enum record_kind kind, slice json,
                             struct saved_detail **out, size_t *n_out, struct err *err);
enum gh_shape detail_shape(enum record_kind kind);

/* ---- subject.c: the developer or repository of a list, by id ---- */
struct subject {
    enum record_kind kind;
    int64_t id;
};
#define MAX_LOOK_UPS 10 /* of the subject of one list, which may be renamed while the list is read */
enum step subject_ask(struct work *w, struct subject s);
/* The answer to subject_ask. STEP_FETCH: it exists, and was saved in a transaction that stays open; *renamed_out: its name is
 * not `name` any more. Otherwise the job was ended, since the subject is gone, blocked, forgotten or not shown; or STEP_TROUBLE. */
enum step subject_answer(struct work *w, struct db *db, struct subject s, const char *name, bool *renamed_out,
                         struct err *err);
/* Reads the list under the subject's new name, from the cursor that was saved: at once after the first few of `looked_up` look-ups,
 * later ones wait. */
enum step subject_go_on(struct work *w, struct db *db, int looked_up, struct err *err);
/* Ends the job: after MAX_LOOK_UPS the list's subject still has another name whenever the list is requested. */
enum step subject_elusive(struct work *w, struct db *db, struct err *err);
/* Marks the subject gone and ends the job, with the reason as its note. */
enum step subject_gone(struct work *w, struct db *db, struct subject s, const char *reason, struct err *err);

#define JOB_STEPS(name)                                                                                      \
    enum step name##_begin(struct work *w, struct db *db, struct err *err);                                  \
    enum step name##_answer(struct work *w, struct db *db, struct err *err)
#define GROUP_STEPS(name)                                                                                    \
    MUST_CHECK bool name##_prepare(struct work *const *works, size_t n, struct db *db, struct err *err);     \
    bool name##_saves(const struct work *w);                                                                 \
    MUST_CHECK bool name##_save(struct work *const *works, size_t n, struct db *db, bool *done_out,          \
                                struct err *err)
JOB_STEPS(list_job);
GROUP_STEPS(list);
JOB_STEPS(profile);
GROUP_STEPS(profile);
JOB_STEPS(repository);
JOB_STEPS(star_history);
/* The source of a hydration job's stubs, and the handling of the answers. */
struct stub_source {
    /* At most `most`, in the arena; none: the job is finished. *graphql_out: whether to use GraphQL. */
    bool (*next)(struct work *w, struct db *db, int most, struct stub **stubs_out, size_t *n_out,
                 bool *graphql_out, struct err *err);
    /* In the transaction that saved the records. */
    bool (*settle)(struct work *w, struct db *db, const struct stub *stubs, size_t n, size_t *n_found,
                   struct err *err);
    enum step (*finish)(struct work *w, struct db *db, struct err *err);
};
extern const struct stub_source sample_source; /* job_sample.c */
enum step sample_needs_graphql(struct work *w);
bool sample_learned_nothing(const struct stub *stubs, size_t n);
JOB_STEPS(census);
JOB_STEPS(sample);
JOB_STEPS(hydrate);
enum step hydrate_failed(struct work *w, struct db *db, struct err *err);
enum step discovery_begin(struct work *w, struct db *db, struct err *err);
enum step heart_beat_begin(struct work *w, struct db *db, struct err *err);
enum step noop_begin(struct work *w, struct db *db, struct err *err);

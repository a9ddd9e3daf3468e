/* work: a claimed job in the crawler, and the functions its steps may call. Private to crawler/.
 *
 * A job's life here is: begin → (fetch → answer)* → done. Steps run on a store thread with that thread's connection and
 * never wait for GitHub; between two steps a job holds no connection and no thread. One step at a time runs for a job, so
 * its state needs no lock. What must survive a crash is in the cursor, saved with each page. */
#pragma once
#include "core/config/config.h"
#include "github/decode.h"
#include "github/fetch.h"
#include "github/graphql_error.h"
#include "github/quota.h"
#include "schema/graph/pages.h"
#include "schema/queue/hydration.h"
#include "schema/queue/jobs.h"
#include "schema/queue/quota.h"

struct crawler;

enum step {
    STEP_FETCH,    /* work_get or work_graphql was called: send it, then call answer */
    STEP_DONE,     /* the job was ended (in the step's own transaction) */
    STEP_PUT_BACK, /* until work->again_ms, with again_wait and again_why */
    STEP_TROUBLE,  /* err is set */
};

struct work {
    struct crawler *crawler;
    struct arena *arena;
    struct job job;
    const struct job_type *type;
    void *state; /* the kind's own, in the arena */
    /* the request in flight, and its answer */
    struct gh_fetch fetch;
    const struct gh_credential *credential;
    bool waits_for_its_own; /* work_credential(): discovery, whose 304 is free with this credential only */
    enum gh_resource resource;
    bool expects_array, asked, answered;
    const char *remembered; /* the ETag the request was made with (work_get), in the arena; NULL: none */
    int hops;               /* redirects followed for this request */
    enum gh_outcome outcome;
    slice body; /* cleaned: safe for jsonb; valid until the step returns */
    int cost;   /* units charged since the last save */
    slice next_cursor;
    int next_pages; /* with next_cursor, once the transaction is committed */
    /* for STEP_PUT_BACK */
    int64_t again_ms;
    enum job_wait again_wait;
    const char *again_why;
    bool failing;  /* its kind's `failed` must run */
    bool gives_up; /* another attempt would fail the same way: the job fails */
    struct work *next;
    int64_t ready_ms; /* monotonic: since when its next step can run */
};

/* Several jobs in one work: only for kinds that send no requests to GitHub. */
struct job_batch {
    size_t n;
    struct job jobs[];
};

struct job_type {
    enum job_kind kind;
    enum step (*begin)(struct work *w, struct db *db, struct err *err);
    enum step (*answer)(struct work *w, struct db *db,
                        struct err *err); /* fresh, unchanged, gone, blocked, restricted, capped */
    /* NULL, or called after a failure that counts as an attempt (`again_why` is the reason): continue with
     * something else, or return STEP_PUT_BACK, as without it. */
    enum step (*failed)(struct work *w, struct db *db, struct err *err);
};

/* Kinds whose ready answers are saved together (group.c). Lists of developers and of repositories are separate groups: the
 * latter also write developers, and two transactions that write them twice could deadlock. */
struct job_group {
    /* Reads the data that `begin` of each work needs, in a round trip or two; `begin` reads missing data itself. */
    bool (*prepare)(struct work *const *works, size_t n, struct db *db, struct err *err);
    /* Whether `save` can save the answer; otherwise, and if `save` fails, `answer` saves it, one work at a time. */
    bool (*saves)(const struct work *w);
    /* Answers in one transaction, as `answer` would save each. done_out: for each work, whether its job is finished. */
    bool (*save)(struct work *const *works, size_t n, struct db *db, bool *done_out, struct err *err);
};
/* NULL: of no group. */
extern const struct job_group *const job_groups[JOB_N_KINDS];
extern const struct job_type job_types[JOB_N_KINDS];

/* The request of a step: one GET. url comes from work_url or passed gh_url_same_origin. etag NULL or "": unconditional; else it was
 * received with this credential. */
enum step work_get(struct work *w, const struct gh_credential *credential, const char *url,
                   const char *accept, const char *etag, bool expects_array);
/* One GraphQL POST; body must live in the arena. */
enum step work_graphql(struct work *w, const struct gh_credential *credential, slice body);
/* The answer's validator: its ETag, or else its Last-Modified. */
const char *work_validator(struct work *w);
enum step work_put_back(struct work *w, int64_t in_ms, enum job_wait wait, const char *why);
char *work_url(struct work *w, const char *format, ...) PRINTF_LIKE(2, 3);

/* The credential of a remembered page's ETag, if it can be used, else the one with the most units left. If its quota is used up,
 * work that was requested does not wait for it while another credential has units; discovery does, as a 304 is free. */
const struct gh_credential *work_credential(struct work *w, const char *label);
/* Whether a credential other than the work's may be used for its resource now. */
bool work_has_other_credential(struct work *w);
/* Whether a job whose credential is limited continues at once with another one: discovery whose 304 is free waits. */
bool work_moves_on(struct work *w);
/* For how long a job waits that was refused because the quota is used up: wait_ms and a little more, or 0, as it continues with
 * another credential. */
int64_t work_until_reset_ms(struct work *w, int64_t wait_ms);
/* Whether GraphQL may hydrate n stubs now: by setting, credential, observed access, and the units left of both quotas. */
MUST_CHECK bool work_graphql_usable(struct work *w, struct db *db, size_t n, bool *usable_out,
                                    struct err *err);
/* Whether GraphQL may be used at all: by setting, credential and observed access, regardless of the quotas. */
MUST_CHECK bool work_graphql_possible(struct work *w, struct db *db, bool *possible_out, struct err *err);
/* A query for both kinds cost more than one for each: from now on the remaining stubs of a task are requested separately. */
void work_mixing_costs(struct work *w);
/* Fields that this server's GraphQL does not have, as observed by any work of this process. */
void work_lacking(struct work *w, struct gh_fields *out);
void work_lacks(struct work *w, const struct gh_fields *more);
/* Logs once that GitHub's links name another host than the configured one; no requests go there. */
void work_foreign_link(struct work *w, slice url);
/* Moves waiting stubs to jobs, in the transaction that ends this one. */
MUST_CHECK bool work_hand_out(struct work *w, struct db *db, struct err *err);
/* A step's transaction: work_open (the fence), the records, work_save with the next cursor or work_finish, work_commit. If
 * one returns false, the driver rolls back. */
MUST_CHECK bool work_open(struct work *w, struct db *db, struct err *err);
/* The same for several. The result of each: */
struct work_end {
    struct work *w;
    bool finished; /* the job is finished, with `note`; else it continues from `cursor` */
    slice cursor;
    const char *note;
    int pages;
    int64_t records;
};
MUST_CHECK bool works_open(struct work *const *works, size_t n, struct db *db, struct arena *a,
                           struct err *err);
MUST_CHECK bool works_end(const struct work_end *ends, size_t n, struct db *db, struct arena *a,
                          struct err *err);
MUST_CHECK bool works_commit(struct work *const *works, size_t n, struct db *db, struct err *err);
MUST_CHECK bool work_save(struct work *w, struct db *db, slice cursor, int pages, int64_t records,
                          struct err *err);
/* Ends the job, with a note (or NULL); waiting stubs are moved to jobs. */
MUST_CHECK bool work_finish(struct work *w, struct db *db, const char *note, int pages, int64_t records,
                            struct err *err);
MUST_CHECK bool work_commit(struct work *w, struct db *db, struct err *err);
/* After work_commit, before the next step: a list may have any number of pages, so the arena with the state is released when
 * it has grown large. */
void work_tidy(struct work *w);
/* The next step, from the cursor. */
enum step work_go_on(struct work *w, struct db *db, struct err *err);
/* A transaction that only ends the job. */
enum step work_end(struct work *w, struct db *db, const char *note, struct err *err);

/* ---- next_page.c ---- */
/* The next page according to the answer's Link header; NULL: none. `page`: this page's number. A link with another scheme or
 * host is requested from the configured one. NULL with *lost_out: there is an unknown next page; the list is then
 * incomplete, and the job gets a note (JOB_INCOMPLETE). */
const char *work_next_page(struct work *w, int page, const char *mark, const char **lost_out);
/* The page to compare later ones with, for the cursor: this one if its number is a power of two, so that a circle of any
 * length is detected (Brent's algorithm). */
const char *work_page_mark(const struct work *w, int page, const char *mark);
/* GitHub's links between the pages of a list are by the id of the list's subject (/user/1/followers?page=2): that id; 0: unknown. */
int64_t work_linked_id(const struct work *w);
/* The target of a redirect; NULL: it is not the configured API. */
const char *work_location(struct work *w);

const struct config *work_config(const struct work *w);
struct item_memory *work_item_memory(
    const struct work *w); /* unchanged items of lists; schema/graph/page_items.h */
/* The purpose of its requests: discovery leaves a share of the quota to people's tasks. */
enum quota_purpose work_purpose(const struct work *w);
struct gh_quota *work_quota(struct work *w);

/* Whether the token may read e-mail addresses: according to an answer in this process or another one. */
MUST_CHECK bool work_email_allowed(struct work *w, struct db *db, const struct gh_credential *credential,
                                   bool *allowed_out, struct err *err);

/* A small JSON object in the arena; the list ends with key NULL, text NULL means number. */
struct work_field {
    const char *key, *text;
    int64_t number;
};
slice work_json(struct work *w, const struct work_field *fields);

/* A further job of the same task, about a list of the subject with this id. count: according to the detail; -1: unknown. */
struct job_request work_part(struct work *w, enum job_kind kind, const char *subject, int64_t github_id,
                             int64_t count);

/* Whether saving failed because of a value of a wrong type. */
bool work_wants_cleaning(const struct err *err);
/* After saving json failed for that reason: rolls back and reads it item by item; out is what to save instead. False: another
 * reason, or it can't be read. out is initialised in any case, and is the caller's to finish. dropped_out may be NULL. */
MUST_CHECK bool work_clean(struct db *db, slice json, enum gh_shape shape, struct buf *out,
                           size_t *dropped_out, struct err *err);

/* Reads of the cursor and args objects: absent or of another type gives the fallback. */
struct cursor;
struct cursor *cursor_read(slice json, struct arena *a);
int64_t cursor_i64(const struct cursor *c, const char *key, int64_t fallback);
const char *cursor_text(const struct cursor *c, const char *key); /* NULL; in the arena */

#define ACCEPT_JSON "application/vnd.github+json"
#define ACCEPT_STAR "application/vnd.github.star+json"

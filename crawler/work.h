/* work: a claimed job on its way through the crawler, and what its steps may call. Private to crawler/.
 *
 * A job's life here is: begin → (fetch → answer)* → done. Steps run on a store thread with that thread's connection and
 * never wait for GitHub; between two steps a job holds no connection and no thread. One step at a time runs for a job, so
 * its state needs no lock. What must survive a crash is in the cursor, saved with each page. */
#pragma once
#include "core/config/config.h"
#include "github/fetch.h"
#include "github/graphql_error.h"
#include "github/quota.h"
#include "schema/graph/pages.h"
#include "schema/queue/hydration.h"
#include "schema/queue/jobs.h"
#include "schema/queue/quota.h"

struct crawler;

enum step {
    STEP_FETCH,    /* work_ask was called: send it, then call answer */
    STEP_DONE,     /* the job was ended (in the step's own transaction) */
    STEP_PUT_BACK, /* work->again_ms, again_wait, again_why say when and why */
    STEP_TROUBLE,  /* err says */
};

struct work {
    struct crawler *crawler;
    struct arena *arena;
    struct job job;
    const struct job_type *type;
    void *state; /* the kind's own, in the arena */
    /* the request under way, and its answer */
    struct gh_fetch fetch;
    const struct gh_credential *credential;
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
    bool failing;  /* its kind's `failed` is to run */
    bool gives_up; /* another try would end no differently: the job fails */
    struct work *next;
};

/* Several jobs in one work: only for kinds that ask GitHub nothing. */
struct job_batch {
    size_t n;
    struct job jobs[];
};

struct job_type {
    enum job_kind kind;
    enum step (*begin)(struct work *w, struct db *db, struct err *err);
    enum step (*answer)(struct work *w, struct db *db,
                        struct err *err); /* fresh, unchanged, gone, blocked, restricted, capped */
    /* NULL, or what becomes of the job when a request failed in a way that counts as a try (`again_why` says how): to go on with
     * something else, or STEP_PUT_BACK as without it. */
    enum step (*failed)(struct work *w, struct db *db, struct err *err);
};

/* Kinds whose answers are saved together when they are there together (group.c). Lists of developers and of repositories apart: the
 * latter write developers, too, and two transactions that write them twice could wait for each other. */
struct job_group {
    /* Reads what `begin` of each needs in a round trip or two; `begin` reads itself what is not there. */
    bool (*prepare)(struct work *const *works, size_t n, struct db *db, struct err *err);
    /* Whether `save` takes the answer; else, and when `save` fails, `answer` does, one work at a time. */
    bool (*saves)(const struct work *w);
    /* Answers in one transaction, as `answer` would save each. done_out: of each work whether its job is over. */
    bool (*save)(struct work *const *works, size_t n, struct db *db, bool *done_out, struct err *err);
};
/* NULL: of no group. */
extern const struct job_group *const job_groups[JOB_N_KINDS];
extern const struct job_type job_types[JOB_N_KINDS];

/* What a step may ask for: one GET. path is below the API's base and already encoded, or an absolute URL that came through
 * gh_url_same_origin. etag NULL or "": unconditional; its scope must be the credential's label. */
enum step work_get(struct work *w, const struct gh_credential *credential, const char *url,
                   const char *accept, const char *etag, bool expects_array);
/* One GraphQL POST; body must live in the arena. */
enum step work_graphql(struct work *w, const struct gh_credential *credential, slice body);
/* What the answer may be asked again with: its ETag, or its Last-Modified where it has none. */
const char *work_validator(struct work *w);
enum step work_put_back(struct work *w, int64_t in_ms, enum job_wait wait, const char *why);
char *work_url(struct work *w, const char *format, ...) PRINTF_LIKE(2, 3);

/* The credential whose ETags a remembered page holds, if it can be used, else the one with most left. */
const struct gh_credential *work_credential(struct work *w, const char *label);
/* Whether GraphQL may hydrate n stubs now, by setting, credential, what was learned and what is left of both quotas. */
MUST_CHECK bool work_graphql_usable(struct work *w, struct db *db, size_t n, bool *usable_out,
                                    struct err *err);
/* Whether GraphQL may be asked at all: by setting, credential and what was learned, whatever is left of the quotas. */
MUST_CHECK bool work_graphql_possible(struct work *w, struct db *db, bool *possible_out, struct err *err);
/* A query for both kinds was dearer than one for each: what is left of a task's stubs is asked for apart from now on. */
void work_mixing_costs(struct work *w);
/* Fields this server's GraphQL does not have, as any work of this process learned. */
void work_lacking(struct work *w, struct gh_fields *out);
void work_lacks(struct work *w, const struct gh_fields *more);
/* Says once that GitHub's links name another host than the configured one, which is asked nothing. */
void work_foreign_link(struct work *w, slice url);
/* Hands waiting stubs to jobs, in the transaction that ends this one. */
MUST_CHECK bool work_hand_out(struct work *w, struct db *db, struct err *err);
/* How many stubs make a job of hydration: a query of GraphQL, or a few detail calls that share the requests in flight. */
int work_chunk(const struct work *w);
/* A step's transaction: work_open (the fence), the records, work_save with the cursor to go on from or work_finish,
 * work_commit. Whatever returns false leaves it to the driver to roll back. */
MUST_CHECK bool work_open(struct work *w, struct db *db, struct err *err);
/* The same of several. What becomes of each: */
struct work_end {
    struct work *w;
    bool finished; /* the job is over, with `note`; else it goes on from `cursor` */
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
/* The job's end, with a note (or NULL); stubs that wait are handed to jobs. */
MUST_CHECK bool work_finish(struct work *w, struct db *db, const char *note, int pages, int64_t records,
                            struct err *err);
MUST_CHECK bool work_commit(struct work *w, struct db *db, struct err *err);
/* Behind work_commit, before the next step: a list may have any number of pages, so what the steps before left in the arena, the
 * state included, is given up once it is much. */
void work_tidy(struct work *w);
/* The next step, from the cursor. */
enum step work_go_on(struct work *w, struct db *db, struct err *err);
/* A transaction that only ends the job. */
enum step work_end(struct work *w, struct db *db, const char *note, struct err *err);

/* ---- next_page.c ---- */
/* The page behind this one by its answer's Link header; NULL where none is named. `page`: this page's number. A link with another
 * scheme or host is asked of the configured one. NULL with *lost_out: there is a next page, and no knowing which; what was read
 * is then not the whole list, which the job's note says (JOB_INCOMPLETE). */
const char *work_next_page(struct work *w, int page, const char *mark, const char **lost_out);
/* The page to compare later ones with, to be kept in the cursor: this one's when its number is a power of two, so that a circle
 * of any length is met (Brent's algorithm). */
const char *work_page_mark(const struct work *w, int page, const char *mark);

const struct config *work_config(const struct work *w);
/* What its requests are for: discovery leaves a share of the quota to what people ask for. */
enum quota_purpose work_purpose(const struct work *w);
struct gh_quota *work_quota(struct work *w);

/* Whether the token may see e-mail addresses: as an answer told this process, or another one before it. */
MUST_CHECK bool work_email_allowed(struct work *w, struct db *db, const struct gh_credential *credential,
                                   bool *allowed_out, struct err *err);

/* A small JSON object in the arena; the list ends with key NULL, text NULL means number. */
struct work_field {
    const char *key, *text;
    int64_t number;
};
slice work_json(struct work *w, const struct work_field *fields);

/* A further job of the same task, about a list of the subject whose id this is. count: what its detail says of it; -1: nothing. */
struct job_request work_part(struct work *w, enum job_kind kind, const char *subject, int64_t github_id,
                             int64_t count);

/* Details whose values have the wrong types are cleaned item by item and tried again (github/decode). */
bool work_wants_cleaning(const struct err *err);

/* Reads of the cursor and args objects: absent or of another type gives the fallback. */
struct cursor;
struct cursor *cursor_read(slice json, struct arena *a);
int64_t cursor_i64(const struct cursor *c, const char *key, int64_t fallback);
const char *cursor_text(const struct cursor *c, const char *key); /* NULL; in the arena */

#define ACCEPT_JSON "application/vnd.github+json"
#define ACCEPT_STAR "application/vnd.github.star+json"

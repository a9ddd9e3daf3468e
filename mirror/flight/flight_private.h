/* flight_private: shared by the files of a flight: flight.c (joining, concluding), flight_ask.c (lookup, decision, request),
 * flight_answer.c (meaning of an answer), flight_keep.c (storing it). Private to mirror/flight/. */
#pragma once
#include "mirror/flight/flight.h"
#include "mirror/store/db_workers.h"

#define MAX_HOPS 5

enum purpose {
    FOR_PAGE,    /* GET or HEAD through the cache */
    FOR_GRAPHQL, /* a query, cached for a while */
    FOR_PASS,    /* neither looked up nor stored */
    FOR_WHO,     /* GET /user, to find the credential's owner */
};

struct flight {
    struct mirror *mirror;
    struct arena *arena;  /* every text below */
    struct flight *chain; /* the table's */
    bool listed;
    unsigned char name[KEY_BYTES]; /* in the table: the page's key, and the kind of request */
    struct exchange *waiters;
    /* the request */
    enum purpose purpose;
    const char *method, *url, *path, *authorization;
    const struct gh_credential *lent;
    const char *page_url,
        *old_url;       /* as in struct page: of url, and before a redirect (NULL: there was none) */
    const char *bucket; /* GitHub's bucket that it is charged to */
    struct fields send; /* without Authorization, conditions and encoding */
    const char *accept; /* NULL: none */
    unsigned char writer_hash[CREDENTIAL_HASH_BYTES]; /* mirror/cache/written.h */
    unsigned char credential_hash[CREDENTIAL_HASH_BYTES], resource[KEY_BYTES], key[KEY_BYTES];
    bool keeps, must_ask, only_if_cached, only_reads;
    const char *condition; /* the client's If-None-Match, sent if nothing is stored */
    slice body;
    int64_t fresh_ms, max_age_ms, began_ms;
    int64_t written_ms;      /* when its credential had last written, at its start */
    _Atomic bool went_stale; /* a change of its page was received meanwhile: its answer is not fresh */
    /* in progress */
    struct db_task task;
    struct page *known, *other_credential_page;
    bool looked_up;
    char predicted[ETAG_HEX]; /* "" none */
    bool unconditional;       /* sent again without a condition */
    int hops;
    bool spent;
    bool refused;       /* the answer refuses the credential */
    int64_t limited_ms; /* the answer is a limit for this time */
    bool secondary;     /* a secondary one */
    bool forbids;       /* it closes the bucket, but refuses for another reason than that */
    struct gh_call call;
    struct gh_headers *headers; /* of the answer */
    struct page *answer;        /* to be saved */
    enum upstream_result upstream_result;
    char *fresh_text, *fresh_joined; /* what `fresh`, the fields of a 304, points into */
    struct fields fresh;
};

/* Ends the flight: all waiting exchanges get the outcome (taken over) and continue; the flight is freed. */
void flight_conclude(struct flight *f, struct outcome *outcome);
/* Serves the stored page if possible, else `otherwise` (taken over). */
void flight_conclude_stored(struct flight *f, enum upstream_result upstream_result, struct page *otherwise);
/* Builds the bytes for the waiting clients, so that the server's threads only send them. */
void flight_prepare(struct flight *f, struct page *page);
/* The target of a redirect. */
void flight_redirect(struct flight *f, const char *url);

/* ---- flight_ask.c ---- */

/* Tasks of the database threads: look up the page, or the credential's login, and decide whether to ask GitHub. db NULL: not
 * looked up. */
void flight_run_lookup(void *owner, struct db *db);
void flight_run_who(void *owner, struct db *db);
void flight_ask(struct flight *f);

/* ---- flight_fresh.c ---- */

int64_t flight_age_ms(const struct page *page); /* since GitHub last confirmed it */
/* writer_hash: of the page's credential. max_age_ms -1: any. */
bool flight_page_is_fresh(const struct mirror *m, const unsigned char writer_hash[CREDENTIAL_HASH_BYTES],
                          const struct page *page, int64_t fresh_ms, int64_t max_age_ms);

/* ---- flight_effects.c: what the answer means for other pages ---- */

/* When GitHub confirmed the answer: now; right after a write of the same credential slightly later, so that it is after the
 * write; 0 if something has changed since the request. */
int64_t flight_proven_at_ms(const struct flight *f);
/* GitHub's errors are JSON objects with a message (docs.github.com, "Troubleshooting the REST API"), also where a raw file or a
 * diff was requested, which X-GitHub-Media-Type then still names; those of a proxy without a backend, of a gateway or a portal
 * are texts, web pages, or JSON of their own. */
bool flight_is_githubs_error(const struct page *page);
/* Of a 404 or 410, for MIRROR_NEGATIVE_SECONDS. */
void flight_remember_absence(struct flight *f);
/* False: the request changed nothing. Otherwise a database thread continues with flight_conclude_answered. */
bool flight_note_change(struct flight *f);

/* ---- flight_answer.c ---- */

void flight_conclude_answered(struct flight *f);
/* The passthrough's callback. */
void flight_answered(struct gh_call *call);
/* GitHub's answer as a page for the client. */
struct page *flight_page_of_answer(struct flight *f);
/* Passes on GitHub's answer; or an error of the mirror, if there is none; or the stored page, if `upstream_result` calls for it. */
void flight_pass_on(struct flight *f, enum upstream_result upstream_result);
/* forwarded: RFC 9211's reason for asking. */
void flight_conclude_as(struct flight *f, struct outcome *outcome, const char *forwarded);
const char *flight_why_forwarded(const struct flight *f);

/* ---- flight_keep.c: storing the page ---- */

/* 304 to the ETag of the stored page, or to one computed from another credential's. */
void flight_known_unchanged(struct flight *f);
void flight_other_credential_unchanged(struct flight *f);
/* Any other answer that is not a failure: stores, bars or forgets the page. False: the answer does not concern the store. */
bool flight_keeps_answer(struct flight *f);
/* The 304's fields into f->fresh; and from there into an outcome, which owns them then. */
void flight_take_fresh(struct flight *f);
void flight_give_fresh(struct flight *f, struct outcome *o);

/* flight_private: what the files of a flight share: flight.c (joining, concluding), flight_ask.c (looking up, asking), flight_answer.c
 * (what an answer means), flight_keep.c (storing it). Private to mirror/flight/. */
#pragma once
#include "mirror/flight/flight.h"
#include "mirror/store/db_workers.h"

#define MAX_HOPS 5

enum purpose {
    FOR_PAGE,    /* GET or HEAD through the cache */
    FOR_GRAPHQL, /* a query, kept for a while */
    FOR_PASS,    /* neither looked up nor kept */
    FOR_WHO,     /* GET /user, to learn who it is */
};

struct flight {
    struct mirror *mirror;
    struct arena *arena;  /* every text below */
    struct flight *chain; /* the table's */
    bool listed;
    unsigned char name[KEY_BYTES]; /* in the table: the page's key, and how it is asked for */
    struct exchange *waiters;
    /* the question */
    enum purpose purpose;
    const char *method, *url, *path, *authorization;
    const struct gh_credential *lent;
    const char *old_url; /* before a redirect; NULL: there was none */
    const char *bucket;  /* GitHub's quota it counts in */
    struct fields send;  /* without Authorization, conditions and encoding */
    const char *accept;  /* NULL: none */
    unsigned char credential_hash[CREDENTIAL_HASH_BYTES], resource[KEY_BYTES], key[KEY_BYTES];
    bool keeps, must_ask, only_if_cached, only_reads;
    const char *condition; /* the client's If-None-Match, sent when nothing is stored */
    slice body;
    int64_t fresh_ms, max_age_ms, began_ms;
    int64_t written_ms;      /* when its credential had last written, as it began */
    _Atomic bool went_stale; /* a change came meanwhile that concerns its page: what it brings is not fresh */
    /* on its way */
    struct db_task task;
    struct page *known, *other_credential_page;
    bool looked_up, refused_lease;
    char predicted[ETAG_HEX]; /* "" none */
    bool unconditional;       /* asked again without a condition */
    int hops;
    bool spent;
    int64_t limited_ms; /* the answer is a limit that holds for so long */
    struct gh_call call;
    struct gh_headers *headers; /* of the answer */
    struct page *answer;        /* to be saved */
    enum upstream_result upstream_result;
    char *fresh_text, *fresh_joined; /* what `fresh`, the fields of a 304, points into */
    struct fields fresh;
};

/* The end: everybody who waits gets the outcome (taken over) and goes on; the flight is freed. */
void flight_conclude(struct flight *f, struct outcome *outcome);
/* Served from the store where that is possible, else `otherwise` (taken over). */
void flight_conclude_stored(struct flight *f, enum upstream_result upstream_result, struct page *otherwise);
/* Makes the bytes for those who wait now, so that the server's threads only hand them out. */
void flight_prepare(struct flight *f, struct page *page);
/* The address a redirect led to. */
void flight_redirect(struct flight *f, const char *url);

/* ---- flight_ask.c ---- */

/* Tasks of the store: look the page, or the credential's login, up and decide whether to ask. db NULL: not looked up. */
void flight_run_lookup(void *owner, struct db *db);
void flight_run_who(void *owner, struct db *db);
void flight_ask(struct flight *f);

/* ---- flight_fresh.c ---- */

int64_t flight_age_ms(const struct page *page); /* since GitHub last proved it */
/* scope: whose page it is. max_age_ms -1: any. */
bool flight_page_is_fresh(const struct mirror *m, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                          const struct page *page, int64_t fresh_ms, int64_t max_age_ms);

/* ---- flight_effects.c: what the answer means for other pages ---- */

/* When GitHub proved the answer: now; right after a write of the same credential a moment later, so that it is after it; 0 when
 * something has changed since it was asked for. */
int64_t flight_proven_at_ms(const struct flight *f);
/* Of a 404 or 410, for MIRROR_NEGATIVE_SECONDS. */
void flight_remember_absence(struct flight *f);
/* False: the request changed nothing. Else it goes on, on a store thread, with flight_conclude_answered. */
bool flight_note_change(struct flight *f);

/* ---- flight_answer.c ---- */

void flight_conclude_answered(struct flight *f);
/* The passthrough's callback. */
void flight_answered(struct gh_call *call);
/* GitHub's answer as a page of the client's. */
struct page *flight_page_of_answer(struct flight *f);
/* GitHub's answer as it is; what went wrong on the way to one, as ours; or what is stored, where `upstream_result` is for that. */
void flight_pass_on(struct flight *f, enum upstream_result upstream_result);
/* forwarded: RFC 9211's reason for asking. */
void flight_conclude_as(struct flight *f, struct outcome *outcome, const char *forwarded);
const char *flight_why_forwarded(const struct flight *f);

/* ---- flight_keep.c: what becomes of the page ---- */

/* 304 to the ETag of the page that is stored, or to one computed from another credential's. */
void flight_known_unchanged(struct flight *f);
void flight_other_credential_unchanged(struct flight *f);
/* Any other answer that is no failure: stored, refused for, forgotten. False: it is none of the store's business. */
bool flight_keeps_answer(struct flight *f);
/* The 304's fields into f->fresh; and from there into an outcome, which owns them then. */
void flight_take_fresh(struct flight *f);
void flight_give_fresh(struct flight *f, struct outcome *o);

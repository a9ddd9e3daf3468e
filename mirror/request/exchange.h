/* exchange: one client's request, from its first line to its answer. The server creates it when the request line has arrived
 * and ends it when the answer was sent; in between it may be suspended and wait for a flight. */
#pragma once
#include "http/cache_control.h"
#include "mirror/cache/outcome.h"
#include "mirror/mirror_private.h"

enum exchange_kind {
    EX_PAGE,    /* GET or HEAD through the cache */
    EX_GRAPHQL, /* a POST that only reads */
    EX_PASS,    /* everything else: to GitHub and back, byte for byte */
};

struct exchange {
    struct mirror *mirror;
    void *connection; /* the HTTP library's */
    char *target;     /* as the client sent it: path and query, nothing decoded */
    const char *method;
    struct buf body;
    int64_t started_us;
    /* the header fields, list-valued ones joined; they borrow from the library until the answer was sent, and from `joined` */
    struct fields fields;
    char *joined;
    const char *authorization; /* NULL: none, or empty */
    struct directives directives;
    bool takes_gzip, head;
    bool foreign_host; /* the Host header names another server */
    /* its destination */
    enum exchange_kind kind;
    const char *path; /* in target, without /api/v3 */
    bool enterprise, graphql, uploads;
    char base[640]; /* the mirror's base URL for this client */
    /* the credential and the page */
    const struct gh_credential
        *lent; /* a lent credential (MIRROR_CREDENTIALS=pool); NULL: the client's own, or none */
    const char *
        identity; /* of the cache key: the client's Authorization, or the lent credential's identity; NULL: none */
    struct fields varying;
    unsigned char writer_hash[CREDENTIAL_HASH_BYTES]; /* mirror/cache/written.h */
    unsigned char credential_hash[CREDENTIAL_HASH_BYTES], resource[KEY_BYTES], key[KEY_BYTES];
    int64_t fresh_ms;
    bool only_reads; /* it changes nothing at GitHub */
    bool alone;      /* not coalesced, and its own condition is not sent: see flight.c */
    /* its result */
    struct outcome *outcome;
    bool coalesced;
    bool asking_who;       /* it waits for its credential's owner */
    struct exchange *next; /* in the list of those that wait for a flight */
};

/* Fills in everything from `kind` to `fresh_ms`. False: already answered by `outcome` (an invalid request). */
bool exchange_plan(struct exchange *ex);
/* Lets it wait for exchange_resume(). False: the server is about to end, so it must be answered now. On the server's thread. */
bool exchange_suspend(struct exchange *ex);
/* Resumes the exchange on the server's thread. From any thread; it must not be accessed afterwards. */
void exchange_resume(struct exchange *ex);

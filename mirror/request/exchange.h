/* exchange: one client's request, from its first line to its answer. Made by the server when the request line is in and
 * ended when the answer is out; between the two it may wait, suspended, for a flight. */
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
    /* what the fields say, list-valued ones in one; they borrow from the library until the answer is out, and from `joined` */
    struct fields fields;
    char *joined;
    const char *authorization; /* NULL: none, or empty */
    struct directives directives;
    bool takes_gzip, head;
    bool foreign_host; /* the Host header names another server */
    /* where it goes */
    enum exchange_kind kind;
    const char *path; /* in target, without /api/v3 */
    bool enterprise, graphql, uploads;
    char base[640]; /* the mirror's base as this client sees it */
    /* who asks, and for what */
    const struct gh_credential *lent; /* one of ours (MIRROR_CREDENTIALS=pool); NULL: his own, or none */
    const char *
        identity; /* whose pages: the client's Authorization, or what stands for the lent credential; NULL: nobody's */
    struct fields varying;
    unsigned char credential_hash[CREDENTIAL_HASH_BYTES], resource[KEY_BYTES], key[KEY_BYTES];
    int64_t fresh_ms;
    bool only_reads; /* it changes nothing at GitHub */
    bool alone;      /* not to be coalesced, and its own condition not to be sent: see flight.c */
    /* how it ended */
    struct outcome *outcome;
    bool coalesced;
    bool asking_who;       /* it waits to learn whose credential it is */
    struct exchange *next; /* among those who wait for a flight */
};

/* Fills in everything from `kind` to `fresh_ms`. False: answered already, outcome says how (a request that makes no sense). */
bool exchange_plan(struct exchange *ex);
/* The exchange goes on, on the server's thread. From any thread; nothing of it may be touched afterwards. */
void exchange_resume(struct exchange *ex);

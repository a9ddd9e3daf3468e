/* limits: what is known of GitHub's limits, by credential and bucket, as answers told it. Thread-safe; bounded (the least
 * lately told are forgotten). Credentials appear as scopes only. github-api.md, "Rate limits". */
#pragma once
#include "github/headers.h"
#include "pagecache/key.h"

struct limits;
struct limits *limits_create(void);
void limits_destroy(struct limits *l);

/* Why a bucket is closed. */
struct closure {
    int64_t wait_ms;     /* until it opens; 0: it is open */
    bool secondary;      /* a secondary limit; else the primary one is used up */
    struct gh_rate rate; /* as last told; not present: GitHub has not said */
};
/* What an answer's headers say. limit.wait_ms > 0: the answer was a limit, and nobody is to ask for so long. */
void limits_note(struct limits *l, const unsigned char scope[SCOPE_BYTES], const char *resource,
                 const struct gh_headers *headers, struct closure limit);
/* While both limits hold it is the primary one that is told. */
struct closure limits_closure(struct limits *l, const unsigned char scope[SCOPE_BYTES], const char *resource);

/* The rate headers as they would stand in an answer now; texts live in room. False when nothing is known. */
struct limits_room {
    char limit[24], remaining[24], used[24], reset[24], resource[24];
};
bool limits_fields(struct limits *l, const unsigned char scope[SCOPE_BYTES], const char *resource,
                   struct limits_room *room, struct fields *out);

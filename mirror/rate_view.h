/* limits: what is known of GitHub's limits, by credential and bucket, as answers told it. Thread-safe; bounded (the least
 * lately told are forgotten). Credentials appear as scopes only. github-api.md, "Rate limits". */
#pragma once
#include "github/headers.h"
#include "pagecache/key.h"

struct limits;
struct limits *limits_create(void);
void limits_destroy(struct limits *l);

/* What an answer's headers say. wait_ms > 0: the answer was a limit, and nobody is to ask for so long. */
void limits_note(struct limits *l, const unsigned char scope[SCOPE_BYTES], const char *resource,
                 const struct gh_headers *headers, int64_t wait_ms);
/* How long the bucket is known to be closed; 0: it may be asked. */
int64_t limits_closed_ms(struct limits *l, const unsigned char scope[SCOPE_BYTES], const char *resource);

/* The rate headers as they would stand in an answer now; texts live in room. False when nothing is known. refused: the answer
 * says the bucket is closed. It was when that was decided, and a client waits only where the headers say so too, even if the
 * window has ended since, or ended before the wait that GitHub asked for. */
struct limits_room {
    char limit[24], remaining[24], used[24], reset[24], resource[24];
};
bool limits_fields(struct limits *l, const unsigned char scope[SCOPE_BYTES], const char *resource,
                   bool refused, struct limits_room *room, struct fields *out);

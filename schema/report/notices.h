/* notices: what keeps the crawl from going on, in words, each with what to do. The same words in `gitomatic status`, as text
 * and as JSON, and in `gitomatic up`. Pure. */
#pragma once
#include "schema/report/status.h"

#define MAX_NOTICES 4

struct notice {
    const char *code; /* no_token, token_refused, github_away, quota_used_up */
    char text[500];
    int64_t since_ms, until_ms; /* 0: not known; until: when work goes on, or the credential is tried again */
};

/* How many were written. limit: core units an hour, as GitHub told; 0: not known yet. */
size_t notices_make(const struct status_credential *credentials, size_t n_credentials, int64_t limit,
                    const struct status_blocked *blocked, int64_t now_ms, struct notice out[MAX_NOTICES]);

/* notices: the conditions that block the crawl, as texts that say what to do. The same in `gitomatic status`, as text and as
 * JSON, and in `gitomatic up`. Pure. */
#pragma once
#include "schema/report/status.h"

#define MAX_NOTICES 5

struct notice {
    const char *code; /* no_token, token_refused, token_expires, github_away, quota_used_up */
    char text[500];
    int64_t since_ms,
        until_ms;   /* 0: not known; until: when work continues, or the credential is tried again */
    uint64_t about; /* of token_expires: one number for a credential and its time; else 0 */
};

/* Returns the number of notices. limit: core units an hour, according to GitHub; 0: not known yet. */
size_t notices_make(const struct status_credential *credentials, size_t n_credentials, int64_t limit,
                    const struct status_blocked *blocked, int64_t now_ms, struct notice out[MAX_NOTICES]);

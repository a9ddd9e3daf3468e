/* headers: the response headers a crawler acts on, read once. Pure, owns its small copies. */
#pragma once
#include "core/base/slice.h"

#define GH_ETAG_MAX 200

struct gh_rate {
    bool present;                   /* limit, remaining and reset are all present and valid */
    int64_t limit, remaining, used; /* each -1: absent */
    int64_t reset_at_s;             /* Unix seconds, GitHub's clock; 0: absent */
    char resource[24];              /* "core", "graphql", "search"; "core" when absent */
};

struct gh_headers {
    struct gh_rate rate;
    char etag[GH_ETAG_MAX]; /* as sent, quotes and W/ included; "" none or too long */
    char last_modified[64];
    char link[2048];   /* all its lines, as one list (RFC 9110, 5.3) */
    bool link_dropped; /* one of its lines was too long, or not text */
    char location[2048];
    char content_type[96];
    char request_id[64];
    char scopes[256]; /* x-oauth-scopes */
    bool scopes_present;
    bool partial;    /* x-github-sso: partial-results: organisations that require SAML are omitted */
    int64_t date_ms; /* 0: none */
    int64_t
        retry_after_s; /* -1: none; an HTTP date becomes seconds after `date_ms` (or now); at most a day */
    int64_t retry_after_date_ms; /* 0, or the date in Retry-After: Date may come after it */
    int64_t token_ends_ms;       /* github-authentication-token-expiration, Unix ms; 0: none, or no date */
};

void gh_headers_reset(struct gh_headers *h);
/* Whether an answer's limit replaces a known one: that of a newer window does, and within a window the lower remaining of the same
 * limit, as answers arrive in any order. GitHub may change the limit within a window: then it does if its request was sent after
 * the known one had arrived (sent_since), or, as far as the two overlapped, if more was used by then; with as much used, the higher
 * limit is taken until the next charged answer. Both present. */
bool gh_rate_replaces(const struct gh_rate *received, const struct gh_rate *known, bool sent_since);
/* One "Name: value" line (CRLF or not). An "HTTP/" status line resets everything: it begins another hop's headers.
 * Names are compared without case; a value too long for its buffer is dropped, not cut. */
void gh_headers_line(struct gh_headers *h, slice line);

#include "schema/report/notices.h"
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/words.h"
#include "core/model/quota.h"
#include <stdio.h>

#define ANONYMOUS_LIMIT                                                                                      \
    60 /* docs.github.com, "Rate limits for the REST API": unauthenticated, for an address */

static struct notice *next(struct notice *out, size_t *n, const char *code)
{
    out[*n] = (struct notice){.code = code};
    return &out[(*n)++];
}

/* "3 jobs wait for the quota; work continues at 2026-11-29T14:00:00Z (in 12 min)." */
static void put_waiting(const struct status_blocked *b, int64_t now_ms, struct notice *out)
{
    size_t used = strlen(out->text);
    char jobs[WORDS_SIZE], in[WORDS_SIZE], at[CLOCK_ISO_SIZE];
    if (!b->n_waiting)
        return;
    out->until_ms = b->resumes_at_ms;
    snprintf(out->text + used, sizeof out->text - used,
             "%s%s %s for the quota; work continues at %s (in %s).", used ? " " : "",
             words_count(jobs, b->n_waiting, "job", "jobs"), b->n_waiting == 1 ? "waits" : "wait",
             clock_iso(b->resumes_at_ms, at), words_duration(in, b->resumes_at_ms - now_ms));
}

static void put_no_token(int64_t limit, struct notice *out)
{
    snprintf(out->text, sizeof out->text,
             "No GitHub token is set: GitHub allows %lld requests an hour without one, 5000 with one. Create "
             "a token at "
             "https://github.com/settings/tokens (it needs no scope), set GITHUB_TOKEN or GITHUB_TOKEN_FILE, "
             "and restart, or reload (SIGHUP) if it comes from a file.",
             (long long)limit);
}

static void put_refused(const struct status_credential *c, struct notice *out)
{
    char at[CLOCK_ISO_SIZE];
    out->until_ms = c->suspended_until_ms;
    snprintf(out->text, sizeof out->text,
             "GitHub refuses the credential %s (401): it is wrong, expired or revoked. Set a valid %s and "
             "restart, or reload (SIGHUP) if it comes from a file. Until "
             "then it is tried again at %s.",
             c->label, strcmp(c->kind, "basic") == 0 ? "GITHUB_API_USER and GITHUB_API_KEY" : "GITHUB_TOKEN",
             clock_iso(c->suspended_until_ms, at));
}

/* The first of those that end soon; -1: none. */
static ptrdiff_t ends_first(const struct status_credential *credentials, size_t n, int64_t now_ms)
{
    ptrdiff_t first = -1;
    for (size_t i = 0; i < n; i++) {
        int64_t ends = credentials[i].ends_at_ms;
        bool soon = ends && !credentials[i].suspended_until_ms && ends - now_ms < TOKEN_ENDS_SOON_MS;
        if (soon && (first < 0 || ends < credentials[first].ends_at_ms))
            first = (ptrdiff_t)i;
    }
    return first;
}

static void put_ends(const struct status_credential *c, int64_t now_ms, struct notice *out)
{
    char at[CLOCK_ISO_SIZE], span[WORDS_SIZE];
    bool over = c->ends_at_ms <= now_ms;
    words_duration(span, over ? now_ms - c->ends_at_ms : c->ends_at_ms - now_ms);
    out->about = hash64((uint64_t)c->ends_at_ms + over, slice_of(c->label));
    snprintf(out->text, sizeof out->text,
             over ? "The credential %s expired at %s (%s ago): " TOKEN_ENDS_REMEDY "."
                  : "The credential %s expires at %s (in %s): " TOKEN_ENDS_REMEDY ".",
             c->label, clock_iso(c->ends_at_ms, at), span);
}

static void put_away(const struct status_blocked *b, int64_t now_ms, struct notice *out)
{
    char at[CLOCK_ISO_SIZE], ago[WORDS_SIZE];
    out->since_ms = b->away_since_ms;
    snprintf(out->text, sizeof out->text,
             "GitHub (%.100s) is out of reach since %s (%s ago): %.160s. Check network, proxy and "
             "GITHUB_API_URL; work continues by itself when it answers.",
             b->away_url ? b->away_url : "", clock_iso(b->away_since_ms, at),
             words_duration(ago, now_ms - b->away_since_ms),
             b->away_why ? b->away_why : "no reason is known");
}

size_t notices_make(const struct status_credential *credentials, size_t n_credentials, int64_t limit,
                    const struct status_blocked *blocked, int64_t now_ms, struct notice out[MAX_NOTICES])
{
    size_t n = 0;
    bool anonymous = n_credentials == 1 && strcmp(credentials[0].kind, "anonymous") == 0, refused = false;
    if (anonymous && !credentials[0].unlimited) {
        struct notice *one = next(out, &n, "no_token");
        put_no_token(limit ? limit : ANONYMOUS_LIMIT, one);
        put_waiting(blocked, now_ms, one);
    }
    for (size_t i = 0; i < n_credentials && !refused; i++) {
        refused = credentials[i].suspended_until_ms != 0;
        if (refused)
            put_refused(&credentials[i], next(out, &n, "token_refused"));
    }
    ptrdiff_t ending = ends_first(credentials, n_credentials, now_ms);
    if (ending >= 0)
        put_ends(&credentials[ending], now_ms, next(out, &n, "token_expires"));
    if (blocked->away_since_ms)
        put_away(blocked, now_ms, next(out, &n, "github_away"));
    if (blocked->n_waiting && !anonymous && !refused)
        put_waiting(blocked, now_ms, next(out, &n, "quota_used_up"));
    return n;
}

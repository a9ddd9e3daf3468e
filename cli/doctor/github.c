#include "cli/doctor/github.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "github/credential.h"
#include "github/fetch.h"
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define MAX_ASKED       16
#define CLOCK_OFF_MS    60000
#define EXPIRES_SOON_MS (14 * 86400000ll)

struct probe {
    struct gh_fetch fetch;
    sem_t *answered;
};

static void on_done(struct gh_fetch *fetch)
{
    struct probe *probe = fetch->owner;
    sem_post(probe->answered);
}

/* The kind of a token by its beginning, according to GitHub's documentation (github-api.md, "Request basics"). */
static const char *token_kind(const struct gh_credential *credential)
{
    static const struct {
        const char *start, *kind;
    } kinds[] = {{"ghp_", "classic token"},
                 {"github_pat_", "fine-grained token"},
                 {"gho_", "OAuth token"},
                 {"ghu_", "app's user token"},
                 {"ghs_", "installation token"}};
    const char *space = credential->identity ? strchr(credential->identity, ' ') : NULL;
    if (gh_credential_is_anonymous(credential))
        return "no credential";
    if (credential->app)
        return "app's installation";
    for (size_t i = 0; space && i < ARRAY_LEN(kinds); i++)
        if (strncmp(space + 1, kinds[i].start, strlen(kinds[i].start)) == 0)
            return kinds[i].kind;
    return strcmp(credential->kind, "basic") == 0 ? "user and key" : "token";
}

/* The value of a header line in a head whose lines end with LF; false: there is none. */
static bool find_header(slice head, const char *name, slice *value_out)
{
    size_t n = strlen(name);
    slice line;
    while (slice_split(&head, '\n', &line))
        if (line.len > n && line.ptr[n] == ':' && strncasecmp(line.ptr, name, n) == 0) {
            *value_out = slice_trim(slice_from(line.ptr + n + 1, line.len - n - 1));
            return true;
        }
    return false;
}

/* "2027-01-31 08:00:00 UTC", as GitHub writes the end of a token. 0: it is not that. */
static int64_t read_expiry(slice text)
{
    char copy[32];
    struct tm tm = {0};
    if (text.len >= sizeof copy)
        return 0;
    snprintf(copy, sizeof copy, "%.*s", SLICE_ARG(text));
    return strptime(copy, "%Y-%m-%d %H:%M:%S", &tm) ? (int64_t)timegm(&tm) * 1000 : 0;
}

static void look_at_expiry(struct findings *f, const char *label, slice head)
{
    slice value;
    if (!find_header(head, "github-authentication-token-expiration", &value))
        return;
    int64_t ends_ms = read_expiry(value), left = ends_ms - clock_wall_ms();
    if (ends_ms && left < EXPIRES_SOON_MS)
        finding_add(f, "github", left < 0 ? FINDING_PROBLEM : FINDING_WARNING,
                    "Make a new token at GitHub and set it before then.", "%s expires on %.10s", label,
                    value.ptr);
    else if (ends_ms)
        finding_add(f, "github", FINDING_OK, NULL, "%s expires on %.10s", label, value.ptr);
}

static void look_at_clock(struct findings *f, const struct gh_fetch *fetch)
{
    int64_t off = fetch->headers.date_ms ? clock_wall_ms() - fetch->headers.date_ms : 0;
    if (off > CLOCK_OFF_MS || off < -CLOCK_OFF_MS)
        finding_add(f, "clock", FINDING_WARNING, "Set this machine's clock (timedatectl set-ntp true).",
                    "this machine's clock is %lld s %s GitHub's", (long long)llabs(off) / 1000,
                    off > 0 ? "ahead of" : "behind");
    else if (fetch->headers.date_ms)
        finding_add(f, "clock", FINDING_OK, NULL, "within a minute of GitHub's");
}

/* Of a status that no API's address should have. */
static const char *remedy_of(int status)
{
    return status >= 500   ? "Wait; if it lasts, see https://www.githubstatus.com, or the "
                             "proxy in between."
           : status == 429 ? "Wait: GitHub, or a proxy in between, limits requests from here."
           : status == 403
               ? "At GitHub, see whether the account or the app's installation is suspended, or an IP "
                 "allow list keeps this machine out."
               : "GITHUB_API_URL must be the API's address: https://api.github.com, or "
                 "https://HOST/api/v3 of a GHES.";
}

static void judge(struct findings *f, const struct gh_credential *credential, const struct gh_fetch *fetch,
                  const char *url)
{
    const struct gh_headers *h = &fetch->headers;
    const char *kind = token_kind(credential);
    if (fetch->status == 0 && credential->app && !fetch->authorization) {
        finding_add(f, "github", FINDING_PROBLEM,
                    "Check that the app is installed there and not suspended, and its private key.",
                    "%s (%s): GitHub gives no token for it", credential->label, kind);
    } else if (fetch->status == 0) {
        finding_add(f, "github", FINDING_PROBLEM,
                    "Check the network, https_proxy, GITHUB_API_URL and GITHUB_CA_FILE.",
                    "%s does not answer: %s", url, fetch->error);
    } else if (fetch->status == 401) {
        finding_add(
            f, "github", FINDING_PROBLEM,
            "Make a new token at GitHub; set it and restart, or reload (SIGHUP) if it comes from a file.",
            "%s (%s) is refused: 401", credential->label, kind);
    } else if (fetch->status == 200 && h->rate.present) {
        bool low = h->rate.remaining == 0;
        finding_add(f, "github", low ? FINDING_WARNING : FINDING_OK,
                    low ? "Jobs wait for the reset; more tokens of other accounts add quota." : NULL,
                    "%s (%s): %lld of %lld units left%s%.150s", credential->label, kind,
                    (long long)h->rate.remaining, (long long)h->rate.limit,
                    h->scopes_present && *h->scopes ? ", scopes " : "", h->scopes_present ? h->scopes : "");
    } else if (fetch->status == 200 || fetch->status == 404) {
        finding_add(f, "github", FINDING_OK, NULL, "%s (%s): the server has no rate limit", credential->label,
                    kind);
    } else {
        finding_add(f, "github", FINDING_PROBLEM, remedy_of(fetch->status),
                    "%s (%s): %s answers %d, expected 200", credential->label, kind, url, fetch->status);
    }
    look_at_expiry(f, credential->label, slice_from(fetch->head.ptr, fetch->head.len));
}

static bool ask(const struct config *cfg, const struct gh_credentials *credentials, struct findings *f,
                struct err *err)
{
    size_t n = credentials->n < MAX_ASKED ? credentials->n : MAX_ASKED;
    struct probe *probes = xcalloc(n, sizeof *probes);
    struct gh_fetcher *fetcher;
    char url[600];
    sem_t answered;
    size_t n_sent = 0;
    if (!gh_fetcher_start((int)n, cfg->github_ca_file, &fetcher, err)) {
        free(probes);
        return false;
    }
    struct arena *a = arena_create();
    sem_init(&answered, 0, 0);
    snprintf(url, sizeof url, "%s/rate_limit", cfg->github_api_url);
    for (size_t i = 0; i < n; i++) {
        probes[i] = (struct probe){.answered = &answered,
                                   .fetch = {.url = url,
                                             .accept = "application/vnd.github+json",
                                             .keeps_raw = true,
                                             .done = on_done,
                                             .owner = &probes[i]}};
        struct gh_authorization now;
        if (!gh_credential_authorize(&credentials->items[i], a, &now))
            continue;
        probes[i].fetch.authorization = now.header;
        gh_fetcher_submit(fetcher, &probes[i].fetch);
        n_sent++;
    }
    for (size_t i = 0; i < n_sent; i++) /* each ends by the fetcher's own time limit */
        while (sem_wait(&answered))
            ;
    gh_fetcher_stop(fetcher);
    for (size_t i = 0; i < n; i++) {
        struct gh_fetch *fetch = &probes[i].fetch;
        judge(f, &credentials->items[i], fetch, url);
        if (i == 0)
            look_at_clock(f, fetch);
        buf_finish(&fetch->body);
        buf_finish(&fetch->head);
        buf_finish(&fetch->raw);
    }
    sem_destroy(&answered);
    arena_destroy(a);
    free(probes);
    return true;
}

bool doctor_github(const struct config *cfg, struct findings *f, struct err *err)
{
    struct gh_credentials credentials;
    if (!gh_credentials_load(cfg, NULL, &credentials, err))
        return false;
    if (gh_credential_is_anonymous(&credentials.items[0]))
        finding_add(f, "github", FINDING_WARNING,
                    "Set GITHUB_TOKEN (https://github.com/settings/tokens, no scope is needed).",
                    "no token is set: GitHub allows 60 requests an hour");
    bool ok = ask(cfg, &credentials, f, err);
    gh_credentials_finish(&credentials);
    return ok;
}

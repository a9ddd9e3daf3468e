#include "cli/doctor/github.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/words.h"
#include "core/model/quota.h"
#include "github/credential.h"
#include "github/fetch.h"
#include <jansson.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define AT_ONCE      16
#define CLOCK_OFF_MS 60000

struct probe {
    struct gh_fetch fetch;
    sem_t *answered;
    int64_t answered_at_ms; /* wall clock */
};

static void on_done(struct gh_fetch *fetch)
{
    struct probe *probe = fetch->owner;
    probe->answered_at_ms = clock_wall_ms();
    sem_post(probe->answered);
}

/* The kind of a token by its prefix (docs.github.com, "About authentication to GitHub"). */
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

static void look_at_expiry(struct findings *f, const char *label, const struct probe *probe)
{
    slice value;
    if (!find_header(buf_slice(&probe->fetch.head), "github-authentication-token-expiration", &value))
        return;
    int64_t now_ms = probe->fetch.headers.date_ms ? probe->fetch.headers.date_ms : probe->answered_at_ms;
    int64_t ends_ms = probe->fetch.headers.token_ends_ms, left = ends_ms - now_ms;
    if (!ends_ms)
        finding_add(f, "github", FINDING_WARNING, "Look at GitHub when the token expires.",
                    "%s expires on \"%.*s\", which is no date that is known", label,
                    (int)(value.len < 60 ? value.len : 60), value.ptr);
    else if (left < TOKEN_ENDS_SOON_MS)
        finding_add(f, "github", left < 0 ? FINDING_PROBLEM : FINDING_WARNING,
                    "Make a new token at GitHub and set it before then.", "%s expires on %.10s", label,
                    value.ptr);
    else
        finding_add(f, "github", FINDING_OK, NULL, "%s expires on %.10s", label, value.ptr);
}

/* By the answer that shows the smallest difference: a proxy's stored one has an old Date. */
static void look_at_clock(struct findings *f, const struct probe *probes, size_t n)
{
    int64_t off = INT64_MAX;
    bool answered = false;
    for (size_t i = 0; i < n; i++) {
        int64_t date_ms = probes[i].fetch.headers.date_ms;
        answered = answered || probes[i].fetch.status;
        if (date_ms && llabs(probes[i].answered_at_ms - date_ms) < llabs(off))
            off = probes[i].answered_at_ms - date_ms;
    }
    if (off == INT64_MAX && answered)
        finding_add(f, "clock", FINDING_WARNING, "See which proxy in between removes the Date of answers.",
                    "GitHub's answers have no Date, so this machine's clock cannot be checked");
    else if (off != INT64_MAX && llabs(off) > CLOCK_OFF_MS)
        finding_add(f, "clock", FINDING_WARNING, "Set this machine's clock (timedatectl set-ntp true).",
                    "this machine's clock is %lld s %s GitHub's", (long long)llabs(off) / 1000,
                    off > 0 ? "ahead of" : "behind");
    else if (off != INT64_MAX)
        finding_add(f, "clock", FINDING_OK, NULL, "within a minute of GitHub's");
}

/* Whether it is an answer of an API: JSON's object. A proxy, a login page or a server's site sends HTML. */
static bool is_json(const struct gh_fetch *fetch, bool *names_rates_out)
{
    json_auto_t *root = json_loadb(fetch->body.ptr ? fetch->body.ptr : "", fetch->body.len, 0, NULL);
    const char *message = json_string_value(json_object_get(root, "message"));
    bool object = json_is_object(root);
    *names_rates_out = json_object_get(root, "resources") || json_object_get(root, "rate") ||
                       (message && strcasestr(message, "rate limit"));
    return object;
}

#define ADDRESS_REMEDY                                                                                       \
    "GITHUB_API_URL must be the API's address: https://api.github.com, or https://HOST/api/v3 of a GHES."
#define PAGE_REMEDY ADDRESS_REMEDY " If it is, a proxy in between answers (https_proxy)."

/* Of a status that no API's address should have. */
static const char *remedy_of(int status)
{
    return status >= 500   ? "Wait; if it lasts, see https://www.githubstatus.com, or the "
                             "proxy in between."
           : status == 429 ? "Wait: GitHub, or a proxy in between, limits requests from here."
           : status == 403
               ? "At GitHub, see whether the account or the app's installation is suspended, or an IP "
                 "allow list keeps this machine out."
           : status == 407
               ? "The proxy in between requires a login: https_proxy=http://USER:PASSWORD@HOST:PORT."
               : ADDRESS_REMEDY;
}

/* What every credential is judged with. */
struct measure {
    int64_t threshold; /* RATE_LIMIT_STOP_THRESHOLD */
    int64_t waiting;   /* jobs that wait for the reset */
};

/* At the threshold nothing more is spent (quota_lease). */
static void judge_limit(struct findings *f, const struct gh_credential *credential,
                        const struct gh_headers *h, const char *kind, const struct measure *measure)
{
    bool low = h->rate.remaining <= measure->threshold;
    const char *scopes = !h->scopes_present ? "" : *h->scopes ? ", scopes " : ", no scopes";
    char text[200] = "", at[CLOCK_ISO_SIZE], jobs[WORDS_SIZE];
    if (low)
        snprintf(
            text, sizeof text,
            " and %lld are left to others (RATE_LIMIT_STOP_THRESHOLD): the quota resets at %s, %s for it",
            (long long)measure->threshold, clock_iso(h->rate.reset_at_s * 1000, at),
            words_count(jobs, measure->waiting, "job waits", "jobs wait"));
    finding_add(f, "github", low ? FINDING_WARNING : FINDING_OK,
                low ? "Jobs wait for the reset; more tokens of other accounts add quota." : NULL,
                "%s (%s): %lld of %lld units left%s%s%.150s", credential->label, kind,
                (long long)h->rate.remaining, (long long)h->rate.limit, text, scopes,
                h->scopes_present ? h->scopes : "");
}

/* Answers of an organization with SAML single sign-on, to a token that was not authorized for it. */
static void look_at_sso(struct findings *f, const char *label, const struct gh_fetch *fetch)
{
    slice value;
    if (fetch->status && find_header(buf_slice(&fetch->head), "x-github-sso", &value))
        finding_add(f, "github", FINDING_WARNING,
                    "Authorize the token for the organization: at GitHub, Settings, Developer settings, the "
                    "token, Configure SSO.",
                    "%s is not authorized for single sign-on: GitHub leaves out an organization's data",
                    label);
}

static void judge(struct findings *f, const struct gh_credential *credential, const struct gh_fetch *fetch,
                  const char *url, const char *remedy_of_silence, const struct measure *measure)
{
    const struct gh_headers *h = &fetch->headers;
    const char *kind = token_kind(credential);
    bool names_rates, json = is_json(fetch, &names_rates);
    if (fetch->status == 0 && credential->app && !fetch->authorization) {
        finding_add(f, "github", FINDING_PROBLEM,
                    "Check that the app is installed there and not suspended, and its private key.",
                    "%s (%s): GitHub gives no token for it", credential->label, kind);
    } else if (fetch->status == 0) {
        finding_add(f, "github", FINDING_PROBLEM, remedy_of_silence, "%s does not answer: %s", url,
                    fetch->error);
    } else if (!json && fetch->status != 429 && fetch->status != 407 && fetch->status < 500) {
        finding_add(f, "github", FINDING_PROBLEM, PAGE_REMEDY,
                    "%s (%s): %s answers %d with a page of type \"%.60s\", expected GitHub's JSON",
                    credential->label, kind, url, fetch->status, h->content_type);
    } else if (fetch->status == 401) {
        finding_add(
            f, "github", FINDING_PROBLEM,
            "Make a new token at GitHub; set it and restart, or reload (SIGHUP) if it comes from a file.",
            "%s (%s) is refused: 401", credential->label, kind);
    } else if (fetch->status == 200 && h->rate.present) {
        judge_limit(f, credential, h, kind, measure);
    } else if (fetch->status == 200 || (fetch->status == 404 && names_rates)) {
        finding_add(f, "github", FINDING_OK, NULL, "%s (%s): the server has no rate limit", credential->label,
                    kind);
    } else if (fetch->status == 404) {
        finding_add(f, "github", FINDING_WARNING, ADDRESS_REMEDY,
                    "%s (%s): %s answers 404: the server has no rate limit, or it is not the API's address",
                    credential->label, kind, url);
    } else {
        finding_add(f, "github", FINDING_PROBLEM, remedy_of(fetch->status),
                    "%s (%s): %s answers %d, expected 200", credential->label, kind, url, fetch->status);
    }
    look_at_sso(f, credential->label, fetch);
}

static bool ask(const struct config *cfg, bool demo, int64_t waiting,
                const struct gh_credentials *credentials, struct findings *f, struct err *err)
{
    const struct measure measure = {cfg->rate_limit_stop_threshold, waiting};
    const char *remedy = demo ? "Start `gitomatic up --demo`."
                              : "Check the network, https_proxy, GITHUB_API_URL and GITHUB_CA_FILE.";
    size_t n = credentials->n;
    struct probe *probes = xcalloc(n, sizeof *probes);
    struct gh_fetcher *fetcher;
    char url[600];
    sem_t answered;
    size_t n_sent = 0;
    if (!gh_fetcher_start(AT_ONCE, cfg->github_ca_file, &fetcher, err)) {
        free(probes);
        return false;
    }
    AUTO_ARENA a = arena_create();
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
        judge(f, &credentials->items[i], fetch, url, remedy, &measure);
        look_at_expiry(f, credentials->items[i].label, &probes[i]);
        buf_finish(&fetch->body);
        buf_finish(&fetch->head);
        buf_finish(&fetch->raw);
    }
    look_at_clock(f, probes, n);
    sem_destroy(&answered);
    free(probes);
    return true;
}

/* Without an app that fails: the other credentials, the address and the clock are checked all the same. */
static bool load(const struct config *cfg, struct config *usable, struct gh_credentials *out,
                 struct findings *f, struct err *err)
{
    *usable = *cfg;
    if (gh_credentials_load(cfg, NULL, out, err))
        return true;
    if (!cfg->github_app_id)
        return false;
    finding_add(
        f, "github", FINDING_PROBLEM,
        "Check GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY_FILE and GITHUB_APP_INSTALLATIONS, and at GitHub "
        "whether the app is installed.",
        "%s", err->text);
    usable->github_app_id = NULL;
    return gh_credentials_load(usable, NULL, out, err);
}

void doctor_github(const struct config *cfg, bool demo, int64_t waiting, struct findings *f)
{
    struct config usable;
    struct gh_credentials credentials;
    struct err err;
    if (!load(cfg, &usable, &credentials, f, &err)) {
        finding_add(f, "github", FINDING_PROBLEM, "Correct the credential.", "%s", err.text);
        return;
    }
    if (gh_credential_is_anonymous(&credentials.items[0]) && !cfg->github_app_id)
        finding_add(f, "github", FINDING_WARNING,
                    "Set GITHUB_TOKEN (https://github.com/settings/tokens, no scope is needed).",
                    "no token is set: GitHub allows 60 requests an hour");
    if (!ask(&usable, demo, waiting, &credentials, f, &err))
        finding_add(f, "github", FINDING_PROBLEM, "See the error.", "%s", err.text);
    gh_credentials_finish(&credentials);
}

/* options.c: one table of options parses the command line, prints --help and serves /_sim/config. */
#include "sim/serve/options.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum option_type {
    OPT_TEXT,
    OPT_NUMBER,
    OPT_RATE,
    OPT_FLAG,
    OPT_CHOICE,
    OPT_FAULTS,
    OPT_LISTEN,
    OPT_TOKEN,
    OPT_SWITCH
};

struct option_row {
    const char *name, *value, *help;
    enum option_type type;
    size_t at; /* offset in struct options */
    int64_t min, max;
    const char *const *choices;
};

static const char *const stargazers_names[] = {"open", "empty", "403", "404", "401", NULL};
static const char *const star_history_names[] = {"open", "403", "404", NULL};
static const char *const fault_names[N_FAULTS + 1] = {
    [FAULT_500] = "500",
    [FAULT_502] = "502",
    [FAULT_503] = "503",
    [FAULT_HTML200] = "html200",
    [FAULT_CUT] = "cut",
    [FAULT_TRUNCATED] = "truncated",
    [FAULT_WRONGTYPE] = "wrongtype",
    [FAULT_RESET] = "reset",
    [FAULT_HANG] = "hang",
    [FAULT_DRIP] = "drip",
    [FAULT_429] = "429",
    [FAULT_403] = "403",
    [FAULT_HTML403] = "html403",
    [FAULT_GQL_SECONDARY] = "gqlsecondary",
    [FAULT_GQL_PRIMARY] = "gqlprimary",
    [FAULT_NO_OWNER] = "noowner",
    [FAULT_SHORT] = "short",
    [FAULT_EMPTY] = "empty",
    [FAULT_GONE404] = "gone404",
    [FAULT_GONE451] = "gone451",
};

static const char *const status_names[] = {"operational",
                                           "degraded_performance",
                                           "partial_outage",
                                           "major_outage",
                                           "under_maintenance",
                                           "cut",
                                           "html",
                                           "missing",
                                           "500",
                                           NULL};

#define AT(field)  offsetof(struct options, field)
#define SET(field) offsetof(struct options, settings.field)
#define MAX_MS     3600000

static const struct option_row rows[] = {
    {"listen", "HOST:PORT", "where to listen; port 0 takes a free one (required)", OPT_LISTEN, 0, 0, 0, NULL},
    {"data", "DIR", "recorded users.jsonl.gz, repos.jsonl.gz, follows.tsv.gz, stars.tsv.gz", OPT_TEXT,
     AT(data_dir), 0, 0, NULL},
    {"users", "N", "accounts of the made-up world (300)", OPT_NUMBER, AT(users), 10, 2000000, NULL},
    {"seed", "S", "names one made-up world (1)", OPT_NUMBER, AT(seed), 0, INT64_MAX, NULL},
    {"dense-ids", NULL, "most ids from 1 on exist, as at GitHub; else few, and the newest exceed 31 bits",
     OPT_FLAG, AT(dense_ids), 0, 0, NULL},
    {"moves", "S", "follows and stars come and go every S seconds, and have for 30 days (0: never)",
     OPT_NUMBER, AT(moves_s), 0, 3600, NULL},
    {"moves-file", "FILE",
     "stores them, so that the next start continues with the same world (needs --moves)", OPT_TEXT,
     AT(moves_file), 0, 0, NULL},
    {"limit", "N", "core requests per window and account (5000)", OPT_NUMBER, SET(limit), 0, INT_MAX, NULL},
    {"anonymous-limit", "N", "core requests per window and address without a token (60)", OPT_NUMBER,
     SET(anonymous_limit), 0, INT_MAX, NULL},
    {"graphql-limit", "N", "GraphQL points per window and account (5000)", OPT_NUMBER, SET(graphql_limit), 0,
     INT_MAX, NULL},
    {"search-limit", "N", "searches per minute and account (30; anonymous a third)", OPT_NUMBER,
     SET(search_limit), 0, INT_MAX, NULL},
    {"window", "SECONDS", "length of a quota window (3600)", OPT_NUMBER, SET(window_s), 1, 86400, NULL},
    {"limit-status", "403|429", "status of a primary limit answer (403)", OPT_NUMBER, SET(limit_status), 403,
     429, NULL},
    {"no-limits", NULL, "no limits and no x-ratelimit headers, as GitHub Enterprise Server", OPT_FLAG,
     SET(no_limits), 0, 0, NULL},
    {"stargazers", "MODE", "stargazer and subscriber lists: open, empty, 403, 404, 401 (403)", OPT_CHOICE,
     SET(stargazers), 0, 0, stargazers_names},
    {"star-history", "MODE", "stargazers/history: open, 403, 404 (open)", OPT_CHOICE, SET(star_history), 0, 0,
     star_history_names},
    {"token", "T[=LOGIN[:SCOPES]]", "a token that is accepted; may be repeated; with none, any is", OPT_TOKEN,
     0, 0, 0, NULL},
    {"app", "ID", "a GitHub App whose JWTs (iss ID) give installation tokens (none)", OPT_TEXT, AT(app_id), 0,
     0, NULL},
    {"app-key", "FILE", "the app's public or private RSA key, in PEM", OPT_TEXT, AT(app_key_file), 0, 0,
     NULL},
    {"app-installations", "LIST", "ids of its installations (1)", OPT_TEXT, AT(app_installations), 0, 0,
     NULL},
    {"app-token-life", "SECONDS", "how long an installation's token is valid (3600)", OPT_NUMBER,
     SET(app_token_s), 1, 86400, NULL},
    {"latency", "MS", "delay of every answer (0)", OPT_NUMBER, SET(latency_ms), 0, MAX_MS, NULL},
    {"faults", "RATE", "share of requests that go wrong, 0 to 1 (0)", OPT_RATE, SET(fault_rate), 0, 1, NULL},
    {"fault-kinds", "LIST",
     "of 500,502,503,html200,cut,truncated,wrongtype,reset,hang,drip,429,403 (all of these but hang),"
     " html403,gqlsecondary,gqlprimary,noowner,short,empty,gone404,gone451",
     OPT_FAULTS, SET(fault_kinds), 0, 0, fault_names},
    {"fault-seed", "S", "which requests go wrong (1)", OPT_NUMBER, AT(fault_seed), 0, INT64_MAX, NULL},
    {"hang", "MS", "how long a hanging request is kept (30000)", OPT_NUMBER, SET(hang_ms), 1, MAX_MS, NULL},
    {"drip", "MS", "how long a dripping body takes (2000)", OPT_NUMBER, SET(drip_ms), 1, MAX_MS, NULL},
    {"secondary-concurrency", "N", "requests in flight before a secondary limit answers (0: off)", OPT_NUMBER,
     SET(secondary_concurrency), 0, INT_MAX, NULL},
    {"secondary-points", "N", "requests per minute and account before a secondary limit answers (0: off)",
     OPT_NUMBER, SET(secondary_points), 0, INT_MAX, NULL},
    {"retry-after", "S", "Retry-After of secondary limit answers (60)", OPT_NUMBER, SET(retry_after_s), 0,
     86400, NULL},
    {"graphql", "on|off", "whether there is a GraphQL endpoint (on)", OPT_SWITCH, SET(graphql), 0, 0, NULL},
    {"graphql-max-nodes", "N", "ids per query above which RESOURCE_LIMITS_EXCEEDED is the answer (0: off)",
     OPT_NUMBER, SET(graphql_max_nodes), 0, INT_MAX, NULL},
    {"graphql-timeout-above", "N", "ids per query above which a 502 page is the answer (0: off)", OPT_NUMBER,
     SET(graphql_timeout_above), 0, INT_MAX, NULL},
    {"status", "STATE",
     "of the status page: operational, degraded_performance, partial_outage, major_outage,"
     " under_maintenance, or broken: cut, html, missing, 500 (operational)",
     OPT_CHOICE, SET(status), 0, 0, status_names},
    {"link-on-304", "on|off", "whether a 304 of a list carries Link (on)", OPT_SWITCH, SET(link_on_304), 0, 0,
     NULL},
    {"stream-assets", "on|off", "release assets come from here, as a GHES may do it, not by a redirect (off)",
     OPT_SWITCH, SET(stream_assets), 0, 0, NULL},
    {"download-listen", "HOST:PORT", "where archives and assets are downloaded: another host than the API",
     OPT_TEXT, AT(download_listen), 0, 0, NULL},
    {"base-path", "/PATH", "prefix of all paths, as /api/v3 (none)", OPT_TEXT, AT(base_path), 0, 0, NULL},
    {"public-url", "URL", "what url fields in bodies start with", OPT_TEXT, AT(public_url), 0, 0, NULL},
    {"trace", "FILE", "one JSON line per request", OPT_TEXT, AT(trace_file), 0, 0, NULL},
    {"control", NULL, "serve /_sim/ for tests", OPT_FLAG, AT(control), 0, 0, NULL},
    {"threads", "N", "threads that answer (2)", OPT_NUMBER, AT(threads), 1, 64, NULL},
    {"cache-mb", "N", "memory for rendered bodies (64)", OPT_NUMBER, AT(cache_mb), 0, 65536, NULL},
};

#define N_ROWS (sizeof rows / sizeof *rows)

static const struct option_row *find_row(const char *name, size_t len)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0)
            return &rows[i];
    return NULL;
}

static bool parse_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno || end == text || *end || v < min || v > max)
        return false;
    *out = v;
    return true;
}

static bool parse_rate(const char *text, double *out)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !(v >= 0 && v <= 1))
        return false;
    *out = v;
    return true;
}

static bool parse_choice(const char *text, const char *const *choices, int64_t *out)
{
    for (int64_t i = 0; choices[i]; i++) {
        if (strcmp(choices[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool parse_faults(const char *text, uint32_t *out)
{
    uint32_t set = 0;
    while (*text) {
        size_t n = strcspn(text, ",");
        char word[16] = "";
        if (n >= sizeof word)
            return false;
        memcpy(word, text, n);
        int64_t kind;
        if (!parse_choice(word, fault_names, &kind))
            return false;
        set |= 1u << kind;
        text += n + (text[n] == ',');
    }
    *out = set;
    return set != 0;
}

const char *fault_name(enum fault_kind kind)
{
    return fault_names[kind];
}

bool parse_host_port(const char *text, char *host, size_t host_size, uint16_t *port_out)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (!colon || !parse_number(colon + 1, 0, 65535, &port))
        return false;
    size_t n = (size_t)(colon - text);
    bool bracketed = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    if (bracketed) {
        text++;
        n -= 2;
    }
    if (n == 0 || n >= host_size)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    *port_out = (uint16_t)port;
    return true;
}

static bool parse_token(char *text, struct options *o)
{
    if (!*text || *text == '=' || o->n_tokens == MAX_TOKENS)
        return false;
    struct token *t = &o->tokens[o->n_tokens++];
    *t = (struct token){text, NULL, "repo, user"};
    char *equals = strchr(text, '=');
    if (!equals)
        return true;
    *equals = '\0';
    char *colon = strchr(equals + 1, ':');
    if (colon) {
        *colon = '\0';
        t->scopes = colon + 1;
    }
    t->login = equals[1] ? equals + 1 : NULL;
    return true;
}

static bool set_value(struct options *o, const struct option_row *row, char *value)
{
    void *place = (char *)o + row->at;
    switch (row->type) {
    case OPT_TEXT:
        *(const char **)place = value;
        return true;
    case OPT_NUMBER:
        return parse_number(value, row->min, row->max, place);
    case OPT_RATE:
        return parse_rate(value, place);
    case OPT_FLAG:
        *(bool *)place = strcmp(value, "false") != 0;
        return true;
    case OPT_SWITCH:
        *(bool *)place = strcmp(value, "on") == 0;
        return *(bool *)place || strcmp(value, "off") == 0;
    case OPT_CHOICE:
        return parse_choice(value, row->choices, place);
    case OPT_FAULTS:
        return parse_faults(value, place);
    case OPT_LISTEN:
        return parse_host_port(value, o->host, sizeof o->host, &o->port);
    case OPT_TOKEN:
        return parse_token(value, o);
    }
    return false;
}

bool settings_set(struct settings *s, const char *name, const char *value, const char **expected_out)
{
    const struct option_row *row = find_row(name, strlen(name));
    *expected_out = NULL;
    if (!row || row->at < AT(settings))
        return false;
    struct options whole = {.settings = *s};
    char copy[256];
    snprintf(copy, sizeof copy, "%s", value);
    *expected_out = row->value ? row->value : "true or false";
    if (!set_value(&whole, row, copy))
        return false;
    *s = whole.settings;
    return true;
}

static void print_help(void)
{
    puts("gitomatic-sim --listen HOST:PORT [options]\n\n"
         "A stand-in for GitHub's REST and GraphQL API, with a made-up or recorded world.\n");
    for (size_t i = 0; i < N_ROWS; i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s %s", rows[i].name, rows[i].value ? rows[i].value : "");
        printf("  %-30s %s\n", left, rows[i].help);
    }
}

static bool wrong(const char *what, const char *value, const char *expected)
{
    fprintf(stderr, "gitomatic-sim: %s '%s': expected %s\n", what, value, expected);
    return false;
}

static bool bad_value(const struct option_row *row, const char *value)
{
    char expected[160], what[64];
    snprintf(expected, sizeof expected, "%s", row->value);
    if (row->type == OPT_NUMBER)
        snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)row->min,
                 (long long)row->max);
    else if (row->type == OPT_RATE)
        snprintf(expected, sizeof expected, "a number from 0 to 1");
    else if (row->type == OPT_FAULTS || row->type == OPT_CHOICE)
        snprintf(expected, sizeof expected, "%s", row->help);
    snprintf(what, sizeof what, "--%s", row->name);
    return wrong(what, value, expected);
}

static bool check(const struct options *o, bool listening)
{
    if (!listening)
        return wrong("--listen", "", "HOST:PORT (the option is required)");
    if (*o->base_path && (o->base_path[0] != '/' || o->base_path[strlen(o->base_path) - 1] == '/'))
        return wrong("--base-path", o->base_path, "a path that starts with / and does not end with it");
    char host[256];
    uint16_t port;
    if (o->download_listen && !parse_host_port(o->download_listen, host, sizeof host, &port))
        return wrong("--download-listen", o->download_listen, "HOST:PORT");
    if (o->moves_file && !o->moves_s)
        return wrong("--moves-file", o->moves_file, "--moves with it");
    if (o->settings.limit_status != 403 && o->settings.limit_status != 429)
        return wrong("--limit-status", "", "403 or 429");
    if (o->public_url &&
        (strncmp(o->public_url, "http://", 7) != 0 && strncmp(o->public_url, "https://", 8) != 0))
        return wrong("--public-url", o->public_url, "http://… or https://…");
    return true;
}

static const struct settings default_settings = {.limit = 5000,
                                                 .anonymous_limit = 60,
                                                 .graphql_limit = 5000,
                                                 .search_limit = 30,
                                                 .window_s = 3600,
                                                 .limit_status = 403,
                                                 .stargazers = STARGAZERS_403,
                                                 .fault_kinds =
                                                     ((1u << FAULT_HTML403) - 1) & ~(1u << FAULT_HANG),
                                                 .hang_ms = 30000,
                                                 .drip_ms = 2000,
                                                 .retry_after_s = 60,
                                                 .app_token_s = 3600,
                                                 .graphql = true,
                                                 .link_on_304 = true};

enum options_result options_parse(struct options *o, int argc, char **argv)
{
    *o = (struct options){.users = 300,
                          .seed = 1,
                          .fault_seed = 1,
                          .threads = 2,
                          .cache_mb = 64,
                          .base_path = "",
                          .app_installations = "1",
                          .settings = default_settings};
    bool listening = false;
    for (int i = 1; i < argc; i++) {
        char *arg = argv[i];
        if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            print_help();
            return OPTIONS_HELP;
        }
        size_t n = strcspn(arg, "=");
        const struct option_row *row = strncmp(arg, "--", 2) == 0 ? find_row(arg + 2, n - 2) : NULL;
        if (!row) {
            wrong("argument", arg, "an option listed by --help");
            return OPTIONS_WRONG;
        }
        char *value = arg[n]                  ? arg + n + 1
                      : row->type == OPT_FLAG ? arg + n
                      : i + 1 < argc          ? argv[++i]
                                              : NULL;
        if (!value || !set_value(o, row, value)) {
            bad_value(row, value ? value : "");
            return OPTIONS_WRONG;
        }
        listening |= row->type == OPT_LISTEN;
    }
    return check(o, listening) ? OPTIONS_RUN : OPTIONS_WRONG;
}

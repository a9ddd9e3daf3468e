/* What the status alone leaves open is decided by headers and by the words of the error body. Words count only when the
 * body parses as a JSON object: a gateway's HTML page that happens to say "rate limit" decides nothing. For the same reason
 * a refusal or an absence counts only with GitHub's own body, a JSON object with a message, whatever its content type. */
#include "github/outcome.h"
#include "core/base/clock.h"
#include "core/json/clean.h"
#include "github/error_words.h"

#define ERROR_BODY_MAX   (64u * 1024u)
#define SECONDARY_MIN_MS 60000
#define DOUBLED_MAX_MS   (15 * 60000)
#define WINDOW_MS        3600000 /* a primary window is an hour: no reset is further away */
#define SHORT_WAIT_MS    10000
#define AGAIN_MS         60000

static const char *const names[GH_N_OUTCOMES] = {
#define X(id, name, what) [id] = name,
    GH_OUTCOMES(X)
#undef X
};

const char *gh_outcome_name(enum gh_outcome outcome)
{
    return names[outcome];
}

/* What an error body says, as far as it matters here. */
struct words {
    bool github; /* GitHub's own words: a JSON object with a message, or with a block */
    bool secondary, primary, blocked, capped, credential, bad_credentials, api_version;
};

static void read_limit(struct words *w, const char *message, const char *doc)
{
    w->secondary |= says(message, "secondary rate limit") || says(message, "abuse detection") ||
                    says(doc, "secondary-rate-limits") || says(doc, "abuse-rate-limits");
    w->primary |= says(message, "rate limit exceeded") || says(message, "rate limit already exceeded");
}

static void read_root(struct words *w, const json_t *root)
{
    const char *message = text_of(root, "message"), *doc = text_of(root, "documentation_url");
    read_limit(w, message, doc);
    w->blocked = json_is_object(json_object_get(root, "block")) || says(message, "access blocked");
    w->github = *message || json_is_object(json_object_get(root, "block"));
    w->capped = says(message, "pagination is limited");
    w->credential = says(message, "number of login attempts exceeded") ||
                    says(message, "your account was suspended") ||
                    says(message, "installation has been suspended");
    w->bad_credentials = says(message, "bad credentials");
    w->api_version = says(message, "api version") || says(doc, "api-versions");
}

/* RATE_LIMITED, since 2025 also RATE_LIMIT with the code graphql_rate_limit; the secondary limit has no type. An error about a node
 * contains the name of a person or a repository, which must not decide anything. */
static void read_graphql_error(struct words *w, const json_t *error)
{
    const char *type = text_of(error, "type");
    const json_t *extensions = json_object_get(error, "extensions");
    if (says(type, "NOT_FOUND"))
        return;
    read_limit(w, text_of(error, "message"), "");
    w->primary |= says(type, "RATE_LIMIT") || says(text_of(error, "code"), "rate_limit") ||
                  says(text_of(extensions, "code"), "rate_limit") ||
                  says(text_of(extensions, "type"), "rate_limit");
}

static bool is_limit_code(const char *code)
{
    static const char *const codes[] = {"RATE_LIMITED", "RATE_LIMIT", "graphql_rate_limit"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (strcasecmp(code, codes[i]) == 0)
            return true;
    return false;
}

/* GitHub's sentence and no quote of it. */
static bool begins_secondary(const char *message)
{
    static const char *const sentences[] = {"You have exceeded a secondary rate limit",
                                            "You have triggered an abuse detection mechanism"};
    for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
        if (strncasecmp(message, sentences[i], strlen(sentences[i])) == 0)
            return true;
    return false;
}

/* An error about a query quotes its literals, names and variables, so of a client's query the words decide only in a whole sentence of
 * an error that is about no place of the query. */
static void read_client_error(struct words *w, const json_t *error, bool has_data)
{
    const json_t *extensions = json_object_get(error, "extensions");
    const char *code = text_of(extensions, "code");
    w->primary |= is_limit_code(text_of(error, "type")) || is_limit_code(text_of(error, "code")) ||
                  is_limit_code(code) || is_limit_code(text_of(extensions, "type"));
    w->secondary |= !has_data && !json_object_get(error, "path") && !json_object_get(error, "locations") &&
                    (!*code || is_limit_code(code)) && begins_secondary(text_of(error, "message"));
}

static struct words read_words(slice body)
{
    struct words w = {0};
    body = json_trim(body);
    if (!body.len || body.len > ERROR_BODY_MAX || body.ptr[0] != '{')
        return w;
    json_auto_t *root = json_loadb(body.ptr, body.len, JSON_ALLOW_NUL, NULL);
    if (root)
        read_root(&w, root);
    return w;
}

/* The limit in a GraphQL answer of status 200. One without errors has none, and is not parsed for it. */
static struct words read_graphql_limit(slice body, bool of_client)
{
    struct words w = {0};
    size_t at;
    json_t *error;
    if (!memmem(body.ptr, body.len, "\"errors\"", 8) &&
        (body.len > ERROR_BODY_MAX || !memmem(body.ptr, body.len, "\"message\"", 9)))
        return w;
    json_auto_t *root = json_loadb(body.ptr, body.len, JSON_ALLOW_NUL, NULL);
    const json_t *data = json_object_get(root, "data");
    if (of_client)
        w.secondary = begins_secondary(text_of(root, "message")); /* no error of a query */
    else
        read_limit(&w, text_of(root, "message"), text_of(root, "documentation_url"));
    json_array_foreach(json_object_get(root, "errors"), at, error)
    {
        if (of_client)
            read_client_error(&w, error, data && !json_is_null(data));
        else
            read_graphql_error(&w, error);
    }
    return w;
}

/* "application/json", "application/vnd.github+json", each with or without parameters. */
static bool is_json_type(const char *content_type)
{
    slice rest = slice_of(content_type), type;
    if (!slice_split(&rest, ';', &type))
        return false;
    type = slice_trim(type);
    if (slice_eq_nocase(type, SLICE("application/json")))
        return true;
    return type.len > 5 && slice_eq_nocase(slice_from(type.ptr + type.len - 5, 5), SLICE("+json"));
}

static int64_t until_reset_ms(const struct gh_headers *h)
{
    if (h->rate.reset_at_s <= 0) /* GitHub's limits have a reset: try again in a minute */
        return SECONDARY_MIN_MS;
    int64_t now_ms = h->date_ms ? h->date_ms : clock_wall_ms();
    int64_t wait_ms = h->rate.reset_at_s * 1000 - now_ms;
    return (wait_ms < 0 ? 0 : wait_ms > WINDOW_MS ? WINDOW_MS : wait_ms) + 1000;
}

/* What GitHub tells is never shortened. */
static int64_t doubled_ms(int64_t wait_ms, int limits_before)
{
    for (; limits_before > 0 && wait_ms < DOUBLED_MAX_MS; limits_before--)
        wait_ms = wait_ms * 2 < DOUBLED_MAX_MS ? wait_ms * 2 : DOUBLED_MAX_MS;
    return wait_ms;
}

/* A window that has just begun is longer, so its reset is exact: another limit says nothing against it. */
static int64_t primary_wait_ms(const struct gh_headers *h, int limits_before)
{
    int64_t wait_ms = until_reset_ms(h);
    return wait_ms < SHORT_WAIT_MS ? doubled_ms(wait_ms, limits_before) : wait_ms;
}

/* A short Retry-After may be sent forever; a longer one is obeyed as it is. */
static int64_t secondary_wait_ms(const struct gh_headers *h, int limits_before)
{
    int64_t stated_ms = (h->retry_after_s ? h->retry_after_s : 1) * 1000;
    if (h->retry_after_s < 0)
        return doubled_ms(SECONDARY_MIN_MS, limits_before);
    return stated_ms < SHORT_WAIT_MS ? doubled_ms(stated_ms, limits_before) : stated_ms;
}

static enum gh_outcome classify_limit(const struct gh_headers *h, bool secondary, int limits_before,
                                      int64_t *wait_ms_out)
{
    secondary |= h->retry_after_s >= 0;
    *wait_ms_out = secondary ? secondary_wait_ms(h, limits_before) : primary_wait_ms(h, limits_before);
    return secondary ? GH_SECONDARY_LIMIT : GH_PRIMARY_LIMIT;
}

static enum gh_outcome classify_success(const struct gh_answer *answer, int limits_before,
                                        int64_t *wait_ms_out)
{
    if (answer->status == 204)
        return answer->expects_array ? GH_FRESH : GH_BROKEN;
    slice body = json_trim(answer->body);
    const char *brackets = answer->expects_array ? "[]" : "{}";
    bool whole = body.len >= 2 && body.ptr[0] == brackets[0] && body.ptr[body.len - 1] == brackets[1];
    if (answer->status != 200 || !whole || !is_json_type(answer->headers->content_type))
        return GH_BROKEN;
    if (!answer->graphql)
        return GH_FRESH;
    struct words w = read_graphql_limit(body, answer->of_client);
    bool limited = w.secondary || w.primary;
    return limited ? classify_limit(answer->headers, w.secondary, limits_before, wait_ms_out) : GH_FRESH;
}

/* 403 and 429: a limit of either sort, or a refusal. A refusal must never cost an hour, a limit never a target. A
 * suspended owner is no limit, though the refusal took the last unit of the window. */
static enum gh_outcome classify_refusal(const struct gh_answer *answer, int limits_before,
                                        int64_t *wait_ms_out)
{
    const struct gh_headers *h = answer->headers;
    struct words w = read_words(answer->body), query = {0};
    if (answer->graphql && answer->body.len) /* in its own form, too */
        query = read_graphql_limit(json_trim(answer->body), answer->of_client);
    bool refuses_credential = answer->status == 403 && w.credential && !answer->anonymous;
    bool primary = w.primary || query.primary || (h->rate.remaining == 0 && !refuses_credential);
    bool secondary =
        h->retry_after_s >= 0 || w.secondary || query.secondary || (answer->status == 429 && !primary);
    if (secondary || primary)
        return classify_limit(h, secondary, limits_before, wait_ms_out);
    if (!w.github)
        return GH_BROKEN;
    if (w.blocked)
        return GH_BLOCKED;
    return w.credential && !answer->anonymous ? GH_UNAUTHORIZED : GH_RESTRICTED;
}

/* Only GitHub itself may declare something gone: not a proxy's page, and not the end of an API version. */
static enum gh_outcome classify_absence(const struct gh_answer *answer)
{
    struct words w = read_words(answer->body);
    return !w.github || (answer->status == 410 && w.api_version) ? GH_BROKEN : GH_GONE;
}

static enum gh_outcome classify_unauthorized(const struct gh_answer *answer)
{
    struct words w = read_words(answer->body);
    if (!w.github)
        return GH_BROKEN;
    bool endpoint = (answer->for_few || answer->graphql) && !w.bad_credentials;
    return answer->anonymous || endpoint ? GH_RESTRICTED : GH_UNAUTHORIZED;
}

/* A query has no target that could be gone or blocked: what refuses it refuses GraphQL. REST shows whether that is the
 * credential's fault; only a token that can be replaced is replaced first. */
static enum gh_outcome of_graphql(enum gh_outcome outcome, bool renewable)
{
    switch (outcome) {
    case GH_UNAUTHORIZED:
        return renewable ? GH_UNAUTHORIZED : GH_RESTRICTED;
    case GH_GONE:
        return GH_RESTRICTED;
    case GH_UNCHANGED:
    case GH_MOVED:
    case GH_BLOCKED:
    case GH_CAPPED:
        return GH_BROKEN;
    default:
        return outcome;
    }
}

static enum gh_outcome classify(const struct gh_answer *answer, int limits_before, int64_t *wait_ms_out)
{
    int status = answer->status;
    *wait_ms_out = 0;
    if (status == 0)
        return GH_TRANSIENT;
    if (status >= 200 && status <= 299)
        return classify_success(answer, limits_before, wait_ms_out);
    if (gh_is_redirect(status))
        return answer->headers->location[0] ? GH_MOVED : GH_BROKEN;
    switch (status) {
    case 304:
        return GH_UNCHANGED;
    case 401:
        return classify_unauthorized(answer);
    case 403:
    case 429:
        return classify_refusal(answer, limits_before, wait_ms_out);
    case 404:
    case 410:
        return classify_absence(answer);
    case 422:
        return read_words(answer->body).capped ? GH_CAPPED : GH_BROKEN;
    case 451:
        return read_words(answer->body).github ? GH_BLOCKED : GH_BROKEN;
    default:
        return status >= 500 && status <= 599 ? GH_TRANSIENT : GH_BROKEN;
    }
}

/* RFC 9110, 10.2.3: Retry-After of any status says how long the service is unavailable. */
static int64_t away_ms(const struct gh_answer *answer)
{
    int64_t wait_ms = answer->headers->retry_after_s * 1000;
    if (answer->status < 400 || wait_ms <= 0)
        return 0;
    return wait_ms < WINDOW_MS ? wait_ms : WINDOW_MS;
}

enum gh_outcome gh_classify(const struct gh_answer *answer, int limits_before, int64_t *wait_ms_out)
{
    enum gh_outcome outcome = classify(answer, limits_before, wait_ms_out);
    if (answer->graphql)
        outcome = of_graphql(outcome, answer->renewable);
    if (outcome == GH_TRANSIENT || outcome == GH_BROKEN)
        *wait_ms_out = away_ms(answer);
    return outcome;
}

bool gh_is_error_of_github(slice body)
{
    return read_words(body).github;
}

int gh_limits_before(const struct gh_limits *l, int64_t sent_ms)
{
    if (l->n && sent_ms < l->until_ms)
        return l->n - 1;
    return l->n && sent_ms - l->until_ms <= l->wait_ms + AGAIN_MS ? l->n : 0;
}

void gh_limits_met(struct gh_limits *l, int64_t sent_ms, int64_t now_ms, int64_t wait_ms)
{
    int before = gh_limits_before(l, sent_ms);
    l->n = before < INT32_MAX ? before + 1 : before;
    l->wait_ms = wait_ms;
    if (now_ms + wait_ms > l->until_ms)
        l->until_ms = now_ms + wait_ms;
}

void gh_limits_over(struct gh_limits *l, int64_t sent_ms)
{
    if (sent_ms >= l->until_ms)
        *l = (struct gh_limits){0};
}

bool gh_is_redirect(int status)
{
    return status == 301 || status == 302 || status == 307 || status == 308;
}

bool gh_is_charged(int status, bool anonymous)
{
    return status != 0 && (anonymous || (status != 304 && status != 401));
}

bool gh_is_other_refusal(slice body)
{
    struct words w = read_words(body);
    return w.github && !w.primary && !w.secondary;
}

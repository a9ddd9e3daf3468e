/* What the status alone leaves open is decided by headers and by the words of the error body. Words count only when the
 * body parses as a JSON object: a gateway's HTML page that happens to say "rate limit" decides nothing. */
#include "github/outcome.h"
#include "core/base/clock.h"
#include <jansson.h>

#define ERROR_BODY_MAX   (64u * 1024u)
#define SECONDARY_MIN_MS 60000
#define SECONDARY_MAX_MS (15 * 60000)
#define WINDOW_MS        3600000 /* a primary window is an hour: no reset is further away */

static const struct {
    const char *name, *what;
} table[GH_N_OUTCOMES] = {
#define X(id, name, what) [id] = {name, what},
    GH_OUTCOMES(X)
#undef X
};

const char *gh_outcome_name(enum gh_outcome outcome)
{
    return table[outcome].name;
}

const char *gh_outcome_what(enum gh_outcome outcome)
{
    return table[outcome].what;
}

/* What an error body says, as far as anything is decided by it. */
struct words {
    bool secondary, primary, blocked, capped, credential, api_version;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool says(const char *text, const char *part)
{
    return strcasestr(text, part) != NULL;
}

static struct words read_words(slice body)
{
    struct words w = {0};
    body = slice_trim(body);
    if (!body.len || body.len > ERROR_BODY_MAX || body.ptr[0] != '{')
        return w;
    json_t *root = json_loadb(body.ptr, body.len, JSON_ALLOW_NUL, NULL);
    if (!root)
        return w;
    const char *message = text_of(root, "message"), *doc = text_of(root, "documentation_url");
    w.secondary = says(message, "secondary rate limit") || says(message, "abuse detection") ||
                  says(doc, "secondary-rate-limits") || says(doc, "abuse-rate-limits");
    w.primary = says(message, "rate limit exceeded") || says(message, "rate limit already exceeded");
    w.blocked = json_is_object(json_object_get(root, "block")) || says(message, "access blocked");
    w.capped = says(message, "pagination is limited");
    w.credential =
        says(message, "number of login attempts exceeded") || says(message, "your account was suspended");
    w.api_version = says(message, "api version") || says(doc, "api-versions");
    json_decref(root);
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

static enum gh_outcome classify_success(const struct gh_answer *answer)
{
    if (answer->status == 204)
        return answer->expects_array ? GH_FRESH : GH_BROKEN;
    slice body = slice_trim(answer->body);
    const char *brackets = answer->expects_array ? "[]" : "{}";
    bool whole = body.len >= 2 && body.ptr[0] == brackets[0] && body.ptr[body.len - 1] == brackets[1];
    return answer->status == 200 && whole && is_json_type(answer->headers->content_type) ? GH_FRESH
                                                                                         : GH_BROKEN;
}

static int64_t until_reset_ms(const struct gh_headers *h)
{
    if (h->rate.reset_at_s <= 0) /* a limit without a reset is not GitHub's today; look again in a minute */
        return SECONDARY_MIN_MS;
    int64_t now_ms = h->date_ms ? h->date_ms : clock_wall_ms();
    int64_t wait_ms = h->rate.reset_at_s * 1000 - now_ms;
    return (wait_ms < 0 ? 0 : wait_ms > WINDOW_MS ? WINDOW_MS : wait_ms) + 1000;
}

static int64_t secondary_wait_ms(const struct gh_headers *h, int in_a_row)
{
    int64_t wait_ms = SECONDARY_MIN_MS;
    if (h->retry_after_s >= 0)
        return (h->retry_after_s ? h->retry_after_s : 1) * 1000;
    for (; in_a_row > 0 && wait_ms < SECONDARY_MAX_MS; in_a_row--)
        wait_ms *= 2;
    return wait_ms < SECONDARY_MAX_MS ? wait_ms : SECONDARY_MAX_MS;
}

/* 403 and 429: a limit of either sort, or a refusal. A refusal must never cost an hour, a limit never a target. */
static enum gh_outcome classify_refusal(const struct gh_answer *answer, int in_a_row, int64_t *wait_ms_out)
{
    const struct gh_headers *h = answer->headers;
    struct words w = read_words(answer->body);
    bool secondary = h->retry_after_s >= 0 || w.secondary;
    bool primary = h->rate.remaining == 0 || w.primary;
    if (!secondary && primary) {
        *wait_ms_out = until_reset_ms(h);
        return GH_PRIMARY_LIMIT;
    }
    if (secondary || answer->status == 429) {
        *wait_ms_out = secondary_wait_ms(h, in_a_row);
        return GH_SECONDARY_LIMIT;
    }
    if (w.blocked)
        return GH_BLOCKED;
    return w.credential && !answer->anonymous ? GH_UNAUTHORIZED : GH_RESTRICTED;
}

/* Only GitHub itself may declare something gone: not a proxy's HTML page, and not the end of an API version. */
static enum gh_outcome classify_absence(const struct gh_answer *answer)
{
    slice type = slice_of(answer->headers->content_type), html = SLICE("text/html");
    if (type.len >= html.len && slice_eq_nocase(slice_from(type.ptr, html.len), html))
        return GH_BROKEN;
    if (answer->status == 410 && read_words(answer->body).api_version)
        return GH_BROKEN;
    return GH_GONE;
}

enum gh_outcome gh_classify(const struct gh_answer *answer, int secondary_in_a_row, int64_t *wait_ms_out)
{
    int status = answer->status;
    *wait_ms_out = 0;
    if (status == 0)
        return GH_TRANSIENT;
    if (status >= 200 && status <= 299)
        return classify_success(answer);
    switch (status) {
    case 304:
        return GH_UNCHANGED;
    case 301:
    case 302:
    case 307:
    case 308:
        return answer->headers->location[0] ? GH_MOVED : GH_BROKEN;
    case 401:
        return answer->anonymous ? GH_RESTRICTED : GH_UNAUTHORIZED;
    case 403:
    case 429:
        return classify_refusal(answer, secondary_in_a_row, wait_ms_out);
    case 404:
    case 410:
        return classify_absence(answer);
    case 422:
        return read_words(answer->body).capped ? GH_CAPPED : GH_BROKEN;
    case 451:
        return GH_BLOCKED;
    default:
        return status >= 500 && status <= 599 ? GH_TRANSIENT : GH_BROKEN;
    }
}

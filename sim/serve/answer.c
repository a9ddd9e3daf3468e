/* answer.c: the order in which GitHub checks a request, and the common parts of answers.
 *
 * User-Agent, credentials, secondary limits, primary limit, API version, then the route; afterwards the
 * conditional headers, which may turn a 200 into a 304 and give the unit back. */
#include "sim/serve/server.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>

#define DOCS        "https://docs.github.com/"
#define DOCS_LIMITS DOCS "rest/using-the-rest-api/rate-limits-for-the-rest-api"

static void set_body(struct request *rq, unsigned status, const char *content_type, struct buf *text)
{
    struct answer *a = &rq->answer;
    body_release(rq->server->bodies, a->body);
    a->body = body_create(text);
    a->status = status;
    a->content_type = content_type;
    a->validators = false;
}

void answer_json(struct request *rq, unsigned status, struct buf *text)
{
    set_body(rq, status, "application/json; charset=utf-8", text);
}

void answer_text(struct request *rq, unsigned status, const char *content_type, const char *text)
{
    struct buf b = {0};
    buf_str(&b, text);
    set_body(rq, status, content_type, &b);
}

void answer_media(struct request *rq, const char *type, struct buf *data, bool binary, int64_t last_modified)
{
    set_body(rq, 200, type, data);
    rq->answer.body->content_type = type;
    rq->answer.body->binary = binary;
    rq->answer.body->last_modified = last_modified;
}

void answer_error(struct request *rq, unsigned status, const char *message, const char *documentation)
{
    struct buf b = {0};
    BUF_LIT(&b, "{\"message\":");
    buf_json(&b, message);
    BUF_LIT(&b, ",\"documentation_url\":");
    buf_json(&b, documentation);
    buf_printf(&b, ",\"status\":\"%u\"}", status);
    answer_json(rq, status, &b);
}

void answer_not_found(struct request *rq)
{
    answer_error(rq, 404, "Not Found", DOCS "rest");
}

void answer_secondary(struct request *rq, unsigned status)
{
    answer_error(
        rq, status,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you "
        "reach out to GitHub Support for help, please include the request ID.",
        DOCS_LIMITS "#about-secondary-rate-limits");
    rq->answer.has_quota = false;
    rq->answer.retry_after_s = rq->server->options.settings.retry_after_s;
}

static void answer_exhausted(struct request *rq)
{
    char message[300];
    if (rq->caller.authenticated)
        snprintf(
            message, sizeof message,
            "API rate limit exceeded for user ID %lld. If you reach out to GitHub Support for help, please "
            "include the request ID.",
            (long long)rq->caller.user_id);
    else
        snprintf(
            message, sizeof message,
            "API rate limit exceeded for %s. (But here's the good news: Authenticated requests get a higher "
            "rate limit. Check out the documentation for more details.)",
            rq->caller.label + strlen("anonymous:"));
    answer_error(rq, (unsigned)rq->server->options.settings.limit_status, message, DOCS_LIMITS);
}

/* A write weighs as much as five reads. */
int64_t request_points(const struct request *rq)
{
    return rq->writes ? 5 : 1;
}

static bool is_rest(const struct request *rq, const char *first, uint32_t n_segments)
{
    return rq->under_base && rq->n_segments == n_segments && strcmp(rq->segments[0], first) == 0;
}

static bool known_version(const char *version)
{
    return !version || !strcmp(version, "2022-11-28") || !strcmp(version, "2026-03-10");
}

/* If-None-Match is a list of validators; W/ is ignored in the comparison. */
static bool matches(const char *list, const char *etag)
{
    size_t n = strlen(etag);
    for (const char *p = list; *p;) {
        p += strspn(p, " ,\t");
        if (*p == '*')
            return true;
        if (strncmp(p, "W/", 2) == 0)
            p += 2;
        if (*p == '"' && strncmp(p + 1, etag, n) == 0 && p[1 + n] == '"')
            return true;
        p += strcspn(p, ",");
    }
    return false;
}

static bool unmodified_since(const char *text, int64_t last_modified)
{
    struct tm tm = {0};
    return last_modified && strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm) &&
           last_modified <= (int64_t)timegm(&tm);
}

static void answer_unsatisfiable(struct request *rq)
{
    struct buf none = {0};
    uint64_t len = rq->answer.body->text.len;
    set_body(rq, 416, "application/octet-stream", &none);
    rq->answer.last = len;
}

/* One range of bytes (RFC 9110 section 14); several, or another unit, are ignored, which is allowed. */
static void apply_range(struct request *rq)
{
    struct answer *a = &rq->answer;
    char quoted[80];
    unsigned long long first = 0, last = 0;
    uint64_t len = a->body->text.len;
    int end = 0;
    const char *r = rq->range;
    snprintf(quoted, sizeof quoted, "\"%s\"", a->etag);
    if (!a->body->binary || !r || strncmp(r, "bytes=", 6) != 0 || strchr(r, ',') || !rq->reads ||
        (rq->if_range && strcmp(rq->if_range, quoted) != 0))
        return;
    r += 6;
    if (sscanf(r, "-%llu%n", &last, &end) == 1 && !r[end]) {
        first = last < len ? len - last : 0; /* the last n bytes; 0 is not a range */
        first = last ? first : len;
        last = len - 1;
    } else if (sscanf(r, "%llu-%llu%n", &first, &last, &end) == 2 && !r[end]) {
        if (last < first)
            return;
    } else if (sscanf(r, "%llu-%n", &first, &end) == 1 && end && !r[end]) {
        last = len - 1;
    } else {
        return;
    }
    if (first >= len) {
        answer_unsatisfiable(rq);
        return;
    }
    a->first = first;
    a->last = last < len ? last : len - 1;
    a->ranged = true;
    a->status = 206;
}

bool answer_conditions(struct request *rq)
{
    struct answer *a = &rq->answer;
    if (a->status != 200 || a->uncacheable)
        return false;
    a->validators = true;
    body_etag(rq->server->bodies, a->body, rq->downloads ? NULL : rq->accept,
              rq->downloads ? NULL : rq->authorization, a->etag);
    bool same = rq->if_none_match       ? matches(rq->if_none_match, a->etag)
                : rq->if_modified_since ? unmodified_since(rq->if_modified_since, a->body->last_modified)
                                        : false;
    if (same)
        a->status = 304;
    else
        apply_range(rq);
    return same;
}

/* A 304 is free for callers with a valid Authorization; others pay. */
static void apply_conditions(struct request *rq, int64_t units)
{
    struct answer *a = &rq->answer;
    if (!answer_conditions(rq))
        return;
    if (rq->caller.authenticated && units) {
        accounts_charge(rq->server->accounts, &rq->caller, &rq->server->options.settings, a->quota.resource,
                        -units, &a->quota);
        a->charged = 0;
    }
}

static bool admitted(struct request *rq, enum resource res, int64_t units)
{
    struct answer *a = &rq->answer;
    const struct settings *s = &rq->server->options.settings;
    enum admission got =
        accounts_admit(rq->server->accounts, &rq->caller, s, res, units, request_points(rq), &a->quota);
    a->has_quota = !s->no_limits;
    a->charged = got == ADMIT ? units : 0;
    if (got == ADMIT_SECONDARY)
        answer_secondary(rq, 403);
    else if (got == ADMIT_EXHAUSTED)
        answer_exhausted(rq);
    return got == ADMIT;
}

static void answer_rest(struct request *rq)
{
    enum resource res = rq->n_segments && strcmp(rq->segments[0], "search") == 0 ? RES_SEARCH : RES_CORE;
    int64_t units = is_rest(rq, "rate_limit", 1) && !rq->caller.bad_credentials ? 0 : 1;
    if (!admitted(rq, res, units))
        return;
    if (rq->caller.bad_credentials)
        answer_error(rq, 401, "Bad credentials", DOCS "rest");
    else if (rq->caller.suspended)
        answer_error(rq, 403, "This installation has been suspended", DOCS "rest/apps/apps");
    else if (!known_version(rq->version))
        answer_error(rq, 400,
                     "The specified version is not supported. Supported versions: 2022-11-28, 2026-03-10.",
                     DOCS "rest/about-the-rest-api/api-versions");
    else if (!rq->under_base || rq->trailing_slash || rq->too_deep)
        answer_not_found(rq);
    else if (rq->reads)
        route_request(rq);
    else
        route_write(rq);
    apply_conditions(rq, units);
}

/* JSON is indented for agents that look like a person's; its ETag stays that of the compact text. */
static void indent_for_people(struct request *rq)
{
    static const char *const agents[] = {"curl", "Wget", "Safari", "Firefox"};
    struct body *old = rq->answer.body;
    bool person = false;
    for (size_t i = 0; i < sizeof agents / sizeof *agents; i++)
        person |= strstr(rq->user_agent, agents[i]) != NULL;
    if (!person || !old || !old->text.len || old->content_type || rq->answer.is_graphql)
        return;
    json_t *value = json_loadb(old->text.data, old->text.len, JSON_DECODE_ANY, NULL);
    char *text = value ? json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    if (!text)
        return;
    struct buf b = {0};
    buf_printf(&b, "%s\n", text);
    free(text);
    struct body *body = body_create(&b);
    body->link = old->link ? xstrdup(old->link) : NULL;
    body->last_modified = old->last_modified;
    body->is_list = old->is_list;
    body_release(rq->server->bodies, old);
    rq->answer.body = body;
}

void answer_request(struct request *rq)
{
    if (!rq->user_agent || !*rq->user_agent) {
        answer_text(
            rq, 403, "text/html; charset=utf-8",
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent "
            "header "
            "(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check "
            "https://developer.github.com for other possible causes.\r\n");
        return;
    }
    if (rq->server->app && rq->under_base && rq->n_segments && strcmp(rq->segments[0], "app") == 0) {
        app_request(rq);
        return;
    }
    if (is_rest(rq, "graphql", 1) && rq->server->options.settings.graphql && !rq->caller.suspended &&
        strcmp(rq->method, "POST") == 0) {
        rq->answer.is_graphql = true;
        rq->answer.uncacheable = true;
        graphql_request(rq);
        return;
    }
    answer_rest(rq);
    indent_for_people(rq);
}

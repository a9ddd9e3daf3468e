#include "mirror/upstream/refusal.h"
#include "core/base/clock.h"
#include "core/json/jw.h"
#include "mirror/cache/outcome.h"
#include <stdio.h>

#define PRIMARY_URL   "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
#define SECONDARY_URL "https://docs.github.com/rest/overview/resources-in-the-rest-api#secondary-rate-limits"
#define PRIMARY_TEXT  "API rate limit exceeded for this credential."
#define ANONYMOUS_TEXT                                                                                       \
    "API rate limit exceeded for this address. (But here's the good news: Authenticated requests get a "     \
    "higher rate limit. Check out the documentation for more details.)"
#define SECONDARY_TEXT                                                                                       \
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

static int64_t seconds(int64_t ms)
{
    return ms > 0 ? (ms + 999) / 1000 : 1;
}

/* Clients wait until X-RateLimit-Reset by their own clock or by this answer's Date: neither is GitHub's. */
static void put_rate(struct buf *lines, const struct closure *c, const char *bucket)
{
    int64_t reset_s = (clock_wall_ms() + c->wait_ms + 999) / 1000;
    if (c->rate.present && c->rate.reset_at_s > reset_s)
        reset_s = c->rate.reset_at_s;
    if (c->rate.present)
        buf_printf(lines, "X-RateLimit-Limit: %lld\nX-RateLimit-Used: %lld\n", (long long)c->rate.limit,
                   (long long)c->rate.limit);
    buf_printf(lines, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: %lld\nX-RateLimit-Resource: %s\n",
               (long long)reset_s, c->rate.present ? c->rate.resource : bucket);
}

static void put_error(struct jw *json, int status, const char *message, const char *url)
{
    char number[12];
    snprintf(number, sizeof number, "%d", status);
    jw_object(json);
    jw_kcstr(json, "message", message);
    jw_kcstr(json, "documentation_url", url);
    jw_kcstr(json, "status", number);
    jw_end_object(json);
}

/* GitHub gives a primary limit a type, a secondary one none. */
static void put_graphql_error(struct jw *json, bool secondary, const char *message)
{
    jw_object(json);
    jw_key(json, "errors");
    jw_array(json);
    jw_object(json);
    if (!secondary)
        jw_kcstr(json, "type", "RATE_LIMITED");
    jw_kcstr(json, "message", message);
    jw_end_object(json);
    jw_end_array(json);
    jw_end_object(json);
}

static const char *text_of(bool secondary, bool anonymous)
{
    return secondary ? SECONDARY_TEXT : anonymous ? ANONYMOUS_TEXT : PRIMARY_TEXT;
}

static void put_body(struct buf *out, int status, bool secondary, bool anonymous)
{
    struct jw json;
    const char *text = text_of(secondary, anonymous);
    jw_init(&json, out, 0);
    if (status == 200) /* only of GraphQL */
        put_graphql_error(&json, secondary, text);
    else
        put_error(&json, status, text, secondary ? SECONDARY_URL : PRIMARY_URL);
    buf_putc(out, '\n');
}

struct page *refusal_without_names(const struct page *answer, bool secondary, bool anonymous)
{
    static const char *const of_text[] = {"Content-Type", "Content-Encoding", "Content-Language", "ETag",
                                          "Last-Modified"};
    struct fields fields = answer->fields;
    AUTO_BUF lines = {0};
    AUTO_BUF body = {0};
    for (size_t i = 0; i < ARRAY_LEN(of_text); i++)
        fields_remove(&fields, of_text[i]);
    fields_drop_digests(&fields, true);
    fields_add(&fields, "Content-Type", "application/json; charset=utf-8");
    fields_write(&fields, &lines);
    put_body(&body, answer->status, secondary, anonymous);
    return page_create(answer->status, buf_slice(&lines), buf_slice(&body));
}

struct page *refusal_page(const struct closure *c, const char *bucket, bool anonymous)
{
    int status = !c->secondary && strcmp(bucket, "graphql") == 0 ? 200 : 403;
    AUTO_BUF lines = {0};
    AUTO_BUF body = {0};
    buf_puts(&lines, OWN_ANSWER_FIELDS);
    if (c->secondary)
        buf_printf(&lines, "Retry-After: %lld\n", (long long)seconds(c->wait_ms));
    else
        put_rate(&lines, c, bucket);
    put_body(&body, status, c->secondary, anonymous);
    return page_create(status, buf_slice(&lines), buf_slice(&body));
}

#include "github/headers.h"
#include "core/base/clock.h"
#include <stdio.h>
#include <time.h>

#define RETRY_AFTER_MAX_S 86400 /* longer waits are nonsense, and are cut to a day */

void gh_headers_reset(struct gh_headers *h)
{
    memset(h, 0, sizeof *h);
    h->rate = (struct gh_rate){.limit = -1, .remaining = -1, .used = -1, .resource = "core"};
    h->retry_after_s = -1;
}

/* Control characters could end a header when the value is sent back; the database accepts only UTF-8. */
static bool is_printable(slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return slice_utf8_valid(value);
}

static void put(char *place, size_t size, slice value)
{
    place[0] = '\0';
    if (value.len >= size || !is_printable(value))
        return;
    memcpy(place, value.ptr, value.len);
    place[value.len] = '\0';
}

/* A proxy may add a line of its own (rel=preload) before or after GitHub's. */
static void put_link(struct gh_headers *h, slice value)
{
    size_t len = strlen(h->link);
    size_t comma = len ? 2 : 0;
    if (!value.len)
        return;
    if (len + comma + value.len >= sizeof h->link || !is_printable(value)) {
        h->link_dropped = true;
        return;
    }
    memcpy(h->link + len, ", ", comma);
    memcpy(h->link + len + comma, value.ptr, value.len);
    h->link[len + comma + value.len] = '\0';
}

static void put_number(int64_t *place, slice value)
{
    if (!slice_i64(value, 0, INT64_MAX / 1000, place))
        *place = -1;
}

static void put_rate(struct gh_rate *r, slice name, slice value)
{
    if (slice_eq_nocase(name, SLICE("limit")))
        put_number(&r->limit, value);
    else if (slice_eq_nocase(name, SLICE("remaining")))
        put_number(&r->remaining, value);
    else if (slice_eq_nocase(name, SLICE("used")))
        put_number(&r->used, value);
    else if (slice_eq_nocase(name, SLICE("reset")) && !slice_i64(value, 1, INT64_MAX / 1000, &r->reset_at_s))
        r->reset_at_s = 0;
    else if (slice_eq_nocase(name, SLICE("resource")))
        put(r->resource, sizeof r->resource, value.len ? value : SLICE("core"));
    if (!r->resource[0])
        put(r->resource, sizeof r->resource, SLICE("core"));
    r->present = r->limit >= 0 && r->remaining >= 0 && r->reset_at_s > 0;
}

/* What remains is 0, not negative, after a limit was lowered below what was used. */
static int64_t used_of(const struct gh_rate *r)
{
    int64_t used = r->limit - r->remaining;
    return r->used > used ? r->used : used;
}

bool gh_rate_replaces(const struct gh_rate *received, const struct gh_rate *known, bool sent_since)
{
    if (received->reset_at_s != known->reset_at_s)
        return received->reset_at_s > known->reset_at_s;
    if (received->limit == known->limit)
        return received->remaining <= known->remaining;
    if (sent_since || used_of(received) != used_of(known))
        return sent_since || used_of(received) > used_of(known);
    return received->limit > known->limit;
}

/* The Date header may come after Retry-After, so a date is stored and computed again. */
static void count_retry_after(struct gh_headers *h)
{
    if (!h->retry_after_date_ms)
        return;
    int64_t from_ms = h->date_ms ? h->date_ms : clock_wall_ms();
    int64_t wait_s = (h->retry_after_date_ms - from_ms + 999) / 1000;
    h->retry_after_s = wait_s < 0 ? 0 : wait_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : wait_s;
}

static bool all_digits(slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len > 0;
}

static void put_retry_after(struct gh_headers *h, slice value)
{
    h->retry_after_s = -1;
    h->retry_after_date_ms = 0;
    if (all_digits(value)) {
        if (!slice_i64(value, 0, RETRY_AFTER_MAX_S, &h->retry_after_s))
            h->retry_after_s = RETRY_AFTER_MAX_S;
    } else if (clock_parse_http(value, &h->retry_after_date_ms)) {
        count_retry_after(h);
    }
}

static void put_date(struct gh_headers *h, slice value)
{
    if (!clock_parse_http(value, &h->date_ms))
        h->date_ms = 0;
    count_retry_after(h);
}

/* "2027-01-31 08:00:00 UTC", as GitHub writes the end of a token, also with a zone as +0200. 0: it is not that. */
static int64_t read_token_end(slice text)
{
    char copy[40];
    struct tm tm = {0}, with_zone = {0};
    if (text.len >= sizeof copy)
        return 0;
    snprintf(copy, sizeof copy, "%.*s", SLICE_ARG(text));
    const char *zone = strptime(copy, "%Y-%m-%d %H:%M:%S", &tm);
    if (!zone)
        return 0;
    int64_t local = (int64_t)timegm(&tm);
    bool offset = strpbrk(zone, "+-") && strptime(zone, " %z", &with_zone);
    return (local - (offset ? with_zone.tm_gmtoff : 0)) * 1000;
}

/* "partial-results; organizations=21955855,20582480"; a proxy may join two lines of the header with a comma. */
static bool is_partial(slice value)
{
    slice line, part;
    while (slice_split(&value, ',', &line))
        while (slice_split(&line, ';', &part))
            if (slice_eq_nocase(slice_trim(part), SLICE("partial-results")))
                return true;
    return false;
}

void gh_headers_line(struct gh_headers *h, slice line)
{
    static const slice rate_prefix = SLICE("x-ratelimit-");
    struct {
        const char *name;
        char *place;
        size_t size;
    } const texts[] = {
        {"etag", h->etag, sizeof h->etag},
        {"last-modified", h->last_modified, sizeof h->last_modified},
        {"location", h->location, sizeof h->location},
        {"content-type", h->content_type, sizeof h->content_type},
        {"x-github-request-id", h->request_id, sizeof h->request_id},
        {"x-oauth-scopes", h->scopes, sizeof h->scopes},
    };
    if (slice_starts(line, SLICE("HTTP/"))) {
        gh_headers_reset(h);
        return;
    }
    ptrdiff_t colon = slice_find(line, ':');
    if (colon <= 0)
        return;
    slice name = slice_from(line.ptr, (size_t)colon);
    slice value = slice_trim(slice_from(line.ptr + colon + 1, line.len - (size_t)colon - 1));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (slice_eq_nocase(name, slice_of(texts[i].name)))
            put(texts[i].place, texts[i].size, value);
    if (slice_eq_nocase(name, SLICE("x-oauth-scopes")))
        h->scopes_present = true;
    else if (slice_eq_nocase(name, SLICE("x-github-sso")))
        h->partial |= is_partial(value);
    else if (slice_eq_nocase(name, SLICE("link")))
        put_link(h, value);
    else if (slice_eq_nocase(name, SLICE("date")))
        put_date(h, value);
    else if (slice_eq_nocase(name, SLICE("github-authentication-token-expiration")))
        h->token_ends_ms = read_token_end(value);
    else if (slice_eq_nocase(name, SLICE("retry-after")))
        put_retry_after(h, value);
    else if (name.len > rate_prefix.len &&
             slice_eq_nocase(slice_from(name.ptr, rate_prefix.len), rate_prefix))
        put_rate(&h->rate, slice_from(name.ptr + rate_prefix.len, name.len - rate_prefix.len), value);
}

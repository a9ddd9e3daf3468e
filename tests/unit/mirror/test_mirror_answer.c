#include "mirror/serve/answer.h"
#include "tests/unit/unit.h"
#include <stdio.h>
#include <time.h>

static struct mirror mirror = {.upstream = "https://api.github.com"};
static struct config cfg;

static int setup(void **state)
{
    (void)state;
    mirror.cfg = &cfg;
    mirror.rate_view = rate_view_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rate_view_destroy(mirror.rate_view);
    return 0;
}

static struct exchange exchange_with(const char *name, const char *value)
{
    struct exchange ex = {
        .mirror = &mirror, .method = "GET", .path = "/x", .base = "http://m", .kind = EX_PAGE};
    if (name)
        fields_add(&ex.fields, name, value);
    return ex;
}

static struct outcome *outcome_of(const char *lines, const char *body)
{
    struct outcome *o = outcome_create(page_create(200, slice_of(lines), slice_of(body)), UPSTREAM_UNCHANGED);
    o->stored = true;
    o->forwarded = "stale";
    o->upstream_status = 304;
    return o;
}

/* The status, and that a body is sent with 200 and 206 only. */
static int status_for(const char *lines, const char *name, const char *value)
{
    struct answer a;
    struct exchange ex = exchange_with(name, value);
    struct outcome *o = outcome_of(lines, "0123456789");
    answer_build(&ex, o, &a);
    assert_int_equal(a.body != NULL && a.len > 0, a.status == 200 || a.status == 206);
    answer_finish(&a);
    outcome_release(o);
    return a.status;
}

#define DATED "ETag: W/\"1\"\nLast-Modified: Thu, 03 Sep 2026 03:02:25 GMT\nContent-Type: text/plain\n"

static void the_clients_own_conditions(void **state)
{
    (void)state;
    assert_int_equal(status_for(DATED, NULL, NULL), 200);
    assert_int_equal(status_for(DATED, "If-None-Match", "\"1\""), 304);
    assert_int_equal(status_for(DATED, "If-None-Match", "\"2\", W/\"1\""), 304);
    assert_int_equal(status_for(DATED, "If-None-Match", "\"2\""), 200);
    assert_int_equal(status_for(DATED, "If-Modified-Since", "Thu, 03 Sep 2026 03:02:25 GMT"), 304);
    assert_int_equal(status_for(DATED, "If-Modified-Since", "Thu, 03 Sep 2026 03:02:24 GMT"), 200);
    assert_int_equal(status_for(DATED, "If-Modified-Since", "yesterday"), 200);
    assert_int_equal(status_for("Content-Type: text/plain\n", "If-None-Match", "\"1\""), 200);
}

static void a_304_says_nothing_of_a_body(void **state)
{
    struct answer a;
    struct exchange ex = exchange_with("If-None-Match", "\"1\"");
    struct outcome *o = outcome_of(DATED, "0123456789");
    (void)state;
    answer_build(&ex, o, &a);
    assert_null(fields_get(&a.fields, "Content-Type"));
    assert_string_equal(fields_get(&a.fields, "ETag"), "W/\"1\"");
    assert_string_equal(fields_get(&a.fields, "X-Cache"), "ONLINE_HIT");
    assert_string_equal(fields_get(&a.fields, "Cache-Status"),
                        "gitomatic; fwd=stale; fwd-status=304; detail=quota-free");
    answer_finish(&a);
    outcome_release(o);
}

static void ranges(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        enum range range;
        size_t from, part;
    } rows[] = {
        {"bytes=0-3", 10, RANGE_PART, 0, 4},
        {"bytes=8-", 10, RANGE_PART, 8, 2},
        {"bytes=-3", 10, RANGE_PART, 7, 3},
        {"bytes=-30", 10, RANGE_PART, 0, 10},
        {"bytes=5-500", 10, RANGE_PART, 5, 5},
        {"Bytes=9-9", 10, RANGE_PART, 9, 1},
        {"bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 10},
        {"bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 10},
        {"bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=3-1", 10, RANGE_WHOLE, 0, 10},
        {"bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 10},
        {"items=0-1", 10, RANGE_WHOLE, 0, 10},
        {"bytes=a-b", 10, RANGE_WHOLE, 0, 10},
        {"bytes=-", 10, RANGE_WHOLE, 0, 10},
        {"bytes=", 10, RANGE_WHOLE, 0, 10},
        {"bytes=99999999999999999999-", 10, RANGE_WHOLE, 0, 10},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t from = 99, len = 99;
        assert_int_equal(range_parse(rows[i].text, rows[i].len, &from, &len), rows[i].range);
        assert_int_equal(from, rows[i].from);
        assert_int_equal(len, rows[i].part);
    }
}

static void a_part_of_the_body(void **state)
{
    struct answer a;
    struct exchange ex = exchange_with("Range", "bytes=2-4");
    struct outcome *o = outcome_of(DATED, "0123456789");
    (void)state;
    answer_build(&ex, o, &a);
    assert_int_equal(a.status, 206);
    assert_slice(slice_from(a.body->bytes + a.from, a.len), "234");
    assert_string_equal(fields_get(&a.fields, "Content-Range"), "bytes 2-4/10");
    answer_finish(&a);
    fields_add(&ex.fields, "If-Range", "W/\"1\""); /* weak: proves no bytes */
    answer_build(&ex, o, &a);
    assert_int_equal(a.status, 200);
    answer_finish(&a);
    outcome_release(o);
    assert_int_equal(status_for(DATED, "Range", "bytes=99-"), 416);
}

static void addresses_in_fields(void **state)
{
    struct answer a;
    struct exchange ex = exchange_with(NULL, NULL);
    struct outcome *o =
        outcome_of("Link: <https://api.github.com/x?page=2>; rel=\"next\"\n"
                   "Location: https://api.github.com/made/1\nX-Other: https://api.github.com/x\n",
                   "");
    (void)state;
    answer_build(&ex, o, &a);
    assert_string_equal(fields_get(&a.fields, "Link"), "<http://m/x?page=2>; rel=\"next\"");
    assert_string_equal(fields_get(&a.fields, "Location"), "http://m/made/1");
    assert_string_equal(fields_get(&a.fields, "X-Other"), "https://api.github.com/x");
    answer_finish(&a);
    outcome_release(o);
}

static void rate_headers_are_those_of_now(void **state)
{
    struct answer a;
    struct gh_headers headers;
    struct exchange ex = exchange_with(NULL, NULL);
    struct outcome *o = outcome_of(DATED "X-RateLimit-Remaining: 4999\nX-RateLimit-Resource: core\n", "x");
    char reset[60];
    (void)state;
    gh_headers_reset(&headers);
    gh_headers_line(&headers, SLICE("x-ratelimit-limit: 5000"));
    gh_headers_line(&headers, SLICE("x-ratelimit-remaining: 17"));
    snprintf(reset, sizeof reset, "x-ratelimit-reset: %lld", (long long)time(NULL) + 1000);
    gh_headers_line(&headers, slice_of(reset));
    rate_view_note(mirror.rate_view, ex.credential_hash, "core", &headers, 0, (struct closure){0}, true);
    o->forwarded = NULL;
    o->upstream_result = UPSTREAM_FRESH;
    o->age_ms = 7100;
    answer_build(&ex, o, &a);
    assert_string_equal(fields_get(&a.fields, "X-RateLimit-Remaining"), "17");
    assert_string_equal(fields_get(&a.fields, "X-RateLimit-Used"), "4983");
    assert_string_equal(fields_get(&a.fields, "Age"), "7");
    assert_string_equal(fields_get(&a.fields, "Cache-Status"), "gitomatic; hit; ttl=-7; detail=quota-free");
    answer_finish(&a);
    outcome_release(o);
}

static void an_empty_bucket_is_closed_until_its_reset(void **state)
{
    struct gh_headers headers;
    unsigned char credential_hash[CREDENTIAL_HASH_BYTES] = {7};
    char reset[60];
    (void)state;
    gh_headers_reset(&headers);
    gh_headers_line(&headers, SLICE("x-ratelimit-limit: 60"));
    gh_headers_line(&headers, SLICE("x-ratelimit-remaining: 0"));
    snprintf(reset, sizeof reset, "x-ratelimit-reset: %lld", (long long)time(NULL) + 100);
    gh_headers_line(&headers, slice_of(reset));
    assert_int_equal(rate_view_closure(mirror.rate_view, credential_hash, "core").wait_ms, 0);
    rate_view_note(mirror.rate_view, credential_hash, "core", &headers, 0, (struct closure){0}, true);
    int64_t closed = rate_view_closure(mirror.rate_view, credential_hash, "core").wait_ms;
    assert_true(closed > 95000 && closed <= 102000);
    assert_int_equal(rate_view_closure(mirror.rate_view, credential_hash, "search").wait_ms, 0);
    gh_headers_reset(&headers);
    rate_view_note(mirror.rate_view, credential_hash, "search", &headers, 0,
                   (struct closure){.wait_ms = 60000, .secondary = true},
                   false); /* a secondary limit has no rate headers */
    assert_true(rate_view_closure(mirror.rate_view, credential_hash, "search").wait_ms > 59000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_clients_own_conditions),
                                       cmocka_unit_test(a_304_says_nothing_of_a_body),
                                       cmocka_unit_test(ranges),
                                       cmocka_unit_test(a_part_of_the_body),
                                       cmocka_unit_test(addresses_in_fields),
                                       cmocka_unit_test(rate_headers_are_those_of_now),
                                       cmocka_unit_test(an_empty_bucket_is_closed_until_its_reset)};
    return cmocka_run_group_tests(tests, setup, teardown);
}

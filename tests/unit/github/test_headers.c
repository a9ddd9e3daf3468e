#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "github/headers.h"
#include <stdio.h>

static struct gh_headers read_lines(const char *const *lines)
{
    struct gh_headers h;
    memset(&h, 0x5a, sizeof h);
    gh_headers_reset(&h);
    for (; *lines; lines++)
        gh_headers_line(&h, slice_of(*lines));
    return h;
}

#define READ(...) read_lines((const char *const[]){__VA_ARGS__, NULL})

static void test_headers__the_end_of_a_token(void **state)
{
    (void)state;
#define ENDS(text) READ("GitHub-Authentication-Token-Expiration: " text).token_ends_ms
    assert_int_equal(ENDS("2027-01-31 08:00:00 UTC"), 1801382400000);
    assert_int_equal(ENDS("2027-01-31 08:00:00 +0200"), 1801382400000 - 7200000);
    assert_int_equal(ENDS("2027-01-31 08:00:00 -0800"), 1801382400000 + 8 * 3600000);
    assert_int_equal(ENDS(""), 0);
    assert_int_equal(ENDS("never"), 0);
    assert_int_equal(ENDS("2027-01-31 08:00:00 UTC and much more than a date is"), 0);
    assert_int_equal(READ("Date: Mon, 02 Nov 2026 10:00:00 GMT").token_ends_ms, 0);
#undef ENDS
}

static void test_headers__reset_says_nothing(void **state)
{
    (void)state;
    struct gh_headers h = READ("");
    assert_false(h.rate.present);
    assert_int_equal(h.rate.limit, -1);
    assert_int_equal(h.rate.remaining, -1);
    assert_int_equal(h.rate.used, -1);
    assert_int_equal(h.rate.reset_at_s, 0);
    assert_string_equal(h.rate.resource, "core");
    assert_string_equal(h.etag, "");
    assert_string_equal(h.link, "");
    assert_string_equal(h.location, "");
    assert_false(h.scopes_present);
    assert_int_equal(h.date_ms, 0);
    assert_int_equal(h.retry_after_s, -1);
}

static void test_headers__bytes_that_are_no_utf8(void **state)
{
    (void)state;
    struct gh_headers h =
        READ("ETag: \"\xe9\"", "Last-Modified: \xff", "Location: /caf\xe9", "Content-Type: a\xc0\xaf",
             "X-GitHub-Request-Id: \xed\xa0\x80", "X-OAuth-Scopes: repo\xfe", "Link: </a\xe9>; rel=\"next\"",
             "X-RateLimit-Resource: c\xf6re");
    assert_string_equal(h.etag, "");
    assert_string_equal(h.last_modified, "");
    assert_string_equal(h.location, "");
    assert_string_equal(h.content_type, "");
    assert_string_equal(h.request_id, "");
    assert_string_equal(h.scopes, "");
    assert_true(h.link_dropped);
    assert_string_equal(h.rate.resource, "core");
    assert_string_equal(READ("ETag: \"\xc3\xa9\"").etag, "\"\xc3\xa9\"");
}

static void test_headers__a_whole_answer(void **state)
{
    (void)state;
    struct gh_headers h = READ(
        "HTTP/2 200 \r\n", "Date: Mon, 25 Jan 2021 01:00:36 GMT\r\n",
        "Content-Type: application/json; charset=utf-8\r\n", "ETag: W/\"909ef95c\"\r\n",
        "last-modified:Sat, 18 Nov 2023 13:36:18 GMT\r\n", "X-OAuth-Scopes: repo, user\r\n",
        "X-RateLimit-Limit: 5000\r\n", "x-ratelimit-remaining: 4940\r\n", "X-RATELIMIT-RESET: 1611538431\r\n",
        "x-ratelimit-used: 60\r\n", "x-ratelimit-resource: graphql\r\n", "X-GitHub-Request-Id: FEDB:9997\r\n",
        "Link: <https://api.github.com/x?page=2>; rel=\"next\"\r\n",
        "Location: https://api.github.com/y:z\r\n", "\r\n");
    assert_int_equal(h.date_ms, INT64_C(1611536436000));
    assert_string_equal(h.content_type, "application/json; charset=utf-8");
    assert_string_equal(h.etag, "W/\"909ef95c\"");
    assert_string_equal(h.last_modified, "Sat, 18 Nov 2023 13:36:18 GMT");
    assert_true(h.scopes_present);
    assert_string_equal(h.scopes, "repo, user");
    assert_true(h.rate.present);
    assert_int_equal(h.rate.limit, 5000);
    assert_int_equal(h.rate.remaining, 4940);
    assert_int_equal(h.rate.used, 60);
    assert_int_equal(h.rate.reset_at_s, 1611538431);
    assert_string_equal(h.rate.resource, "graphql");
    assert_string_equal(h.request_id, "FEDB:9997");
    assert_string_equal(h.link, "<https://api.github.com/x?page=2>; rel=\"next\"");
    assert_string_equal(h.location, "https://api.github.com/y:z");
}

static void test_headers__status_line_begins_another_hop(void **state)
{
    (void)state;
    struct gh_headers h =
        READ("HTTP/1.1 301 Moved Permanently", "Location: /elsewhere", "ETag: \"old\"", "Retry-After: 9",
             "X-OAuth-Scopes: repo", "X-RateLimit-Resource: search", "HTTP/1.1 200 OK");
    assert_string_equal(h.location, "");
    assert_string_equal(h.etag, "");
    assert_int_equal(h.retry_after_s, -1);
    assert_false(h.scopes_present);
    assert_string_equal(h.rate.resource, "core");
}

static void test_headers__lines_of_link_are_one_list(void **state)
{
    (void)state;
    struct gh_headers h =
        READ("HTTP/1.1 200 OK", "Link: <a>; rel=next", "link:", "LINK: </s.css>; rel=preload");
    assert_string_equal(h.link, "<a>; rel=next, </s.css>; rel=preload");
    assert_false(h.link_dropped);
    char line[3000];
    snprintf(line, sizeof line, "Link: <%02100d>; rel=next", 7);
    h = READ("HTTP/1.1 200 OK", "Link: <b>; rel=last", line);
    assert_string_equal(h.link, "<b>; rel=last");
    assert_true(h.link_dropped);
    h = READ("HTTP/1.1 200 OK", "Link: <\x01>; rel=next", "HTTP/1.1 200 OK");
    assert_false(h.link_dropped);
}

static void test_headers__rate_needs_all_three(void **state)
{
    (void)state;
    assert_false(READ("x-ratelimit-limit: 60", "x-ratelimit-remaining: 0").rate.present);
    assert_int_equal(READ("x-ratelimit-limit: 60", "x-ratelimit-remaining: 0").rate.remaining, 0);
    assert_false(READ("x-ratelimit-limit: 60", "x-ratelimit-reset: 1").rate.present);
    assert_false(READ("x-ratelimit-remaining: 60", "x-ratelimit-reset: 1").rate.present);
    assert_true(
        READ("x-ratelimit-limit: 0", "x-ratelimit-remaining: 0", "x-ratelimit-reset: 1").rate.present);
}

static void test_headers__senseless_rate_is_absent(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "-1", "", "abc", "5 000", "5000.0", "99999999999999999999", "9223372036854775807"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char remaining[64], reset[64];
        snprintf(remaining, sizeof remaining, "x-ratelimit-remaining: %s", bad[i]);
        snprintf(reset, sizeof reset, "x-ratelimit-reset: %s", bad[i]);
        struct gh_headers h = READ("x-ratelimit-limit: 60", "x-ratelimit-reset: 5", remaining);
        assert_false(h.rate.present);
        assert_int_equal(h.rate.remaining, -1);
        h = READ("x-ratelimit-limit: 60", "x-ratelimit-remaining: 5", reset);
        assert_false(h.rate.present);
        assert_int_equal(h.rate.reset_at_s, 0);
        /* also when a sensible one came before */
        h = READ("x-ratelimit-limit: 60", "x-ratelimit-remaining: 5", "x-ratelimit-reset: 5", remaining);
        assert_false(h.rate.present);
    }
    assert_false(
        READ("x-ratelimit-limit: 60", "x-ratelimit-remaining: 5", "x-ratelimit-reset: 0").rate.present);
}

static void test_headers__resource_falls_back_to_core(void **state)
{
    (void)state;
    assert_string_equal(READ("x-ratelimit-resource:").rate.resource, "core");
    assert_string_equal(READ("x-ratelimit-resource: a-name-that-is-far-too-long").rate.resource, "core");
    assert_string_equal(READ("x-ratelimit-resource: integration_manifest").rate.resource,
                        "integration_manifest");
}

static void test_headers__too_long_is_dropped_not_cut(void **state)
{
    (void)state;
    char line[4000];
    struct gh_headers h;
    memset(line, 'a', sizeof line);
    memcpy(line, "etag: ", 6);
    gh_headers_reset(&h);
    gh_headers_line(&h, slice_from(line, 6 + GH_ETAG_MAX - 1));
    assert_int_equal(strlen(h.etag), GH_ETAG_MAX - 1);
    gh_headers_line(&h, slice_from(line, 6 + GH_ETAG_MAX));
    assert_string_equal(h.etag, "");
    memcpy(line, "link: ", 6);
    gh_headers_line(&h, slice_from(line, sizeof line));
    assert_string_equal(h.link, "");
    memcpy(line, "x-oauth-scopes: ", 16);
    gh_headers_line(&h, slice_from(line, sizeof line));
    assert_string_equal(h.scopes, "");
    assert_true(h.scopes_present);
}

static void test_headers__control_characters_are_dropped(void **state)
{
    (void)state;
    struct gh_headers h;
    gh_headers_reset(&h);
    gh_headers_line(&h, SLICE("ETag: \"a\rX-Evil: 1\""));
    assert_string_equal(h.etag, "");
    gh_headers_line(&h, SLICE("ETag: \"a\0b\""));
    assert_string_equal(h.etag, "");
    gh_headers_line(&h, SLICE("Location: /a\x7f"));
    assert_string_equal(h.location, "");
}

static void test_headers__lines_that_are_none_are_passed_over(void **state)
{
    (void)state;
    struct gh_headers h = READ("etag", ": x", "etag : \"spaced\"", " etag: \"folded\"", "x-etag: \"other\"",
                               "eta: \"x\"", "x-ratelimit-: 5", "x-ratelimit: 5", "retry-after", "");
    struct gh_headers fresh;
    gh_headers_reset(&fresh);
    assert_memory_equal(&h, &fresh, sizeof h);
    gh_headers_line(&h, (slice){NULL, 0});
    assert_memory_equal(&h, &fresh, sizeof h);
}

static void test_headers__partial_results(void **state)
{
    (void)state;
    assert_true(READ("X-GitHub-SSO: partial-results; organizations=1,2").partial);
    assert_true(READ("x-github-sso:Partial-Results").partial);
    assert_true(
        READ("X-GitHub-SSO: partial-results", "X-GitHub-SSO: required; url=https://x.example").partial);
    assert_true(
        READ("X-GitHub-SSO: required; url=https://x.example, partial-results; organizations=1").partial);
    assert_false(READ("X-GitHub-SSO: required; url=https://x.example/partial-results").partial);
    assert_false(READ("X-GitHub-SSO:", "SSO: partial-results").partial);
}

static void test_headers__retry_after_seconds(void **state)
{
    (void)state;
    assert_int_equal(READ("Retry-After: 60").retry_after_s, 60);
    assert_int_equal(READ("Retry-After: 0").retry_after_s, 0);
    assert_int_equal(READ("Retry-After: 99999999999999999999999").retry_after_s, 86400);
    assert_int_equal(READ("Retry-After: -5").retry_after_s, -1);
    assert_int_equal(READ("Retry-After: soon").retry_after_s, -1);
    assert_int_equal(READ("Retry-After:").retry_after_s, -1);
}

static void test_headers__retry_after_date_counts_from_the_servers_clock(void **state)
{
    (void)state;
    const char *date = "Date: Mon, 25 Jan 2021 01:00:36 GMT",
               *after = "Retry-After: Mon, 25 Jan 2021 01:02:36 GMT";
    assert_int_equal(READ(date, after).retry_after_s, 120);
    assert_int_equal(READ(after, date).retry_after_s, 120);
    assert_int_equal(READ(date, "Retry-After: Mon, 25 Jan 2021 01:00:00 GMT").retry_after_s, 0);
    assert_int_equal(READ(date, "Retry-After: Mon, 25 Jan 2039 01:00:00 GMT").retry_after_s, 86400);
    assert_int_equal(READ(after, "Retry-After: 7", date).retry_after_s, 7);
    assert_int_equal(READ(after).retry_after_s, 0); /* without Date by our clock: long past */
}

static void test_headers__invalid_date(void **state)
{
    (void)state;
    assert_int_equal(READ("Date: yesterday").date_ms, 0);
    assert_int_equal(READ("Date: Mon, 25 Jan 2021 01:00:36 GMT", "Date: x").date_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers__reset_says_nothing),
        cmocka_unit_test(test_headers__the_end_of_a_token),
        cmocka_unit_test(test_headers__a_whole_answer),
        cmocka_unit_test(test_headers__bytes_that_are_no_utf8),
        cmocka_unit_test(test_headers__status_line_begins_another_hop),
        cmocka_unit_test(test_headers__lines_of_link_are_one_list),
        cmocka_unit_test(test_headers__rate_needs_all_three),
        cmocka_unit_test(test_headers__senseless_rate_is_absent),
        cmocka_unit_test(test_headers__resource_falls_back_to_core),
        cmocka_unit_test(test_headers__too_long_is_dropped_not_cut),
        cmocka_unit_test(test_headers__control_characters_are_dropped),
        cmocka_unit_test(test_headers__lines_that_are_none_are_passed_over),
        cmocka_unit_test(test_headers__partial_results),
        cmocka_unit_test(test_headers__retry_after_seconds),
        cmocka_unit_test(test_headers__retry_after_date_counts_from_the_servers_clock),
        cmocka_unit_test(test_headers__invalid_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

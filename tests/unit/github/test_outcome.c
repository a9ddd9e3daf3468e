#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "github/outcome.h"
#include <stdio.h>

#define JSON_TYPE  "application/json; charset=utf-8"
#define NOW_S      1700000000
#define MINUTE_MS  60000
#define ANONYMOUS  .anonymous = true
#define AN_ARRAY   .expects_array = true
#define BODY(text) .body = SLICE(text)

static struct gh_headers headers;
static int64_t wait_ms;

/* An answer as GitHub gives it: JSON, a Date, quota left. */
static int set_up(void **state)
{
    (void)state;
    gh_headers_reset(&headers);
    strcpy(headers.content_type, JSON_TYPE);
    headers.date_ms = NOW_S * INT64_C(1000);
    headers.rate = (struct gh_rate){true, 5000, 4000, 1000, NOW_S + 1800, "core"};
    wait_ms = -1;
    return 0;
}

static enum gh_outcome classify(struct gh_answer answer, int in_a_row)
{
    answer.headers = &headers;
    return gh_classify(&answer, in_a_row, &wait_ms);
}

#define assert_outcome(expected, ...)                                                                        \
    assert_string_equal(gh_outcome_name(classify((struct gh_answer){__VA_ARGS__}, 0)),                       \
                        gh_outcome_name(expected))
#define assert_no_wait(expected, ...)                                                                        \
    do {                                                                                                     \
        assert_outcome(expected, __VA_ARGS__);                                                               \
        assert_int_equal(wait_ms, 0);                                                                        \
    } while (0)

static void test_outcome__table_is_complete(void **state)
{
    (void)state;
    for (int i = 0; i < GH_N_OUTCOMES; i++) {
        assert_true(strlen(gh_outcome_name((enum gh_outcome)i)) > 3);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(gh_outcome_name((enum gh_outcome)i), gh_outcome_name((enum gh_outcome)j));
    }
    assert_string_equal(gh_outcome_name(GH_SECONDARY_LIMIT), "secondary_limit");
}

static void test_outcome__fresh(void **state)
{
    (void)state;
    assert_no_wait(GH_FRESH, .status = 200, BODY("{\"id\":1}"));
    assert_no_wait(GH_FRESH, .status = 200, BODY(" \r\n[{\"id\":1}]\n"), AN_ARRAY);
    assert_no_wait(GH_FRESH, .status = 200, BODY("[]"), AN_ARRAY);
    assert_no_wait(GH_FRESH, .status = 204, BODY(""), AN_ARRAY);
    strcpy(headers.content_type, "application/vnd.github.star+json");
    assert_no_wait(GH_FRESH, .status = 200, BODY("[]"), AN_ARRAY);
    strcpy(headers.content_type, "Application/JSON");
    assert_no_wait(GH_FRESH, .status = 200, BODY("{}"));
    headers.rate.remaining = 0; /* the last one of the window is still an answer */
    assert_no_wait(GH_FRESH, .status = 200, BODY("{}"));
}

static void test_outcome__success_that_makes_no_sense_is_broken(void **state)
{
    (void)state;
    assert_no_wait(GH_BROKEN, .status = 200, BODY("<html>Unicorn!</html>"), AN_ARRAY);
    assert_no_wait(GH_BROKEN, .status = 200, BODY("[{\"id\":1},{\"id\":"), AN_ARRAY);
    assert_no_wait(GH_BROKEN, .status = 200, BODY("{\"id\":1"));
    assert_no_wait(GH_BROKEN, .status = 200, BODY("{\"message\":\"x\"}"), AN_ARRAY);
    assert_no_wait(GH_BROKEN, .status = 200, BODY("[]"));
    assert_no_wait(GH_BROKEN, .status = 200, BODY("["), AN_ARRAY);
    assert_no_wait(GH_BROKEN, .status = 200, BODY("{"));
    assert_no_wait(GH_BROKEN, .status = 200, BODY(""));
    assert_no_wait(GH_BROKEN, .status = 200, BODY("  \n"), AN_ARRAY);
    assert_no_wait(GH_BROKEN, .status = 204, BODY(""));
    assert_no_wait(GH_BROKEN, .status = 202, BODY("{}"));
    assert_no_wait(GH_BROKEN, .status = 206, BODY("[]"), AN_ARRAY);
}

static void test_outcome__success_of_another_type_is_broken(void **state)
{
    (void)state;
    static const char *const types[] = {"text/html; charset=utf-8",     "",
                                        "text/plain; application/json", "application/jsonp",
                                        "application/octet-stream",     "+json"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        strcpy(headers.content_type, types[i]);
        assert_no_wait(GH_BROKEN, .status = 200, BODY("{}"));
    }
}

static void test_outcome__unchanged(void **state)
{
    (void)state;
    headers.content_type[0] = '\0';
    assert_no_wait(GH_UNCHANGED, .status = 304);
    headers.rate.remaining = 0;
    assert_no_wait(GH_UNCHANGED, .status = 304, AN_ARRAY);
}

static void test_outcome__moved(void **state)
{
    (void)state;
    static const int statuses[] = {301, 302, 307, 308};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        headers.location[0] = '\0';
        assert_no_wait(GH_BROKEN, .status = statuses[i], BODY("{}"));
        strcpy(headers.location, "https://api.github.com/repositories/1");
        assert_no_wait(GH_MOVED, .status = statuses[i], BODY("{}"));
    }
    assert_no_wait(GH_BROKEN, .status = 300);
    assert_no_wait(GH_BROKEN, .status = 303);
}

static void test_outcome__primary_limit_waits_for_the_reset(void **state)
{
    (void)state;
    headers.rate.remaining = 0;
    static const int statuses[] = {403, 429};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        assert_outcome(GH_PRIMARY_LIMIT, .status = statuses[i],
                       BODY("{\"message\":\"API rate limit exceeded for user ID 1.\"}"));
        assert_int_equal(wait_ms, 1801000);
        assert_outcome(GH_PRIMARY_LIMIT, .status = statuses[i], ANONYMOUS, AN_ARRAY);
        assert_int_equal(wait_ms, 1801000);
    }
    headers.rate.remaining = 17; /* the words alone do */
    assert_outcome(GH_PRIMARY_LIMIT, .status = 403,
                   BODY("{\"message\":\"API rate limit already exceeded for user ID 1.\"}"));
    assert_int_equal(wait_ms, 1801000);
}

static void test_outcome__primary_wait_is_bounded(void **state)
{
    (void)state;
    headers.rate.remaining = 0;
    headers.rate.reset_at_s = NOW_S - 500;
    assert_outcome(GH_PRIMARY_LIMIT, .status = 403);
    assert_int_equal(wait_ms, 1000);
    headers.rate.reset_at_s = NOW_S + 86400 * 365;
    assert_outcome(GH_PRIMARY_LIMIT, .status = 403);
    assert_int_equal(wait_ms, 3601000);
    headers.rate.reset_at_s = 0;
    assert_outcome(GH_PRIMARY_LIMIT, .status = 403);
    assert_int_equal(wait_ms, MINUTE_MS);
    headers.date_ms = 0; /* by our clock */
    headers.rate.reset_at_s = clock_wall_ms() / 1000 + 100;
    assert_outcome(GH_PRIMARY_LIMIT, .status = 403);
    assert_in_range(wait_ms, 95000, 101000);
}

#define SECONDARY_BODY                                                                                       \
    "{\"message\":\"You have exceeded a secondary rate limit. Please wait a few minutes.\"}"

static void test_outcome__secondary_limit_with_retry_after(void **state)
{
    (void)state;
    headers.retry_after_s = 77;
    assert_outcome(GH_SECONDARY_LIMIT, .status = 403, BODY(SECONDARY_BODY));
    assert_int_equal(wait_ms, 77000);
    assert_outcome(GH_SECONDARY_LIMIT, .status = 429);
    assert_int_equal(wait_ms, 77000);
    headers.rate.remaining = 0; /* Retry-After comes first */
    assert_outcome(GH_SECONDARY_LIMIT, .status = 403, BODY("{\"message\":\"API rate limit exceeded\"}"));
    assert_int_equal(wait_ms, 77000);
    headers.retry_after_s = 0; /* no busy loop */
    assert_outcome(GH_SECONDARY_LIMIT, .status = 403);
    assert_int_equal(wait_ms, 1000);
}

static void test_outcome__secondary_limit_by_its_words(void **state)
{
    (void)state;
    /* quota left and a reset half an hour away: not waited for */
    assert_outcome(GH_SECONDARY_LIMIT, .status = 403, BODY(SECONDARY_BODY));
    assert_int_equal(wait_ms, MINUTE_MS);
    assert_outcome(GH_SECONDARY_LIMIT, .status = 429, BODY(SECONDARY_BODY));
    assert_outcome(GH_SECONDARY_LIMIT, .status = 403,
                   BODY("{\"message\":\"You have triggered an abuse detection mechanism.\"}"));
    assert_outcome(GH_SECONDARY_LIMIT, .status = 403,
                   BODY("{\"documentation_url\":\"https://docs.github.com/x#about-secondary-rate-limits\"}"));
    assert_outcome(GH_SECONDARY_LIMIT, .status = 403,
                   BODY("{\"documentation_url\":\"https://developer.github.com/v3/#abuse-rate-limits\"}"));
    assert_outcome(GH_SECONDARY_LIMIT, .status = 429, BODY("{\"message\":\"Too many requests\"}"));
    assert_int_equal(wait_ms, MINUTE_MS);
    headers.rate.remaining = 0;
    assert_outcome(GH_SECONDARY_LIMIT, .status = 403, BODY(SECONDARY_BODY));
    assert_int_equal(wait_ms, MINUTE_MS);
}

static void test_outcome__secondary_waits_double_up_to_a_quarter_hour(void **state)
{
    (void)state;
    static const int minutes[] = {1, 2, 4, 8, 15, 15};
    struct gh_answer answer = {.status = 403, BODY(SECONDARY_BODY)};
    for (int i = 0; i < (int)ARRAY_LEN(minutes); i++) {
        assert_int_equal(classify(answer, i), GH_SECONDARY_LIMIT);
        assert_int_equal(wait_ms, minutes[i] * MINUTE_MS);
    }
    classify(answer, INT32_MAX);
    assert_int_equal(wait_ms, 15 * MINUTE_MS);
    classify(answer, -3);
    assert_int_equal(wait_ms, MINUTE_MS);
}

static void test_outcome__limits_of_graphql_come_with_200(void **state)
{
    (void)state;
    static const slice primary[] = {
        SLICE("{\"errors\":[{\"type\":\"RATE_LIMITED\",\"message\":\"API rate limit exceeded\"}]}"),
        SLICE("{\"errors\":[{\"type\":\"RATE_LIMIT\",\"code\":\"graphql_rate_limit\"}]}"),
        SLICE("{\"errors\":[{\"message\":\"x\"},{\"code\":\"graphql_rate_limit\"}]}"),
        SLICE("{\"errors\":[{\"extensions\":{\"code\":\"RATE_LIMITED\"}}],\"data\":{\"nodes\":[null]}}"),
        SLICE("{\"errors\":[{\"message\":\"API rate limit already exceeded for user ID 1.\"}]}")};
    static const slice secondary[] = {
        SLICE("{\"errors\":[{\"message\":\"You have exceeded a secondary rate limit.\"}]}"),
        SLICE("{\"errors\":[{\"type\":\"RATE_LIMITED\",\"message\":\"a secondary rate limit\"}]}"),
        SLICE("{\"message\":\"You have exceeded a secondary rate limit.\"}")};
    static const slice none[] = {
        SLICE("{\"data\":{\"nodes\":[{\"bio\":\"\\\"errors\\\": API rate limit exceeded\"}]}}"),
        SLICE("{\"errors\":[{\"type\":\"NOT_FOUND\",\"message\":\"no 'API rate limit exceeded'\"}]}"),
        SLICE("{\"errors\":[{\"message\":\"Something went wrong\"}]}"), SLICE("{\"errors\":7}"), SLICE("{}")};
    for (size_t i = 0; i < ARRAY_LEN(primary); i++) {
        assert_outcome(GH_PRIMARY_LIMIT, .status = 200, .graphql = true, .body = primary[i]);
        assert_int_equal(wait_ms, 1801000);
        assert_no_wait(GH_FRESH, .status = 200, .body = primary[i]); /* of REST it would be a record */
    }
    for (size_t i = 0; i < ARRAY_LEN(secondary); i++) {
        assert_outcome(GH_SECONDARY_LIMIT, .status = 200, .graphql = true, .body = secondary[i]);
        assert_int_equal(wait_ms, MINUTE_MS);
        struct gh_answer again = {.status = 200, .graphql = true, .body = secondary[i]};
        assert_int_equal(classify(again, 2), GH_SECONDARY_LIMIT);
        assert_int_equal(wait_ms, 4 * MINUTE_MS);
    }
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_no_wait(GH_FRESH, .status = 200, .graphql = true, .body = none[i]);
    headers.retry_after_s = 120;
    assert_no_wait(GH_FRESH, .status = 200, .graphql = true, .body = none[0]);
    assert_outcome(GH_SECONDARY_LIMIT, .status = 200, .graphql = true, .body = primary[0]);
    assert_int_equal(wait_ms, 120000);
}

static void test_outcome__graphql_is_refused_only_in_githubs_words(void **state)
{
    (void)state;
    static const int refusals[] = {401, 403, 404, 410}, others[] = {304, 400, 422, 451, 204};
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        assert_no_wait(GH_RESTRICTED, .status = refusals[i], .graphql = true, BODY("{\"message\":\"no\"}"));
        assert_no_wait(GH_BROKEN, .status = refusals[i], .graphql = true, BODY("<html>no</html>"));
    }
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_no_wait(GH_BROKEN, .status = others[i], .graphql = true,
                       BODY("{\"message\":\"pagination is limited\"}"));
    strcpy(headers.location, "https://api.github.com/login");
    assert_no_wait(GH_BROKEN, .status = 302, .graphql = true);
    assert_no_wait(GH_TRANSIENT, .status = 502, .graphql = true, BODY("<html>Unicorn!</html>"));
}

/* A refusal or an absence is GitHub's when its body says so, whatever the content type. */
static void test_outcome__a_proxys_words_refuse_nothing(void **state)
{
    (void)state;
    static const int statuses[] = {401, 403, 404, 410, 422, 451};
    static const slice bodies[] = {SLICE(""),
                                   SLICE("<html>Blocked</html>"),
                                   SLICE("Not Found"),
                                   SLICE("[]"),
                                   SLICE("\"message\""),
                                   SLICE("{\"error\":\"not found\"}"),
                                   SLICE("{}"),
                                   SLICE("{\"message\":{\"a\":\"b\"}}"),
                                   SLICE("{\"message\":\"\"}"),
                                   SLICE("{\"message\":\"cut")};
    static const char *const types[] = {"text/html", JSON_TYPE, "text/plain", ""};
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        strcpy(headers.content_type, types[t]);
        for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
            for (size_t b = 0; b < ARRAY_LEN(bodies); b++) {
                assert_no_wait(GH_BROKEN, .status = statuses[i], .body = bodies[b]);
                assert_no_wait(GH_BROKEN, .status = statuses[i], ANONYMOUS, AN_ARRAY, .body = bodies[b]);
            }
        assert_no_wait(GH_GONE, .status = 404, BODY("{\"message\":\"Not Found\"}"));
        assert_no_wait(GH_RESTRICTED, .status = 403,
                       BODY("{\"message\":\"Request forbidden by administrative rules.\"}"));
        assert_no_wait(GH_UNAUTHORIZED, .status = 401, BODY("{\"message\":\"Bad credentials\"}"));
        assert_no_wait(GH_BLOCKED, .status = 451, BODY("{\"message\":\"Repository access blocked\"}"));
    }
}

static void test_outcome__plain_403_is_restricted(void **state)
{
    (void)state;
    assert_no_wait(
        GH_RESTRICTED, .status = 403, AN_ARRAY,
        BODY("{\"message\":\"You do not have permission to view the stargazers of this repository\"}"));
    assert_no_wait(GH_RESTRICTED, .status = 403,
                   BODY("{\"message\":\"Resource not accessible by integration\"}"));
    assert_no_wait(GH_RESTRICTED, .status = 403, ANONYMOUS,
                   BODY("{\"message\":\"Your account was suspended\"}"));
    assert_no_wait(GH_BROKEN, .status = 403,
                   BODY("{\"message\":null,\"block\":null,\"documentation_url\":5}"));
}

static void test_outcome__html_words_decide_nothing(void **state)
{
    (void)state;
    strcpy(headers.content_type, "text/html");
    assert_no_wait(
        GH_BROKEN, .status = 403,
        BODY("<html>{\"message\":\"You have exceeded a secondary rate limit\",\"block\":{}}</html>"));
    assert_no_wait(GH_BROKEN, .status = 403, BODY("{\"message\":\"API rate limit exceeded"));
    assert_no_wait(GH_BROKEN, .status = 403, BODY("[{\"message\":\"API rate limit exceeded\"}]"));
    assert_no_wait(GH_BROKEN, .status = 422, BODY("<p>pagination is limited</p>"));
}

static void test_outcome__large_error_body_is_not_read(void **state)
{
    (void)state;
    static const char head[] = "{\"message\":\"API rate limit exceeded\",\"x\":\"", tail[] = "\"}";
    char *text = malloc(70000);
    memset(text, 'a', 70000);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + 65536 - 2, tail, 2);
    assert_outcome(GH_PRIMARY_LIMIT, .status = 403, .body = slice_from(text, 65536));
    memset(text + 65536 - 2, 'a', 2);
    memcpy(text + 65537 - 2, tail, 2);
    assert_no_wait(GH_BROKEN, .status = 403, .body = slice_from(text, 65537));
    memset(text, '[', 60000); /* nesting must not cost the stack */
    text[0] = '{';
    assert_no_wait(GH_BROKEN, .status = 403, .body = slice_from(text, 60000));
    free(text);
}

static void test_outcome__error_words_beside_unusual_escapes(void **state)
{
    (void)state;
    assert_no_wait(GH_CAPPED, .status = 422,
                   BODY("{\"x\":\"a\\u0000b\",\"message\":\"pagination is limited\"}"));
}

static void test_outcome__blocked(void **state)
{
    (void)state;
    assert_no_wait(GH_BLOCKED, .status = 403,
                   BODY("{\"message\":\"Repository access blocked\",\"block\":{\"reason\":\"tos\"}}"));
    assert_no_wait(GH_BLOCKED, .status = 403, BODY("{\"block\":{\"reason\":\"tos\"}}"));
    assert_no_wait(GH_BLOCKED, .status = 451,
                   BODY("{\"message\":\"Repository access blocked\",\"block\":{\"reason\":\"dmca\"}}"));
    assert_no_wait(GH_BLOCKED, .status = 451, BODY("{\"block\":{}}"));
}

static void test_outcome__unauthorized_suspends_the_credential(void **state)
{
    (void)state;
    assert_no_wait(GH_UNAUTHORIZED, .status = 401, BODY("{\"message\":\"Bad credentials\"}"));
    assert_no_wait(GH_UNAUTHORIZED, .status = 401, AN_ARRAY, BODY("{\"message\":\"Bad credentials\"}"));
    assert_no_wait(GH_RESTRICTED, .status = 401, ANONYMOUS, AN_ARRAY,
                   BODY("{\"message\":\"Requires authentication\"}"));
    assert_no_wait(
        GH_UNAUTHORIZED, .status = 403,
        BODY("{\"message\":\"Maximum number of login attempts exceeded. Please try again later.\"}"));
    assert_no_wait(GH_UNAUTHORIZED, .status = 403,
                   BODY("{\"message\":\"Sorry. Your account was suspended.\"}"));
    assert_no_wait(GH_UNAUTHORIZED, .status = 403,
                   BODY("{\"message\":\"This installation has been suspended\"}"));
    headers.rate.remaining = 0; /* the refusal took the last unit */
    assert_no_wait(GH_UNAUTHORIZED, .status = 403,
                   BODY("{\"message\":\"Sorry. Your account was suspended.\"}"));
    /* a bad token is billed to the address: its quota says nothing about the token */
    assert_no_wait(GH_UNAUTHORIZED, .status = 401, BODY("{\"message\":\"Bad credentials\"}"));
}

static void test_outcome__gone(void **state)
{
    (void)state;
    assert_no_wait(GH_GONE, .status = 404, BODY("{\"message\":\"Not Found\",\"status\":\"404\"}"));
    assert_no_wait(GH_GONE, .status = 404, ANONYMOUS, AN_ARRAY, BODY("{\"message\":\"Not Found\"}"));
    assert_no_wait(GH_GONE, .status = 410, BODY("{\"message\":\"Issues are disabled for this repo\"}"));
    headers.rate.remaining = 0;
    assert_no_wait(GH_GONE, .status = 404, BODY("{\"message\":\"Not Found\"}"));
    headers.content_type[0] = '\0';
    assert_no_wait(GH_GONE, .status = 404, BODY("{\"message\":\"Not Found\"}"));
}

static void test_outcome__absence_nobody_can_vouch_for_is_broken(void **state)
{
    (void)state;
    assert_no_wait(GH_BROKEN, .status = 410,
                   BODY("{\"message\":\"This API version is no longer supported\"}"));
    strcpy(headers.content_type, "text/html");
    assert_no_wait(GH_BROKEN, .status = 404, BODY("<h1>404 Not Found</h1><center>nginx</center>"));
    strcpy(headers.content_type, "TEXT/HTML; charset=utf-8");
    assert_no_wait(GH_BROKEN, .status = 410);
}

static void test_outcome__page_cap(void **state)
{
    (void)state;
    assert_no_wait(
        GH_CAPPED, .status = 422, AN_ARRAY,
        BODY("{\"message\":\"In order to keep the API fast for everyone, pagination is limited for this "
             "resource.\",\"status\":\"422\"}"));
    assert_no_wait(GH_BROKEN, .status = 422, BODY("{\"message\":\"Validation Failed\"}"));
}

static void test_outcome__failures_of_the_server_are_transient(void **state)
{
    (void)state;
    static const int statuses[] = {0, 500, 502, 503, 504, 599};
    headers.content_type[0] = '\0';
    headers.rate.remaining = 0;
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        assert_no_wait(GH_TRANSIENT, .status = statuses[i], BODY("<html>Unicorn!</html>"));
}

static void test_outcome__how_long_a_failing_server_is_away(void **state)
{
    (void)state;
    headers.retry_after_s = 120;
    assert_outcome(GH_TRANSIENT, .status = 503, BODY("{}"));
    assert_int_equal(wait_ms, 120000);
    assert_outcome(GH_TRANSIENT, .status = 502, BODY("<html>"), .graphql = true);
    assert_int_equal(wait_ms, 120000);
    assert_outcome(GH_BROKEN, .status = 404, BODY("<html>"));
    assert_int_equal(wait_ms, 120000);
    assert_no_wait(GH_GONE, .status = 404, BODY("{\"message\":\"Not Found\"}"));
    assert_no_wait(GH_BROKEN, .status = 202, BODY("{}"));
    assert_no_wait(GH_FRESH, .status = 200, BODY("{\"id\":1}"));
    headers.retry_after_s = 86400;
    assert_outcome(GH_TRANSIENT, .status = 503);
    assert_int_equal(wait_ms, 3600000);
    headers.retry_after_s = 0;
    assert_no_wait(GH_TRANSIENT, .status = 503);
}

static void test_outcome__anything_else_is_broken(void **state)
{
    (void)state;
    static const int statuses[] = {-1, 100, 305, 400, 409, 418, 600, 999};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        assert_no_wait(GH_BROKEN, .status = statuses[i], BODY("{}"));
}

static void test_outcome__charged(void **state)
{
    static const struct {
        int status;
        bool anonymous, charged;
    } cases[] = {
        {0, false, false},   {0, true, false},   {200, false, true},  {200, true, true},
        {304, false, false}, {304, true, true},  {401, false, false}, {401, true, true},
        {403, false, true},  {404, false, true}, {500, false, true},  {301, false, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (gh_is_charged(cases[i].status, cases[i].anonymous) != cases[i].charged)
            fail_msg("%d, %s", cases[i].status, cases[i].anonymous ? "anonymous" : "with a credential");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(test_outcome__##name, set_up)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcome__charged),
        CASE(table_is_complete),
        CASE(fresh),
        CASE(success_that_makes_no_sense_is_broken),
        CASE(success_of_another_type_is_broken),
        CASE(unchanged),
        CASE(moved),
        CASE(primary_limit_waits_for_the_reset),
        CASE(primary_wait_is_bounded),
        CASE(secondary_limit_with_retry_after),
        CASE(secondary_limit_by_its_words),
        CASE(secondary_waits_double_up_to_a_quarter_hour),
        CASE(limits_of_graphql_come_with_200),
        CASE(graphql_is_refused_only_in_githubs_words),
        CASE(a_proxys_words_refuse_nothing),
        CASE(plain_403_is_restricted),
        CASE(html_words_decide_nothing),
        CASE(large_error_body_is_not_read),
        CASE(error_words_beside_unusual_escapes),
        CASE(blocked),
        CASE(unauthorized_suspends_the_credential),
        CASE(gone),
        CASE(absence_nobody_can_vouch_for_is_broken),
        CASE(page_cap),
        CASE(failures_of_the_server_are_transient),
        CASE(how_long_a_failing_server_is_away),
        CASE(anything_else_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

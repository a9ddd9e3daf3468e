#include "pagecache/field_kinds.h"
#include "tests/unit/unit.h"

static void kinds(void **state)
{
    static const struct {
        const char *name;
        enum field_kind kind;
    } rows[] = {
        {"content-TYPE", FIELD_BODY},
        {"Last-Modified", FIELD_BODY},
        {"X-OAuth-Scopes", FIELD_CREDENTIAL},
        {"x-oauth-anything", FIELD_CREDENTIAL},
        {"github-authentication-token-expiration", FIELD_CREDENTIAL},
        {"x-github-sso", FIELD_CREDENTIAL},
        {"www-authenticate", FIELD_CREDENTIAL},
        {"set-cookie", FIELD_SESSION},
        {"X-RateLimit-Used", FIELD_QUOTA},
        {"RateLimit", FIELD_QUOTA},
        {"ratelimit-policy", FIELD_QUOTA},
        {"Date", FIELD_MESSAGE},
        {"X-GitHub-Request-Id", FIELD_MESSAGE},
        {"strict-transport-security", FIELD_HOST},
        {"Public-Key-Pins-Report-Only", FIELD_HOST},
        {"nel", FIELD_HOST},
        {"Link", FIELD_ANSWER},
        {"cache-control", FIELD_ANSWER},
        {"Access-Control-Allow-Origin", FIELD_ANSWER},
        {"Content-Security-Policy-Report-Only", FIELD_OTHER},
        {"X-GitHub-Session", FIELD_OTHER},
        {"X-New", FIELD_OTHER},
        {"RateLimiter", FIELD_OTHER},
        {"Content-Location", FIELD_ANSWER},
        {"", FIELD_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (field_kind_of(rows[i].name) != rows[i].kind)
            fail_msg("%s", rows[i].name);
}

static void what_a_304_says_more(void **state)
{
    static const struct {
        const char *name, *value;
        bool more;
    } rows[] = {
        {"X-Note", "old", false},     {"x-note", "new", true},      {"X-Note", "", true},
        {"X-Unseen", "1", true},      {"Date", "now", false},       {"X-RateLimit-Used", "9", false},
        {"ETag", "\"2\"", false},     {"Connection", "x", false},   {"Set-Cookie", "a=1", false},
        {"Content-Type", "x", false}, {"Last-Modified", "x", true}, {"X-Empty", "", false},
    };
    struct fields stored = {.n = 0};
    (void)state;
    fields_add(&stored, "X-Note", "old");
    fields_add(&stored, "X-Empty", "");
    fields_add(&stored, "Date", "then");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fields fresh = {.n = 0};
        fields_add(&fresh, rows[i].name, rows[i].value);
        if (fields_say_more(&stored, &fresh) != rows[i].more)
            fail_msg("%s: %s", rows[i].name, rows[i].value);
    }
    struct fields twice = {.n = 0};
    fields_add(&twice, "X-Note", "old");
    fields_add(&twice, "X-Note", "old");
    assert_true(fields_say_more(&stored, &twice));
}

static void what_forbids_keeping(void **state)
{
    static const struct {
        const char *name, *value;
        bool allowed;
    } rows[] = {
        {"Cache-Control", "private, no-store", false},
        {"Cache-Control", "NO-STORE", false},
        {"Cache-Control", "private", true},
        {"Vary", "*", false},
        {"Vary", "Accept, *", false},
        {"vary", "Accept,user-agent", false},
        {"Vary", "X-User-Agent", true},
        {"Vary", "Accept", true},
        {"X-Vary", "*", true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fields f = {.n = 0};
        fields_add(&f, rows[i].name, rows[i].value);
        assert_int_equal(fields_allow_keeping(&f), rows[i].allowed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kinds), cmocka_unit_test(what_a_304_says_more),
                                       cmocka_unit_test(what_forbids_keeping)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

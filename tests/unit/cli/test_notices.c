#include "tests/unit/unit.h"

#include "schema/report/notices.h"

#define NOW ((int64_t)1790000000000)

static const struct status_credential nobody = {.label = "anonymous", .kind = "anonymous"};
static const struct status_credential token = {.label = "token-1", .kind = "token"};
static const struct status_blocked nothing = {.n_waiting = 0};
static const struct status_blocked waiting = {.n_waiting = 1, .resumes_at_ms = NOW + 90000};

static struct notice out[MAX_NOTICES];

static void assert_codes(size_t n, const char *const *codes)
{
    for (size_t i = 0; i < n; i++)
        assert_string_equal(out[i].code, codes[i]);
    if (codes[n])
        fail_msg("%s is missing", codes[n]);
}

#define ASSERT_CODES(n, ...) assert_codes(n, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void assert_says(const struct notice *notice, const char *words)
{
    if (!strstr(notice->text, words))
        fail_msg("\"%s\" without \"%s\"", notice->text, words);
}

static void test_notices__nothing_to_say(void **state)
{
    (void)state;
    ASSERT_CODES(notices_make(NULL, 0, 0, &nothing, NOW, out));
    ASSERT_CODES(notices_make(&token, 1, 5000, &nothing, NOW, out));
    struct status_credential unlimited = nobody;
    unlimited.unlimited = true;
    ASSERT_CODES(notices_make(&unlimited, 1, 0, &nothing, NOW, out));
}

static void test_notices__no_token(void **state)
{
    (void)state;
    ASSERT_CODES(notices_make(&nobody, 1, 0, &nothing, NOW, out), "no_token");
    assert_says(out, "GitHub allows 60 requests an hour");
    assert_null(strstr(out->text, "wait"));
    assert_int_equal(out->until_ms, 0);
    ASSERT_CODES(notices_make(&nobody, 1, 100, &waiting, NOW, out), "no_token");
    assert_says(out, "100 requests an hour");
    assert_says(out, "1 job waits for the quota; work continues at 2026-09-21T14:14:50Z (in 90 s).");
    assert_int_equal(out->until_ms, NOW + 90000);
}

static void test_notices__refused(void **state)
{
    (void)state;
    struct status_credential both[] = {token, token};
    both[1].label = "token-2";
    both[1].suspended_until_ms = NOW + 3600000;
    ASSERT_CODES(notices_make(both, 2, 5000, &waiting, NOW, out), "token_refused");
    assert_says(out, "refuses the credential token-2 (401)");
    assert_says(out, "Set a valid GITHUB_TOKEN and restart");
    both[1].kind = "basic";
    notices_make(both, 2, 5000, &nothing, NOW, out);
    assert_says(out, "Set a valid GITHUB_API_USER and GITHUB_API_KEY and restart");
}

static void test_notices__a_token_that_expires(void **state)
{
    (void)state;
    const int64_t day = 86400000;
    struct status_credential all[] = {token, token, token};
    all[0].ends_at_ms = NOW + 15 * day;
    ASSERT_CODES(notices_make(all, 3, 5000, &nothing, NOW, out));
    all[1].label = "token-2";
    all[1].ends_at_ms = NOW + 13 * day;
    all[2].label = "token-3";
    all[2].ends_at_ms = NOW + 5 * day;
    ASSERT_CODES(notices_make(all, 3, 5000, &nothing, NOW, out), "token_expires");
    assert_says(out, "The credential token-3 expires at 2026-09-26T14:13:20Z (in 5 days): make a new token");
    all[2].ends_at_ms = NOW;
    notices_make(all, 3, 5000, &nothing, NOW, out);
    assert_says(out, "The credential token-3 expired at 2026-09-21T14:13:20Z (");
    all[2].ends_at_ms = NOW - 2 * day;
    ASSERT_CODES(notices_make(all, 3, 5000, &nothing, NOW, out), "token_expires");
    assert_says(out, "The credential token-3 expired at 2026-09-19T14:13:20Z (48 h ago): make a new token");
    all[2].suspended_until_ms = NOW + 1000; /* it has expired, which has a text of its own */
    ASSERT_CODES(notices_make(all, 3, 5000, &nothing, NOW, out), "token_refused", "token_expires");
    assert_says(&out[1], "token-2");
    assert_int_equal(out[0].about, 0);
    const uint64_t about = out[1].about;
    ASSERT_CODES(notices_make(all, 3, 5000, &nothing, NOW + day, out), "token_refused", "token_expires");
    assert_true(about != 0 && out[1].about == about); /* though the text has changed */
    all[1].ends_at_ms++;
    ASSERT_CODES(notices_make(all, 3, 5000, &nothing, NOW, out), "token_refused", "token_expires");
    assert_true(out[1].about != about);
}

static void test_notices__away_and_used_up(void **state)
{
    (void)state;
    struct status_blocked blocked = {.n_waiting = 3,
                                     .resumes_at_ms = NOW + 1000,
                                     .away_since_ms = NOW - 120000,
                                     .away_url = "https://ghe.example.org/api/v3",
                                     .away_why = "GitHub failed: status 0, no route"};
    ASSERT_CODES(notices_make(&token, 1, 5000, &blocked, NOW, out), "github_away", "quota_used_up");
    assert_says(
        &out[0],
        "GitHub (https://ghe.example.org/api/v3) is out of reach since 2026-09-21T14:11:20Z (2 min ago)");
    assert_says(&out[0], "no route");
    assert_int_equal(out[0].since_ms, NOW - 120000);
    assert_says(&out[1], "3 jobs wait for the quota");
    blocked.away_why = blocked.away_url = NULL;
    assert_int_equal(notices_make(&nobody, 1, 60, &blocked, NOW, out), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notices__nothing_to_say),
        cmocka_unit_test(test_notices__no_token),
        cmocka_unit_test(test_notices__refused),
        cmocka_unit_test(test_notices__a_token_that_expires),
        cmocka_unit_test(test_notices__away_and_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

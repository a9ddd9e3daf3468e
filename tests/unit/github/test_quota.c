#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "github/quota.h"
#include <stdio.h>

#define WINDOW_END_S 1700003600

/* A store that grants given units, and records the reports. */
static struct {
    struct quota_grant grant[2]; /* by position of the credential */
    struct quota_report settled;
    bool raised;
    int64_t given_back;
    int n_leases;
} store;

static struct gh_credential items[2] = {{.label = "a", .kind = "token", .position = 0},
                                        {.label = "b", .kind = "token", .position = 1}};
static const struct gh_credentials both = {.items = items, .n = 2, .most = 2};
static struct gh_quota *quota;
static struct gh_headers headers;

static bool lease(void *ctx, const char *credential, const char *resource, enum quota_purpose purpose,
                  int64_t want, struct quota_grant *out, struct err *err)
{
    (void)ctx, (void)resource, (void)purpose, (void)err;
    *out = store.grant[credential[0] - 'a'];
    if (out->units > want)
        out->units = want;
    store.n_leases++;
    return true;
}

static bool settle(void *ctx, const char *credential, const char *resource, const struct quota_report *s,
                   bool *raised_out, struct err *err)
{
    (void)ctx, (void)credential, (void)resource, (void)err;
    store.settled = *s;
    *raised_out = store.raised;
    return true;
}

static bool give_back(void *ctx, const char *credential, const char *resource, int64_t units, struct err *err)
{
    (void)ctx, (void)credential, (void)resource, (void)err;
    store.given_back += units;
    return true;
}

static int set_up(void **state)
{
    (void)state;
    memset(&store, 0, sizeof store);
    quota = gh_quota_create(&both, (struct quota_store){lease, settle, give_back});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gh_quota_destroy(quota);
    return 0;
}

static enum gh_take take(const struct gh_credential *c, enum gh_resource resource)
{
    enum gh_take taken = GH_WAIT;
    int64_t wait_ms;
    struct err err;
    assert_true(gh_quota_take(quota, c, resource, QUOTA_ASKED, NULL, &taken, &wait_ms, &err));
    return taken;
}

static void limited(int64_t limit, int64_t remaining, int64_t reset_s, int64_t left_s, int64_t asked_ms)
{
    gh_headers_reset(&headers);
    headers.rate = (struct gh_rate){true, limit, remaining, limit - remaining, reset_s, "core"};
    headers.date_ms = (reset_s - left_s) * 1000;
    gh_quota_answered(quota, &items[0], GH_CORE, &headers, asked_ms, true);
}

/* An answer whose Date is GitHub's, seconds before the end of its window. */
static void answered(int64_t remaining, int64_t reset_s, int64_t left_s)
{
    limited(5000, remaining, reset_s, left_s, 0);
}

static const struct quota_report *told(void)
{
    struct err err;
    assert_true(gh_quota_flush(quota, NULL, false, &err));
    return &store.settled;
}

static void test_quota__a_higher_remaining_of_the_same_window_is_late(void **state)
{
    (void)state;
    answered(90, WINDOW_END_S, 600);
    answered(88, WINDOW_END_S, 590);
    answered(89, WINDOW_END_S, 590);
    assert_int_equal(told()->remaining, 88);
    assert_int_equal(told()->used, 3);
}

/* asked 0: long ago, so that the order of the two is known by what was used only. */
static void test_quota__another_limit_of_the_same_window(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t limit, remaining;
        bool asked_since, taken;
    } cases[] = {
        {"raised", 15000, 13998, false, true},
        {"raised, seen by a free answer", 15000, 14000, false, true},
        {"lowered", 1000, 0, false, false}, /* as much used: it may be a late one */
        {"lowered, asked since", 1000, 0, true, true},
        {"lowered, more used", 4000, 2990, false, true},
        {"late, of a limit that was lower", 1000, 1, false, false},
        {"late, of a limit that was higher", 6000, 5001, false, false},
        {"raised, asked since, counted again", 15000, 14999, true, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        limited(5000, 4000, WINDOW_END_S, 600, 0);
        limited(cases[i].limit, cases[i].remaining, WINDOW_END_S, 590,
                cases[i].asked_since ? clock_mono_ms() + 1 : 0);
        const struct quota_report *s = told();
        if (s->limit != (cases[i].taken ? cases[i].limit : 5000) ||
            s->remaining != (cases[i].taken ? cases[i].remaining : 4000))
            fail_msg("%s: %lld of %lld", cases[i].what, (long long)s->remaining, (long long)s->limit);
    }
}

/* The next answer says so, or, while nothing may be asked for, that of another request. */
static void test_quota__a_raised_limit_ends_the_wait_for_the_reset(void **state)
{
    (void)state;
    store.grant[0] = (struct quota_grant){.units = 20, .spare = 100, .full = 4975, .resets_in_ms = 60000};
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    gh_quota_exhausted(quota, &items[0], GH_CORE, 60000);
    assert_int_equal(take(&items[0], GH_CORE), GH_EXHAUSTED);
    assert_true(gh_quota_used_up_ms(quota, &items[0], GH_CORE, QUOTA_ASKED) > 0);
    limited(15000, 9999, WINDOW_END_S, 590, 0);
    store.raised = true;
    told();
    assert_int_equal(gh_quota_used_up_ms(quota, &items[0], GH_CORE, QUOTA_ASKED), 0);
    assert_false(gh_per_minute_closed(gh_quota_per_minute(quota, &items[0], GH_CORE)));
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    /* A pause of the credential continues. */
    gh_quota_hold(quota, &items[0], 60000);
    gh_quota_ask_again(quota);
    assert_true(gh_per_minute_closed(gh_quota_per_minute(quota, &items[0], GH_CORE)));
    assert_int_equal(take(&items[0], GH_CORE), GH_WAIT);
}

static void test_quota__charges_are_reported_once(void **state)
{
    (void)state;
    answered(90, WINDOW_END_S, 600);
    gh_quota_spent(quota, &items[0], GH_CORE, QUOTA_ASKED, 1);
    gh_quota_spent(quota, &items[0], GH_CORE, QUOTA_BACKGROUND, 2);
    gh_quota_spent(quota, &items[0], GH_CORE, QUOTA_BACKGROUND, 0);
    assert_int_equal(told()->spent[QUOTA_ASKED], 1);
    assert_int_equal(store.settled.spent[QUOTA_BACKGROUND], 2);
    gh_quota_spent(quota, &items[0], GH_CORE, QUOTA_ASKED, 4);
    assert_int_equal(told()->spent[QUOTA_ASKED], 4);
    assert_int_equal(store.settled.spent[QUOTA_BACKGROUND], 0);
}

static void test_quota__an_older_window_is_late(void **state)
{
    (void)state;
    answered(4999, WINDOW_END_S + 3600, 3600);
    answered(3, WINDOW_END_S, 1);
    assert_int_equal(told()->remaining, 4999);
    assert_int_equal(told()->reset_s, WINDOW_END_S + 3600);
    assert_int_equal(told()->reset_in_ms, 3600 * 1000);
}

static void test_quota__a_newer_window_replaces(void **state)
{
    (void)state;
    answered(3, WINDOW_END_S, 1);
    answered(4999, WINDOW_END_S + 3600, 3599);
    assert_int_equal(told()->remaining, 4999);
}

/* GitHub's clock is years behind this one. */
static void test_quota__how_long_a_window_lasts_is_githubs_to_say(void **state)
{
    (void)state;
    answered(3, WINDOW_END_S, 7);
    assert_int_equal(told()->reset_in_ms, 7000);
}

static void test_quota__the_credential_with_most_left_is_used(void **state)
{
    (void)state;
    store.grant[0] = (struct quota_grant){.units = 20, .spare = 100, .full = 4975, .resets_in_ms = 60000};
    store.grant[1] = (struct quota_grant){.units = 20, .spare = 900, .full = 4975, .resets_in_ms = 60000};
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    assert_ptr_equal(gh_quota_best(quota, GH_CORE, QUOTA_ASKED), &items[1]); /* not known yet: asked */
    assert_int_equal(take(&items[1], GH_CORE), GH_TAKEN);
    assert_ptr_equal(gh_quota_best(quota, GH_CORE, QUOTA_ASKED), &items[1]);
    gh_quota_hold(quota, &items[1], 60000);
    assert_ptr_equal(gh_quota_best(quota, GH_CORE, QUOTA_ASKED), &items[0]);
    assert_int_equal(gh_quota_spare(quota, GH_CORE, QUOTA_ASKED), 99);
}

/* One unit is leased of an unknown credential; no other request may use it before the answer, and all may after it. */
static void test_quota__a_credentials_first_answer_ends_the_wait_for_it(void **state)
{
    (void)state;
    store.grant[1] = (struct quota_grant){.units = 20, .spare = 225, .full = 375, .resets_in_ms = 60000};
    assert_int_equal(take(&items[1], GH_CORE), GH_TAKEN);
    store.grant[0] = (struct quota_grant){.wait_ms = 60000, .spare = -1, .full = -1, .resets_in_ms = -1};
    assert_int_equal(take(&items[0], GH_CORE), GH_WAIT);
    assert_ptr_equal(gh_quota_best(quota, GH_CORE, QUOTA_ASKED), &items[1]);
    answered(399, WINDOW_END_S, 600);
    store.grant[0] = (struct quota_grant){.units = 20, .spare = 374, .full = 375, .resets_in_ms = 60000};
    assert_ptr_equal(gh_quota_best(quota, GH_CORE, QUOTA_ASKED), &items[0]);
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    /* A used up quota stays so, whatever a late answer says. */
    gh_quota_exhausted(quota, &items[0], GH_CORE, 60000);
    answered(398, WINDOW_END_S, 590);
    assert_int_equal(take(&items[0], GH_CORE), GH_EXHAUSTED);
}

static void test_quota__what_is_left_counts_units_leased_and_of_all_credentials(void **state)
{
    (void)state;
    store.grant[0] = (struct quota_grant){.units = 20, .spare = 100, .full = 4975, .resets_in_ms = 60000};
    store.grant[1] = (struct quota_grant){.units = 20, .spare = 900, .full = 4975, .resets_in_ms = 60000};
    assert_true(gh_quota_spare(quota, GH_CORE, QUOTA_ASKED) == INT64_MAX);
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    assert_true(gh_quota_spare(quota, GH_CORE, QUOTA_ASKED) == INT64_MAX); /* the other is not known */
    assert_int_equal(take(&items[1], GH_CORE), GH_TAKEN);
    assert_int_equal(gh_quota_spare(quota, GH_CORE, QUOTA_ASKED), 998);
    assert_true(gh_quota_spare(quota, GH_GRAPHQL, QUOTA_ASKED) == INT64_MAX);
    assert_int_equal(store.n_leases, 2);
}

static void test_quota__a_window_that_is_over_counts_as_full_again(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        store.grant[i] = (struct quota_grant){.units = 1, .spare = 1, .full = 4975, .resets_in_ms = 30};
        assert_int_equal(take(&items[i], GH_GRAPHQL), GH_TAKEN);
    }
    clock_sleep_ms(50);
    assert_int_equal(gh_quota_spare(quota, GH_GRAPHQL, QUOTA_ASKED), 2 * 4975);
}

static void test_quota__nothing_is_left_once_github_says_so(void **state)
{
    (void)state;
    store.grant[0] = (struct quota_grant){.units = 20, .spare = 500, .full = 4975, .resets_in_ms = 60000};
    store.grant[1] = store.grant[0];
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    assert_int_equal(take(&items[1], GH_CORE), GH_TAKEN);
    gh_quota_exhausted(quota, &items[0], GH_CORE, 60000);
    assert_int_equal(take(&items[0], GH_CORE), GH_EXHAUSTED);
    assert_ptr_equal(gh_quota_best(quota, GH_CORE, QUOTA_ASKED), &items[1]);
    assert_int_equal(gh_quota_spare(quota, GH_CORE, QUOTA_ASKED), 499);
}

static void test_quota__a_server_without_limits_has_all_to_spare(void **state)
{
    (void)state;
    store.grant[0] =
        (struct quota_grant){.units = 20, .unlimited = true, .spare = 1000000, .resets_in_ms = -1};
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    assert_true(gh_quota_spare(quota, GH_CORE, QUOTA_ASKED) == INT64_MAX);
}

/* What was granted without counting is void as soon as an answer names a limit. */
static void test_quota__a_server_that_gets_a_limit_is_leased_from_at_once(void **state)
{
    (void)state;
    store.grant[0] =
        (struct quota_grant){.units = 20, .unlimited = true, .spare = 1000000, .resets_in_ms = -1};
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    store.grant[0] = (struct quota_grant){.units = 3, .spare = 3, .full = 4975, .resets_in_ms = 60000};
    answered(28, WINDOW_END_S, 600);
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    assert_int_equal(store.n_leases, 2);
    answered(27, WINDOW_END_S, 600); /* these were counted */
    store.grant[0] = (struct quota_grant){.exhausted = true, .wait_ms = 1000, .resets_in_ms = 60000};
    assert_int_equal(take(&items[0], GH_CORE), GH_EXHAUSTED);
    assert_int_equal(store.n_leases, 3);
}

static const struct quota_grant uncounted = {
    .units = 20, .unlimited = true, .spare = 1000000, .limit = -1, .resets_in_ms = -1};

/* Another crawler's answer came without rate headers: the units granted since are void at the next answer with a limit, too. */
static void test_quota__every_answer_with_a_limit_makes_uncounted_units_void(void **state)
{
    (void)state;
    answered(28, WINDOW_END_S, 600);
    for (int i = 0; i < 2; i++) {
        store.grant[0] = uncounted;
        assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
        store.grant[0] = (struct quota_grant){.exhausted = true, .wait_ms = 60, .resets_in_ms = 60000};
        answered(27, WINDOW_END_S, 600);
        assert_int_equal(take(&items[0], GH_CORE), GH_EXHAUSTED);
        clock_sleep_ms(80);
    }
    assert_int_equal(store.n_leases, 4);
}

/* The store has not noted them as leased: reported, they would be subtracted from what is. */
static void test_quota__uncounted_units_are_not_reported(void **state)
{
    (void)state;
    struct err err;
    store.grant[0] = uncounted;
    int64_t wait_ms;
    enum gh_take taken;
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    store.grant[0] = (struct quota_grant){.units = 20, .spare = 100, .full = 4975, .resets_in_ms = 60000};
    assert_true(gh_quota_take(quota, &items[0], GH_CORE, QUOTA_BACKGROUND, NULL, &taken, &wait_ms, &err));
    assert_int_equal(taken, GH_TAKEN);
    answered(90, WINDOW_END_S, 600);
    assert_int_equal(told()->used, 0); /* the request of the uncounted one */
    answered(89, WINDOW_END_S, 600);
    assert_int_equal(told()->used, 1);
    store.grant[1] = uncounted;
    assert_int_equal(take(&items[1], GH_CORE), GH_TAKEN);
    gh_quota_exhausted(quota, &items[1], GH_CORE, 60000);
    gh_quota_unused(quota, &items[1], GH_CORE, QUOTA_ASKED);
    store.settled.used = 0;
    assert_int_equal(told()->used, 0);
    assert_int_equal(take(&items[1], GH_GRAPHQL), GH_TAKEN);
    assert_true(gh_quota_flush(quota, NULL, true, &err));
    assert_int_equal(store.given_back, 19);
}

/* A Retry-After that comes behind a longer one, as of a request that was out at the same time, shortens nothing. */
static void test_quota__a_hold_only_grows(void **state)
{
    (void)state;
    gh_quota_hold(quota, &items[0], 3600000);
    gh_quota_hold(quota, &items[0], 1000);
    assert_true(gh_quota_held_ms(quota, &items[0]) > 3500000);
    gh_quota_hold(quota, &items[0], 7200000);
    assert_true(gh_quota_held_ms(quota, &items[0]) > 7100000);
}

static int before(const struct gh_credential *c, enum gh_resource resource, bool secondary, int64_t asked_ms)
{
    return gh_quota_limits_before(quota, c, resource, secondary, asked_ms);
}

/* Secondary limits are the credential's, primary ones its resource's. */
static void test_quota__limits_in_a_row_are_counted_apart(void **state)
{
    (void)state;
    int64_t now = clock_mono_ms(), after = now + 2000;
    gh_quota_limit_told(quota, &items[0], GH_GRAPHQL, true, now, 1000);
    assert_int_equal(before(&items[0], GH_GRAPHQL, true, after), 1);
    assert_int_equal(before(&items[0], GH_CORE, true, after), 1);
    assert_int_equal(before(&items[0], GH_GRAPHQL, false, after), 0);
    assert_int_equal(before(&items[1], GH_GRAPHQL, true, after), 0);
    gh_quota_limit_told(quota, &items[0], GH_GRAPHQL, false, now, 1000);
    assert_int_equal(before(&items[0], GH_GRAPHQL, false, after), 1);
    assert_int_equal(before(&items[0], GH_CORE, false, after), 0);
    gh_quota_limits_over(quota, &items[1], GH_GRAPHQL, after);
    gh_quota_limits_over(quota, &items[0], GH_CORE, now);
    assert_int_equal(before(&items[0], GH_CORE, true, after), 1);
    gh_quota_limits_over(quota, &items[0], GH_CORE, after);
    assert_int_equal(before(&items[0], GH_GRAPHQL, true, after), 0);
    assert_int_equal(before(&items[0], GH_GRAPHQL, false, after), 1);
    gh_quota_limits_over(quota, &items[0], GH_GRAPHQL, after);
    assert_int_equal(before(&items[0], GH_GRAPHQL, false, after), 0);
}

/* What was leased under another name is neither spent nor accounted for under the new one. */
static void test_quota__void_units_are_neither_spent_nor_reported(void **state)
{
    (void)state;
    store.grant[0] = (struct quota_grant){.units = 20, .spare = 100, .full = 4975, .resets_in_ms = 60000};
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    answered(90, WINDOW_END_S, 600);
    gh_quota_void(quota);
    assert_int_equal(told()->used, 0);
    assert_int_equal(told()->remaining, 90);
    assert_int_equal(take(&items[0], GH_CORE), GH_TAKEN);
    assert_int_equal(store.n_leases, 2);
}

/* Each leased its last unit: neither has any, and neither is known to be used up. */
static void test_quota__a_used_up_credential_comes_last(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        store.grant[i] = (struct quota_grant){.units = 1, .spare = 1, .full = 4975, .resets_in_ms = 60000};
        assert_int_equal(take(&items[i], GH_CORE), GH_TAKEN);
        store.grant[i] = (struct quota_grant){
            .spare = 0, .full = 4975, .resets_in_ms = 60000, .wait_ms = 60000, .exhausted = true};
    }
    for (int first = 0; first < 2; first++) {
        const struct gh_credential *c = gh_quota_best(quota, GH_CORE, QUOTA_ASKED);
        assert_ptr_equal(c, &items[first]);
        assert_true(gh_quota_has_other(quota, c, GH_CORE, QUOTA_ASKED) == (first == 0));
        assert_int_equal(take(c, GH_CORE), GH_EXHAUSTED);
    }
    assert_false(gh_quota_has_other(quota, &items[0], GH_CORE, QUOTA_ASKED));
    assert_false(gh_quota_has_other(quota, &items[1], GH_CORE, QUOTA_ASKED));
    assert_ptr_equal(gh_quota_best(quota, GH_CORE, QUOTA_ASKED), &items[0]);
    gh_quota_hold(quota, &items[0], 60000);
    assert_ptr_equal(gh_quota_best(quota, GH_CORE, QUOTA_ASKED), &items[1]);
    assert_true(gh_quota_has_other(quota, &items[0], GH_GRAPHQL, QUOTA_ASKED));
    assert_false(
        gh_quota_has_other(quota, &items[1], GH_GRAPHQL, QUOTA_ASKED)); /* a pause is of all resources */
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ONE(test_quota__a_higher_remaining_of_the_same_window_is_late),
        ONE(test_quota__another_limit_of_the_same_window),
        ONE(test_quota__a_raised_limit_ends_the_wait_for_the_reset),
        ONE(test_quota__an_older_window_is_late),
        ONE(test_quota__charges_are_reported_once),
        ONE(test_quota__a_newer_window_replaces),
        ONE(test_quota__how_long_a_window_lasts_is_githubs_to_say),
        ONE(test_quota__the_credential_with_most_left_is_used),
        ONE(test_quota__a_credentials_first_answer_ends_the_wait_for_it),
        ONE(test_quota__what_is_left_counts_units_leased_and_of_all_credentials),
        ONE(test_quota__a_window_that_is_over_counts_as_full_again),
        ONE(test_quota__nothing_is_left_once_github_says_so),
        ONE(test_quota__a_server_that_gets_a_limit_is_leased_from_at_once),
        ONE(test_quota__every_answer_with_a_limit_makes_uncounted_units_void),
        ONE(test_quota__uncounted_units_are_not_reported),
        ONE(test_quota__a_server_without_limits_has_all_to_spare),
        ONE(test_quota__a_hold_only_grows),
        ONE(test_quota__limits_in_a_row_are_counted_apart),
        ONE(test_quota__a_used_up_credential_comes_last),
        ONE(test_quota__void_units_are_neither_spent_nor_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "github/per_minute.h"

static bool allowed(const struct gh_per_minute *per_minute)
{
    return gh_per_minute_allows(per_minute, clock_mono_ms() / 1000);
}

static void test_per_minute__a_ceiling_a_minute(void **state)
{
    (void)state;
    struct gh_per_minute per_minute = {.ceiling = 3};
    for (int i = 0; i < 3; i++) {
        assert_true(gh_per_minute_allows(&per_minute, 1000 + i));
        gh_per_minute_count(&per_minute, 1000 + i);
    }
    assert_false(gh_per_minute_allows(&per_minute, 1002));
    assert_false(gh_per_minute_allows(&per_minute, 1059));
    assert_true(gh_per_minute_allows(&per_minute, 1060)); /* the first one is a minute ago */
    gh_per_minute_count(&per_minute, 1060);
    assert_false(gh_per_minute_allows(&per_minute, 1060));
    assert_true(gh_per_minute_allows(NULL, 1060));
}

/* What two refusals did. */
struct seen {
    bool while_two, first_sorted, while_one, second_sorted, behind, third_sorted;
};

static void refuse_twice(struct seen *seen)
{
    struct gh_per_minute per_minute = {0};
    unsigned one = gh_per_minute_refused(&per_minute), two = gh_per_minute_refused(&per_minute);
    seen->while_two = allowed(&per_minute);
    seen->first_sorted = gh_per_minute_sorted(&per_minute, one);
    seen->while_one = allowed(&per_minute); /* the other one may be a limit */
    seen->second_sorted = gh_per_minute_sorted(&per_minute, two);
    seen->behind = allowed(&per_minute);
    seen->third_sorted = gh_per_minute_sorted(&per_minute, two);
}

static void test_per_minute__a_refusal_pauses_until_it_is_classified(void **state)
{
    (void)state;
    struct seen seen;
    int64_t begun;
    do { /* on a machine that stood still meanwhile the pause ended by itself */
        begun = clock_mono_ms();
        refuse_twice(&seen);
    } while (clock_mono_ms() - begun > 200);
    assert_false(seen.while_two || seen.first_sorted || seen.while_one);
    assert_true(seen.second_sorted && seen.behind && !seen.third_sorted);
}

static void test_per_minute__pauses_end(void **state)
{
    (void)state;
    struct gh_per_minute per_minute = {0};
    int64_t begun = clock_mono_ms();
    unsigned lost = gh_per_minute_refused(&per_minute);
    assert_int_not_equal(lost, 0);
    while (!allowed(&per_minute))
        clock_sleep_ms(5);
    assert_true(clock_mono_ms() - begun >= 250);
    unsigned next = gh_per_minute_refused(&per_minute);
    assert_int_not_equal(next, lost);
    assert_false(
        gh_per_minute_sorted(&per_minute, lost)); /* too late: it is not the one that is waited for */
    assert_true(gh_per_minute_sorted(&per_minute, next));
    assert_true(allowed(&per_minute));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_per_minute__a_ceiling_a_minute),
        cmocka_unit_test(test_per_minute__a_refusal_pauses_until_it_is_classified),
        cmocka_unit_test(test_per_minute__pauses_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

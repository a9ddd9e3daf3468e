#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "github/per_minute.h"

static bool allowed(const struct gh_pace *pace)
{
    return gh_pace_allows(pace, clock_mono_ms() / 1000);
}

static void test_pace__a_ceiling_a_minute(void **state)
{
    (void)state;
    struct gh_pace pace = {.ceiling = 3};
    for (int i = 0; i < 3; i++) {
        assert_true(gh_pace_allows(&pace, 1000 + i));
        gh_pace_count(&pace, 1000 + i);
    }
    assert_false(gh_pace_allows(&pace, 1002));
    assert_false(gh_pace_allows(&pace, 1059));
    assert_true(gh_pace_allows(&pace, 1060)); /* the first one is a minute ago */
    gh_pace_count(&pace, 1060);
    assert_false(gh_pace_allows(&pace, 1060));
    assert_true(gh_pace_allows(NULL, 1060));
}

/* What two refusals did. */
struct seen {
    bool while_two, first_sorted, while_one, second_sorted, behind, third_sorted;
};

static void refuse_twice(struct seen *seen)
{
    struct gh_pace pace = {0};
    unsigned one = gh_pace_refused(&pace), two = gh_pace_refused(&pace);
    seen->while_two = allowed(&pace);
    seen->first_sorted = gh_pace_sorted(&pace, one);
    seen->while_one = allowed(&pace); /* the other one may be a limit */
    seen->second_sorted = gh_pace_sorted(&pace, two);
    seen->behind = allowed(&pace);
    seen->third_sorted = gh_pace_sorted(&pace, two);
}

static void test_pace__a_refusal_pauses_until_it_is_sorted(void **state)
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

static void test_pace__it_pauses_for_a_while_only(void **state)
{
    (void)state;
    struct gh_pace pace = {0};
    int64_t begun = clock_mono_ms();
    unsigned lost = gh_pace_refused(&pace);
    assert_int_not_equal(lost, 0);
    while (!allowed(&pace))
        clock_sleep_ms(5);
    assert_true(clock_mono_ms() - begun >= 250);
    unsigned next = gh_pace_refused(&pace);
    assert_int_not_equal(next, lost);
    assert_false(gh_pace_sorted(&pace, lost)); /* too late: it is not the one that is waited for */
    assert_true(gh_pace_sorted(&pace, next));
    assert_true(allowed(&pace));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pace__a_ceiling_a_minute),
        cmocka_unit_test(test_pace__a_refusal_pauses_until_it_is_sorted),
        cmocka_unit_test(test_pace__it_pauses_for_a_while_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

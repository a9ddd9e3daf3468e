#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "api/spec/ordering.h"

static struct browse_order order[BROWSE_MAX_ORDER];
static size_t n;
static const char *why;

static bool parse(const char *text)
{
    return ordering_parse(arena, BROWSE_DEVELOPERS, slice_of(text), order, &n, &why);
}

static void test_ordering__fields_and_signs(void **state)
{
    (void)state;
    assert_true(parse("-followers_count, login"));
    assert_int_equal(n, 2);
    assert_int_equal(order[0].column, BROWSE_FOLLOWERS_COUNT);
    assert_true(order[0].descending);
    assert_int_equal(order[1].column, BROWSE_LOGIN);
    assert_false(order[1].descending);
}

static void test_ordering__nothing_is_the_default(void **state)
{
    (void)state;
    assert_true(parse("") && n == 0);
    assert_true(parse(" , ,") && n == 0);
    assert_true(ordering_parse(arena, BROWSE_DEVELOPERS, (slice){NULL, 0}, order, &n, &why) && n == 0);
}

static void test_ordering__the_first_of_two_counts(void **state)
{
    (void)state;
    assert_true(parse("login,-login,name,login,-name,type"));
    assert_int_equal(n, 3);
    assert_false(order[0].descending);
}

static void test_ordering__unknown_ones_are_named_with_the_choices(void **state)
{
    (void)state;
    assert_false(parse("login,-stargazers_count"));
    assert_non_null(strstr(why, "\"-stargazers_count\""));
    assert_non_null(strstr(why, "followers_count"));
    assert_false(parse("login,name,type,email"));
    assert_non_null(strstr(why, "at most 3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordering__fields_and_signs),
        cmocka_unit_test(test_ordering__nothing_is_the_default),
        cmocka_unit_test(test_ordering__the_first_of_two_counts),
        cmocka_unit_test(test_ordering__unknown_ones_are_named_with_the_choices),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

#include "http/cache_control.h"
#include "tests/unit/unit.h"

static struct directives parse(const char *cache_control, const char *pragma)
{
    struct directives d;
    directives_parse(cache_control, pragma, &d);
    return d;
}

static void nothing_said(void **state)
{
    struct directives d = parse(NULL, NULL);
    (void)state;
    assert_false(d.no_cache || d.no_store || d.only_if_cached);
    assert_int_equal(d.max_age_s, -1);
    assert_int_equal(d.stale_while_revalidate_s, -1);
}

static void each_directive(void **state)
{
    (void)state;
    assert_true(parse("no-cache", NULL).no_cache);
    assert_true(parse("foo, No-Cache ,bar=1", NULL).no_cache);
    assert_true(parse("no-store", NULL).no_store);
    assert_true(parse("only-if-cached", NULL).only_if_cached);
    assert_int_equal(parse("max-age=60", NULL).max_age_s, 60);
    assert_int_equal(parse("max-age=\"60\"", NULL).max_age_s, 60);
    assert_true(parse("max-age=0", NULL).no_cache);
    assert_int_equal(parse("stale-while-revalidate=30", NULL).stale_while_revalidate_s, 30);
    assert_true(parse("stale-while-revalidate", NULL).stale_while_revalidate_s == INT64_MAX);
}

static void nonsense_is_ignored(void **state)
{
    struct directives d = parse("max-age=soon, max-age=-1, , =, stale-while-revalidate=x, no-cachex", NULL);
    (void)state;
    assert_int_equal(d.max_age_s, -1);
    assert_int_equal(d.stale_while_revalidate_s, -1);
    assert_false(d.no_cache);
}

static void the_strictest_of_several_counts(void **state)
{
    (void)state;
    assert_int_equal(parse("max-age=5, max-age=60", NULL).max_age_s, 5);
    assert_int_equal(parse("max-age=60, max-age=5", NULL).max_age_s, 5);
    assert_int_equal(parse("max-age=60, max-age=x", NULL).max_age_s, 60);
    assert_true(parse("max-age=0, max-age=60", NULL).no_cache);
    assert_int_equal(parse("min-fresh=9, min-fresh=3", NULL).min_fresh_s, 9);
    assert_int_equal(parse("stale-if-error=0, stale-if-error", NULL).stale_if_error_s, 0);
    assert_int_equal(parse("stale-while-revalidate, stale-while-revalidate=7", NULL).stale_while_revalidate_s,
                     7);
}

static void pragma_counts_only_alone(void **state)
{
    (void)state;
    assert_true(parse(NULL, "no-cache").no_cache);
    assert_false(parse("max-age=5", "no-cache").no_cache);
    assert_false(parse(NULL, "x").no_cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_said), cmocka_unit_test(each_directive),
                                       cmocka_unit_test(nonsense_is_ignored),
                                       cmocka_unit_test(the_strictest_of_several_counts),
                                       cmocka_unit_test(pragma_counts_only_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

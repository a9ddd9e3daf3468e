#include "tests/unit/unit.h"

#include "crawler/failing.h"

static void note(struct failing *f, const char *url, int64_t now_ms)
{
    failing_note(f, slice_of(url), false, now_ms);
}

static void test_failing__one_list_is_not_github(void **state)
{
    (void)state;
    struct failing f = {0};
    failing_over(&f);
    assert_false(failing_in_general(&f));
    for (int i = 0; i < 50; i++) {
        note(&f, "/users/a/followers", 1000 + i);
        note(&f, "/users/a/following", 1000 + i);
        assert_false(failing_in_general(&f));
    }
    note(&f, "/users/b", 2000);
    assert_true(failing_in_general(&f));
    assert_int_equal(f.since_ms, 1000);
    failing_over(&f);
    assert_false(failing_in_general(&f));
    note(&f, "/users/a/followers", 3000);
    assert_int_equal(f.since_ms, 3000);
    assert_false(failing_in_general(&f));
}

static void test_failing__a_server_that_never_answered_or_is_not_reached(void **state)
{
    (void)state;
    struct failing f = {0};
    assert_false(failing_in_general(&f));
    note(&f, "/users/a", 1000);
    assert_true(failing_in_general(&f));
    failing_over(&f);
    failing_note(&f, slice_of("/users/a"), true, 2000);
    assert_true(failing_in_general(&f));
    note(&f, "/users/a", 3000); /* it is reached again, and fails */
    assert_false(failing_in_general(&f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failing__one_list_is_not_github),
        cmocka_unit_test(test_failing__a_server_that_never_answered_or_is_not_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

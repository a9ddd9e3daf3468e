#include "tests/unit/unit.h"

#include "core/base/slice.h"

static const slice none = {NULL, 0};

static void test_slice__equality(void **state)
{
    (void)state;
    assert_true(slice_eq(SLICE("abc"), slice_of("abc")));
    assert_true(slice_eq(none, SLICE("")));
    assert_false(slice_eq(SLICE("abc"), SLICE("abd")));
    assert_false(slice_eq(SLICE("abc"), SLICE("ab")));
    assert_true(slice_eq(SLICE("a\0b"), SLICE("a\0b")));
    assert_false(slice_eq(SLICE("a\0b"), SLICE("a\0c")));
    assert_true(slice_eq_nocase(SLICE("OctoCat-9"), SLICE("octocaT-9")));
    assert_false(slice_eq_nocase(SLICE("a["), SLICE("a{"))); /* neighbours of letters are no letters */
    assert_false(slice_eq_nocase(SLICE("@a"), SLICE("`a")));
    assert_false(slice_eq_nocase(SLICE("\xc3\x89"), SLICE("\xc3\xa9"))); /* ASCII only */
}

static void test_slice__starts_and_ends(void **state)
{
    (void)state;
    assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
    assert_true(slice_starts(SLICE("abc"), none));
    assert_true(slice_starts(none, none));
    assert_false(slice_starts(SLICE("ab"), SLICE("abc")));
    assert_false(slice_starts(SLICE("xab"), SLICE("ab")));
    assert_true(slice_ends(SLICE("abc"), SLICE("bc")));
    assert_false(slice_ends(SLICE("bc"), SLICE("abc")));
    assert_false(slice_ends(SLICE("bcx"), SLICE("bc")));
}

static void test_slice__trim(void **state)
{
    (void)state;
    assert_slice(slice_trim(SLICE(" \t\r\na b\r\n ")), "a b");
    assert_slice(slice_trim(SLICE(" \r\n")), "");
    assert_slice(slice_trim(none), "");
    assert_slice(slice_trim(SLICE("\va\v")), "\va\v");
}

static void test_slice__find(void **state)
{
    (void)state;
    assert_int_equal(slice_find(SLICE("a/b/c"), '/'), 1);
    assert_int_equal(slice_find(SLICE("abc"), '/'), -1);
    assert_int_equal(slice_find(slice_from("abc/", 3), '/'), -1);
    assert_int_equal(slice_find(none, '/'), -1);
}

static void test_slice__split_gives_every_piece_once(void **state)
{
    (void)state;
    slice rest = SLICE("a,,b,"), head;
    static const char *const pieces[] = {"a", "", "b", ""};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        assert_true(slice_split(&rest, ',', &head));
        assert_slice(head, pieces[i]);
    }
    assert_false(slice_split(&rest, ',', &head));
    rest = none;
    assert_false(slice_split(&rest, ',', &head));
    rest = SLICE("");
    assert_true(slice_split(&rest, ',', &head));
    assert_slice(head, "");
    assert_false(slice_split(&rest, ',', &head));
}

static void test_slice__numbers(void **state)
{
    (void)state;
    int64_t n = 0;
    assert_true(slice_i64(SLICE("9223372036854775807"), INT64_MIN, INT64_MAX, &n));
    assert_true(n == INT64_MAX);
    assert_true(slice_i64(SLICE("-9223372036854775808"), INT64_MIN, INT64_MAX, &n));
    assert_true(n == INT64_MIN);
    assert_true(slice_i64(SLICE("007"), 7, 7, &n));
    assert_int_equal(n, 7);
    static const char *const bad[] = {"9223372036854775808",
                                      "-9223372036854775809",
                                      "",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "0x1",
                                      "1.0",
                                      "1e3",
                                      "--1",
                                      "1-",
                                      "99999999999999999999999"};
    n = 42;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (slice_i64(slice_of(bad[i]), INT64_MIN, INT64_MAX, &n))
            fail_msg("\"%s\" was read as a number", bad[i]);
    assert_false(slice_i64(SLICE("5"), 6, 9, &n));
    assert_false(slice_i64(SLICE("10"), 6, 9, &n));
    assert_false(slice_i64(none, 0, 9, &n));
    assert_int_equal(n, 42); /* untouched by all of these */
    assert_true(slice_i64(slice_from("123", 2), 0, 99, &n));
    assert_int_equal(n, 12);
}

static void test_slice__utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "abc",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "a\xf0\x9f\x98\x80z"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2z",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xe2\x82",
                                      "\xe2\x28\xa1",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf0\x9f\x98",
                                      "\xff",
                                      "ok\xfe"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(slice_utf8_valid(slice_of(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (slice_utf8_valid(slice_of(bad[i])))
            fail_msg("bad sequence %zu was taken", i);
    assert_int_equal(slice_utf8_sequence(SLICE("\xf0\x9f\x98\x80z")), 4);
    assert_int_equal(slice_utf8_sequence(SLICE("z\xff")), 1);
    assert_int_equal(slice_utf8_sequence(none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice__equality),
        cmocka_unit_test(test_slice__starts_and_ends),
        cmocka_unit_test(test_slice__trim),
        cmocka_unit_test(test_slice__find),
        cmocka_unit_test(test_slice__split_gives_every_piece_once),
        cmocka_unit_test(test_slice__numbers),
        cmocka_unit_test(test_slice__utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "core/base/words.h"

static void test_words__one_is_not_many(void **state)
{
    char out[WORDS_SIZE];
    (void)state;
    assert_string_equal(words_count(out, 0, "job", "jobs"), "0 jobs");
    assert_string_equal(words_count(out, 1, "job", "jobs"), "1 job");
    assert_string_equal(words_count(out, 2, "job", "jobs"), "2 jobs");
    assert_string_equal(words_count(out, 1, "repository", "repositories"), "1 repository");
    assert_string_equal(words_count(out, 21, "repository", "repositories"), "21 repositories");
}

static void test_words__durations(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{-5, "1 s"},
                 {0, "1 s"},
                 {1, "1 s"},
                 {1000, "1 s"},
                 {1001, "2 s"},
                 {59000, "59 s"},
                 {99000, "99 s"},
                 {100000, "2 min"},
                 {3600000, "60 min"},
                 {99 * 60000, "99 min"},
                 {100 * 60000, "1 h 40 min"},
                 {2 * 3600000, "2 h"},
                 {2 * 3600000 - 1, "2 h"},
                 {(int64_t)48 * 3600000, "48 h"},
                 {(int64_t)48 * 3600000 + 1, "3 days"},
                 {(int64_t)72 * 3600000, "3 days"},
                 {(int64_t)365 * 86400000, "365 days"}};
    char out[WORDS_SIZE];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(words_duration(out, cases[i].ms), cases[i].text);
    assert_true(strlen(words_duration(out, INT64_MAX)) < WORDS_SIZE);
}

static void test_words__short_numbers(void **state)
{
    char out[WORDS_SIZE];
    (void)state;
    assert_string_equal(words_short_number(out, 0), "0");
    assert_string_equal(words_short_number(out, 9999), "9999");
    assert_string_equal(words_short_number(out, 10000), "10.0k");
    assert_string_equal(words_short_number(out, 999999), "999.9k");
    assert_string_equal(words_short_number(out, 12345678), "12.3M");
    assert_string_equal(words_short_number(out, 5000000000), "5.0G");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words__one_is_not_many),
        cmocka_unit_test(test_words__durations),
        cmocka_unit_test(test_words__short_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

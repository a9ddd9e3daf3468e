#include "tests/unit/unit.h"

#include "crawler/list_verdict.h"

/* A list of one page of followers, read whole, of which nothing is missing. */
#define SOUND .list = LIST_FOLLOWERS, .n_pages = 1, .n_ids = 50, .count = 50
/* Fields given again override those of SOUND on purpose. */
#pragma GCC diagnostic ignored "-Woverride-init"

static const char *note;

static enum verdict judge(struct list_pass p)
{
    note = "not written";
    return list_verdict(&p, &note);
}

#define assert_verdict(expected, ...)                                                                        \
    do {                                                                                                     \
        assert_int_equal(judge((struct list_pass){SOUND, __VA_ARGS__}), expected);                           \
        assert_null(note);                                                                                   \
    } while (0)
#define assert_noted(expected, word, ...)                                                                    \
    do {                                                                                                     \
        assert_int_equal(judge((struct list_pass){SOUND, __VA_ARGS__}), expected);                           \
        assert_non_null(note);                                                                               \
        assert_non_null(strstr(note, word));                                                                 \
    } while (0)

static void test_verdict__nothing_missing_leaves_all(void **state)
{
    (void)state;
    assert_verdict(VERDICT_LEAVE, .n_missing = 0);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .changed = true);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .pass = 1, .changed = true);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .count = -1);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .n_ids = 0, .count = 0, .changed = true);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .n_pages = 9, .n_ids = 900, .count = 900);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .lost_next = true); /* a page that did not change */
}

static void test_verdict__a_few_close_at_once(void **state)
{
    (void)state;
    assert_verdict(VERDICT_CLOSE, .n_missing = 1);
    assert_verdict(VERDICT_CLOSE, .n_missing = 5, .changed = true);
    assert_verdict(VERDICT_CLOSE, .n_missing = 5, .n_ids = 1, .count = 1);
    assert_verdict(VERDICT_CLOSE, .n_missing = 5, .count = -1);
    assert_verdict(VERDICT_CLOSE, .n_missing = 5, .count = 49); /* more than the profile says */
}

static void test_verdict__more_than_a_few_and_a_tenth_are_confirmed(void **state)
{
    (void)state;
    assert_verdict(VERDICT_CONFIRM, .n_missing = 6);                            /* of 56 */
    assert_verdict(VERDICT_CONFIRM, .n_missing = 6, .n_ids = 53, .count = 53);  /* of 59: a tenth is 5 */
    assert_verdict(VERDICT_CLOSE, .n_missing = 6, .n_ids = 54, .count = 54);    /* of 60: a tenth */
    assert_verdict(VERDICT_CLOSE, .n_missing = 10, .n_ids = 90, .count = 90);   /* of 100 */
    assert_verdict(VERDICT_CONFIRM, .n_missing = 11, .n_ids = 90, .count = 90); /* of 101 */
    assert_verdict(VERDICT_CONFIRM, .n_missing = 300, .n_ids = 50, .count = -1);
}

static void test_verdict__all_of_a_list_is_confirmed(void **state)
{
    (void)state;
    assert_verdict(VERDICT_CONFIRM, .n_missing = 1, .n_ids = 0, .count = 0);
    assert_verdict(VERDICT_CONFIRM, .n_missing = 300, .n_ids = 0, .count = -1);
    assert_verdict(VERDICT_CONFIRM, .list = LIST_STARRED, .n_missing = 3, .n_ids = 0, .count = -1);
    assert_verdict(VERDICT_CLOSE, .n_missing = 300, .n_ids = 0, .count = 0, .pass = 1);
}

static void test_verdict__fewer_than_the_count_are_confirmed(void **state)
{
    (void)state;
    assert_verdict(VERDICT_CONFIRM, .n_missing = 1, .n_ids = 49);
    assert_verdict(VERDICT_CLOSE, .n_missing = 1, .n_ids = 49, .pass = 1);
}

static void test_verdict__a_lost_next_page_is_confirmed(void **state)
{
    (void)state;
    assert_verdict(VERDICT_CONFIRM, .n_missing = 1, .lost_next = true);
    assert_verdict(VERDICT_CONFIRM, .n_missing = 0, .lost_next = true, .changed = true);
    assert_verdict(VERDICT_CLOSE, .n_missing = 1, .lost_next = true, .pass = 1);
}

static void test_verdict__a_page_that_changed_and_is_short_is_confirmed(void **state)
{
    (void)state;
    assert_verdict(VERDICT_CONFIRM, .n_missing = 0, .changed = true, .n_ids = 44);             /* 6 of 50 */
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .changed = true, .n_ids = 45);               /* 5: a few */
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .changed = true, .n_ids = 90, .count = 100); /* a tenth */
    assert_verdict(VERDICT_CONFIRM, .n_missing = 0, .changed = true, .n_ids = 89, .count = 100);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .changed = false, .n_ids = 44);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .changed = true, .n_ids = 44, .count = -1);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .changed = true, .n_ids = 44, .count = 0);
}

static void test_verdict__several_pages_are_confirmed(void **state)
{
    (void)state;
    assert_verdict(VERDICT_CONFIRM, .n_pages = 2, .n_ids = 150, .count = 150, .n_missing = 1);
    assert_verdict(VERDICT_CLOSE, .n_pages = 1, .n_ids = 100, .count = 100, .n_missing = 1);
    assert_verdict(VERDICT_CLOSE, .n_pages = 2, .n_ids = 150, .count = 150, .n_missing = 1, .pass = 1);
    /* Repositories that are missing are looked at by id before anything ends. */
    assert_verdict(VERDICT_CLOSE, .list = LIST_REPOSITORIES, .n_pages = 2, .n_ids = 150, .count = 150,
                   .n_missing = 1);
}

static void test_verdict__a_pass_that_differs_from_the_last_one_is_no_confirmation(void **state)
{
    (void)state;
    assert_verdict(VERDICT_CONFIRM, .n_missing = 1, .pass = 1, .changed = true);
    assert_verdict(VERDICT_CONFIRM, .n_missing = 30, .pass = MAX_PASSES - 1, .changed = true);
    assert_verdict(VERDICT_CLOSE, .n_missing = 30, .pass = MAX_PASSES - 1);
    assert_noted(VERDICT_LEAVE, "kept changing", .n_missing = 1, .pass = MAX_PASSES, .changed = true);
    assert_verdict(VERDICT_CLOSE, .n_missing = 1, .pass = MAX_PASSES);
    assert_verdict(VERDICT_LEAVE, .n_missing = 0, .pass = MAX_PASSES, .changed = true, .n_ids = 10);
}

static void test_verdict__empty_against_the_count_never_closes(void **state)
{
    (void)state;
    for (int pass = 1; pass <= MAX_PASSES; pass++)
        assert_noted(VERDICT_LEAVE, "empty against the profile's count", .n_ids = 0, .count = 1,
                     .n_missing = 3, .pass = pass);
    assert_noted(VERDICT_LEAVE, "empty against", .n_ids = 0, .count = 1, .n_missing = 0);
    assert_noted(VERDICT_LEAVE, "empty against", .list = LIST_REPOSITORIES, .n_ids = 0, .count = 1);
}

static void test_verdict__incomplete_passes_close_nothing(void **state)
{
    (void)state;
    assert_noted(VERDICT_LEAVE, "unreadable", .n_missing = 1, .unreadable = true);
    assert_noted(VERDICT_LEAVE, "unreadable", .n_missing = 900, .pass = 1, .unreadable = true);
    for (int pass = 0; pass <= MAX_PASSES; pass++) {
        assert_noted(VERDICT_LEAVE, "partial", .partial = true, .n_missing = 3, .pass = pass);
        assert_noted(VERDICT_LEAVE, "no Link", .lost = "no Link", .n_missing = 3, .pass = pass);
    }
    assert_noted(VERDICT_LEAVE, "no Link", .lost = "no Link", .partial = true);
}

static void test_verdict__stargazers_never_close(void **state)
{
    (void)state;
    assert_verdict(VERDICT_LEAVE, .list = LIST_STARGAZERS, .n_missing = 9, .n_ids = 0, .count = 0, .pass = 1);
    assert_verdict(VERDICT_LEAVE, .list = LIST_STARGAZERS, .n_missing = 9, .lost = "no Link");
}

static void test_verdict__repositories_are_looked_at_each_time(void **state)
{
    (void)state;
    assert_verdict(VERDICT_CLOSE, .list = LIST_REPOSITORIES);
    assert_verdict(VERDICT_CONFIRM, .list = LIST_REPOSITORIES, .n_missing = 6);
    assert_verdict(VERDICT_CONFIRM, .list = LIST_REPOSITORIES, .n_ids = 10, .changed = true);
}

static void test_verdict__saw_all(void **state)
{
    (void)state;
    assert_true(list_saw_all(&(struct list_pass){SOUND}));
    assert_true(list_saw_all(&(struct list_pass){SOUND, .n_ids = 0, .count = 0}));
    assert_true(list_saw_all(&(struct list_pass){SOUND, .n_ids = 0, .count = -1}));
    assert_false(list_saw_all(&(struct list_pass){SOUND, .n_missing = 1}));
    assert_false(list_saw_all(&(struct list_pass){SOUND, .lost = "no Link"}));
    assert_false(list_saw_all(&(struct list_pass){SOUND, .n_ids = 0, .count = 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdict__nothing_missing_leaves_all),
        cmocka_unit_test(test_verdict__a_few_close_at_once),
        cmocka_unit_test(test_verdict__more_than_a_few_and_a_tenth_are_confirmed),
        cmocka_unit_test(test_verdict__all_of_a_list_is_confirmed),
        cmocka_unit_test(test_verdict__fewer_than_the_count_are_confirmed),
        cmocka_unit_test(test_verdict__a_lost_next_page_is_confirmed),
        cmocka_unit_test(test_verdict__a_page_that_changed_and_is_short_is_confirmed),
        cmocka_unit_test(test_verdict__several_pages_are_confirmed),
        cmocka_unit_test(test_verdict__a_pass_that_differs_from_the_last_one_is_no_confirmation),
        cmocka_unit_test(test_verdict__empty_against_the_count_never_closes),
        cmocka_unit_test(test_verdict__incomplete_passes_close_nothing),
        cmocka_unit_test(test_verdict__stargazers_never_close),
        cmocka_unit_test(test_verdict__repositories_are_looked_at_each_time),
        cmocka_unit_test(test_verdict__saw_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

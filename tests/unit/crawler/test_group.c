#include "tests/unit/unit.h"

#include "crawler/crawler_private.h"

static struct crawler crawler;
static struct work answered, other;

static int set_up(void **state)
{
    (void)state;
    memset(&crawler, 0, sizeof crawler);
    answered = other = (struct work){.asked = true};
    answered.job.kind = JOB_DEVELOPER_FOLLOWERS;
    other.job.kind = JOB_DEVELOPER_REPOSITORIES;
    answered.ready_ms = other.ready_ms = 100000;
    return 0;
}

/* Another thread saves a group of followers since that time. */
static void saved_since(int64_t since_ms)
{
    crawler.groups[1].saves = job_groups[JOB_DEVELOPER_FOLLOWERS];
    crawler.groups[1].since_ms = since_ms;
}

static void test_group__a_work_waits_for_the_group_it_could_have_joined(void **state)
{
    (void)state;
    assert_false(group_waits(&crawler, &answered, 100010));
    saved_since(99990);
    assert_true(group_waits(&crawler, &answered, 100010));
    assert_false(group_waits(&crawler, &other, 100010));
    crawler.groups_are_slow = true;
    assert_true(group_waits(&crawler, &other, 100010));
}

/* Each of the groups is young: together they last for as long as works come in. */
static void test_group__no_work_waits_for_group_after_group(void **state)
{
    (void)state;
    crawler.groups_are_slow = true;
    struct work *works[] = {&answered, &other};
    for (size_t i = 0; i < ARRAY_LEN(works); i++) {
        for (int64_t after = 0; after < 2000; after += 100) {
            saved_since(works[i]->ready_ms + after);
            assert_int_equal(group_waits(&crawler, works[i], works[i]->ready_ms + after),
                             after < GROUP_WAIT_MS);
        }
    }
}

static void test_group__a_group_that_is_stuck_delays_nothing(void **state)
{
    (void)state;
    saved_since(100000 - GROUP_WAIT_MS);
    assert_false(group_waits(&crawler, &answered, 100001));
}

static void test_group__a_full_group_does_not_wait(void **state)
{
    (void)state;
    struct work more[MAX_GROUP];
    saved_since(99990);
    for (size_t i = 0; i < MAX_GROUP; i++) {
        more[i] = answered;
        more[i].next = crawler.ready_head[0];
        crawler.ready_head[0] = &more[i];
        assert_int_equal(group_waits(&crawler, &answered, 100010), i + 1 < MAX_GROUP);
    }
}

/* At a distance of 5 ms from the database every group takes 50 ms or longer, though the database does little. */
static void test_group__a_distant_database_is_not_a_slow_one(void **state)
{
    (void)state;
    assert_false(group_was_slow(40, 100));
    assert_true(group_was_slow(80, 100));
    assert_false(group_was_slow(80, 5000));
    assert_true(group_was_slow(140, 5000));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup(test, set_up)
    const struct CMUnitTest tests[] = {
        ONE(test_group__a_work_waits_for_the_group_it_could_have_joined),
        ONE(test_group__no_work_waits_for_group_after_group),
        ONE(test_group__a_group_that_is_stuck_delays_nothing),
        ONE(test_group__a_full_group_does_not_wait),
        ONE(test_group__a_distant_database_is_not_a_slow_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

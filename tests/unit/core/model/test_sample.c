#include "tests/unit/unit.h"

#include "core/base/arena.h"
#include "core/model/sample.h"
#include <math.h>

static void test_sample__draws_every_id_once_when_all_are_wanted(void **state)
{
    struct arena *a = arena_create();
    struct sample_draw d;
    bool seen[1001] = {0};
    int64_t id;
    (void)state;
    sample_draw_begin(&d, 7, 1000, 5000, a);
    for (int i = 0; i < 1000; i++) {
        assert_true(sample_draw_next(&d, &id));
        assert_in_range(id, 1, 1000);
        assert_false(seen[id]);
        seen[id] = true;
    }
    assert_false(sample_draw_next(&d, &id));
    arena_destroy(a);
}

/* The same on every machine and in every version: a paper gives the seed. */
static void test_sample__a_seed_is_a_promise(void **state)
{
    static const int64_t first[] = {14, 92, 59};
    struct arena *a = arena_create();
    struct sample_draw d;
    int64_t id;
    (void)state;
    sample_draw_begin(&d, 42, 200, 3, a);
    for (size_t i = 0; i < ARRAY_LEN(first); i++) {
        assert_true(sample_draw_next(&d, &id));
        assert_int_equal(id, first[i]);
    }
    arena_destroy(a);
}

static void test_sample__each_id_is_equally_likely(void **state)
{
    int n[10] = {0};
    (void)state;
    for (int seed = 0; seed < 2000; seed++) {
        struct arena *a = arena_create();
        struct sample_draw d;
        int64_t id;
        sample_draw_begin(&d, seed, 10, 3, a);
        for (int i = 0; i < 3; i++) {
            assert_true(sample_draw_next(&d, &id));
            n[id - 1]++;
        }
        arena_destroy(a);
    }
    for (int i = 0; i < 10; i++) /* 600 each; 20 is a standard deviation */
        assert_in_range(n[i], 500, 700);
}

static void assert_near(double got, double want)
{
    assert_true(fabs(got - want) < 0.0005);
}

static void test_sample__estimates(void **state)
{
    (void)state;
    struct sample_share s = sample_estimate(0, 0, 1000);
    assert_true(s.low == 0 && s.high == 1);
    s = sample_estimate(263, 81, 1000000000); /* Newcombe's example: 0.2553 to 0.3662 */
    assert_near(s.share, 0.3080), assert_near(s.low, 0.2553), assert_near(s.high, 0.3662);
    s = sample_estimate(20, 0, 1000000000); /* 0 to 0.1611 */
    assert_true(s.low == 0), assert_near(s.high, 0.1611);
    s = sample_estimate(20, 20, 1000000000);
    assert_true(s.high == 1), assert_near(s.low, 0.8389);
    s = sample_estimate(1000, 400, 1000); /* all were asked: no doubt is left */
    assert_near(s.low, 0.4), assert_near(s.high, 0.4);
    struct sample_share half = sample_estimate(500, 200, 1000), far = sample_estimate(500, 200, 1000000);
    assert_near((half.high - half.low) / (far.high - far.low) / 100, 0.0071); /* the root of a half */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample__draws_every_id_once_when_all_are_wanted),
        cmocka_unit_test(test_sample__a_seed_is_a_promise),
        cmocka_unit_test(test_sample__each_id_is_equally_likely),
        cmocka_unit_test(test_sample__estimates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "api/resources/capped_counts.h"

static void test_many__knows_what_it_was_told_and_no_other(void **state)
{
    struct many *many = many_create();
    (void)state;
    for (uint64_t i = 1; i <= 100; i++)
        many_remember(many, i * 0x9e3779b97f4a7c15u);
    int known = 0;
    for (uint64_t i = 1; i <= 100; i++) {
        known += many_known(many, i * 0x9e3779b97f4a7c15u);
        assert_false(many_known(many, i * 0x9e3779b97f4a7c15u + (UINT64_C(1) << 32)));
    }
    assert_true(known > 90); /* a slot may be taken by another */
    assert_false(many_known(many, 12345));
    many_destroy(many);
    many_destroy(NULL);
}

/* Two that share a set: neither takes the other's place, as often as they are asked in turn. */
static void test_many__those_of_a_set_live_together(void **state)
{
    (void)state;
    struct many *many = many_create();
    for (uint64_t i = 1; i <= 8; i++)
        many_remember(many, i << 32 | 7);
    for (uint64_t i = 1; i <= 8; i++) {
        assert_true(many_known(many, i << 32 | 7));
        many_remember(many, i << 32 | 7); /* once more takes no second place */
    }
    many_remember(many, UINT64_C(9) << 32 | 7);
    int known = 0;
    for (uint64_t i = 1; i <= 9; i++)
        known += many_known(many, i << 32 | 7);
    assert_int_equal(known, 8);
    assert_true(many_known(many, UINT64_C(9) << 32 | 7));
    many_destroy(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many__knows_what_it_was_told_and_no_other),
        cmocka_unit_test(test_many__those_of_a_set_live_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

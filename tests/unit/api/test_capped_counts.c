#include "tests/unit/unit.h"

#include "api/resources/capped_counts.h"

static void test_capped_counts__knows_the_remembered_lists_and_no_other(void **state)
{
    struct capped_counts *capped_counts = capped_counts_create();
    (void)state;
    for (uint64_t i = 1; i <= 100; i++)
        capped_counts_remember(capped_counts, i * 0x9e3779b97f4a7c15u);
    int known = 0;
    for (uint64_t i = 1; i <= 100; i++) {
        known += capped_counts_known(capped_counts, i * 0x9e3779b97f4a7c15u);
        assert_false(capped_counts_known(capped_counts, i * 0x9e3779b97f4a7c15u + (UINT64_C(1) << 32)));
    }
    assert_true(known > 90); /* a slot may be taken by another */
    assert_false(capped_counts_known(capped_counts, 12345));
    capped_counts_destroy(capped_counts);
    capped_counts_destroy(NULL);
}

/* Two that share a set: neither takes the other's place, as often as they are asked in turn. */
static void test_capped_counts__those_of_a_set_live_together(void **state)
{
    (void)state;
    struct capped_counts *capped_counts = capped_counts_create();
    for (uint64_t i = 1; i <= 8; i++)
        capped_counts_remember(capped_counts, i << 32 | 7);
    for (uint64_t i = 1; i <= 8; i++) {
        assert_true(capped_counts_known(capped_counts, i << 32 | 7));
        capped_counts_remember(capped_counts, i << 32 | 7); /* again: it takes no second entry */
    }
    capped_counts_remember(capped_counts, UINT64_C(9) << 32 | 7);
    int known = 0;
    for (uint64_t i = 1; i <= 9; i++)
        known += capped_counts_known(capped_counts, i << 32 | 7);
    assert_int_equal(known, 8);
    assert_true(capped_counts_known(capped_counts, UINT64_C(9) << 32 | 7));
    capped_counts_destroy(capped_counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capped_counts__knows_the_remembered_lists_and_no_other),
        cmocka_unit_test(test_capped_counts__those_of_a_set_live_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "core/base/arena.h"

static void test_arena__memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    for (int round = 0; round < 2; round++) {
        for (size_t n = 0; n < 40000; n = n * 3 + 1) {
            unsigned char *at = arena_alloc(a, n);
            assert_non_null(at);
            assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(at[i], 0);
            memset(at, 0xaa, n); /* must not shine through after the reset */
        }
        arena_reset(a);
    }
    arena_destroy(a);
}

static void test_arena__allocations_do_not_overlap(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct arena *a = arena_create();
    unsigned char *at[N];
    for (size_t i = 0; i < N; i++) {
        at[i] = arena_alloc(a, i % 97 + 1);
        memset(at[i], (int)(i % 251), i % 97 + 1);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i % 97 + 1; j++)
            assert_int_equal(at[i][j], i % 251);
    arena_destroy(a);
}

static void test_arena__used_bytes_grow_and_fall_back(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    assert_int_equal(arena_used_bytes(a), 0);
    arena_alloc(a, 100);
    size_t used = arena_used_bytes(a);
    assert_in_range(used, 100, 128);
    arena_alloc(a, 1000000);
    assert_true(arena_used_bytes(a) >= used + 1000000);
    arena_reset(a);
    assert_int_equal(arena_used_bytes(a), 0);
    arena_reset(a);
    arena_destroy(a);
}

static void test_arena__strings(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    assert_string_equal(arena_dup(a, SLICE("ab")), "ab");
    assert_string_equal(arena_dup(a, slice_from("abc", 2)), "ab");
    assert_string_equal(arena_dup(a, (slice){NULL, 0}), "");
    assert_string_equal(arena_strdup(a, "xyz"), "xyz");
    assert_null(arena_strdup(a, NULL));
    assert_string_equal(arena_printf(a, "%s-%d", "n", 7), "n-7");
    assert_string_equal(arena_printf(a, "%s", ""), "");
    char *wide = arena_printf(a, "%30000d|", 5);
    assert_int_equal(strlen(wide), 30001);
    assert_string_equal(wide + 29999, "5|");
    arena_destroy(a);
}

static void test_arena__array_counts_items(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    int64_t *numbers = arena_array(a, 1000, sizeof *numbers);
    for (int i = 0; i < 1000; i++)
        numbers[i] = i;
    assert_int_equal(numbers[999], 999);
    assert_true(arena_used_bytes(a) >= 8000);
    arena_destroy(a);
}

static void test_arena__destroying_null_does_nothing(void **state)
{
    (void)state;
    arena_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena__memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_arena__allocations_do_not_overlap),
        cmocka_unit_test(test_arena__used_bytes_grow_and_fall_back),
        cmocka_unit_test(test_arena__strings),
        cmocka_unit_test(test_arena__array_counts_items),
        cmocka_unit_test(test_arena__destroying_null_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

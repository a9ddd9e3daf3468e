#include "tests/unit/unit.h"

#include "core/base/buf.h"

static void test_buf__collects_what_is_put(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_slice(buf_slice(&b), "");
    buf_puts(&b, "ab");
    buf_putc(&b, 'c');
    buf_put(&b, "d\0e", 3);
    buf_put(&b, NULL, 0);
    buf_printf(&b, "%d-%s", 12, "x");
    assert_int_equal(b.len, 10);
    assert_memory_equal(b.ptr, "abcd\0e12-x", 10);
    assert_false(b.overflow);
    buf_finish(&b);
    assert_null(b.ptr);
    buf_finish(&b);
}

static void test_buf__grows_over_many_sizes(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < 100000; i++)
        buf_putc(&b, (char)('a' + i % 26));
    assert_int_equal(b.len, 100000);
    for (int i = 0; i < 100000; i += 997)
        assert_int_equal(b.ptr[i], 'a' + i % 26);
    buf_printf(&b, "%5000d", 3);
    assert_int_equal(b.len, 105000);
    assert_int_equal(b.ptr[104999], '3');
    buf_finish(&b);
}

static void test_buf__bound_is_exact_and_sticks(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    buf_puts(&b, "abcde");
    assert_false(b.overflow);
    buf_putc(&b, 'f');
    assert_true(b.overflow);
    assert_slice(buf_slice(&b), "abcde");
    buf_reset(&b);
    assert_false(b.overflow);
    buf_puts(&b, "abc");
    buf_puts(&b, "too much"); /* dropped as a whole */
    assert_true(b.overflow);
    assert_slice(buf_slice(&b), "abc");
    buf_putc(&b, 'd'); /* would fit, but comes behind what is missing */
    assert_slice(buf_slice(&b), "abc");
    buf_finish(&b);
    assert_int_equal(b.max, 5);
}

static void test_buf__printf_and_reserve_keep_the_bound(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 8);
    buf_printf(&b, "%s", "1234567");
    assert_false(b.overflow);
    buf_printf(&b, "%s", "89");
    assert_true(b.overflow);
    assert_slice(buf_slice(&b), "1234567");
    buf_reset(&b);
    assert_false(buf_reserve(&b, SIZE_MAX));
    assert_true(b.overflow);
    buf_reset(&b);
    assert_true(buf_reserve(&b, 8));
    assert_false(buf_reserve(&b, 9));
    buf_finish(&b);
}

static void test_buf__reset_keeps_the_memory(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, "abc");
    size_t cap = b.cap;
    buf_reset(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, cap);
    assert_non_null(b.ptr);
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf__collects_what_is_put),
        cmocka_unit_test(test_buf__grows_over_many_sizes),
        cmocka_unit_test(test_buf__bound_is_exact_and_sticks),
        cmocka_unit_test(test_buf__printf_and_reserve_keep_the_bound),
        cmocka_unit_test(test_buf__reset_keeps_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

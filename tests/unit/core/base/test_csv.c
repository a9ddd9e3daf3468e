#include "tests/unit/unit.h"

#include "core/base/csv.h"

static void check(slice text, const char *expected)
{
    struct buf out;
    struct csv csv;
    buf_init(&out, 0);
    csv_init(&csv, &out);
    csv_text(&csv, text);
    assert_int_equal(out.len, strlen(expected));
    assert_memory_equal(out.ptr ? out.ptr : "", expected, out.len);
    buf_finish(&out);
}

static void test_csv__text(void **state)
{
    (void)state;
    check(SLICE("plain"), "plain");
    check(SLICE("a,b"), "\"a,b\"");
    check(SLICE("say \"hi\""), "\"say \"\"hi\"\"\"");
    check(SLICE("two\nlines"), "\"two\nlines\"");
    check(SLICE("a\rb"), "\"a\rb\"");
    check(SLICE(" edge"), "\" edge\"");
    check(SLICE("=1+1"), "=1+1");
    check(SLICE("ünï, 🦊"), "\"ünï, 🦊\"");
    check(SLICE(""), "\"\""); /* empty is not null */
    check((slice){NULL, 0}, "");
}

static void test_csv__records(void **state)
{
    struct buf out;
    struct csv csv;
    (void)state;
    buf_init(&out, 0);
    csv_init(&csv, &out);
    csv_null(&csv);
    csv_i64(&csv, INT64_MIN);
    csv_null(&csv);
    csv_end(&csv);
    csv_text(&csv, SLICE("x"));
    csv_end(&csv);
    slice expected = SLICE(",-9223372036854775808,\r\nx\r\n");
    assert_true(slice_eq(buf_slice(&out), expected));
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_csv__text), cmocka_unit_test(test_csv__records)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

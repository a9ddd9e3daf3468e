#include "tests/unit/unit.h"

#include "core/json/clean.h"

static void assert_cleaned(slice dirty, const char *expected)
{
    struct buf out;
    char *exact = malloc(dirty.len ? dirty.len : 1); /* so that the sanitizer sees a read past the end */
    buf_init(&out, 0);
    memcpy(exact, dirty.ptr, dirty.len);
    if (json_clean(slice_from(exact, dirty.len), &out))
        fail_msg("taken for clean: %.*s", SLICE_ARG(dirty));
    assert_slice(buf_slice(&out), expected);
    buf_reset(&out);
    assert_true(json_clean(slice_of(expected), &out)); /* once is enough */
    buf_finish(&out);
    free(exact);
}

static void assert_clean(slice text)
{
    struct buf out;
    char *exact = malloc(text.len ? text.len : 1);
    buf_init(&out, 0);
    if (text.len)
        memcpy(exact, text.ptr, text.len);
    if (!json_clean(slice_from(exact, text.len), &out))
        fail_msg("taken for dirty: %.*s", SLICE_ARG(text));
    assert_int_equal(out.len, 0);
    buf_finish(&out);
    free(exact);
}

static void test_clean__clean_text_is_not_copied(void **state)
{
    (void)state;
    assert_clean((slice){NULL, 0});
    assert_clean(SLICE("{\"a\":\"b\\n\\\"\\\\ \\u00e9 \\uFFFD \\ud7ff \\ue000 \xc3\xa9 \xf0\x9f\x98\x80\"}"));
    assert_clean(SLICE("\"\\\\u0000\"")); /* an escaped backslash, then the letters u0000 */
    assert_clean(SLICE("\"\\\\\\\\ud800\""));
}

static void test_clean__nul_escape(void **state)
{
    (void)state;
    assert_cleaned(SLICE("\"a\\u0000b\""), "\"a\\ufffdb\"");
    assert_cleaned(SLICE("\"\\\\\\u0000\""), "\"\\\\\\ufffd\"");
    assert_cleaned(SLICE("\"\\u0000\\u0000\""), "\"\\ufffd\\ufffd\"");
}

static void test_clean__control_characters(void **state)
{
    (void)state;
    assert_clean(SLICE("\t{\r\n\"a\" :\t[1]}\n")); /* between tokens they are blanks */
    assert_cleaned(SLICE("\"a\001b\""), "\"a\\ufffdb\"");
    assert_cleaned(SLICE("\"a\tb\nc\rd\""), "\"a\\ufffdb\\ufffdc\\ufffdd\"");
    assert_cleaned(SLICE("{\"a\\\"\t\":\t\"\x1f\"}"), "{\"a\\\"\\ufffd\":\t\"\\ufffd\"}");
}

static void test_clean__lone_surrogates(void **state)
{
    (void)state;
    assert_cleaned(SLICE("\"\\ud83d\""), "\"\\ufffd\"");
    assert_cleaned(SLICE("\"\\uDBFFx\""), "\"\\ufffdx\"");
    assert_cleaned(SLICE("\"\\ude00\""), "\"\\ufffd\"");
    assert_cleaned(SLICE("\"\\uDC00\\uD800\""), "\"\\ufffd\\ufffd\""); /* the wrong way round */
    assert_cleaned(SLICE("\"\\ud83d\\ud83d\\ude00\""),
                   "\"\\ufffd\\ud83d\\ude00\""); /* the second finds its pair */
    assert_cleaned(SLICE("\"\\ud83d\\u0041\""), "\"\\ufffd\\u0041\"");
    assert_cleaned(SLICE("\"\\ud83d\\\\ude00\""), "\"\\ufffd\\\\ude00\"");
    assert_cleaned(SLICE("\"\\ud83d\\u0000\""), "\"\\ufffd\\ufffd\"");
}

static void test_clean__surrogate_pairs_are_unchanged(void **state)
{
    (void)state;
    assert_clean(SLICE("\"\\ud83d\\ude00\""));
    assert_clean(SLICE("\"\\uD800\\uDC00\\uDBFF\\uDFFF\""));
    assert_cleaned(SLICE("\"\\ud83d\\ude00\\ude00\""), "\"\\ud83d\\ude00\\ufffd\"");
}

static void test_clean__bad_utf8_and_raw_nul(void **state)
{
    (void)state;
    assert_cleaned(SLICE("\"a\xff\""), "\"a\\ufffd\"");
    assert_cleaned(SLICE("\"\xc3\xa9\xc3\""), "\"\xc3\xa9\\ufffd\"");
    assert_cleaned(SLICE("\"\xed\xa0\x80\""), "\"\\ufffd\\ufffd\\ufffd\"");
    assert_cleaned(SLICE("\"\xc0\x80\""), "\"\\ufffd\\ufffd\"");
    assert_cleaned(SLICE("\"a\0b\""), "\"a\\ufffdb\"");
}

static void test_clean__bad_byte_after_a_backslash(void **state)
{
    (void)state;
    assert_cleaned(SLICE("\"\\\xa5\""), "\"\\\\ufffd\"");
    assert_cleaned(SLICE("\"\\\0\""), "\"\\\\ufffd\"");
}

static void test_clean__text_cut_anywhere(void **state)
{
    (void)state;
    assert_cleaned(SLICE("\"\xf0\x9f\x98"), "\"\\ufffd\\ufffd\\ufffd");
    assert_clean(SLICE("\"\\"));
    assert_clean(SLICE("\"\\u"));
    assert_clean(SLICE("\"\\u000"));
    assert_cleaned(SLICE("\"\\u0000"), "\"\\ufffd");
    assert_cleaned(SLICE("\"\\ud83d\\"), "\"\\ufffd\\");
    assert_cleaned(SLICE("\"\\ud83d\\ude0"), "\"\\ufffd\\ude0");
    assert_clean(SLICE("\"\\ud83d\\ude00"));
    assert_clean(SLICE("\"\\uzzzz\\ud8zz\"")); /* not escapes: the parser will say so */
}

static void test_clean__bound_is_respected(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 6);
    assert_false(json_clean(SLICE("\"a\\u0000b\""), &out));
    assert_true(out.overflow);
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean__clean_text_is_not_copied),
        cmocka_unit_test(test_clean__nul_escape),
        cmocka_unit_test(test_clean__control_characters),
        cmocka_unit_test(test_clean__lone_surrogates),
        cmocka_unit_test(test_clean__surrogate_pairs_are_unchanged),
        cmocka_unit_test(test_clean__bad_utf8_and_raw_nul),
        cmocka_unit_test(test_clean__bad_byte_after_a_backslash),
        cmocka_unit_test(test_clean__text_cut_anywhere),
        cmocka_unit_test(test_clean__bound_is_respected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "core/json/check.h"
#include "tests/unit/unit.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static void whole_values(void **state)
{
    static const struct {
        const char *text;
        enum json_kind kind;
        int64_t n;
    } rows[] = {
        {"[]", JSON_OF_ARRAY, 0},
        {" [ ] \r\n", JSON_OF_ARRAY, 0},
        {"[[]]", JSON_OF_ARRAY, 1},
        {"[1]", JSON_OF_ARRAY, 1},
        {"[[1,2],{\"a\":[3,4],\"b\":{}},\"a,b\\\",\"]", JSON_OF_ARRAY, 3},
        {"{}", JSON_OF_OBJECT, -1},
        {"{\"a\":[1,2]}", JSON_OF_OBJECT, -1},
        {"\"\\u00e9\\n\\/\"", JSON_OF_STRING, -1},
        {"-0.5e+10", JSON_OF_NUMBER, -1},
        {"0", JSON_OF_NUMBER, -1},
        {"true", JSON_OF_WORD, -1},
        {"null\t", JSON_OF_WORD, -1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t n = 99;
        assert_int_equal(json_check(slice_of(rows[i].text), &n), rows[i].kind);
        assert_int_equal(n, rows[i].n);
        assert_int_equal(json_kind_of_start(slice_of(rows[i].text)), rows[i].kind);
    }
}

static void everything_else_is_broken(void **state)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "[",
                                      "]",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "{\"a\"}",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{,}",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "[}",
                                      "{]",
                                      "[[]",
                                      "[]]",
                                      "[][]",
                                      "1 2",
                                      "01",
                                      "-",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "+1",
                                      "tru",
                                      "truee",
                                      "nul",
                                      "\"",
                                      "\"\\\"",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\\u12g4\"",
                                      "\"a\nb\"",
                                      "'a'",
                                      "NaN",
                                      "<html>",
                                      "\xef\xbb\xbf[]",
                                      "[\"a\":1]",
                                      "{\"a\":1:2}",
                                      "{\"a\" 1}",
                                      "{1:2}",
                                      "[1}",
                                      "{\"a\":1]",
                                      "/**/[]",
                                      "[1]x",
                                      "[true false]",
                                      "\"\\"};
    int64_t n;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (json_check(slice_of(bad[i]), &n) != JSON_BROKEN)
            fail_msg("%s", bad[i]);
        assert_int_equal(n, -1);
    }
    assert_int_equal(json_check(slice_from("[]\0", 3), &n), JSON_BROKEN);
    assert_int_equal(json_check(slice_from("\"\0\"", 3), &n), JSON_BROKEN);
}

static void nesting_is_bounded(void **state)
{
    static char text[2 * JSON_CHECK_MAX_DEPTH + 2];
    int64_t n;
    (void)state;
    memset(text, '[', JSON_CHECK_MAX_DEPTH);
    memset(text + JSON_CHECK_MAX_DEPTH, ']', JSON_CHECK_MAX_DEPTH);
    assert_int_equal(json_check(slice_from(text, (size_t)2 * JSON_CHECK_MAX_DEPTH), &n), JSON_OF_ARRAY);
    memset(text, '[', JSON_CHECK_MAX_DEPTH + 1);
    memset(text + JSON_CHECK_MAX_DEPTH + 1, ']', JSON_CHECK_MAX_DEPTH + 1);
    assert_int_equal(json_check(slice_from(text, sizeof text), &n), JSON_BROKEN);
}

/* Texts of a few telling characters, and jansson's word on each. */
static void agrees_with_another_parser(void **state)
{
    static const char letters[] = "[]{},:\"\\1-.e0 atrue";
    char text[12];
    int64_t n;
    (void)state;
    srand(7);
    for (int i = 0; i < 400000; i++) {
        size_t len = 1 + (size_t)rand() % (sizeof text - 1);
        for (size_t k = 0; k < len; k++)
            text[k] = letters[(size_t)rand() % (sizeof letters - 1)];
        json_t *root = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        bool ours = json_check(slice_from(text, len), &n) != JSON_BROKEN;
        if (ours != (root != NULL))
            fail_msg("%.*s", (int)len, text);
        if (json_is_array(root))
            assert_int_equal(n, json_array_size(root));
        json_decref(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_values), cmocka_unit_test(everything_else_is_broken),
        cmocka_unit_test(nesting_is_bounded), cmocka_unit_test(agrees_with_another_parser)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "core/json/yaml.h"
#include <stdio.h>

static void test_yaml__documents(void **state)
{
    static const char *const documents[][2] = {
        {"{}", "{}\n"},
        {"[]", "[]\n"},
        {"7", "7\n"},
        {"\"x\"", "x\n"},
        {"{\"a\":1,\"b\":{\"c\":null,\"d\":{}},\"e\":[]}", "a: 1\nb:\n  c: null\n  d: {}\ne: []\n"},
        {"[1,[2,[]],{\"a\":true,\"b\":[3]},{}]", "- 1\n- - 2\n  - []\n- a: true\n  b:\n    - 3\n- {}\n"},
        {"{\"/github/{id}/\":{\"get\":{\"tags\":[\"a b\",\"c\"]}}}",
         "\"/github/{id}/\":\n  get:\n    tags:\n      - a b\n      - c\n"},
    };
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        buf_reset(&out);
        assert_true(yaml_from_json(&out, slice_of(documents[i][0])));
        const char *at = documents[i][1];
        assert_slice(buf_slice(&out), *at == '\n' ? at + 1 : at);
    }
    buf_finish(&out);
}

/* Text stays text: what YAML would take for something else, or can't hold bare, is quoted. */
static void test_yaml__quotes(void **state)
{
    static const char *const bare[] = {"x",   "full_profile_sync", "/github/developers/", "no more", "a-b.c",
                                       "Yess"};
    static const char *const quoted[] = {
        "",      " x",         "x ",  "a  b", "true", "NO",  "On",       "y",   "null", "200",
        "1e3",   "-x",         "- x", "a: b", "a #b", "#a",  "{x}",      "[x]", "&a",   "*a",
        "!a",    "|",          ">",   "%a",   "@a",   "`a`", "a,b",      "~",   "'x'",  "\\\"x\\\"",
        "a\\nb", "2020-01-31", ".5",  ".inf", "=",    "?",   "\xc3\xbc", "x:"};
    struct buf out;
    char json[64], want[64];
    (void)state;
    buf_init(&out, 0);
    for (size_t i = 0; i < ARRAY_LEN(bare) + ARRAY_LEN(quoted); i++) {
        const char *text = i < ARRAY_LEN(bare) ? bare[i] : quoted[i - ARRAY_LEN(bare)];
        const char *mark = i < ARRAY_LEN(bare) ? "" : "\"";
        snprintf(json, sizeof json, "{\"k\":\"%s\"}", text);
        snprintf(want, sizeof want, "k: %s%s%s\n", mark, text, mark);
        buf_reset(&out);
        assert_true(yaml_from_json(&out, slice_of(json)));
        assert_slice(buf_slice(&out), want);
    }
    buf_finish(&out);
}

static void test_yaml__refuses_what_is_not_json(void **state)
{
    static const char *const broken[] = {"", "{", "{\"a\"}", "[1,]", "1 2", "{\"a\":}", "[}"};
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    for (size_t i = 0; i < ARRAY_LEN(broken); i++)
        assert_false(yaml_from_json(&out, slice_of(broken[i])));
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml__documents),
        cmocka_unit_test(test_yaml__quotes),
        cmocka_unit_test(test_yaml__refuses_what_is_not_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

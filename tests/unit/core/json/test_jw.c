#include "tests/unit/unit.h"

#include "core/json/jw.h"
#include <jansson.h>
#include <math.h>

static struct buf out;

static int set_up(void **state)
{
    (void)state;
    buf_init(&out, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_finish(&out);
    return 0;
}

static void assert_out(const char *expected)
{
    assert_false(out.overflow);
    assert_slice(buf_slice(&out), expected);
    buf_reset(&out);
}

/* The same document in both layouts. */
static void write_document(int indent)
{
    struct jw w;
    jw_init(&w, &out, indent);
    jw_object(&w);
    jw_ki64(&w, "id", -7);
    jw_kcstr(&w, "name", NULL);
    jw_kbool(&w, "fork", true);
    jw_karray(&w, "none");
    jw_end_array(&w);
    jw_kobject(&w, "empty");
    jw_end_object(&w);
    jw_karray(&w, "list");
    jw_i64(&w, 1);
    jw_object(&w);
    jw_kstr(&w, "a", SLICE("b"));
    jw_kbool(&w, "c", false);
    jw_end_object(&w);
    jw_array(&w);
    jw_end_array(&w);
    jw_end_array(&w);
    jw_kraw(&w, "raw", SLICE("[1, 2]"));
    jw_end_object(&w);
}

static void test_jw__compact(void **state)
{
    (void)state;
    write_document(0);
    assert_out("{\"id\":-7,\"name\":null,\"fork\":true,\"none\":[],\"empty\":{},\"list\":[1,{\"a\":\"b\","
               "\"c\":false},[]],\"raw\":[1, 2]}");
}

static void test_jw__indented_as_python_does(void **state)
{
    (void)state;
    write_document(4);
    assert_out("{\n"
               "    \"id\": -7,\n"
               "    \"name\": null,\n"
               "    \"fork\": true,\n"
               "    \"none\": [],\n"
               "    \"empty\": {},\n"
               "    \"list\": [\n"
               "        1,\n"
               "        {\n"
               "            \"a\": \"b\",\n"
               "            \"c\": false\n"
               "        },\n"
               "        []\n"
               "    ],\n"
               "    \"raw\": [1, 2]\n"
               "}");
}

static void test_jw__empty_at_the_top(void **state)
{
    (void)state;
    struct jw w;
    jw_init(&w, &out, 4);
    jw_array(&w);
    jw_end_array(&w);
    assert_out("[]");
    jw_init(&w, &out, 4);
    jw_object(&w);
    jw_end_object(&w);
    assert_out("{}");
}

static void test_jw__strings_are_escaped(void **state)
{
    (void)state;
    struct jw w;
    jw_init(&w, &out, 0);
    jw_str(&w, SLICE("q\" b\\ s/ \n\r\t \x01\x1f\x7f\0."));
    assert_out("\"q\\\" b\\\\ s/ \\n\\r\\t \\u0001\\u001f\\u007f\\u0000.\"");
    jw_init(&w, &out, 0);
    jw_str(&w, SLICE("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
    assert_out("\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
    jw_init(&w, &out, 0);
    jw_str(&w, (slice){NULL, 0});
    assert_out("\"\"");
    jw_init(&w, &out, 0);
    jw_object(&w);
    jw_ki64(&w, "a\"b", 1);
    jw_end_object(&w);
    assert_out("{\"a\\\"b\":1}");
}

/* Texts are checked several bytes at a time: what needs an escape is found at every position in texts of every length. */
static void test_jw__escapes_are_found_everywhere(void **state)
{
    static const struct {
        char byte;
        const char *written;
    } odd[] = {{'"', "\\\""},     {'\\', "\\\\"}, {'\0', "\\u0000"},       {0x1f, "\\u001f"},
               {0x7f, "\\u007f"}, {'\n', "\\n"},  {'\x80', "\xEF\xBF\xBD"}};
    (void)state;
    struct jw w;
    char text[32], expected[64];
    for (size_t k = 0; k < ARRAY_LEN(odd); k++) {
        for (size_t len = 1; len < 26; len++) {
            for (size_t at = 0; at < len; at++) {
                memset(text, at % 2 ? ' ' : '~', len);
                text[at] = odd[k].byte;
                snprintf(expected, sizeof expected, "\"%.*s%s%.*s\"", (int)at, text, odd[k].written,
                         (int)(len - at - 1), text + at + 1);
                jw_init(&w, &out, 0);
                jw_str(&w, slice_from(text, len));
                assert_out(expected);
            }
        }
    }
}

static void test_jw__bad_utf8_is_replaced(void **state)
{
    (void)state;
    struct jw w;
    jw_init(&w, &out, 0);
    jw_str(&w, SLICE("a\xff\xc3z\xed\xa0\x80"));
    assert_out("\"a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void test_jw__any_bytes_come_back_as_json(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char text[5] = {'x', (char)c, '"', (char)c, '\\'};
        struct jw w;
        jw_init(&w, &out, 0);
        jw_array(&w);
        jw_str(&w, slice_from(text, sizeof text));
        jw_end_array(&w);
        json_t *root = json_loadb(out.ptr, out.len, JSON_ALLOW_NUL, NULL);
        if (!root)
            fail_msg("byte %d makes bad JSON", c);
        if (c < 0x80) {
            assert_int_equal(json_string_length(json_array_get(root, 0)), sizeof text);
            assert_memory_equal(json_string_value(json_array_get(root, 0)), text, sizeof text);
        }
        json_decref(root);
        buf_reset(&out);
    }
}

/* Long texts are looked at eight bytes at a time. */
static void test_jw__each_byte_anywhere_is_decoded_as_encoded(void **state)
{
    char text[21];
    (void)state;
    for (int c = 0; c < 0x80; c++) {
        for (size_t at = 0; at < sizeof text; at++) {
            struct jw w;
            memset(text, '!', sizeof text);
            text[at] = (char)c;
            jw_init(&w, &out, 0);
            jw_array(&w);
            jw_str(&w, slice_from(text, sizeof text));
            jw_end_array(&w);
            json_t *root = json_loadb(out.ptr, out.len, JSON_ALLOW_NUL, NULL);
            if (!root || json_string_length(json_array_get(root, 0)) != sizeof text ||
                memcmp(json_string_value(json_array_get(root, 0)), text, sizeof text) != 0)
                fail_msg("byte %d at %zu does not come back", c, at);
            json_decref(root);
            buf_reset(&out);
        }
    }
}

static void test_jw__numbers_and_times(void **state)
{
    (void)state;
    struct jw w;
    jw_init(&w, &out, 0);
    jw_array(&w);
    jw_i64(&w, INT64_MIN);
    jw_i64(&w, INT64_MAX);
    jw_i64(&w, 0);
    jw_digits(&w, -10);
    jw_f64(&w, 0.5);
    jw_f64(&w, NAN);
    jw_f64(&w, -INFINITY);
    jw_f64(&w, 1e300);
    jw_f64(&w, 0.69);
    jw_f64(&w, 1.0 / 3);
    jw_f64(&w, 0.1 + 0.2);
    jw_time(&w, 1600000000999);
    jw_time(&w, -1);
    jw_raw(&w, SLICE("{\"r\":1}"));
    jw_end_array(&w);
    assert_out("[-9223372036854775808,9223372036854775807,0,\"-10\",0.5,null,null,1e+300,0.69,0."
               "3333333333333333,0.30000000000000004,"
               "\"2020-09-13T12:26:40Z\",\"1969-12-31T23:59:59Z\",{\"r\":1}]");
}

static void test_jw__deepest_nesting(void **state)
{
    (void)state;
    struct jw w;
    jw_init(&w, &out, 8);
    for (int i = 0; i < JW_MAX_DEPTH; i++)
        jw_array(&w);
    jw_i64(&w, 1);
    for (int i = 0; i < JW_MAX_DEPTH; i++)
        jw_end_array(&w);
    json_t *root = json_loadb(out.ptr, out.len, 0, NULL);
    assert_non_null(root);
    char *again = json_dumps(root, JSON_INDENT(8));
    assert_slice(buf_slice(&out), again);
    free(again);
    json_decref(root);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(test_jw__##name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(compact),
        CASE(indented_as_python_does),
        CASE(empty_at_the_top),
        CASE(strings_are_escaped),
        CASE(escapes_are_found_everywhere),
        CASE(bad_utf8_is_replaced),
        CASE(any_bytes_come_back_as_json),
        CASE(each_byte_anywhere_is_decoded_as_encoded),
        CASE(numbers_and_times),
        CASE(deepest_nesting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

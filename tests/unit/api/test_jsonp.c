#include "tests/unit/unit.h"

#include "api/request/jsonp.h"

static void test_jsonp__names(void **state)
{
    static const char *const yes[] = {"a", "_", "$", "cb", "a.b.c", "A9", "jQuery_123", "$.get"};
    static const char *const no[] = {"",     "9a",   ".a",   "a-b", "a b",    "a(",       "a;b",
                                     "a[0]", "a\"b", "a\nb", "<a>", "a/*b*/", "\xc3\xa4", "a=1"};
    char longest[66];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (!jsonp_name_ok(slice_of(yes[i])))
            fail_msg("refused: %s", yes[i]);
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (jsonp_name_ok(slice_of(no[i])))
            fail_msg("taken: %s", no[i]);
    memset(longest, 'a', sizeof longest);
    assert_true(jsonp_name_ok(slice_from(longest, 64)));
    assert_false(jsonp_name_ok(slice_from(longest, 65)));
    assert_false(jsonp_name_ok(SLICE("a\0b")));
    assert_false(jsonp_name_ok((slice){NULL, 0}));
}

static void wrapped(const char *type, int status, slice json, const char *want)
{
    struct response rs = {.status = status, .content_type = type};
    response_header(&rs, "X-Total-Count", "7");
    response_header(&rs, "ETag", "\"not shown\"");
    buf_init(&rs.body, 4096);
    buf_put(&rs.body, json.ptr, json.len);
    jsonp_wrap(SLICE("f"), &rs);
    assert_slice(buf_slice(&rs.body), want);
    buf_finish(&rs.body);
}

static void test_jsonp__status_and_headers_travel_inside(void **state)
{
    (void)state;
    wrapped(
        "application/json", 404, SLICE("{\"detail\":\"Not found.\"}"),
        "/**/f({\"meta\":{\"status\":404,\"X-Total-Count\":\"7\"},\"data\":{\"detail\":\"Not found.\"}});");
    wrapped("text/csv", 200, SLICE("a,b"), "a,b"); /* what is no JSON stays */
    wrapped(NULL, 204, SLICE(""), "");
}

/* They end a line of JavaScript before ES2019, and with it the string they stand in; their neighbours do not. */
static void test_jsonp__line_separators_are_escaped(void **state)
{
    (void)state;
    wrapped("application/json", 200, SLICE("[\"\xe2\x80\xa8\xe2\x80\xa9\"]"),
            "/**/f({\"meta\":{\"status\":200,\"X-Total-Count\":\"7\"},\"data\":[\"\\u2028\\u2029\"]});");
    wrapped("application/json", 200, SLICE("\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x80\x94\""),
            "/**/"
            "f({\"meta\":{\"status\":200,\"X-Total-Count\":\"7\"},\"data\":"
            "\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x80\x94\"});");
    wrapped("application/json", 200, SLICE("\xe2\x80"),
            "/**/f({\"meta\":{\"status\":200,\"X-Total-Count\":\"7\"},\"data\":\xe2\x80});");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonp__names),
        cmocka_unit_test(test_jsonp__status_and_headers_travel_inside),
        cmocka_unit_test(test_jsonp__line_separators_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

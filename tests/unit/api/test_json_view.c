#include "tests/unit/unit.h"

#include "api/html/page.h"
#include <stdio.h>

#define BASE "http://127.0.0.1:8000"

static struct buf out;

static const char *page_of(const char *json)
{
    buf_reset(&out);
    json_view(&out, slice_of(json), BASE);
    buf_putc(&out, '\0');
    return out.ptr;
}

static void assert_has(const char *json, const char *part, bool wanted)
{
    const char *html = page_of(json);
    if ((strstr(html, part) != NULL) != wanted)
        fail_msg("%s\nbecame\n%s\nwhich %s\n%s", json, html, wanted ? "has not" : "has", part);
}

static void test_json_view__layout(void **state)
{
    (void)state;
    assert_string_equal(page_of("{}"), "{}");
    assert_string_equal(page_of("[]"), "[]");
    assert_string_equal(page_of("{\"a\":[1,true],\"b\":null,\"c\":{\"d\":\"x\"}}"),
                        "{\n  <span class=\"k\">\"a\"</span>: [\n    <span class=\"n\">1</span>,\n    "
                        "<span class=\"n\">true</span>\n  ],\n  <span class=\"k\">\"b\"</span>: "
                        "<span class=\"z\">null</span>,\n  <span class=\"k\">\"c\"</span>: {\n    "
                        "<span class=\"k\">\"d\"</span>: <span class=\"s\">\"x\"</span>\n  }\n}");
}

static void test_json_view__links(void **state)
{
    (void)state;
    assert_has("{\"url\":\"" BASE "/github/\"}", "<a href=\"" BASE "/github/\">" BASE "/github/</a>", true);
    assert_has("[\"" BASE "/github/developers/?a=1&b=2\"]",
               "<a href=\"" BASE "/github/developers/?a=1&amp;b=2\">", true);
    assert_has("{\"homepage\":\"https://example.org/\"}",
               "<a href=\"https://example.org/\" rel=\"noopener noreferrer nofollow external\">", true);
    /* elsewhere, and addresses that begin like ours */
    assert_has("{\"bio\":\"https://example.org/\"}", "<a", false);
    assert_has("{\"url\":\"" BASE ".example.org/\"}", "<a", false);
    assert_has("{\"url\":\"" BASE "0/\"}", "<a", false);
}

static void test_json_view__hostile(void **state)
{
    static const char *const homepages[] = {
        "javascript:alert(1)",     "java\\nscript:alert(1)", "\\u006aavascript:alert(1)",
        "data:text/html,<script>", "//example.org",          "https://x\\\"onclick=\\\"",
        " https://example.org",
    };
    char json[200];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(homepages); i++) {
        snprintf(json, sizeof json, "{\"homepage\":\"%s\"}", homepages[i]);
        assert_has(json, "<a", false);
        assert_has(json, "href", false);
    }
    assert_has("{\"bio\":\"<script>alert(1)</script>\"}", "&lt;script&gt;alert(1)&lt;/script&gt;", true);
    assert_has("{\"bio\":\"<script>alert(1)</script>\"}", "<script", false);
    assert_has("{\"<b>\":1}", "<b>", false);
    assert_has("{\"a\":\"\\\"><img src=x onerror=y>\"}", "<img", false);
    assert_has("not <b>json</b>", "not &lt;b&gt;json&lt;/b&gt;", true);
    assert_has("[\"<b>\", broken", "<b>", false);
}

static void test_json_view__long_lists_are_cut(void **state)
{
    struct buf json;
    (void)state;
    buf_init(&json, 0);
    for (int n = 19; n <= 22; n++) {
        buf_reset(&json);
        for (int i = 0; i < n; i++)
            buf_printf(&json, "%c\"t%d\"", i ? ',' : '[', i);
        buf_put(&json, "]", 2);
        assert_has(json.ptr, "more", n > 20);
        assert_has(json.ptr, "t19", n >= 20);
        assert_has(json.ptr, "t20", false);
        if (n == 22)
            assert_has(json.ptr, "… 2 more", true);
    }
    buf_reset(&json);
    for (int i = 0; i < 50; i++) /* records are not */
        buf_printf(&json, "%c{\"i\":%d}", i ? ',' : '[', i);
    buf_put(&json, "]", 2);
    assert_has(json.ptr, "more", false);
    assert_has(json.ptr, ">49<", true);
    buf_finish(&json);
}

static void test_json_view__facts(void **state)
{
    struct page_facts facts;
    (void)state;
    page_read_facts(
        SLICE("{\"count\":12,\"next\":\"n\",\"previous\":null,\"results\":[{\"login\":\"x\"},[1],3]}"),
        &facts);
    assert_true(facts.is_list);
    assert_slice(facts.count, "12");
    assert_slice(facts.next, "n");
    assert_slice(facts.previous, "");
    assert_int_equal(facts.n_results, 3);
    assert_slice(facts.title, "");
    page_read_facts(SLICE("{\"id\":\"1\",\"login\":\"ada\",\"x\":{\"login\":\"y\"}}"), &facts);
    assert_false(facts.is_list);
    assert_slice(facts.title, "ada");
    page_read_facts(SLICE("[{\"login\":\"x\"}]"), &facts);
    assert_slice(facts.title, "");
    page_read_facts(SLICE("{\"login\":"), &facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_view__layout),  cmocka_unit_test(test_json_view__links),
        cmocka_unit_test(test_json_view__hostile), cmocka_unit_test(test_json_view__long_lists_are_cut),
        cmocka_unit_test(test_json_view__facts),
    };
    buf_init(&out, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_finish(&out);
    return failed;
}

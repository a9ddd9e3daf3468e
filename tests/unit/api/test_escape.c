#include "tests/unit/unit.h"

#include "api/html/escape.h"

static void test_html__escapes(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    html_text(&out, SLICE("<a href='x'>\"&amp;\"</a>"));
    assert_slice(buf_slice(&out), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;amp;&quot;&lt;/a&gt;");
    buf_reset(&out);
    html_between(&out, "<b>", SLICE("1 < 2"), "</b>");
    assert_slice(buf_slice(&out), "<b>1 &lt; 2</b>");
    buf_reset(&out);
    html_attribute(&out, "value", SLICE("\" onfocus=\"alert(1)"));
    assert_slice(buf_slice(&out), " value=\"&quot; onfocus=&quot;alert(1)\"");
    buf_reset(&out);
    html_text(&out, (slice){NULL, 0});
    html_cstr(&out, NULL);
    assert_slice(buf_slice(&out), "");
    buf_finish(&out);
}

static void test_html__web_addresses(void **state)
{
    static const char *const yes[] = {"https://example.org", "http://example.org:8080/a?b=c&d=%20#e",
                                      "https://x", "http://[::1]:8000/github/",
                                      "https://example.org/@someone"};
    static const char *const no[] = {"",
                                     "https://",
                                     "http://",
                                     "javascript:alert(1)",
                                     "JavaScript:alert(1)",
                                     " https://example.org",
                                     "https://example.org/ x",
                                     "https://example.org/\n",
                                     "https://example.org/\"onclick=",
                                     "https://example.org/'",
                                     "https://a<b",
                                     "https://github.com@example.org/",
                                     "https://user:word@example.org",
                                     "https:///path",
                                     "https://?q",
                                     "//example.org",
                                     "ftp://example.org",
                                     "data:text/html,x",
                                     "https:example.org",
                                     "https://ex\\u0061mple.org",
                                     "https://\xc3\xbcml.example",
                                     "vbscript:x",
                                     "example.org",
                                     "HTTPS://example.org",
                                     "https://a`b",
                                     "https://a/\x7f"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (!html_is_web_address(slice_of(yes[i])))
            fail_msg("refused: %s", yes[i]);
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (html_is_web_address(slice_of(no[i])))
            fail_msg("accepted: %s", no[i]);
    assert_false(html_is_web_address(SLICE("https://a\0b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html__escapes),
        cmocka_unit_test(test_html__web_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

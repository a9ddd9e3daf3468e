#include "mirror/cache/rewrite.h"
#include "tests/unit/unit.h"

static const struct base_pair bases = {.from = SLICE("https://api.github.com"),
                                       .to = SLICE("http://mirror:8080/api/v3"),
                                       .uploads_from = SLICE("https://uploads.github.com"),
                                       .uploads_to = SLICE("http://mirror:8080/api/uploads")};

/* NULL: unchanged. */
static void check(const char *json, const char *expected)
{
    struct buf out;
    buf_init(&out, 0);
    assert_int_equal(rewrite_json(slice_of(json), &bases, &out), expected != NULL);
    if (expected)
        assert_slice(buf_slice(&out), expected);
    buf_finish(&out);
}

static void addresses_are_rewritten(void **state)
{
    (void)state;
    check("{\"url\":\"https://api.github.com/users/ada\"}",
          "{\"url\":\"http://mirror:8080/api/v3/users/ada\"}");
    check("{\"following_url\": \"https://api.github.com/users/ada/following{/other_user}\"}",
          "{\"following_url\": \"http://mirror:8080/api/v3/users/ada/following{/other_user}\"}");
    check("{\n  \"url\" :\n \"https://api.github.com\"}", "{\n  \"url\" :\n \"http://mirror:8080/api/v3\"}");
    check("[{\"a_url\":\"https://api.github.com{?x}\"},{\"b_url\":\"https://api.github.com?y\"}]",
          "[{\"a_url\":\"http://mirror:8080/api/v3{?x}\"},{\"b_url\":\"http://mirror:8080/api/v3?y\"}]");
    check("{\"_links\":{\"self\":{\"href\":\"https://api.github.com/x\"}}}",
          "{\"_links\":{\"self\":{\"href\":\"http://mirror:8080/api/v3/x\"}}}");
}

/* A slash of a JSON string may be escaped (RFC 8259 section 7). */
static void addresses_with_escaped_slashes(void **state)
{
    (void)state;
    check("{\"url\":\"https:\\/\\/api.github.com\\/users\\/ada\"}",
          "{\"url\":\"http://mirror:8080/api/v3\\/users\\/ada\"}");
    check("{\"url\":\"https:\\u002f\\u002Fapi.github.com\\u002Fusers\"}",
          "{\"url\":\"http://mirror:8080/api/v3\\u002Fusers\"}");
    check("{\"url\":\"https:/\\/api.github.com\"}", "{\"url\":\"http://mirror:8080/api/v3\"}");
    check("{\"a_url\":\"https:\\/\\/api.github.com\\/a\",\"b_url\":\"https://api.github.com/b\","
          "\"c_url\":\"https:\\/\\/uploads.github.com\\/c\"}",
          "{\"a_url\":\"http://mirror:8080/api/v3\\/a\",\"b_url\":\"http://mirror:8080/api/v3/b\","
          "\"c_url\":\"http://mirror:8080/api/uploads\\/c\"}");
    check("{\"_links\":{\"self\":\"https:\\/\\/api.github.com\\/a\"}}",
          "{\"_links\":{\"self\":\"http://mirror:8080/api/v3\\/a\"}}");
    check("{\"bio\":\"https:\\/\\/api.github.com\\/users\\/ada\"}", NULL);
    check("{\"body\":\"see \\\"url\\\": \\\"https:\\/\\/api.github.com\\/x\\\"\"}", NULL);
    check("{\"url\":\"https:\\/\\/api.github.com.evil.example\\/x\"}", NULL);
    check("{\"url\":\"https:\\/\\/api.github.com\\u002eevil.example\\/x\"}", NULL);
    check("{\"url\":\"https:\\\\/\\\\/api.github.com\\/x\"}", NULL); /* backslashes, then slashes */
    check("{\"url\":\"https:\\n\\/api.github.com\"}", NULL);
}

/* Cut off anywhere, the rest is as if the text ended there. */
static void texts_that_end_in_the_middle(void **state)
{
    static const char whole[] = "{\"url\":\"https:\\/\\u002fapi.github.com\\u002fx\"}";
    (void)state;
    const size_t base_end = strlen("{\"url\":\"https:\\/\\u002fapi.github.com"), slash_end = base_end + 6;
    for (size_t n = 0; n < sizeof whole; n++) {
        char *text = malloc(n ? n : 1); /* so that a sanitizer sees a read behind its end */
        memcpy(text, whole, n);
        AUTO_BUF out = {0};
        assert_int_equal(rewrite_json(slice_from(text, n), &bases, &out), n == base_end || n >= slash_end);
        free(text);
    }
}

/* A server whose base has a path. */
static void escaped_slashes_in_the_path_of_the_base(void **state)
{
    static const struct base_pair ghes = {.from = SLICE("https://ghe.example/api/v3"),
                                          .to = SLICE("http://mirror")};
    AUTO_BUF out = {0};
    (void)state;
    assert_true(rewrite_json(SLICE("{\"url\":\"https:\\/\\/ghe.example\\/api\\/v3\\/user\"}"), &ghes, &out));
    assert_slice(buf_slice(&out), "{\"url\":\"http://mirror\\/user\"}");
    buf_reset(&out);
    assert_false(rewrite_json(SLICE("{\"url\":\"https:\\/\\/ghe.example\\/api\\/v30\"}"), &ghes, &out));
    assert_false(rewrite_link(SLICE("<https:\\/\\/ghe.example\\/api\\/v3\\/user>"), &ghes, &out));
}

/* Where the place and not the name says that it is an address. */
static void addresses_by_place(void **state)
{
    (void)state;
    check("{\"_links\":{\"self\":\"https://api.github.com/a\",\"git\": "
          "\"https://api.github.com/b\",\"html\":\"https://github.com/c\"}}",
          "{\"_links\":{\"self\":\"http://mirror:8080/api/v3/a\",\"git\": "
          "\"http://mirror:8080/api/v3/b\",\"html\":\"https://github.com/c\"}}");
    check("[{\"x\":\"{\\\"[\",\"_links\" : {\"a\":[{\"href\":\"https://api.github.com/a\"}]}}]",
          "[{\"x\":\"{\\\"[\",\"_links\" : {\"a\":[{\"href\":\"http://mirror:8080/api/v3/a\"}]}}]");
    check("{\"_links\":{\"t\":\"a\\\\\",\"self\":\"https://api.github.com/a\"}}",
          "{\"_links\":{\"t\":\"a\\\\\",\"self\":\"http://mirror:8080/api/v3/a\"}}");
    check("{\"feed_urls\":[\"https://api.github.com/a\", "
          "\"https://api.github.com/b\"],\"urls\":[\"https://api.github.com\"]}",
          "{\"feed_urls\":[\"http://mirror:8080/api/v3/a\", "
          "\"http://mirror:8080/api/v3/b\"],\"urls\":[\"http://mirror:8080/api/v3\"]}");
    check("{\"meta\":{\"resourceType\":\"User\",\"location\":\"https://api.github.com/scim\"}}",
          "{\"meta\":{\"resourceType\":\"User\",\"location\":\"http://mirror:8080/api/v3/scim\"}}");
    check("{\"upload_url\":\"https://uploads.github.com/repos/o/r/releases/1/"
          "assets{?name,label}\",\"url\":\"https://api.github.com/a\"}",
          "{\"upload_url\":\"http://mirror:8080/api/uploads/repos/o/r/releases/1/"
          "assets{?name,label}\",\"url\":\"http://mirror:8080/api/v3/a\"}");
    check("{\"_links\":{\"self\":1},\"user\":{\"bio\":\"https://api.github.com/a\"}}", NULL);
    check("{\"_links\":{\"self\":1},\"href\":\"https://api.github.com/a\"}", NULL);
    check("{\"location\":\"https://api.github.com/a\",\"meta\":{}}", NULL);
    check("{\"body\":\"\\\"_links\\\":{\\\"self\\\":\\\"https://api.github.com/a\\\"}\"}", NULL);
    check("{\"name\":\"_links\",\"blog\":\"https://api.github.com/a\"}", NULL);
    check("[\"https://api.github.com/a\",{\"topics\":[\"https://api.github.com/b\"]}]", NULL);
}

/* Each asks for a look at everything before it: the work is bounded, and what is left stays as it was. */
static void many_that_cannot_be_told(void **state)
{
    struct buf json, out;
    (void)state;
    buf_init(&json, 0);
    buf_init(&out, 0);
    buf_puts(&json, "{\"x\":[");
    for (int i = 0; i < 100000; i++)
        buf_puts(&json, "\"https://api.github.com/a\",");
    buf_puts(&json, "1],\"url\":\"https://api.github.com/a\"}");
    assert_true(rewrite_json(buf_slice(&json), &bases, &out));
    assert_true(slice_ends(buf_slice(&out), SLICE("1],\"url\":\"http://mirror:8080/api/v3/a\"}")));
    assert_int_equal(out.len,
                     json.len + strlen("http://mirror:8080/api/v3") - strlen("https://api.github.com"));
    buf_finish(&out);
    buf_finish(&json);
}

static void texts_are_left_alone(void **state)
{
    (void)state;
    check("{\"bio\":\"https://api.github.com/users/ada\"}", NULL);
    check("{\"body\":\"see \\\"url\\\": \\\"https://api.github.com/x\\\"\"}", NULL);
    check("{\"body\":\"\\\"url\\\":\\\"https://api.github.com/x\"}", NULL);
    check("{\"url\":\"see https://api.github.com/x\"}", NULL);
    check("{\"curl\":\"https://api.github.com/x\"}", NULL);
    check("{\"href\":\"https://api.github.com/x\"}", NULL);
    check("[\"https://api.github.com/x\"]", NULL);
    check("{\"https://api.github.com/x\":1}", NULL);
    check("\"https://api.github.com/x\"", NULL);
}

static void other_hosts_are_left_alone(void **state)
{
    (void)state;
    check("{\"url\":\"https://api.github.com.evil.example/x\"}", NULL);
    check("{\"url\":\"https://api.github.community/x\"}", NULL);
    check("{\"html_url\":\"https://github.com/x\"}", NULL);
    check("{\"url\":\"HTTPS://API.GITHUB.COM/x\"}", NULL);
    check("", NULL);
    check("{\"url\":\"https://api.github.com", "{\"url\":\"http://mirror:8080/api/v3"); /* cut off there */
}

static void link_targets(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    assert_true(rewrite_link(SLICE("<https://api.github.com/user/1/repos?page=2>; rel=\"next\", "
                                   "<https://api.github.com/user/1/repos?page=9>; rel=\"last\""),
                             &bases, &out));
    assert_slice(buf_slice(&out), "<http://mirror:8080/api/v3/user/1/repos?page=2>; rel=\"next\", "
                                  "<http://mirror:8080/api/v3/user/1/repos?page=9>; rel=\"last\"");
    buf_reset(&out);
    assert_false(
        rewrite_link(SLICE("<https://elsewhere/x>; rel=\"https://api.github.com/x\""), &bases, &out));
    buf_finish(&out);
}

static void one_address(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    assert_true(rewrite_address(SLICE("https://api.github.com/repositories/1"), &bases, &out));
    assert_slice(buf_slice(&out), "http://mirror:8080/api/v3/repositories/1");
    assert_false(rewrite_address(SLICE("https://codeload.github.com/x"), &bases, &out));
    assert_false(rewrite_address(SLICE("/relative"), &bases, &out));
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_rewritten),
        cmocka_unit_test(addresses_with_escaped_slashes),
        cmocka_unit_test(texts_that_end_in_the_middle),
        cmocka_unit_test(escaped_slashes_in_the_path_of_the_base),
        cmocka_unit_test(addresses_by_place),
        cmocka_unit_test(many_that_cannot_be_told),
        cmocka_unit_test(texts_are_left_alone),
        cmocka_unit_test(other_hosts_are_left_alone),
        cmocka_unit_test(link_targets),
        cmocka_unit_test(one_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

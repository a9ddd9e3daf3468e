#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "github/url.h"
#include <stdio.h>

#define GITHUB "https://api.github.com"
#define GHES   "https://ghe.example/api/v3"

static void assert_kept(const char *base, const char *url, const char *expected)
{
    char *got = gh_url_same_origin(arena, base, slice_of(url));
    if (!got)
        fail_msg("%s refused below %s", url, base);
    assert_string_equal(got, expected);
}

static void assert_refused(const char *base, const char *url)
{
    char *got = gh_url_same_origin(arena, base, slice_of(url));
    if (got)
        fail_msg("%s was let through below %s as %s", url, base, got);
}

static void test_url__segment_encodes_all_but_unreserved(void **state)
{
    (void)state;
    assert_string_equal(gh_url_segment(arena, SLICE("aZ09-._~")), "aZ09-._~");
    assert_string_equal(gh_url_segment(arena, SLICE("dependabot[bot]")), "dependabot%5Bbot%5D");
    assert_string_equal(gh_url_segment(arena, SLICE("a/b?c#d%2f e+&\r\n")),
                        "a%2Fb%3Fc%23d%252f%20e%2B%26%0D%0A");
    assert_string_equal(gh_url_segment(arena, SLICE("\xc3\xa9\xff\0")), "%C3%A9%FF%00");
    assert_string_equal(gh_url_segment(arena, (slice){NULL, 0}), "");
    assert_string_equal(gh_url_segment(arena, SLICE(".")), "%2E");
    assert_string_equal(gh_url_segment(arena, SLICE("..")), "%2E%2E");
    assert_string_equal(gh_url_segment(arena, SLICE("...")), "...");
    assert_string_equal(gh_url_segment(arena, SLICE(".github")), ".github");
}

static void test_url__join(void **state)
{
    (void)state;
    assert_string_equal(gh_url_join(arena, GITHUB, "/users/x?per_page=100"), GITHUB "/users/x?per_page=100");
    assert_string_equal(gh_url_join(arena, GITHUB "/", "/users/x"), GITHUB "/users/x");
    assert_string_equal(gh_url_join(arena, GHES, "/users/x"), GHES "/users/x");
    assert_string_equal(gh_url_join(arena, GHES "//", "users/x"), GHES "/users/x");
    assert_string_equal(gh_url_join(arena, GITHUB, "/%s%n"), GITHUB "/%s%n");
}

static void test_url__graphql(void **state)
{
    (void)state;
    assert_string_equal(gh_url_graphql(arena, GITHUB), GITHUB "/graphql");
    assert_string_equal(gh_url_graphql(arena, GITHUB "/"), GITHUB "/graphql");
    assert_string_equal(gh_url_graphql(arena, GHES), "https://ghe.example/api/graphql");
    assert_string_equal(gh_url_graphql(arena, GHES "/"), "https://ghe.example/api/graphql");
    assert_string_equal(gh_url_graphql(arena, "http://127.0.0.1:9000"), "http://127.0.0.1:9000/graphql");
    assert_string_equal(gh_url_graphql(arena, "http://127.0.0.1:9000/sim/v3"),
                        "http://127.0.0.1:9000/sim/v3/graphql");
}

static void test_url__same_origin_is_unchanged(void **state)
{
    (void)state;
    assert_kept(GITHUB, GITHUB "/user/1/repos?page=2", GITHUB "/user/1/repos?page=2");
    assert_kept(GITHUB "/", GITHUB "/user/1", GITHUB "/user/1");
    assert_kept(GITHUB, "/repositories/5", GITHUB "/repositories/5");
    assert_kept(GITHUB, "HTTPS://API.GitHub.com:443/User/1", GITHUB "/User/1");
    assert_kept(GITHUB, "https://api.github.com:/user/1", GITHUB "/user/1");
    assert_kept(GITHUB, GITHUB, GITHUB "/");
    assert_kept(GITHUB, GITHUB "?q=1", GITHUB "/?q=1");
    assert_kept(GITHUB, GITHUB "/search?q=a/../b&u=http://x@y/", GITHUB "/search?q=a/../b&u=http://x@y/");
    assert_kept(GITHUB, GITHUB "/users/x...", GITHUB "/users/x...");
    assert_kept("https://api.github.com:443", GITHUB "/x", "https://api.github.com:443/x");
    assert_kept("http://h:8080", "http://h:8080/x", "http://h:8080/x");
    assert_kept("http://h", "http://H:80/x", "http://h/x");
    assert_kept("http://[::1]:8080", "http://[::1]:8080/x", "http://[::1]:8080/x");
    assert_kept("http://[::1]", "http://[::1]:80/x", "http://[::1]/x");
}

static void test_url__path_stays_below_the_base(void **state)
{
    (void)state;
    assert_kept(GHES, GHES "/user/1", GHES "/user/1");
    assert_kept(GHES "/", GHES "/user/1", GHES "/user/1");
    assert_kept(GHES, "/api/v3/user/1?page=2", GHES "/user/1?page=2");
    assert_kept(GHES, GHES, GHES);
    assert_kept(GHES, GHES "?a", GHES "?a");
    assert_refused(GHES, "/user/1");
    assert_refused(GHES, "https://ghe.example/api/v33/user");
    assert_refused(GHES, "https://ghe.example/login");
    assert_refused(GHES, "https://ghe.example");
    assert_refused(GHES, "https://ghe.example/API/v3/user");
    assert_refused(GHES, "?/api/v3/");
}

static void test_url__other_origins_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "http://api.github.com/x",
        "https://api.github.com:8443/x",
        "https://api.github.com:99999/x",
        "https://api.github.com.evil/x",
        "https://evil/api.github.com",
        "https://xapi.github.com/x",
        "//api.github.com/x",
        "//evil/x",
        "https://api.github.com@evil/x",
        "https://evil@api.github.com/x",
        "https://a:b@api.github.com/x",
        "https://@api.github.com/x",
        "ftp://api.github.com/x",
        "javascript:alert(1)",
        "user/1",
        "",
        "https://",
        "https:///x",
        "https:/api.github.com/x",
        "https://api.github.com\\@evil/x",
        "https://evil\\api.github.com/x",
        "https://api.github.com:443:443/x",
        "https://api.github.com:+443/x",
        "https://api.github.com:44a/x",
        "https://[api.github.com]/x",
        "https://[::1/x",
        "https://[::1]x/y",
        "https://:443/x",
        "https://api.github.com./x",
        "https://evil?@api.github.com/",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_refused(GITHUB, bad[i]);
}

static void test_url__climbing_segments_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "/api/v3/../x",         "/api/v3/..",
        "/api/v3/%2e%2e/x",     "/api/v3/.%2E/x",
        "/api/v3/..?x",         "/api/v3/..%2fx",
        "/api/v3/a%2F..",       "/api/v3/..%5cx",
        "/api/v3/%2E.",         GHES "/../../x",
        "/api/v3/%252e%252e/x", "/api/v3/%c0%ae%c0%ae/x",
        "/api/v3/..;a=1/x",     "/api/v3/a%252f..%252f..",
        "/api/v3/%u002e./x",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_refused(GHES, bad[i]);
    assert_kept(GHES, "/api/v3/..a/%2e/%2", GHES "/..a/%2e/%2");
}

static void test_url__dot_segments_in_any_spelling(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "/.",
        "/a/./b",
        "/..",
        "/a/..",
        "/%2e",
        "/.%2E/a",
        "/a%2f..%2fb",
        "/a%5c..",
        "/..;x/a",
        "/..%3bx",
        "/a\\..\\b",
        "/%252e%252e/a",
        "/%25252e%25252e",
        "/%c0%ae%c0%ae/",
        "/%e0%80%ae.",
        "/x%c0%af..%c0%afy",
        "/x%c1%9c..",
        "/%ef%bc%8e.",
        "/..%20/a",
        "/..%00",
        "/a%00b",
        "/..%3fx",
        "/%u002e%uff0e/",
        "/%%32%65%2e/a",
        "/a%2525252525252525b",
        "/%c0%2e%c0%6e/",
        "/%e0%40%ae./",
        "/%fc%80%80%80%80%ae.",
        "/..%c0%5cx",
        "/..%c1%1cx",
        "/%c0%a52e./",
        "/%e2%80%a5/",
        "/%ef%b8%b0",
        "/%u2025/x",
        "/..%c2%a5x",
        "/..%u2216x",
    };
    static const char *const fine[] = {"",
                                       "/",
                                       "/...",
                                       "/..a",
                                       "/a..",
                                       "/v1..v2",
                                       "/v1...v2%2Fx",
                                       "/.git",
                                       "/100%25",
                                       "/a%2525b",
                                       "/k8s%2F..data%2Fx",
                                       "/a%3F",
                                       "/a%5Cb",
                                       "/%E2%80%A6",
                                       "/%zz%2",
                                       "/..%E6%96%87",
                                       "/a%E2%80%A5b",
                                       "/%C2%A55",
                                       "/caf%E9",
                                       "/%F0%9F%98%80",
                                       "/a%20.b"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (!gh_url_has_dots(slice_of(bad[i])))
            fail_msg("%s", bad[i]);
    for (size_t i = 0; i < ARRAY_LEN(fine); i++)
        if (gh_url_has_dots(slice_of(fine[i])))
            fail_msg("%s", fine[i]);
}

static void test_url__characters_that_no_url_has_are_refused(void **state)
{
    (void)state;
    static const char bad[] = "\x01\t\n\r \x7f\x80\xff#{}<>\"\\";
    for (const char *c = bad; *c; c++) {
        char url[] = GITHUB "/a_b";
        url[sizeof GITHUB + 1] = *c;
        assert_refused(GITHUB, url);
    }
    assert_null(gh_url_same_origin(arena, GITHUB, SLICE(GITHUB "/a\0b")));
    assert_kept(GITHUB, GITHUB "/a_b", GITHUB "/a_b"); /* the frame itself is fine */
}

static void test_url__length_is_bounded(void **state)
{
    (void)state;
    char url[2100];
    memset(url, 'a', sizeof url);
    memcpy(url, GITHUB "/", sizeof GITHUB);
    assert_non_null(gh_url_same_origin(arena, GITHUB, slice_from(url, 2000)));
    assert_null(gh_url_same_origin(arena, GITHUB, slice_from(url, 2001)));
    url[0] = '/'; /* a path that would exceed it with the origin before it */
    memset(url + 1, 'a', sizeof url - 1);
    assert_non_null(gh_url_same_origin(arena, GITHUB, slice_from(url, 2000 - strlen(GITHUB))));
    assert_null(gh_url_same_origin(arena, GITHUB, slice_from(url, 2001 - strlen(GITHUB))));
}

static void test_url__useless_base_lets_nothing_through(void **state)
{
    (void)state;
    assert_refused("", "/x");
    assert_refused("api.github.com", "/x");
    assert_refused("https://me:secret@api.github.com", "/x");
    assert_refused("https://me:secret@api.github.com", "https://me:secret@api.github.com/x");
}

static void assert_behind(const char *base, const char *url, const char *expected, bool expected_foreign)
{
    bool foreign;
    char *got = gh_url_rebase(arena, base, slice_of(url), &foreign);
    if (!got || strcmp(got, expected) != 0 || foreign != expected_foreign)
        fail_msg("%s behind %s: %s, %sforeign", url, base, got ? got : "refused", foreign ? "" : "not ");
}

static void test_url__links_are_relative_to_the_base(void **state)
{
    (void)state;
    assert_behind(GITHUB, GITHUB "/user/1/followers?page=2", GITHUB "/user/1/followers?page=2", false);
    assert_behind(GITHUB, "/user/1?page=2", GITHUB "/user/1?page=2", false);
    assert_behind("http://10.0.0.1:8080", "https://api.github.com/user/1?page=2",
                  "http://10.0.0.1:8080/user/1?page=2", true);
    assert_behind(GITHUB, "http://api.github.com/x?page=2", GITHUB "/x?page=2", true);
    assert_behind(GITHUB, "https://api.github.com:8443/x", GITHUB "/x", true);
    assert_behind(GHES, "http://ghe.example/api/v3/x?page=2", GHES "/x?page=2", true);
    assert_behind(GHES, "http://inside/x?page=2", GHES "/x?page=2",
                  true); /* the proxy has the path, the server has not */
    assert_behind(GHES, "https://ghe.example/x?page=2", GHES "/x?page=2", false);
    assert_behind(GHES "/", "http://inside/api/v3", GHES "", true);
    assert_behind(GITHUB, "https://other.example?page=2", GITHUB "/?page=2", true);
    static const char *const bad[] = {"ftp://x/y",
                                      "//x/y",
                                      "https://u:p@x/y",
                                      "https://x/../y",
                                      "https://x/%2e%2e/y",
                                      "x",
                                      "",
                                      "https://x/{?page}",
                                      "https://x/a b",
                                      "https://",
                                      "javascript:x",
                                      "https://[::1/x"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        bool foreign;
        if (gh_url_rebase(arena, GITHUB, slice_of(bad[i]), &foreign) ||
            gh_url_rebase(arena, GHES, slice_of(bad[i]), &foreign))
            fail_msg("%s was let through", bad[i]);
    }
    char url[2100];
    bool foreign;
    memset(url, 'a', sizeof url);
    memcpy(url, "http://x/", 9);
    assert_null(gh_url_rebase(arena, GITHUB, slice_from(url, 2001), &foreign));
    assert_null(gh_url_rebase(arena, GITHUB, slice_from(url, 2000),
                              &foreign)); /* too long once the base precedes it */
}

static void test_url__references_are_resolved(void **state)
{
    (void)state;
    static const char from[] = "https://h:8/api/v3/users/ada/followers?per_page=100";
    static const struct {
        const char *from, *reference, *expected;
    } cases[] = {
        {from, "?page=2", "https://h:8/api/v3/users/ada/followers?page=2"},
        {from, "followers?page=2", "https://h:8/api/v3/users/ada/followers?page=2"},
        {from, "/user/1/followers", "https://h:8/user/1/followers"},
        {from, "//other/x", "https://other/x"},
        {from, "HTTP://other/x#part", "HTTP://other/x"},
        {from, "?page=2#?x", "https://h:8/api/v3/users/ada/followers?page=2"},
        {from, "", from},
        {from, "#part", from},
        {from, "../bob/followers", "https://h:8/api/v3/users/ada/../bob/followers"},
        {from, "a:b", "a:b"},
        {from, "x/a:b", "https://h:8/api/v3/users/ada/x/a:b"},
        {"http://h", "?page=2", "http://h?page=2"},
        {"http://h?a/b", "c", "http://hc"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(gh_url_resolve(arena, cases[i].from, slice_of(cases[i].reference)),
                            cases[i].expected);
}

static void test_url__a_base_that_lacks_the_api_path(void **state)
{
    (void)state;
    assert_true(gh_url_lacks_api_path("https://ghe.example"));
    assert_true(gh_url_lacks_api_path("https://ghe.example:8443/"));
    assert_false(gh_url_lacks_api_path(GHES));
    assert_false(gh_url_lacks_api_path(GITHUB));
    assert_false(gh_url_lacks_api_path("https://api.octocorp.ghe.com"));
    assert_false(gh_url_lacks_api_path("http://proxy/github"));
    assert_false(gh_url_lacks_api_path("nonsense"));
}

static void test_url__one_spelling(void **state)
{
    static const struct {
        const char *url, *expected;
    } rows[] = {
        {"/repos/o/r", "/repos/o/r"},
        {"/%72epos/%6F/r", "/repos/o/r"},
        {"//repos//o/r//", "/repos/o/r"},
        {"/repos/o/r/?a=%6F//b/", "/repos/o/r?a=%6F//b/"},
        {"https://a.example//x/%7e%5Bbot%5d/", "https://a.example/x/~[bot]"},
        {"https://a.example", "https://a.example"},
        {"https://a.example/", "https://a.example/"},
        {"https://a.example/?x", "https://a.example/?x"},
        {"/a%2Fb%2f%25%3F%23%2A%5C%20%C3%A9%00", "/a%2Fb%2f%25%3F%23%2A%5C%20%C3%A9%00"},
        {"/a%2", "/a%2"},
        {"/a%", "/a%"},
        {"/a%zz%41", "/a%zzA"},
        {"/%256f", "/%256f"},
        {"*/repos/o/*", "*/repos/o/*"},
        {"/repos/%6f/r*", "/repos/o/r*"},
        {"*", "*"},
        {"", ""},
        {"///", "/"},
        {"/", "/"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char url[100];
        snprintf(url, sizeof url, "%s", rows[i].url);
        gh_url_canonical(url);
        assert_string_equal(url, rows[i].expected);
        gh_url_canonical(url);
        assert_string_equal(url, rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url__segment_encodes_all_but_unreserved),
        cmocka_unit_test(test_url__one_spelling),
        cmocka_unit_test(test_url__join),
        cmocka_unit_test(test_url__graphql),
        cmocka_unit_test(test_url__same_origin_is_unchanged),
        cmocka_unit_test(test_url__path_stays_below_the_base),
        cmocka_unit_test(test_url__other_origins_are_refused),
        cmocka_unit_test(test_url__climbing_segments_are_refused),
        cmocka_unit_test(test_url__dot_segments_in_any_spelling),
        cmocka_unit_test(test_url__characters_that_no_url_has_are_refused),
        cmocka_unit_test(test_url__length_is_bounded),
        cmocka_unit_test(test_url__links_are_relative_to_the_base),
        cmocka_unit_test(test_url__references_are_resolved),
        cmocka_unit_test(test_url__a_base_that_lacks_the_api_path),
        cmocka_unit_test(test_url__useless_base_lets_nothing_through),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

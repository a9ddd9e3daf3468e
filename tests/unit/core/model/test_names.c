#include "tests/unit/unit.h"

#include "core/model/names.h"

#define X10  "xxxxxxxxxx"
#define X39  X10 X10 X10 "xxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

static void check(bool (*ok)(slice), bool expected, const char *const *list)
{
    for (; *list; list++)
        if (ok(slice_of(*list)) != expected)
            fail_msg("\"%s\" was %s", *list, expected ? "refused" : "taken");
}

#define CHECK(ok, expected, ...) check(ok, expected, (const char *const[]){__VA_ARGS__, NULL})

static void test_names__logins_to_ask_for(void **state)
{
    (void)state;
    CHECK(login_ok, true, "a", "torvalds", "a-b", "0day", "A9", X39, "octo_corp", "old-", "dependabot[bot]",
          X39 "[bot]", "-ACE-", "-a", "_a", "a--b", "a_", "name_company_x", "-bot-[bot]");
    CHECK(login_ok, false, "", "-", "--", "_", "-_-", "--[bot]", X39 "x", X39 "x[bot]", "a/b", "a.b", ".",
          "..", "a b", "a\r\n", "\r\n", "a%2f", "[bot]", "a[bot]x", "a[b]", "caf\xc3\xa9", "\xd0\xb0", "a?b",
          "a#b", "a:b", "a@b");
    assert_false(login_ok(SLICE("a\0b")));
    assert_false(login_ok((slice){NULL, 0}));
}

static void test_names__logins_an_answer_may_hold(void **state)
{
    (void)state;
    CHECK(login_plausible, true, "a", "-a-", "a--b", "name_corp", "dependabot[bot]", "a.b", X100);
    CHECK(login_plausible, false, "", ".", "..", X100 "x", "a/b", "a\r\n", "a b", "caf\xc3\xa9", "a%", "<a>",
          "a\"");
    assert_false(login_plausible(SLICE("a\0b")));
}

static void test_names__repositories(void **state)
{
    (void)state;
    CHECK(repo_name_ok, true, "a", ".github", "...", "-", "_", "a.b-c_d", X39 "x", X100);
    CHECK(repo_name_ok, false, "", ".", "..", X100 "x", "a/b", "a b", "a\r\n", "caf\xc3\xa9", "a%2f",
          "a[bot]", "a?", "a#");
    assert_false(repo_name_ok(SLICE("a\0")));
}

static void test_names__full_names_are_split(void **state)
{
    (void)state;
    slice owner, name;
    assert_true(repo_full_name_ok(SLICE("octocat/Hello-World"), &owner, &name));
    assert_slice(owner, "octocat");
    assert_slice(name, "Hello-World");
    assert_true(repo_full_name_ok(SLICE("a/.github"), &owner, &name));
    static const char *const bad[] = {"",     "a",   "/",    "a/",      "/b",      "a/b/c", "a//b", "a/..",
                                      "../b", "a/.", "a\\b", "a/b\r\n", "a/b?c=d", "@a/b",  " a/b", "a/b "};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (repo_full_name_ok(slice_of(bad[i]), &owner, &name))
            fail_msg("\"%s\" was taken", bad[i]);
}

/* The login as login_bare leaves it, or "" when it is none. */
static slice read_login(const char *text)
{
    slice bare = login_bare(slice_of(text));
    return login_ok(bare) ? bare : SLICE("");
}

static void test_names__ways_to_write_a_login(void **state)
{
    (void)state;
    static const char *const ada[] = {"ada",
                                      "@ada",
                                      "https://github.com/ada",
                                      "http://github.com/ada",
                                      "github.com/ada/",
                                      "https://github.com/ada/",
                                      "https://www.github.com/ada",
                                      "HTTPS://GitHub.COM/ada",
                                      "www.github.com/ada",
                                      "git@github.com:ada"};
    for (size_t i = 0; i < ARRAY_LEN(ada); i++)
        assert_slice(read_login(ada[i]), "ada");
    assert_slice(read_login("@-ACE-"), "-ACE-");
    assert_slice(read_login("https://github.com/-ACE-/"), "-ACE-");
    assert_slice(read_login("github.com/dependabot[bot]"), "dependabot[bot]");
    static const char *const none[] = {"@",
                                       "@@ada",
                                       "https://github.com/",
                                       "https://github.com/ada/hello",
                                       "https://github.com//ada",
                                       "https://github.com/ada//",
                                       "https://github.com/ada?tab=stars",
                                       "https://github.com/ada#x",
                                       "https://example.org/ada",
                                       "https://github.com.evil.org/ada",
                                       "https://x@github.com/ada",
                                       "ftp://github.com/ada",
                                       "github.com",
                                       "ada/",
                                       "/ada",
                                       "owner/name",
                                       " ada"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        if (read_login(none[i]).len)
            fail_msg("\"%s\" was taken", none[i]);
    assert_slice(read_login(""), "");
    assert_int_equal(login_bare((slice){NULL, 0}).len, 0);
}

static void test_names__ways_to_write_a_repository(void **state)
{
    (void)state;
    slice owner, name;
    static const char *const hello[] = {"ada/hello",
                                        "ada/hello.git",
                                        "https://github.com/ada/hello",
                                        "https://github.com/ada/hello/",
                                        "https://github.com/ada/hello.git",
                                        "github.com/ada/hello",
                                        "http://www.github.com/ada/hello.git",
                                        "git@github.com:ada/hello.git",
                                        "git@github.com:ada/hello",
                                        "ssh://git@github.com/ada/hello.git",
                                        "ssh://git@github.com:22/ada/hello.git",
                                        "SSH://git@GitHub.com/ada/hello",
                                        "git://github.com/ada/hello.git",
                                        "git+ssh://git@github.com/ada/hello.git",
                                        "git+https://github.com/ada/hello.git"};
    for (size_t i = 0; i < ARRAY_LEN(hello); i++) {
        if (!repo_read(slice_of(hello[i]), &owner, &name))
            fail_msg("\"%s\" was refused", hello[i]);
        assert_slice(owner, "ada");
        assert_slice(name, "hello");
    }
    assert_true(repo_read(SLICE("-ACE-/.github"), &owner, &name));
    assert_slice(owner, "-ACE-");
    assert_slice(name, ".github");
    static const char *const none[] = {"",
                                       "hello",
                                       "ada/",
                                       "/hello",
                                       "ada/.git",
                                       "ada/..",
                                       "@ada/hello",
                                       "https://github.com/ada",
                                       "https://github.com/ada/hello/issues",
                                       "https://example.org/ada/hello",
                                       "git@example.org:ada/hello.git",
                                       "git@github.com/ada/hello.git",
                                       "ssh://github.com:ada/hello.git",
                                       "ssh://t0ken@github.com/ada/hello.git",
                                       "file:///ada/hello.git",
                                       "https://github.com/ada/hello?x=1",
                                       "a b/c"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        if (repo_read(slice_of(none[i]), &owner, &name))
            fail_msg("\"%s\" was taken", none[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names__logins_to_ask_for),
        cmocka_unit_test(test_names__logins_an_answer_may_hold),
        cmocka_unit_test(test_names__repositories),
        cmocka_unit_test(test_names__full_names_are_split),
        cmocka_unit_test(test_names__ways_to_write_a_login),
        cmocka_unit_test(test_names__ways_to_write_a_repository),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
          X39 "[bot]");
    CHECK(login_ok, false, "", X39 "x", X39 "x[bot]", "-a", "_a", "a/b", "a.b", ".", "..", "a b", "a\r\n",
          "\r\n", "a%2f", "[bot]", "a[bot]x", "a[b]", "caf\xc3\xa9", "\xd0\xb0", "a?b", "a#b", "a:b", "a@b");
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
                                      "../b", "a/.", "a\\b", "a/b\r\n", "a/b?c=d", "-a/b",  " a/b", "a/b "};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (repo_full_name_ok(slice_of(bad[i]), &owner, &name))
            fail_msg("\"%s\" was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names__logins_to_ask_for),
        cmocka_unit_test(test_names__logins_an_answer_may_hold),
        cmocka_unit_test(test_names__repositories),
        cmocka_unit_test(test_names__full_names_are_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

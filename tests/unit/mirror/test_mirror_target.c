#include "mirror/request/target.h"
#include "tests/unit/unit.h"

static void targets(void **state)
{
    const char *path;
    bool enterprise, graphql;
    static const char *const bad[] = {
        "",     "users", "http://x/y", "/a/../b",   "/..", "/a/%2e%2E/b", "/a/.%2e", "/a%2f../b",
        "/a b", "/a#b",  "/..?x=1",    "/a\\..\\b", "*"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (target_path(bad[i], &path, &enterprise, &graphql))
            fail_msg("%s", bad[i]);
    assert_true(target_path("/repos/a/b/contents/x..y/...?ref=../z&a=%2F%3F", &path, &enterprise, &graphql));
    assert_string_equal(path, "/repos/a/b/contents/x..y/...?ref=../z&a=%2F%3F");
    assert_false(enterprise || graphql);
    assert_true(target_path("/api/v3/users/x?a=1", &path, &enterprise, &graphql) && enterprise);
    assert_string_equal(path, "/users/x?a=1");
    assert_true(target_path("/api/v3", &path, &enterprise, &graphql) && enterprise);
    assert_string_equal(path, "/");
    assert_true(target_path("/api/v3x", &path, &enterprise, &graphql) && !enterprise);
    assert_true(target_path("/graphql", &path, &enterprise, &graphql) && graphql && !enterprise);
    assert_true(target_path("/api/graphql?x", &path, &enterprise, &graphql) && graphql && enterprise);
    assert_true(target_path("/graphqlx", &path, &enterprise, &graphql) && !graphql);
}

static void secrets_in_queries(void **state)
{
    (void)state;
    assert_true(target_has_secret("/user?access_token=abc"));
    assert_true(target_has_secret("/user?a=1&client_secret=abc"));
    assert_true(target_has_secret("/x?token=abc"));
    assert_false(target_has_secret("/search?q=my_token=1"));
    assert_false(target_has_secret("/token=1"));
    assert_true(target_has_secret("/x?my_token=1&token=abc"));
    assert_true(target_has_secret("/x?%74oken=abc"));
    assert_true(target_has_secret("/x?a=1&Access%5fToken=abc"));
    assert_false(target_has_secret("/x?tokens=abc"));
    assert_false(target_has_secret("/x?token"));
    assert_false(target_has_secret("/x?a=%7"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(targets), cmocka_unit_test(secrets_in_queries)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "mirror/upstream/access.h"
#include "tests/unit/unit.h"

static void installations(void **state)
{
    (void)state;
    assert_true(access_is_installation("token ghs_abc"));
    assert_true(access_is_installation("Bearer  ghs_abc"));
    assert_true(
        access_is_installation("Basic eC1hY2Nlc3MtdG9rZW46Z2hzX2FiYw==")); /* x-access-token:ghs_abc */
    assert_false(access_is_installation("token ghp_abc"));
    assert_false(access_is_installation("Basic Z2hzX2FiYzp4")); /* ghs_abc:x */
    assert_false(access_is_installation("Basic !!"));
    assert_false(access_is_installation("ghs_abc"));
    assert_false(access_is_installation(""));
}

static void who_may(void **state)
{
    const unsigned char a[CREDENTIAL_HASH_BYTES] = {1}, b[CREDENTIAL_HASH_BYTES] = {2};
    struct access *access = access_create("octocat: Zoe ");
    char login[64];
    (void)state;
    assert_int_equal(access_check(access, "/users/x", NULL, a, login), ACCESS_NO_CREDENTIAL);
    assert_int_equal(access_check(access, "/users/x", "token a", a, login), ACCESS_UNKNOWN);
    access_learn(access, a, "ZOE");
    access_learn(access, b, "mallory");
    assert_int_equal(access_check(access, "/users/x", "token a", a, login), ACCESS_YES);
    assert_int_equal(access_check(access, "/users/x", "token b", b, login), ACCESS_NO);
    assert_string_equal(login, "mallory");
    assert_int_equal(access_check(access, "/users/x", "token ghs_1", b, login), ACCESS_YES);
    access_destroy(access);
}

static void everybody_without_a_list(void **state)
{
    const unsigned char a[CREDENTIAL_HASH_BYTES] = {1};
    struct access *access = access_create(NULL);
    char login[64];
    (void)state;
    assert_int_equal(access_check(access, "/users/x", NULL, a, login), ACCESS_YES);
    access_destroy(access);
}

/* Where GitHub takes them, and nowhere else: elsewhere they have to say who they are. */
static void apps_have_no_user(void **state)
{
    static const struct {
        const char *path, *authorization;
        bool is;
    } rows[] = {
        {"/app", "Bearer eyJh.eyJi.c-_", true},
        {"/app/installations/1/access_tokens?x", "bearer eyJh.eyJi.c", true},
        {"/repos/o/r/installation", "Bearer eyJh.eyJi.c", true},
        {"/orgs/o/installation", "Bearer eyJh.eyJi.c", true},
        {"/marketplace_listing/plans", "Bearer eyJh.eyJi.c", true},
        {"/application", "Bearer eyJh.eyJi.c", false},
        {"/apps/x", "Bearer eyJh.eyJi.c", false},
        {"/repos/o/r", "Bearer eyJh.eyJi.c", false},
        {"/user/installation", "Bearer eyJh.eyJi.c", false},
        {"/app", "Bearer eyJh.eyJi", false},
        {"/app", "Bearer eyJh.eyJi.c.d", false},
        {"/app", "Bearer eyJh..c", false},
        {"/app", "Bearer ghp_x", false},
        {"/app", "token eyJh.eyJi.c", false},
        {"/app", "eyJh.eyJi.c", false},
        {"/applications/id/token", "Basic aWQ6c2VjcmV0", true},
        {"/applications/id2/token", "Basic aWQ6c2VjcmV0", false},
        {"/applications/", "Basic OnNlY3JldA==", false},
        {"/users/id", "Basic aWQ6c2VjcmV0", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (access_is_app(rows[i].path, rows[i].authorization) != rows[i].is)
            fail_msg("%s %s", rows[i].path, rows[i].authorization);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(apps_have_no_user), cmocka_unit_test(installations),
                                       cmocka_unit_test(who_may), cmocka_unit_test(everybody_without_a_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "mirror/access.h"
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
    const unsigned char a[SCOPE_BYTES] = {1}, b[SCOPE_BYTES] = {2};
    struct access *access = access_create("octocat: Zoe ");
    char login[64];
    (void)state;
    assert_int_equal(access_check(access, NULL, a, login), ACCESS_NO_CREDENTIAL);
    assert_int_equal(access_check(access, "token a", a, login), ACCESS_UNKNOWN);
    access_learn(access, a, "ZOE");
    access_learn(access, b, "mallory");
    assert_int_equal(access_check(access, "token a", a, login), ACCESS_YES);
    assert_int_equal(access_check(access, "token b", b, login), ACCESS_NO);
    assert_string_equal(login, "mallory");
    assert_int_equal(access_check(access, "token ghs_1", b, login), ACCESS_YES);
    access_destroy(access);
}

static void everybody_without_a_list(void **state)
{
    const unsigned char a[SCOPE_BYTES] = {1};
    struct access *access = access_create(NULL);
    char login[64];
    (void)state;
    assert_int_equal(access_check(access, NULL, a, login), ACCESS_YES);
    access_destroy(access);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(installations), cmocka_unit_test(who_may),
                                       cmocka_unit_test(everybody_without_a_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

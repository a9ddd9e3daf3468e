#include "tests/unit/unit.h"

#include "core/model/listed_names.h"

#define ok(text)  assert_true(listed_names_ok(SLICE(text)))
#define odd(text) assert_false(listed_names_ok(SLICE(text)))

static void test_listed_names__what_github_gives(void **state)
{
    (void)state;
    ok("");
    ok("[]");
    ok("[{\"id\":1,\"login\":\"ada\"},{\"login\" : \"-ACE-\" , \"id\" : 25 }]");
    ok("[{\"id\":7,\"login\":\"dependabot[bot]\",\"full_name\":\"a-b/c.d_e\"}]");
    ok("[{\"id\":null,\"login\":null,\"full_name\":null},{\"login\":\"\"}]");
    ok("{\"bio\":\"my \\\"login\\\": 5, my \\\"id\\\": "
       "x\",\"key\":\"login\",\"keys\":[\"id\",\"full_name\"]}");
    ok("{\"owner_id\":\"x\",\"node_id\":\"MDQ6\",\"name\":\"any thing\"}");
}

static void test_listed_names__ids(void **state)
{
    (void)state;
    odd("{\"id\":5.0}");
    odd("{\"id\":\"5\"}");
    odd("{\"id\":0}");
    odd("{\"id\":-5}");
    odd("{\"id\":05}");
    odd("{\"id\":5e3}");
    odd("{\"id\":true}");
    odd("{\"id\":[5]}");
    odd("{\"id\":9223372036854775808}");
    odd("{\"id\":");
    odd("{\"id\":1,\"owner\":{\"id\":\t\n-1}}");
}

static void test_listed_names__names(void **state)
{
    (void)state;
    odd("{\"login\":5}");
    odd("{\"login\":\"a/b\"}");
    odd("{\"login\":\"a b\"}");
    odd("{\"login\":\"\\u0061da\"}");
    odd("{\"login\":\"ada");
    odd("{\"login\":[\"ada\"]}");
    odd("{\"full_name\":\"ada\"}");
    odd("{\"full_name\":\"a/b/c\"}");
    odd("{\"full_name\":\"a/..\"}");
    odd("{\"full_name\":\"/b\"}");
    odd("{\"full_name\":7}");
}

static void test_listed_names__times(void **state)
{
    (void)state;
    ok("{\"created_at\":null,\"pushed_at\" : \"2011-01-25T18:44:36Z\",\"at\":\"now\",\"what_at_all\":5}");
    odd("{\"created_at\":\"yesterday\"}");
    odd("{\"pushed_at\":\"-infinity\"}");
    odd("{\"starred_at\":\"\"}");
    odd("{\"updated_at\":5}");
    odd("{\"updated_at\":{}}");
    odd("{\"updated_at\":\"");
    odd("{\"updated_at\":");
    odd("{\"updated_at\":\"2011-01-25\"}");
    odd("{\"updated_at\":\"20110125T184436Z\"}");
    odd("{\"updated_at\":\"0000-01-25T18:44:36Z\"}");
    odd("{\"updated_at\":\"99999-01-25T18:44:36Z\"}");
    odd("{\"updated_at\":\"2011-01-25T18:44:36Z\\u0000\"}");
    ok("{\"updated_at\":\"9999-12-31T23:59:59.123+01:00\"}");
}

static void test_listed_names__texts(void **state)
{
    (void)state;
    ok("{\"description\":null,\"bio\":\"{}\",\"owner\":{},\"topics\":[],\"license\":{\"name\":\"MIT\"},"
       "\"full\":{}}");
    odd("{\"description\":{}}");
    odd("{\"bio\": [\"x\"]}");
    odd("{\"name\":{\"first\":\"Ada\"}}");
    odd("[{\"owner\":{\"type\":[]}}]");
    odd("{\"name\":5}");
    odd("{\"company\":true}");
    odd("{\"avatar_url\":-1.5e3}");
    odd("{\"license\":{\"spdx_id\":5}}");
    odd("{\"n\\u0061me\":\"x\"}");
    ok("{\"bio\":\"\\\"name\\\": 5\",\"a\\\"b\":5,\"url\":5,\"\":5}");
}

static void test_listed_names__counts_and_flags(void **state)
{
    (void)state;
    ok("{\"followers\":0,\"size\":999999999999999999,\"forks_count\" : null "
       ",\"fork\":true,\"has_wiki\":false,\"hireable\":null}");
    odd("{\"followers\":\"7\"}");
    odd("{\"followers\":-1}");
    odd("{\"followers\":1.0}");
    odd("{\"public_repos\":1e3}");
    odd("{\"open_issues_count\":1000000000000000000}");
    odd("{\"stargazers_count\":true}");
    odd("{\"stargazers_count\":[1]}");
    odd("{\"fork\":1}");
    odd("{\"archived\":\"true\"}");
    odd("{\"site_admin\":{}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listed_names__what_github_gives),
        cmocka_unit_test(test_listed_names__ids),
        cmocka_unit_test(test_listed_names__names),
        cmocka_unit_test(test_listed_names__times),
        cmocka_unit_test(test_listed_names__texts),
        cmocka_unit_test(test_listed_names__counts_and_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

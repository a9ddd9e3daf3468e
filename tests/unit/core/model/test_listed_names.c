#include "tests/unit/unit.h"

#include "core/model/listed_names.h"

#define ok(text)  assert_true(listed_names_ok(SLICE(text)))
#define odd(text) assert_false(listed_names_ok(SLICE(text)))

static void test_what_github_gives(void **state)
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

static void test_ids(void **state)
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

static void test_names(void **state)
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

static void test_times(void **state)
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
}

static void test_texts(void **state)
{
    (void)state;
    ok("{\"description\":null,\"bio\":\"{}\",\"owner\":{},\"topics\":[],\"license\":{\"name\":\"MIT\"},"
       "\"full\":{}}");
    odd("{\"description\":{}}");
    odd("{\"bio\": [\"x\"]}");
    odd("{\"name\":{\"first\":\"Ada\"}}");
    odd("[{\"owner\":{\"type\":[]}}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_github_gives),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

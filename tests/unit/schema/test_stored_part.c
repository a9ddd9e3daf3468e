#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "schema/graph/stored_part.h"

static void test_stored_part__addresses_are_omitted(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"id\":1,\"url\":\"u\",\"forks_url\":\"u/forks\"}", "{\"id\":1,\"url\":\"u\"}"},
        {"{\"forks_url\":\"u/forks\",\"id\":1}", "{\"id\":1}"},
        {"{\"forks_url\":\"u/forks\"}", "{}"},
        {"{\"a_url\":\"\",\"b_url\":null,\"c_url\":[1,{\"d\":2}]}", "{}"},
        {"{\"a_url\":1,\"id\":1,\"b_url\":{\"x\":1},\"n\":2,\"c_url\":3,\"d_url\":4}", "{\"id\":1,\"n\":2}"},
        {"{ \"id\" : 1 , \"keys_url\" : \"k\" }", "{ \"id\" : 1 }"},
        {"{ \"keys_url\" : \"k\" ,\n \"id\" : 1 }", "{ \n \"id\" : 1 }"},
        {"[{\"id\":1,\"x_url\":\"\"} , {\"x_url\":\"\"}]", "[{\"id\":1} , {}]"},
        {"{\"owner\":{\"id\":2,\"repos_url\":\"r\"},\"parent\":{\"owner\":{\"gists_url\":\"g\",\"id\":3}}}",
         "{\"owner\":{\"id\":2},\"parent\":{\"owner\":{\"id\":3}}}"},
        {"{\"t\":\"\\\"a_url\\\":1,\",\"a_url\":\"\\\\\",\"b\":\",\"}",
         "{\"t\":\"\\\"a_url\\\":1,\",\"b\":\",\"}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_slice(stored_part(slice_of(cases[i][0]), arena), cases[i][1]);
}

static void test_stored_part__all_else_stays_as_it_is(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"url\":\"u\",\"html_url\":\"h\",\"avatar_url\":\"a\",\"mirror_url\":null,\"_ur\":1,\"urls\":2}",
        "{\"permissions\":{\"pull\":true},\"starred_at\":\"t\",\"temp_clone_token\":\"s\"}",
        "[\"a_url\",1,null]",
        "{\"a\\u005furl\":1,\"\\u0068tml_url\":2}",
        "{\"custom_properties\":{\"docs_url\":1},\"topics\":[{\"a_url\":1}],\"owner\":[{\"a_url\":1}],"
        "\"parent\":null}",
        "5",
        "",
        /* not JSON's structure: PostgreSQL is to see and refuse it */
        "{\"a_url\":1,}",
        "{\"id\":1,\"a_url\"}",
        "{\"id\":1,\"a_url\":",
        "{\"a_url\":1} x",
        "{\"owner\":{\"a_url\":1}",
        "{\"owner\":[1}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        slice text = slice_of(texts[i]), out = stored_part(text, arena);
        assert_ptr_equal(out.ptr, text.ptr);
        assert_int_equal(out.len, text.len);
    }
}

static void test_stored_part__viewers_fields_of_a_listed_repository(void **state)
{
    (void)state;
    slice out;
    assert_true(stored_part_of_listed(
        SLICE("{\"permissions\":{\"pull\":true},\"id\":3,\"owner\":{\"permissions\":1,\"repos_url\":\"r\"},"
              "\"starred_at\":\"t\",\"temp_clone_token\":\"s\"}"),
        arena, &out));
    assert_slice(out, "{\"id\":3,\"owner\":{\"permissions\":1}}");
    assert_false(stored_part_of_listed(SLICE("{\"permission\\u0073\":1,\"a_url\":1}"), arena, &out));
    assert_true(stored_part_of_listed(SLICE("{\"owner\":{\"permission\\u0073\":1}}"), arena, &out));
    assert_slice(out, "{\"owner\":{\"permission\\u0073\":1}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stored_part__addresses_are_omitted),
        cmocka_unit_test(test_stored_part__all_else_stays_as_it_is),
        cmocka_unit_test(test_stored_part__viewers_fields_of_a_listed_repository),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

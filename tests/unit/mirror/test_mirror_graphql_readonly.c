#include "mirror/request/graphql_readonly.h"
#include "tests/unit/unit.h"

static void queries_read(void **state)
{
    static const char *const documents[] = {
        "{viewer{login}}",
        "query{viewer{login}}",
        ("query Name($a: [Int!] = [1], $b: In = {x: \"}\"}) @dir(a: 1) { f(a: $a) { ...F } } fragment F on "
         "User { login }"),
        "fragment F on User { login } query { ...F }",
        "# mutation { x }\nquery { a }",
        "query { f(text: \"mutation { x }\") }",
        "query { f(text: \"\"\"a \\\"\"\" mutation \"quoted\" \"\"\") }",
        "query A { a } query B { b }",
        ", query\n{ mutation }",
        "\xef\xbb\xbf{a}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++)
        if (!graphql_is_readonly(slice_of(documents[i])))
            fail_msg("%s", documents[i]);
}

static void everything_else_may_write(void **state)
{
    static const char *const documents[] = {
        "",
        "mutation { x }",
        "mutation M { x }",
        "{ a } mutation { x }",
        "query A { a } mutation B { x }",
        "query A { a } # \n mutation B { x }",
        "query { f(text: \"\\\") }\nmutation { x }",
        "subscription { x }",
        "fragment F on User { login }",
        "query",
        "query { a",
        "query { a }}",
        "query { f(a: [1) }",
        "query { f(text: \"unterminated) }",
        "query { f(text: \"\"\"unterminated\") }",
        "extend type Query { a: Int }",
        "Query { a }",
        "\"text\" query { a }",
        "(a) { b }",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++)
        if (graphql_is_readonly(slice_of(documents[i])))
            fail_msg("%s", documents[i]);
    assert_false(graphql_is_readonly(slice_from("{a\0}", 4)));
}

static void depth_is_bounded(void **state)
{
    char deep[2000];
    (void)state;
    memset(deep, '{', 1000);
    memset(deep + 1000, '}', 1000);
    assert_false(graphql_is_readonly(slice_from(deep, sizeof deep)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(queries_read),
                                       cmocka_unit_test(everything_else_may_write),
                                       cmocka_unit_test(depth_is_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "api/negotiate.h"

static enum negotiated ask(const char *accept, const char *query, int *indent_out)
{
    struct arena *arena = arena_create();
    struct param_list params;
    const char *why;
    assert_true(params_parse(arena, slice_of(query), &params, &why));
    enum negotiated got = negotiate(slice_of(accept), &params, indent_out);
    arena_destroy(arena);
    return got;
}

static void test_negotiate__accept(void **state)
{
    static const char *const yes[] = {NULL,
                                      "",
                                      " ",
                                      "*/*",
                                      "application/*",
                                      "Application/JSON",
                                      "text/html,*/*;q=0.1",
                                      "application/json;q=0.001",
                                      "*/*;q=0, application/json"};
    static const char *const no[] = {"text/html",
                                     "application/jsonp",
                                     "*",
                                     ",",
                                     ";",
                                     "application/json;q=0",
                                     "application/json; q=0.000, */*",
                                     "*/*;q=0",
                                     "json"};
    int indent;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        assert_int_equal(ask(yes[i], "", &indent), NEGOTIATED);
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        assert_int_equal(ask(no[i], "", &indent), NEGOTIATED_NOT_ACCEPTABLE);
}

static void test_negotiate__format(void **state)
{
    int indent;
    (void)state;
    assert_int_equal(ask("*/*", "format=json", &indent), NEGOTIATED);
    assert_int_equal(ask("*/*", "format=", &indent), NEGOTIATED);
    assert_int_equal(ask("*/*", "format=xml", &indent), NEGOTIATED_NO_SUCH_FORMAT);
    assert_int_equal(ask("text/html", "format=xml", &indent), NEGOTIATED_NO_SUCH_FORMAT);
}

static void check_indent(const char *accept, const char *query, int want)
{
    int indent = -1;
    assert_int_equal(ask(accept, query, &indent), NEGOTIATED);
    assert_int_equal(indent, want);
}

static void test_negotiate__indent(void **state)
{
    (void)state;
    check_indent(NULL, "", 0);
    check_indent("application/json; indent=4", "", 4);
    check_indent("text/html, application/json;q=0.9;indent=2, */*", "", 2);
    check_indent("application/json;indent=99", "", 8);
    check_indent("application/json;indent=-1", "", 0);
    check_indent("application/json;indent=x", "", 0);
    check_indent("*/*;indent=4", "", 0);
    check_indent("*/*", "indent=3", 3);
    check_indent("application/json;indent=4", "indent=1", 1);
    check_indent("*/*", "indent=99999999999999999999", 0);
    check_indent("*/*", "indent=", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negotiate__accept),
        cmocka_unit_test(test_negotiate__format),
        cmocka_unit_test(test_negotiate__indent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

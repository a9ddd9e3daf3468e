#include "tests/unit/unit.h"

#include "api/request/negotiate.h"

static enum negotiated ask(const char *accept, const char *query, int *indent_out)
{
    bool page;
    struct arena *arena = arena_create();
    struct param_list params;
    const char *why;
    assert_true(params_parse(arena, slice_of(query), &params, &why));
    enum negotiated got = negotiate(slice_of(accept), &params, indent_out, &page);
    if (got == NEGOTIATED_JSON || got == NEGOTIATED_PAGE)
        assert_int_equal(page, got == NEGOTIATED_PAGE);
    arena_destroy(arena);
    return got;
}

#define BROWSER "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

static void test_negotiate__accept(void **state)
{
    static const char *const json[] = {NULL,
                                       "",
                                       " ",
                                       "*/*",
                                       "application/*",
                                       "Application/JSON",
                                       "application/json;q=0.001",
                                       "*/*;q=0, application/json",
                                       "application/json, text/html",
                                       "text/html, application/json",
                                       "text/*, */*",
                                       "text/html;q=0.9, application/json",
                                       "text/html;q=0.5, */*;q=0.50",
                                       "text/html;q=0, */*;q=0.1",
                                       "application/json, text/plain, */*"};
    static const char *const page[] = {BROWSER,
                                       "text/html",
                                       "TEXT/HTML; charset=utf-8",
                                       "text/*",
                                       "text/html,*/*;q=0.1",
                                       "text/html;q=0.2, application/json;q=0.19",
                                       "text/*;q=0.3, application/*;q=0.2",
                                       "application/json;q=0.0, */*",
                                       "text/html;q=0.001"};
    static const char *const no[] = {
        "application/jsonp", "*", ";", "application/json;q=0", "*/*;q=0", "json", "image/png, text/csv",
        "text/html;q=0"};
    int indent;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(json); i++)
        assert_int_equal(ask(json[i], "", &indent), NEGOTIATED_JSON);
    for (size_t i = 0; i < ARRAY_LEN(page); i++)
        assert_int_equal(ask(page[i], "", &indent), NEGOTIATED_PAGE);
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        assert_int_equal(ask(no[i], "", &indent), NEGOTIATED_NOT_ACCEPTABLE);
}

static void test_negotiate__format(void **state)
{
    int indent;
    (void)state;
    assert_int_equal(ask("*/*", "format=json", &indent), NEGOTIATED_JSON);
    assert_int_equal(ask(BROWSER, "format=json", &indent), NEGOTIATED_JSON);
    assert_int_equal(ask("*/*", "format=html", &indent), NEGOTIATED_PAGE);
    assert_int_equal(ask(NULL, "format=api", &indent), NEGOTIATED_PAGE);
    assert_int_equal(ask("*/*", "format=", &indent), NEGOTIATED_JSON);
    assert_int_equal(ask("*/*", "format=xml", &indent), NEGOTIATED_NO_SUCH_FORMAT);
    assert_int_equal(ask("text/html", "format=xml", &indent), NEGOTIATED_NO_SUCH_FORMAT);
    assert_int_equal(ask("text/html", "format=json", &indent), NEGOTIATED_NOT_ACCEPTABLE);
    assert_int_equal(ask("application/json", "format=html", &indent), NEGOTIATED_NOT_ACCEPTABLE);
}

static void test_negotiate__refusals_come_as_pages_to_browsers(void **state)
{
    static const struct {
        const char *accept, *query;
        bool page;
    } cases[] = {
        {BROWSER, "format=xml", true},      {"*/*", "format=xml", false}, {"image/png", "", false},
        {"text/html", "format=json", true}, {NULL, "format=xml", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena *arena = arena_create();
        struct param_list params;
        const char *why;
        int indent;
        bool page;
        assert_true(params_parse(arena, slice_of(cases[i].query), &params, &why));
        assert_true(negotiate(slice_of(cases[i].accept), &params, &indent, &page) >=
                    NEGOTIATED_NOT_ACCEPTABLE);
        assert_int_equal(page, cases[i].page);
        arena_destroy(arena);
    }
}

static void check_indent(const char *accept, const char *query, int want)
{
    int indent = -1;
    assert_int_equal(ask(accept, query, &indent), NEGOTIATED_JSON);
    assert_int_equal(indent, want);
}

static void test_negotiate__indent(void **state)
{
    (void)state;
    check_indent(NULL, "", 0);
    check_indent("application/json; indent=4", "", 4);
    check_indent("text/html;q=0.1, application/json;q=0.9;indent=2, */*", "", 2);
    check_indent("application/json;indent=99", "", 8);
    check_indent("application/json;indent=-1", "", 0);
    check_indent("application/json;indent=x", "", 0);
    check_indent("*/*;indent=4", "", 0);
    check_indent("*/*", "indent=3", 3);
    check_indent("application/json;indent=4", "indent=1", 1);
    check_indent("*/*", "indent=99999999999999999999", 8);
    check_indent("*/*", "indent=%2B3", 3);
    check_indent("*/*", "indent=", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negotiate__accept),
        cmocka_unit_test(test_negotiate__format),
        cmocka_unit_test(test_negotiate__refusals_come_as_pages_to_browsers),
        cmocka_unit_test(test_negotiate__indent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

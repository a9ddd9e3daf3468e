#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "api/request/form.h"

static struct param_list form;

static enum form_outcome parse(const char *type, slice body)
{
    const char *why = NULL;
    enum form_outcome outcome = form_parse(arena, slice_of(type), body, NULL, &form, NULL, &why);
    if (outcome != FORM_OK)
        assert_non_null(why);
    return outcome;
}

static void test_form__urlencoded(void **state)
{
    (void)state;
    assert_int_equal(parse("application/x-www-form-urlencoded", SLICE("a=1&b=x+y&a=2")), FORM_OK);
    assert_slice(params_get(&form, "a"), "2");
    assert_slice(params_get(&form, "b"), "x y");
    assert_int_equal(parse("Application/X-WWW-Form-Urlencoded; charset=utf-8", SLICE("a=1")), FORM_OK);
    assert_int_equal(parse("application/x-www-form-urlencoded", SLICE("a=%00")), FORM_BAD);
}

static void test_form__json(void **state)
{
    (void)state;
    assert_int_equal(parse("application/json", SLICE("{\"a\": \"1\", \"b\": null, \"a\": \"\\u00e9\"}")),
                     FORM_OK);
    assert_slice(params_get(&form, "a"), "\xc3\xa9");
    assert_null(params_get(&form, "b").ptr);
    assert_int_equal(parse("application/json", SLICE("{\"a\": 1}")), FORM_BAD);
    assert_int_equal(parse("application/json", SLICE("[]")), FORM_BAD);
    assert_int_equal(parse("application/json", SLICE("{")), FORM_BAD);
    assert_int_equal(parse("application/json", SLICE("{\"a\": \"\\u0000\"}")), FORM_BAD);
    assert_int_equal(parse("application/json", SLICE("\"a\"")), FORM_BAD);
}

static void test_form__multipart(void **state)
{
    const char *type = "multipart/form-data; boundary=\"b b\"";
    (void)state;
    assert_int_equal(
        parse(type, SLICE("preamble\r\n--b b\r\nX: y\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n"
                          "1\r\n2\r\n--b b\r\nContent-Disposition: form-data; name=c\r\n\r\n\r\n--b b--")),
        FORM_OK);
    assert_int_equal(form.n, 2);
    assert_slice(params_get(&form, "a"), "1\r\n2");
    assert_int_equal(params_get(&form, "c").len, 0);
    assert_int_equal(parse(type, SLICE("--b b--")), FORM_OK);
    assert_int_equal(form.n, 0);
}

/* Repeated fields of an HTML form, as several values of one field; of what is no list the last counts. */
static void test_form__lists_are_joined(void **state)
{
    static const char *const known[] = {"*l", "*m", "x", NULL};
    static const struct {
        const char *type, *body;
    } cases[] = {
        {"application/x-www-form-urlencoded", "l=b%2Cc&x=1&l=a&l=&x=2&l=b&m=&other=1&other=2"},
        {"multipart/form-data; boundary=B",
         "--B\r\nContent-Disposition: form-data; name=l\r\n\r\nb,c\r\n"
         "--B\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n"
         "--B\r\nContent-Disposition: form-data; name=l\r\n\r\na\r\n"
         "--B\r\nContent-Disposition: form-data; name=l\r\n\r\n\r\n"
         "--B\r\nContent-Disposition: form-data; name=x\r\n\r\n2\r\n"
         "--B\r\nContent-Disposition: form-data; name=l\r\n\r\nb\r\n"
         "--B\r\nContent-Disposition: form-data; name=m\r\n\r\n\r\n--B--\r\n"},
        {"application/json", "{\"l\": [\"b,c\", \"a\", \"b\"], \"x\": \"2\", \"m\": \"\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why;
        assert_int_equal(
            form_parse(arena, slice_of(cases[i].type), slice_of(cases[i].body), known, &form, NULL, &why),
            FORM_OK);
        assert_int_equal(form.n, 3);
        assert_slice(params_get(&form, "l"), "b,c,a,b");
        assert_slice(params_get(&form, "m"), "");
        assert_slice(params_get(&form, "x"), "2");
    }
}

/* Every cut of a good body is refused or read, never overrun: the sanitizer watches. */
static void test_form__multipart_cut_anywhere(void **state)
{
    static const char body[] = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue\r\n--b--\r\n";
    (void)state;
    for (size_t n = 1; n < sizeof body - 1; n++) {
        char *copy = malloc(n);
        memcpy(copy, body, n);
        enum form_outcome outcome = parse("multipart/form-data; boundary=b", slice_from(copy, n));
        assert_int_equal(outcome, n >= sizeof body - 3 ? FORM_OK : FORM_BAD);
        free(copy);
    }
}

static void test_form__ignored_names_are_bounded(void **state)
{
    struct buf body;
    (void)state;
    buf_init(&body, 0);
    buf_puts(&body, "{");
    for (int i = 0; i < 200; i++)
        buf_printf(&body, "%s\"k%d\": \"v\"", i ? ", " : "", i);
    buf_puts(&body, "}");
    assert_int_equal(parse("application/json", buf_slice(&body)), FORM_OK);
    assert_true(form.n > 0 && form.n < 200);
    buf_finish(&body);
}

static void test_form__types(void **state)
{
    (void)state;
    assert_int_equal(parse("text/plain", SLICE("x")), FORM_UNSUPPORTED);
    assert_int_equal(parse("", SLICE("x")), FORM_UNSUPPORTED);
    assert_int_equal(parse(NULL, SLICE("x")), FORM_UNSUPPORTED);
    assert_int_equal(parse("text/plain", SLICE("")), FORM_OK);
    assert_int_equal(parse("multipart/form-data", SLICE("x")), FORM_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form__urlencoded),
        cmocka_unit_test(test_form__json),
        cmocka_unit_test(test_form__multipart),
        cmocka_unit_test(test_form__lists_are_joined),
        cmocka_unit_test(test_form__multipart_cut_anywhere),
        cmocka_unit_test(test_form__ignored_names_are_bounded),
        cmocka_unit_test(test_form__types),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

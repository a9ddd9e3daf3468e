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

static void test_form__more_fields_than_are_kept(void **state)
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
        cmocka_unit_test(test_form__multipart_cut_anywhere),
        cmocka_unit_test(test_form__more_fields_than_are_kept),
        cmocka_unit_test(test_form__types),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

#include "tests/unit/unit.h"

#include "core/base/buf.h"
#include "core/json/jr.h"
#include <jansson.h>

/* The document again, from its tokens. */
static bool copy(slice text, struct buf *out)
{
    struct jr r;
    bool first = true, after_key = false;
    buf_reset(out);
    jr_init(&r, text);
    for (;;) {
        enum jr_token token = jr_next(&r);
        bool closes = token == JR_END_OBJECT || token == JR_END_ARRAY;
        if (token == JR_END || token == JR_ERROR)
            return token == JR_END;
        if (!first && !after_key && !closes)
            buf_putc(out, ',');
        if (token == JR_KEY || token == JR_STRING)
            buf_printf(out, "\"%.*s\"%s", SLICE_ARG(r.text), token == JR_KEY ? ":" : "");
        else
            buf_put(out, r.text.ptr, r.text.len);
        first = token == JR_OBJECT || token == JR_ARRAY;
        after_key = token == JR_KEY;
    }
}

static void test_jr__tokens(void **state)
{
    static const char *const documents[][2] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"\"a\\\"b\\\\\"", "\"a\\\"b\\\\\""},
        {"{\"a\" : [1, -2.5e+3, true,false , null, \"x\"], \"b\":{\"c\":{}}}",
         "{\"a\":[1,-2.5e+3,true,false,null,\"x\"],\"b\":{\"c\":{}}}"},
        {"\n0\t", "0"},
        {"[[],[[]],{}]", "[[],[[]],{}]"},
    };
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        assert_true(copy(slice_of(documents[i][0]), &out));
        assert_slice(buf_slice(&out), documents[i][1]);
    }
    buf_finish(&out);
}

static const char *const broken[] = {
    "",     "  ",    "{",     "[",      "]",       "}",        "[1",        "[1,",        "[1,]",
    "[,1]", "[1 2]", "{1:2}", "{\"a\"", "{\"a\":", "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{\"a\":1 \"b\":2}",
    "[}",   "{]",    "\"a",   "\"a\\",  "\"a\\\"", "\"a\nb\"", "tru",       "nul",        "01",
    "1.",   "-",     "1e",    ".5",     "+1",      "1 1",      "[]]",       "{}{}",       "'a'",
    "[1]x", "\"\\",
};

static void test_jr__broken(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        json_error_t error;
        json_t *tree = json_loads(broken[i], JSON_DECODE_ANY, &error);
        assert_null(tree); /* a parser that is not ours agrees */
        if (copy(slice_of(broken[i]), &out))
            fail_msg("accepted: %s", broken[i]);
    }
    buf_finish(&out);
}

static void test_jr__depth(void **state)
{
    char text[2 * JR_MAX_DEPTH + 4];
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    for (int depth = JR_MAX_DEPTH; depth <= JR_MAX_DEPTH + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        assert_int_equal(copy(slice_from(text, 2 * (size_t)depth), &out), depth == JR_MAX_DEPTH);
    }
    buf_finish(&out);
}

static void test_jr__skip(void **state)
{
    struct jr r;
    (void)state;
    jr_init(&r, SLICE("{\"a\":[1,[2],{\"b\":3}],\"c\":4}"));
    assert_int_equal(jr_next(&r), JR_OBJECT);
    assert_int_equal(jr_next(&r), JR_KEY);
    assert_true(jr_skip(&r, jr_next(&r)));
    assert_int_equal(jr_next(&r), JR_KEY);
    assert_slice(r.text, "c");
    assert_true(jr_skip(&r, jr_next(&r)));
    assert_int_equal(jr_next(&r), JR_END_OBJECT);
    assert_int_equal(jr_next(&r), JR_END);
    assert_int_equal(jr_next(&r), JR_END);
    jr_init(&r, SLICE("[1,[2}"));
    assert_false(jr_skip(&r, jr_next(&r)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jr__tokens),
        cmocka_unit_test(test_jr__broken),
        cmocka_unit_test(test_jr__depth),
        cmocka_unit_test(test_jr__skip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

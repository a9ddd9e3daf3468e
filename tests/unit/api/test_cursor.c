#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "api/request/cursor.h"
#include "core/base/hash.h"

static const enum browse_type types[] = {BROWSE_TEXT, BROWSE_TIME, BROWSE_BOOL, BROWSE_NUMBER};
#define N           ARRAY_LEN(types)
#define FINGERPRINT 0x0123456789abcdefu

static bool read(const char *text, size_t n_types, struct cursor *out)
{
    const char *why = NULL;
    bool ok = list_cursor_read(arena, slice_of(text), FINGERPRINT, types, n_types, out, &why);
    if (!ok)
        assert_non_null(why);
    return ok;
}

static struct cursor sample(void)
{
    return (struct cursor){
        .way = CURSOR_BEFORE,
        .keys = {{.text = SLICE("\xc3\xa9, \"x\"")}, {.number = -1}, {.null = true}, {.number = INT64_MAX}}};
}

static void test_cursor__is_decoded_as_encoded(void **state)
{
    struct cursor in = sample(), out;
    (void)state;
    assert_true(read(list_cursor_write(arena, FINGERPRINT, &in, types, N), N, &out));
    assert_int_equal(out.way, CURSOR_BEFORE);
    assert_slice(out.keys[0].text, "\xc3\xa9, \"x\"");
    assert_int_equal(out.keys[1].number, -1);
    assert_true(out.keys[2].null);
    assert_true(out.keys[3].number == INT64_MAX);
    in = (struct cursor){.way = CURSOR_END};
    assert_true(read(list_cursor_write(arena, FINGERPRINT, &in, types, N), N, &out));
    assert_int_equal(out.way, CURSOR_END);
}

static void test_cursor__empty_is_the_beginning(void **state)
{
    struct cursor out;
    (void)state;
    assert_true(read("", N, &out));
    assert_int_equal(out.way, CURSOR_BEGIN);
}

static void test_cursor__of_another_list(void **state)
{
    struct cursor in = sample(), out;
    const char *why;
    (void)state;
    char *text = list_cursor_write(arena, FINGERPRINT + 1, &in, types, N);
    assert_false(list_cursor_read(arena, slice_of(text), FINGERPRINT, types, N, &out, &why));
    assert_non_null(strstr(why, "another list"));
}

static void test_cursor__cut_anywhere(void **state)
{
    struct cursor in = sample(), out;
    (void)state;
    char *text = list_cursor_write(arena, FINGERPRINT, &in, types, N);
    for (size_t n = strlen(text) - 1; n > 0; n--) {
        text[n] = '\0';
        assert_false(read(text, N, &out));
    }
}

static void test_cursor__with_more_or_fewer_keys(void **state)
{
    struct cursor in = sample(), out;
    (void)state;
    char *text = list_cursor_write(arena, FINGERPRINT, &in, types, N);
    assert_false(read(text, N - 1, &out));
    text = list_cursor_write(arena, FINGERPRINT, &in, types, N - 1);
    assert_false(read(text, N, &out));
}

static void test_cursor__values_that_cannot_be(void **state)
{
    struct cursor in = sample(), out;
    (void)state;
    in.keys[0].text = SLICE("\xff");
    assert_false(read(list_cursor_write(arena, FINGERPRINT, &in, types, N), N, &out));
    in.keys[0].text = SLICE("a\0b");
    assert_false(read(list_cursor_write(arena, FINGERPRINT, &in, types, N), N, &out));
    in = sample();
    in.keys[1].number = INT64_MIN; /* would overflow as PostgreSQL counts */
    assert_false(read(list_cursor_write(arena, FINGERPRINT, &in, types, N), N, &out));
}

static void test_cursor__mix_tells_parts_apart(void **state)
{
    (void)state;
    uint64_t a = hash64(hash64(0, SLICE("ab")), SLICE("c"));
    uint64_t b = hash64(hash64(0, SLICE("a")), SLICE("bc"));
    assert_true(a != b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursor__is_decoded_as_encoded),
        cmocka_unit_test(test_cursor__empty_is_the_beginning),
        cmocka_unit_test(test_cursor__of_another_list),
        cmocka_unit_test(test_cursor__cut_anywhere),
        cmocka_unit_test(test_cursor__with_more_or_fewer_keys),
        cmocka_unit_test(test_cursor__values_that_cannot_be),
        cmocka_unit_test(test_cursor__mix_tells_parts_apart),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

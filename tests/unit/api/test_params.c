#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "api/request/params.h"

static struct param_list parsed(slice text)
{
    struct param_list list;
    const char *why;
    assert_true(params_parse(arena, text, &list, &why));
    return list;
}

static const char *refused(slice text)
{
    struct param_list list;
    const char *why = NULL;
    assert_false(params_parse(arena, text, &list, &why));
    assert_non_null(why);
    return why;
}

static void test_params__sorted_unique_decoded(void **state)
{
    (void)state;
    struct param_list list = parsed(SLICE("b=1&a=x+y%20z&b=2&&=v&c&B=&b=3=4&%61%62=%2B"));
    static const char *const want[][2] = {{"", "v"},   {"B", ""},    {"a", "x y z"},
                                          {"ab", "+"}, {"b", "3=4"}, {"c", ""}};
    assert_int_equal(list.n, ARRAY_LEN(want));
    for (size_t i = 0; i < list.n; i++) {
        assert_slice(list.items[i].key, want[i][0]);
        assert_slice(list.items[i].value, want[i][1]);
    }
}

static void test_params__get_tells_absent_from_empty(void **state)
{
    (void)state;
    struct param_list list = parsed(SLICE("a=&ab=1"));
    assert_non_null(params_get(&list, "a").ptr);
    assert_int_equal(params_get(&list, "a").len, 0);
    assert_null(params_get(&list, "b").ptr);
    assert_null(params_get(&list, "A").ptr);
    list = parsed((slice){NULL, 0});
    assert_int_equal(list.n, 0);
}

static void test_params__percent_without_digits_stays(void **state)
{
    (void)state;
    struct param_list list = parsed(SLICE("a=%&b=%4&c=%zz&d=100%25&e=%4g&f=%"));
    assert_slice(params_get(&list, "a"), "%");
    assert_slice(params_get(&list, "b"), "%4");
    assert_slice(params_get(&list, "c"), "%zz");
    assert_slice(params_get(&list, "d"), "100%");
    assert_slice(params_get(&list, "e"), "%4g");
    assert_slice(params_get(&list, "f"), "%");
}

static void test_params__bad_bytes_are_named(void **state)
{
    (void)state;
    assert_memory_equal(refused(SLICE("x=1&login=%00")), "login:", 6);
    assert_memory_equal(refused(SLICE("name=%ff")), "name:", 5);
    assert_memory_equal(refused(SLICE("name=\xc3")), "name:", 5);
    assert_non_null(strstr(refused(SLICE("%ff=1")), "name"));
    assert_non_null(strstr(refused(SLICE("a%00b=1")), "name"));
}

static void test_params__with_nuls_in_values_the_rest_is_read(void **state)
{
    struct param_list list;
    const char *why = NULL;
    (void)state;
    assert_false(params_parse(arena, SLICE("b=%00&a=1&c=x%00"), &list, &why));
    assert_memory_equal(why, "b:", 2);
    assert_int_equal(list.n, 3);
    assert_slice(params_get(&list, "a"), "1");
    assert_int_equal(params_get(&list, "c").len, 2);
    assert_false(params_parse(arena, SLICE("b=%00&a=%ff"), &list, &why));
    assert_int_equal(list.n, 0);
}

static void test_params__count_is_bounded(void **state)
{
    (void)state;
    char text[2 * (PARAMS_MAX + 1)];
    for (size_t i = 0; i <= PARAMS_MAX; i++)
        memcpy(text + 2 * i, "a&", 2);
    assert_int_equal(parsed(slice_from(text, 2 * PARAMS_MAX)).n, 1);
    assert_non_null(strstr(refused(slice_from(text, sizeof text)), "200"));
}

static void test_params__with_and_without_a_key(void **state)
{
    (void)state;
    struct param_list list = parsed(SLICE("a=1&page=3&z=2")), changed;
    changed = params_with(arena, &list, SLICE("page"), SLICE("4"));
    assert_int_equal(changed.n, 3);
    assert_slice(changed.items[1].key, "page");
    assert_slice(changed.items[1].value, "4");
    changed = params_with(arena, &list, SLICE("page"), (slice){NULL, 0});
    assert_int_equal(changed.n, 2);
    assert_slice(changed.items[1].key, "z");
    changed = params_with(arena, &list, SLICE("zz"), SLICE("9"));
    assert_int_equal(changed.n, 4);
    assert_slice(changed.items[3].key, "zz");
    changed = params_with(arena, &list, SLICE("A"), SLICE("9"));
    assert_slice(changed.items[0].key, "A");
    assert_int_equal(list.n, 3);
}

static void test_params__addresses_keep_what_was_repeated(void **state)
{
    (void)state;
    static const char *const want[][2] = {{"a", "9"}, {"b", "2"}, {"b", "1"}, {"page", "4"}};
    struct param_list list = parsed(SLICE("page=2&b=2&page=3&b=1&a=9")), changed;
    assert_int_equal(list.n, 3);
    assert_slice(params_get(&list, "b"), "1");
    changed = params_with(arena, &list, SLICE("cursor"), (slice){NULL, 0});
    changed = params_with(arena, &changed, SLICE("page"), SLICE("4"));
    assert_int_equal(changed.n, ARRAY_LEN(want));
    for (size_t i = 0; i < changed.n; i++) {
        assert_slice(changed.items[i].key, want[i][0]);
        assert_slice(changed.items[i].value, want[i][1]);
    }
    assert_slice(params_get(&changed, "b"), "1");
}

static void test_params__is_decoded_as_encoded(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    params_encode(&out, SLICE("aZ09_.-~ &=+%/?#'\"<\xc3\xa9\x01"));
    assert_slice(buf_slice(&out), "aZ09_.-~+%26%3D%2B%25%2F%3F%23%27%22%3C%C3%A9%01");
    struct param_list list = parsed(slice_of(arena_printf(arena, "k=%.*s", SLICE_ARG(buf_slice(&out)))));
    assert_slice(list.items[0].value, "aZ09_.-~ &=+%/?#'\"<\xc3\xa9\x01");
    buf_finish(&out);
}

static void test_params__segments(void **state)
{
    (void)state;
    slice out;
    assert_true(params_decode_segment(arena, SLICE("a+b%20c%2d"), &out));
    assert_slice(out, "a+b c-");
    assert_false(params_decode_segment(arena, SLICE("a%2Fb"), &out));
    assert_false(params_decode_segment(arena, SLICE("a%00"), &out));
    assert_false(params_decode_segment(arena, SLICE("%ff"), &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_params__sorted_unique_decoded),
        cmocka_unit_test(test_params__get_tells_absent_from_empty),
        cmocka_unit_test(test_params__percent_without_digits_stays),
        cmocka_unit_test(test_params__bad_bytes_are_named),
        cmocka_unit_test(test_params__count_is_bounded),
        cmocka_unit_test(test_params__with_nuls_in_values_the_rest_is_read),
        cmocka_unit_test(test_params__with_and_without_a_key),
        cmocka_unit_test(test_params__addresses_keep_what_was_repeated),
        cmocka_unit_test(test_params__is_decoded_as_encoded),
        cmocka_unit_test(test_params__segments),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

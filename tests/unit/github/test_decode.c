#include "tests/unit/unit.h"

#include "github/decode.h"
#include <stdio.h>

#define SUNDAY 1757203200 /* 2025-09-07, day 20338 */
#define GOOD   "{\"week\":1757203200,\"total\":10,\"days\":[1,0,2,0,0,3,4]}"

static struct gh_star_page read_page(struct arena *a, const char *json)
{
    struct gh_star_page page;
    struct err err;
    assert_true(gh_decode_star_history(slice_of(json), a, &page, &err));
    return page;
}

static void test_star_history__a_week(void **state)
{
    (void)state;
    static const int64_t stars[] = {1, 0, 2, 0, 0, 3, 4};
    struct arena *a = arena_create();
    struct gh_star_page page = read_page(a, " [" GOOD "] ");
    assert_int_equal(page.n_weeks, 1);
    assert_int_equal(page.n_dropped, 0);
    assert_int_equal(page.n_days, 7);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(page.days[i].day, SUNDAY / 86400 + i);
        assert_int_equal(page.days[i].stars, stars[i]);
    }
    arena_destroy(a);
}

static void test_star_history__keys_may_be_added_and_the_total_be_absent(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    struct gh_star_page page = read_page(
        a, "[{\"days\":[0,0,0,0,0,0,1],\"week\":1757203200,\"note\":{\"week\":1}},{\"week\":1756598400,"
           "\"total\":0,\"days\":[0,0,0,0,0,0,0]}]");
    assert_int_equal(page.n_days, 14);
    assert_int_equal(page.n_dropped, 0);
    assert_int_equal(page.days[6].stars, 1);
    assert_int_equal(page.days[7].day, SUNDAY / 86400 - 7);
    arena_destroy(a);
}

/* An item of a list with a value nested n deep: what is left of the page. */
static void check_nested(size_t n, bool closed, const char *expected)
{
    struct buf page, out;
    struct err err;
    size_t dropped;
    buf_init(&page, 1 << 20);
    buf_init(&out, 1 << 20);
    buf_puts(&page, "[{\"id\":7,\"login\":\"bob\",\"x\":");
    for (size_t i = 0; i < n; i++)
        buf_puts(&page, i % 2 ? "{\"]\":" : "[\"}\\\"]\",");
    buf_puts(&page, "1");
    for (size_t i = n; closed && i-- > 0;)
        buf_puts(&page, i % 2 ? "}" : "]");
    buf_puts(&page, "},{\"id\":8,\"login\":\"eve\"}]");
    bool ok = gh_decode_clean(buf_slice(&page), GH_SHAPE_LISTED_USER, &out, &dropped, &err);
    assert_int_equal(ok, expected != NULL);
    if (expected) {
        assert_int_equal(dropped, 0);
        assert_non_null(memmem(out.ptr, out.len, expected, strlen(expected)));
    }
    buf_finish(&page);
    buf_finish(&out);
}

static void test_clean__values_nested_too_deep_become_null(void **state)
{
    (void)state;
    check_nested(1, true, "\"x\":[\"}\\\"]\",1]");
    check_nested(21, true, "1]}]");
    check_nested(22, true, "1}]}]");
    check_nested(23, true, "null}]}]");
    check_nested(60, true, "null}]}]");
    check_nested(5000, true, "null}]}]");
    check_nested(5000, false, NULL);
}

/* A day is the one whose midnight its beginning is nearest to. */
static void test_star_history__weeks_of_other_zones(void **state)
{
    (void)state;
    static const int hours[] = {-11, -7, -1, 0, 1, 8, 11};
    struct arena *a = arena_create();
    for (size_t i = 0; i < ARRAY_LEN(hours); i++) {
        char json[120];
        snprintf(json, sizeof json, "[{\"week\":%d,\"days\":[1,0,0,0,0,0,0]}]", SUNDAY + hours[i] * 3600);
        assert_int_equal(read_page(a, json).days[0].day, SUNDAY / 86400);
    }
    arena_destroy(a);
}

static void test_star_history__nonsense_is_dropped_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "[]",
        "null",
        "7",
        "\"week\"",
        "{\"week\":1757203200}",
        "{\"days\":[0,0,0,0,0,0,0]}",
        "{\"week\":\"1757203200\",\"days\":[0,0,0,0,0,0,0]}",
        "{\"week\":1757203200.5,\"days\":[0,0,0,0,0,0,0]}",
        "{\"week\":-1,\"days\":[0,0,0,0,0,0,0]}",
        "{\"week\":0,\"days\":[0,0,0,0,0,0,0]}",
        "{\"week\":9223372036854775807,\"days\":[0,0,0,0,0,0,0]}",
        "{\"week\":99999999999999999999999,\"days\":[0,0,0,0,0,0,0]}",
        "{\"week\":1e400,\"days\":[0,0,0,0,0,0,0]}",
        "{\"week\":1757203200,\"days\":[0,0,0,0,0,0]}",
        "{\"week\":1757203200,\"days\":[0,0,0,0,0,0,0,0]}",
        "{\"week\":1757203200,\"days\":{\"0\":1}}",
        "{\"week\":1757203200,\"days\":null}",
        "{\"week\":1757203200,\"days\":[0,0,0,0,0,0,-1]}",
        "{\"week\":1757203200,\"days\":[0,0,0,0,0,0,1000000001]}",
        "{\"week\":1757203200,\"days\":[0,0,0,0,0,0,1e400]}",
        "{\"week\":1757203200,\"days\":[0,0,0,0,0,0,\"1\"]}",
        "{\"week\":1757203200,\"days\":[0,0,0,0,0,0,[1]]}",
        "{\"week\":1757203200,\"total\":2,\"days\":[0,0,0,0,0,0,1]}",
        "{\"week\":1757203200,\"total\":\"1\",\"days\":[0,0,0,0,0,0,1]}",
        "{\"week\":1757203200,\"total\":99999999999999999999999,\"days\":[0,0,0,0,0,0,1]}",
    };
    struct arena *a = arena_create();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char json[400];
        snprintf(json, sizeof json, "[%s," GOOD ",%s]", bad[i], bad[i]);
        struct gh_star_page page = read_page(a, json);
        assert_int_equal(page.n_weeks, 3);
        assert_int_equal(page.n_dropped, 2);
        assert_int_equal(page.n_days, 7);
        assert_int_equal(page.days[0].day, SUNDAY / 86400);
        assert_int_equal(page.days[6].stars, 4);
    }
    arena_destroy(a);
}

static void test_star_history__no_more_weeks_than_are_bounded(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    struct buf json;
    buf_init(&json, 1 << 20);
    buf_puts(&json, "[" GOOD);
    for (int i = 0; i < 500; i++)
        buf_puts(&json, "," GOOD);
    buf_puts(&json, "]");
    struct gh_star_page page;
    struct err err;
    assert_true(gh_decode_star_history(buf_slice(&json), a, &page, &err));
    assert_int_equal(page.n_weeks, 501);
    assert_int_equal(page.n_days, GH_MAX_STAR_WEEKS * 7);
    assert_int_equal(page.n_dropped, 501 - GH_MAX_STAR_WEEKS);
    buf_finish(&json);
    arena_destroy(a);
}

static void test_star_history__what_is_no_list(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "{}", "null", "[", "[1,", "<html>", "[" GOOD "] x", "\"[]\""};
    struct arena *a = arena_create();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct gh_star_page page;
        struct err err = {0};
        assert_false(gh_decode_star_history(slice_of(bad[i]), a, &page, &err));
        assert_int_equal(err.code, ERR_BROKEN);
    }
    assert_int_equal(read_page(a, "[]").n_days, 0);
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean__values_nested_too_deep_become_null),
        cmocka_unit_test(test_star_history__a_week),
        cmocka_unit_test(test_star_history__keys_may_be_added_and_the_total_be_absent),
        cmocka_unit_test(test_star_history__weeks_of_other_zones),
        cmocka_unit_test(test_star_history__nonsense_is_dropped_alone),
        cmocka_unit_test(test_star_history__no_more_weeks_than_are_bounded),
        cmocka_unit_test(test_star_history__what_is_no_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

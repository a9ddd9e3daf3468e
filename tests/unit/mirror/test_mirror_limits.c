/* What the mirror knows of limits, and says in its own answers. */
#include "../unit.h"
#include "mirror/rate_view.h"

#define RESET_S 1790000000LL

static const unsigned char ANN[SCOPE_BYTES] = {1}, BOB[SCOPE_BYTES] = {2};

/* As an answer that left `remaining` of 60, `left_s` seconds before the window ends. */
static struct gh_headers told(int64_t remaining, int64_t left_s)
{
    struct gh_headers h;
    gh_headers_reset(&h);
    h.rate = (struct gh_rate){true, 60, remaining, 60 - remaining, RESET_S, "core"};
    h.date_ms = (RESET_S - left_s) * 1000;
    return h;
}

static const char *remaining_of(struct limits *l, const unsigned char *scope, bool refused)
{
    static struct limits_room room;
    struct fields fields = {.n = 0};
    if (!limits_fields(l, scope, "core", refused, &room, &fields))
        return NULL;
    return fields_get(&fields, "X-RateLimit-Remaining");
}

static void a_used_up_bucket_is_closed_until_its_window_ends(void **state)
{
    (void)state;
    struct limits *l = limits_create();
    struct gh_headers h = told(0, 30);
    assert_null(remaining_of(l, ANN, false));
    limits_note(l, ANN, "core", &h, 0);
    int64_t closed = limits_closed_ms(l, ANN, "core");
    assert_true(closed > 0 && closed <= 30000);
    assert_string_equal(remaining_of(l, ANN, true), "0");
    assert_string_equal(remaining_of(l, ANN, false), "0");
    assert_int_equal(limits_closed_ms(l, BOB, "core"), 0);
    assert_null(remaining_of(l, BOB, false));
    limits_destroy(l);
}

/* The window may end between the refusal and the writing of its headers. A client that reads 429 beside a full bucket does not
 * wait and ask again: it gives up. */
static void a_refusal_says_used_up_though_the_window_has_ended_since(void **state)
{
    (void)state;
    struct limits *l = limits_create();
    struct gh_headers h = told(0, 0);
    limits_note(l, ANN, "core", &h, 0);
    assert_int_equal(limits_closed_ms(l, ANN, "core"), 0);
    assert_string_equal(remaining_of(l, ANN, true), "0");
    assert_string_equal(remaining_of(l, ANN, false), "60"); /* full again, as far as we know */
    limits_note(l, ANN, "core", &h, 900);                   /* the wait of a refusal is rounded up */
    assert_true(limits_closed_ms(l, ANN, "core") > 0);
    assert_string_equal(remaining_of(l, ANN, true), "0");
    limits_destroy(l);
}

static void a_late_answer_gives_nothing_back(void **state)
{
    (void)state;
    struct limits *l = limits_create();
    struct gh_headers newer = told(0, 30), older = told(7, 31);
    limits_note(l, ANN, "core", &newer, 0);
    limits_note(l, ANN, "core", &older, 0);
    assert_string_equal(remaining_of(l, ANN, false), "0");
    assert_true(limits_closed_ms(l, ANN, "core") > 0);
    limits_destroy(l);
}

/* Date is cut to a second: of two answers the one that says the nearer end is the better measure. */
static void the_nearest_end_of_a_window_holds(void **state)
{
    (void)state;
    struct limits *l = limits_create();
    struct gh_headers near = told(1, 29), far = told(0, 30);
    limits_note(l, ANN, "core", &near, 0);
    limits_note(l, ANN, "core", &far, 0);
    int64_t closed = limits_closed_ms(l, ANN, "core");
    assert_true(closed > 0 && closed <= 29000);
    limits_destroy(l);
}

/* A secondary limit closes the bucket, and says nothing of what remains of the primary one. */
static void a_wait_closes_a_bucket_with_units_left(void **state)
{
    (void)state;
    struct limits *l = limits_create();
    struct gh_headers h = told(40, 30);
    limits_note(l, ANN, "core", &h, 60000);
    assert_true(limits_closed_ms(l, ANN, "core") > 30000);
    assert_string_equal(remaining_of(l, ANN, true), "40");
    limits_destroy(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_used_up_bucket_is_closed_until_its_window_ends),
        cmocka_unit_test(a_refusal_says_used_up_though_the_window_has_ended_since),
        cmocka_unit_test(a_late_answer_gives_nothing_back),
        cmocka_unit_test(the_nearest_end_of_a_window_holds),
        cmocka_unit_test(a_wait_closes_a_bucket_with_units_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

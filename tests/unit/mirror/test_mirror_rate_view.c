/* What the mirror knows of limits, and says in its own answers. */
#include "../unit.h"
#include "core/base/clock.h"
#include "mirror/cache/outcome.h"
#include "mirror/upstream/rate_view.h"
#include "mirror/upstream/refusal.h"
#include <stdlib.h>

#define RESET_S 1790000000LL
#define NO_LIMIT                                                                                             \
    (struct closure)                                                                                         \
    {                                                                                                        \
        0                                                                                                    \
    }

static const unsigned char ANN[CREDENTIAL_HASH_BYTES] = {1}, BOB[CREDENTIAL_HASH_BYTES] = {2};

/* As an answer that left `remaining` of 60, `left_s` seconds before the window ends. */
static struct gh_headers told(int64_t remaining, int64_t left_s)
{
    struct gh_headers h;
    gh_headers_reset(&h);
    h.rate = (struct gh_rate){true, 60, remaining, 60 - remaining, RESET_S, "core"};
    h.date_ms = (RESET_S - left_s) * 1000;
    return h;
}

static const char *remaining_of(struct rate_view *l, const unsigned char *credential_hash)
{
    static struct rate_view_room room;
    struct fields fields = {.n = 0};
    if (!rate_view_fields(l, credential_hash, "core", &room, &fields))
        return NULL;
    return fields_get(&fields, "X-RateLimit-Remaining");
}

static void a_used_up_bucket_is_closed_until_its_window_ends(void **state)
{
    (void)state;
    struct rate_view *l = rate_view_create();
    struct gh_headers h = told(0, 30);
    assert_null(remaining_of(l, ANN));
    rate_view_note(l, ANN, "core", &h, 0, NO_LIMIT, true);
    int64_t closed = rate_view_closure(l, ANN, "core").wait_ms;
    assert_true(closed > 0 && closed <= 30000);
    assert_string_equal(remaining_of(l, ANN), "0");
    assert_int_equal(rate_view_closure(l, BOB, "core").wait_ms, 0);
    assert_null(remaining_of(l, BOB));
    rate_view_destroy(l);
}

/* A client that reads of a refusal beside a full bucket does not wait and ask again: it gives up. The reset it is told is never
 * before the mirror asks again, though the window has ended since, or ends before the wait that GitHub asked for. */
static void a_refusal_says_used_up_though_the_window_has_ended_since(void **state)
{
    (void)state;
    struct rate_view *l = rate_view_create();
    struct gh_headers h = told(0, 0);
    rate_view_note(l, ANN, "core", &h, 0, NO_LIMIT, true);
    assert_int_equal(rate_view_closure(l, ANN, "core").wait_ms, 0);
    assert_string_equal(remaining_of(l, ANN), "60"); /* full again, as far as we know */
    rate_view_note(l, ANN, "core", &h, 0, (struct closure){.wait_ms = 9000}, false);
    struct closure closure = rate_view_closure(l, ANN, "core");
    assert_true(closure.wait_ms > 0 && !closure.secondary);
    closure.rate.reset_at_s = 5; /* long ago */
    struct page *page = refusal_page(&closure, "core", false);
    assert_int_equal(page->status, 403);
    assert_string_equal(fields_get(&page->fields, "X-RateLimit-Remaining"), "0");
    assert_true(strtoll(fields_get(&page->fields, "X-RateLimit-Reset"), NULL, 10) >=
                clock_wall_ms() / 1000 + 7);
    page_release(page);
    rate_view_destroy(l);
}

static void a_late_answer_gives_nothing_back(void **state)
{
    (void)state;
    struct rate_view *l = rate_view_create();
    struct gh_headers newer = told(0, 30), older = told(7, 31);
    rate_view_note(l, ANN, "core", &newer, 0, NO_LIMIT, true);
    rate_view_note(l, ANN, "core", &older, 0, NO_LIMIT, true);
    assert_string_equal(remaining_of(l, ANN), "0");
    assert_true(rate_view_closure(l, ANN, "core").wait_ms > 0);
    rate_view_destroy(l);
}

/* Date is cut to a second: of two answers the one that says the nearer end is the better measure. */
static void the_nearest_end_of_a_window_holds(void **state)
{
    (void)state;
    struct rate_view *l = rate_view_create();
    struct gh_headers near = told(1, 29), far = told(0, 30);
    rate_view_note(l, ANN, "core", &near, 0, NO_LIMIT, true);
    rate_view_note(l, ANN, "core", &far, 0, NO_LIMIT, true);
    int64_t closed = rate_view_closure(l, ANN, "core").wait_ms;
    assert_true(closed > 0 && closed <= 29000);
    rate_view_destroy(l);
}

/* A secondary limit closes the bucket, and says nothing of what remains of the primary one. */
static void a_wait_closes_a_bucket_with_units_left(void **state)
{
    (void)state;
    struct rate_view *l = rate_view_create();
    struct gh_headers h = told(40, 30);
    rate_view_note(l, ANN, "core", &h, 0, (struct closure){.wait_ms = 60000, .secondary = true}, false);
    assert_true(rate_view_closure(l, ANN, "core").wait_ms > 30000 &&
                rate_view_closure(l, ANN, "core").secondary);
    assert_string_equal(remaining_of(l, ANN), "40");
    rate_view_destroy(l);
}

static void limited(struct rate_view *l, int64_t limit, int64_t remaining, int64_t wait_ms, bool counts)
{
    struct gh_headers h = told(0, 30);
    h.rate.limit = limit;
    h.rate.remaining = remaining;
    h.rate.used = limit - remaining;
    assert_int_equal(rate_view_note(l, ANN, "core", &h, 0, (struct closure){.wait_ms = wait_ms}, !wait_ms),
                     counts);
}

static void a_raised_limit_opens_the_bucket(void **state)
{
    (void)state;
    struct rate_view *l = rate_view_create();
    limited(l, 60, 0, 30000, true);
    assert_true(rate_view_closure(l, ANN, "core").wait_ms > 0);
    limited(l, 5000, 4939, 0, true);
    assert_int_equal(rate_view_closure(l, ANN, "core").wait_ms, 0);
    assert_string_equal(remaining_of(l, ANN), "4939");
    limited(l, 60, 0, 30000, false); /* a refusal that is late */
    limited(l, 60, 1, 0, true);
    assert_int_equal(rate_view_closure(l, ANN, "core").wait_ms, 0);
    assert_string_equal(remaining_of(l, ANN), "4939");
    limited(l, 5000, 0, 30000, true);
    assert_true(rate_view_closure(l, ANN, "core").wait_ms > 0);
    rate_view_reopen(l, ANN, "core"); /* another process has seen it raised */
    assert_int_equal(rate_view_closure(l, ANN, "core").wait_ms, 0);
    rate_view_destroy(l);
}

static void a_late_refusal_begins_no_row(void **state)
{
    (void)state;
    struct rate_view *l = rate_view_create();
    struct gh_headers h = told(0, 30);
    limited(l, 5000, 4939, 0, true);
    limited(l, 60, 0, 1000, false);
    assert_int_equal(rate_view_limits_before(l, ANN, "core", &h, clock_mono_ms() + 2000, false), 0);
    limited(l, 5000, 0, 1000, true);
    assert_int_equal(rate_view_limits_before(l, ANN, "core", &h, clock_mono_ms() + 2000, false), 1);
    limited(l, 60, 0, 1000, false);
    assert_int_equal(rate_view_limits_before(l, ANN, "core", &h, clock_mono_ms() + 2000, false), 1);
    rate_view_destroy(l);
}

/* By credential and bucket; an answer that is no limit ends the row. */
static void limits_in_a_row_are_counted(void **state)
{
    (void)state;
    struct rate_view *l = rate_view_create();
    struct gh_headers none;
    int64_t now = clock_mono_ms(), after = now + 2000;
    gh_headers_reset(&none);
    for (int secondary = 0; secondary < 2; secondary++) {
        struct closure limit = {.wait_ms = 1000, .secondary = secondary};
        assert_int_equal(rate_view_limits_before(l, ANN, "search", &none, now, secondary), 0);
        rate_view_note(l, ANN, "search", &none, now, limit, false);
        assert_int_equal(rate_view_limits_before(l, ANN, "search", &none, now, secondary), 0);
        assert_int_equal(rate_view_limits_before(l, ANN, "search", &none, after, secondary), 1);
        assert_int_equal(rate_view_limits_before(l, ANN, "search", &none, after, !secondary), 0);
        assert_int_equal(rate_view_limits_before(l, ANN, "core", &none, after, secondary), 0);
        assert_int_equal(rate_view_limits_before(l, BOB, "search", &none, after, secondary), 0);
        rate_view_note(l, ANN, "search", &none, after, NO_LIMIT, false); /* a failure */
        assert_int_equal(rate_view_limits_before(l, ANN, "search", &none, after, secondary), 1);
        rate_view_note(l, ANN, "search", &none, after, NO_LIMIT, true);
        assert_int_equal(rate_view_limits_before(l, ANN, "search", &none, after, secondary), 0);
    }
    struct gh_headers h = told(0, 0); /* the headers name the bucket */
    rate_view_note(l, ANN, "search", &h, now, (struct closure){.wait_ms = 1000}, false);
    assert_int_equal(rate_view_limits_before(l, ANN, "core", &none, after, false), 1);
    assert_int_equal(rate_view_limits_before(l, ANN, "search", &h, after, false), 1);
    rate_view_destroy(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_used_up_bucket_is_closed_until_its_window_ends),
        cmocka_unit_test(a_refusal_says_used_up_though_the_window_has_ended_since),
        cmocka_unit_test(a_late_answer_gives_nothing_back),
        cmocka_unit_test(a_raised_limit_opens_the_bucket),
        cmocka_unit_test(a_late_refusal_begins_no_row),
        cmocka_unit_test(the_nearest_end_of_a_window_holds),
        cmocka_unit_test(a_wait_closes_a_bucket_with_units_left),
        cmocka_unit_test(limits_in_a_row_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

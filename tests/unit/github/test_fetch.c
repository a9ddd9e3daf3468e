#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "github/fetch.h"
#include <stdio.h>

static int n_done;

static void on_done(struct gh_fetch *fetch)
{
    (void)fetch;
    n_done++;
}

/* Has the answer of an earlier request in it, as that of a job has. */
static struct gh_fetch used_fetch(void)
{
    struct gh_fetch fetch = {
        .url = "http://127.0.0.1:9/", .accept = "*/*", .done = on_done, .status = 200, .pause = 0};
    snprintf(fetch.headers.etag, sizeof fetch.headers.etag, "\"old\"");
    return fetch;
}

static void test_fetch__one_that_comes_when_all_has_stopped(void **state)
{
    (void)state;
    struct gh_fetcher *fetcher;
    struct err err;
    struct gh_fetch fetch = used_fetch();
    assert_true(gh_fetcher_start(4, NULL, &fetcher, &err));
    gh_fetcher_stop(fetcher);
    n_done = 0;
    gh_fetcher_submit(fetcher, &fetch);
    gh_fetcher_destroy(fetcher);
    assert_int_equal(n_done, 1);
    assert_int_equal(fetch.status, 0);
    assert_string_equal(fetch.headers.etag, "");
    assert_true(fetch.unsent);
    assert_true(fetch.stopped);
}

/* The credential rests: nothing was sent, and nothing stops. */
static void test_fetch__one_that_may_not_start(void **state)
{
    (void)state;
    struct gh_fetcher *fetcher;
    struct gh_per_minute per_minute = {0};
    struct err err;
    struct gh_fetch fetch = used_fetch();
    fetch.per_minute = &per_minute;
    per_minute.closed_until_ms = clock_mono_ms() + 60000;
    n_done = 0;
    assert_true(gh_fetcher_start(4, NULL, &fetcher, &err));
    gh_fetcher_submit(fetcher, &fetch);
    gh_fetcher_stop(fetcher);
    gh_fetcher_destroy(fetcher);
    assert_int_equal(n_done, 1);
    assert_true(fetch.unsent);
    assert_int_equal(fetch.status, 0);
}

/* It was tried, and counts. */
static void test_fetch__one_that_reaches_nobody(void **state)
{
    (void)state;
    struct gh_fetcher *fetcher;
    struct err err;
    struct gh_fetch fetch = used_fetch();
    struct gh_fetcher_stats stats = {0};
    n_done = 0;
    assert_true(gh_fetcher_start(4, NULL, &fetcher, &err));
    gh_fetcher_submit(fetcher, &fetch);
    while (!stats.requests)
        gh_fetcher_stats(fetcher, &stats);
    gh_fetcher_stop(fetcher);
    gh_fetcher_destroy(fetcher);
    assert_int_equal(n_done, 1);
    assert_false(fetch.unsent);
    assert_false(fetch.stopped);
    assert_int_equal(fetch.status, 0);
    assert_string_not_equal(fetch.error, "");
    buf_finish(&fetch.body);
    buf_finish(&fetch.head);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fetch__one_that_comes_when_all_has_stopped),
        cmocka_unit_test(test_fetch__one_that_may_not_start),
        cmocka_unit_test(test_fetch__one_that_reaches_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

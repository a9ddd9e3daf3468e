#include "tests/unit/unit.h"

#include "core/model/job.h"

static enum job_state after(enum job_state from, enum job_event event)
{
    enum job_state to = JOB_N_STATES;
    if (!job_next_state(from, event, &to))
        fail_msg("%s has no way out by %s", job_state_name(from), job_event_name(event));
    return to;
}

static void test_job__table_rows_are_in_range_and_unique(void **state)
{
    (void)state;
    assert_true(n_job_edges > 0);
    for (size_t i = 0; i < n_job_edges; i++) {
        assert_true(job_edges[i].from < JOB_N_STATES && job_edges[i].to < JOB_N_STATES);
        assert_true(job_edges[i].event < EV_N_EVENTS);
        assert_true(strlen(job_edges[i].why) > 10);
        for (size_t j = 0; j < i; j++)
            assert_false(job_edges[i].from == job_edges[j].from && job_edges[i].event == job_edges[j].event);
    }
}

static void test_job__every_state_is_reachable(void **state)
{
    (void)state;
    bool reached[JOB_N_STATES] = {[JOB_AVAILABLE] = true};
    for (int round = 0; round < JOB_N_STATES; round++)
        for (size_t i = 0; i < n_job_edges; i++)
            if (reached[job_edges[i].from])
                reached[job_edges[i].to] = true;
    for (int i = 0; i < JOB_N_STATES; i++)
        if (!reached[i])
            fail_msg("%s is never reached", job_state_name((enum job_state)i));
}

static void test_job__every_event_is_used(void **state)
{
    (void)state;
    for (int event = 0; event < EV_N_EVENTS; event++) {
        bool used = false;
        for (size_t i = 0; i < n_job_edges; i++)
            used |= (int)job_edges[i].event == event;
        if (!used)
            fail_msg("nothing happens by %s", job_event_name((enum job_event)event));
    }
}

static void test_job__completed_has_no_way_out(void **state)
{
    (void)state;
    for (int event = 0; event < EV_N_EVENTS; event++) {
        enum job_state to = JOB_RUNNING;
        assert_false(job_next_state(JOB_COMPLETED, (enum job_event)event, &to));
        assert_int_equal(to, JOB_RUNNING);
    }
}

static void test_job__only_a_claim_starts_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_job_edges; i++)
        if (job_edges[i].to == JOB_RUNNING)
            assert_true(job_edges[i].from == JOB_AVAILABLE && job_edges[i].event == EV_CLAIM);
}

static void test_job__lost_lease_returns_job(void **state)
{
    (void)state;
    assert_int_equal(after(JOB_RUNNING, EV_LEASE_LOST), JOB_AVAILABLE);
    assert_int_equal(after(JOB_RUNNING, EV_RELEASE), JOB_AVAILABLE);
}

static void test_job__waiting_jobs_become_available(void **state)
{
    (void)state;
    assert_int_equal(after(JOB_RUNNING, EV_RETRY), JOB_SCHEDULED);
    assert_int_equal(after(JOB_RUNNING, EV_NO_QUOTA), JOB_SCHEDULED);
    assert_int_equal(after(JOB_SCHEDULED, EV_DUE), JOB_AVAILABLE);
    enum job_state to;
    assert_false(job_next_state(JOB_SCHEDULED, EV_CLAIM, &to));
    assert_false(job_next_state(JOB_AVAILABLE, EV_FINISH, &to));
}

static void test_job__ends(void **state)
{
    (void)state;
    assert_int_equal(after(JOB_RUNNING, EV_FINISH), JOB_COMPLETED);
    assert_int_equal(after(JOB_RUNNING, EV_GIVE_UP), JOB_FAILED);
    assert_int_equal(after(JOB_FAILED, EV_ASK_AGAIN), JOB_AVAILABLE);
    for (int i = 0; i < JOB_N_STATES; i++) {
        enum job_state from = (enum job_state)i, to;
        /* what is not over can be called off; what is over only by a person comes back */
        assert_int_equal(job_next_state(from, EV_CANCEL, &to), !job_state_is_over(from));
        assert_int_equal(job_next_state(from, EV_ASK_AGAIN, &to),
                         from == JOB_FAILED || from == JOB_CANCELLED);
    }
    assert_true(job_state_is_over(JOB_CANCELLED));
    assert_false(job_state_is_over(JOB_SCHEDULED));
}

static void test_job__names_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < JOB_N_STATES; i++) {
        enum job_state back = JOB_N_STATES;
        assert_true(job_state_parse(slice_of(job_state_name((enum job_state)i)), &back));
        assert_int_equal(back, i);
    }
    for (int i = 0; i < JOB_N_KINDS; i++) {
        enum job_kind back = JOB_N_KINDS;
        assert_true(job_kind_parse(slice_of(job_kind_name((enum job_kind)i)), &back));
        assert_int_equal(back, i);
    }
    enum job_state s = JOB_FAILED;
    enum job_kind k = JOB_NOOP;
    assert_false(job_state_parse(SLICE("Running"), &s));
    assert_false(job_state_parse(SLICE(""), &s));
    assert_false(job_kind_parse(SLICE("noop "), &k));
    assert_false(job_kind_parse((slice){NULL, 0}, &k));
    assert_true(s == JOB_FAILED && k == JOB_NOOP);
}

static void test_job__names_are_the_documented_words(void **state)
{
    (void)state;
    assert_string_equal(job_state_name(JOB_AVAILABLE), "available");
    assert_string_equal(job_state_name(JOB_RUNNING), "running");
    assert_string_equal(job_state_name(JOB_SCHEDULED), "scheduled");
    assert_string_equal(job_state_name(JOB_COMPLETED), "completed");
    assert_string_equal(job_state_name(JOB_FAILED), "failed");
    assert_string_equal(job_state_name(JOB_CANCELLED), "cancelled");
    assert_string_equal(job_event_name(EV_CLAIM), "claim");
    assert_string_equal(job_event_name(EV_GIVE_UP), "give up");
    assert_string_equal(job_event_name(EV_LEASE_LOST), "lease lost");
    assert_string_equal(job_event_name(EV_ASK_AGAIN), "manual retry");
    assert_string_equal(job_kind_name(JOB_HYDRATE_DEVELOPERS), "hydrate_developers");
}

static void test_job__five_kinds_are_tasks(void **state)
{
    (void)state;
    int n = 0;
    for (int i = 0; i < JOB_N_KINDS; i++)
        n += job_kind_is_task((enum job_kind)i);
    assert_int_equal(n, 5);
    assert_string_equal(job_task_name(0), "full_profile_sync");
    assert_string_equal(job_task_name((size_t)n - 1), "census");
    assert_null(job_task_name((size_t)n));
    assert_true(job_kind_is_task(JOB_FULL_PROFILE_SYNC));
    assert_true(job_kind_is_task(JOB_FULL_REPOSITORY_SYNC));
    assert_true(job_kind_is_task(JOB_DISCOVERY_SCRAPER));
    assert_true(job_kind_is_task(JOB_SAMPLE));
    assert_true(job_kind_is_task(JOB_CENSUS));
}

static void test_job__backoff_bounds(void **state)
{
    (void)state;
    int64_t base = 1000;
    for (int attempt = 1; attempt <= 30; attempt++) {
        int64_t lowest = INT64_MAX, highest = 0;
        for (uint64_t r = 0; r < 2000; r++) {
            int64_t ms = job_backoff_ms(attempt, r * UINT64_C(0x9e3779b97f4a7c15));
            lowest = ms < lowest ? ms : lowest;
            highest = ms > highest ? ms : highest;
        }
        assert_in_range(lowest, base * 3 / 4, base * 4 / 5);
        assert_in_range(highest, base * 6 / 5, base * 5 / 4);
        base = base * 2 < 600000 ? base * 2 : 600000;
    }
    assert_in_range(job_backoff_ms(INT32_MAX, UINT64_MAX), 450000, 750000);
    assert_in_range(job_backoff_ms(0, 0), 750, 1250);
    assert_in_range(job_backoff_ms(-5, UINT64_MAX), 750, 1250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_job__table_rows_are_in_range_and_unique),
        cmocka_unit_test(test_job__every_state_is_reachable),
        cmocka_unit_test(test_job__every_event_is_used),
        cmocka_unit_test(test_job__completed_has_no_way_out),
        cmocka_unit_test(test_job__only_a_claim_starts_one),
        cmocka_unit_test(test_job__lost_lease_returns_job),
        cmocka_unit_test(test_job__waiting_jobs_become_available),
        cmocka_unit_test(test_job__ends),
        cmocka_unit_test(test_job__names_read_back),
        cmocka_unit_test(test_job__names_are_the_documented_words),
        cmocka_unit_test(test_job__five_kinds_are_tasks),
        cmocka_unit_test(test_job__backoff_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

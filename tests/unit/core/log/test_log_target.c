#include "tests/unit/unit.h"
#include "tests/unit/with_folder.h"

#include "core/log/target.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

/* Instead of libc's: the deadline of the last wait for a lock, and a pipe that other processes fill when it has just had room. */
static struct timespec lock_until;
static int filled_by_others = -1;

int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
    assert_int_equal(clock, CLOCK_MONOTONIC);
    lock_until = *until;
    return pthread_mutex_lock(mutex);
}

static void fill(int fd)
{
    static const char block[4096];
    while (write(fd, block, sizeof block) > 0)
        continue;
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
    const struct timespec wait = {ms / 1000, ms % 1000 * 1000000L};
    int ready = ppoll(fds, n, ms < 0 ? NULL : &wait, NULL);
    if (filled_by_others >= 0)
        fill(filled_by_others);
    return ready;
}

static char file[64], moved[64];

static int set_up(void **state)
{
    int failed = make_folder(state);
    path_in_folder(file, sizeof file, "log");
    path_in_folder(moved, sizeof moved, "log.1");
    return failed;
}

/* The ends of a pipe that is stderr until put_stderr_back(), and the stderr of before. */
struct pipe_as_stderr {
    int reader, writer, before;
};

static struct pipe_as_stderr pipe_as_stderr(void)
{
    int ends[2], before = dup(STDERR_FILENO);
    assert_true(pipe(ends) == 0 && before >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
    return (struct pipe_as_stderr){ends[0], ends[1], before};
}

/* Leaves the reader open: what was written can be read. */
static void put_stderr_back(const struct pipe_as_stderr *p)
{
    assert_true(dup2(p->before, STDERR_FILENO) >= 0);
    close(p->before);
    close(p->writer);
}

/* One that takes nothing, because it is full. */
static struct pipe_as_stderr stuck_stderr(void)
{
    struct pipe_as_stderr p = pipe_as_stderr();
    assert_int_equal(fcntl(p.writer, F_SETFL, O_NONBLOCK), 0);
    fill(p.writer);
    assert_int_equal(fcntl(p.writer, F_SETFL, 0), 0);
    return p;
}

static void limit_files_to(rlim_t bytes)
{
    const struct rlimit limit = {bytes, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static const char *content(const char *path)
{
    static char text[4096];
    FILE *in = fopen(path, "re");
    size_t n = in ? fread(text, 1, sizeof text - 1, in) : 0;
    if (in)
        fclose(in);
    text[n] = '\0';
    return text;
}

static void test_log_target__other_words_and_paths_are_refused(void **state)
{
    static const struct {
        const char *target, *said;
    } cases[] = {
        {"sylog", "expected stderr, syslog, journald, or the path of a file"},
        {"", "expected stderr, syslog, journald, or the path of a file"},
        {"STDERR", "expected stderr, syslog, journald, or the path of a file"},
        {"/nonexistent/log", "can't append to /nonexistent/log: No such file or directory"},
        {"/tmp/", "can't append to /tmp/: Is a directory"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        assert_false(log_target_open(cases[i].target, &err));
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.text, "LOG_TARGET: "));
        if (!strstr(err.text, cases[i].said))
            fail_msg("%s: %s", cases[i].target, err.text);
    }
    assert_false(log_target_is_system());
}

static void test_log_target__a_file_is_appended_to(void **state)
{
    struct err err = {0};
    (void)state;
    FILE *out = fopen(file, "we");
    assert_non_null(out);
    fputs("before\n", out);
    fclose(out);
    log_setup("x", LOG_INFO, LOG_TEXT);
    assert_true(log_target_open(file, &err));
    assert_true(log_target_write(LOG_INFO, SLICE("one\n"), &err));
    assert_true(log_target_write(LOG_ERROR, SLICE("two\n"), &err));
    assert_string_equal(content(file), "before\none\ntwo\n");
    log_hide("s3cret-value");
    log_info("event", L_STR("k", "a s3cret-value"));
    assert_non_null(strstr(content(file), "event k=\"a ************\"\n"));
    assert_null(strstr(content(file), "s3cret"));
}

/* As log rotation does it: what comes after the move is in a new file of the name. */
static void test_log_target__a_file_that_was_moved_away_is_created_again(void **state)
{
    struct err err = {0};
    (void)state;
    assert_int_equal(rename(file, moved), 0);
    assert_true(log_target_write(LOG_INFO, SLICE("three\n"), &err));
    assert_string_equal(content(file), "three\n");
    assert_null(strstr(content(moved), "three"));
    assert_int_equal(unlink(file), 0);
    assert_true(log_target_write(LOG_INFO, SLICE("four\n"), &err));
    assert_string_equal(content(file), "four\n");
}

/* The file may grow by three bytes only: what it does not take goes to stderr, which is said once, and a part of a line spoils no other. */
static void test_log_target__a_file_that_takes_no_more(void **state)
{
    struct err err = {0};
    (void)state;
    assert_int_equal(unlink(file), 0);
    assert_true(log_target_write(LOG_INFO, SLICE("four\n"), &err));
    char heard[64] = "";
    const struct pipe_as_stderr p = pipe_as_stderr();
    limit_files_to(8);
    bool first = log_target_write(LOG_INFO, SLICE("f\n"), &err),
         second = log_target_write(LOG_INFO, SLICE("five\n"), &err);
    bool third = log_target_write(LOG_INFO, SLICE("six\n"), &(struct err){0});
    limit_files_to(RLIM_INFINITY);
    assert_true(log_target_write(LOG_INFO, SLICE("seven\n"), &(struct err){0}));
    put_stderr_back(&p);
    assert_true(read(p.reader, heard, sizeof heard - 1) > 0);
    close(p.reader);
    assert_string_equal(heard, "five\nsix\n");
    assert_true(first && !second && third);
    assert_non_null(
        strstr(err.text, "takes no more lines, which go to stderr until it does: File too large (ulimit -f"));
    assert_string_equal(content(file), "four\nf\nf\nseven\n");
}

/* Leaves the file without room, after "four\n" and a part of a line. */
static void tear_file(void)
{
    assert_int_equal(unlink(file), 0);
    assert_true(log_target_write(LOG_INFO, SLICE("four\n"), &(struct err){0}));
    limit_files_to(8);
    (void)!log_target_write(LOG_INFO, SLICE("five six\n"), &(struct err){0});
}

static void test_log_target__a_part_of_a_line_spoils_no_other_file(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        struct err err = {0};
        tear_file();
        limit_files_to(RLIM_INFINITY);
        assert_string_equal(content(file), "four\nfiv");
        if (how == 0)
            assert_int_equal(rename(file, moved), 0);
        else if (how == 1)
            assert_int_equal(truncate(file, 0), 0);
        else if (how == 2)
            assert_true(rename(file, moved) == 0 && log_target_reopen(&err));
        else
            assert_true(log_target_reopen(&err)); /* the same file */
        assert_true(log_target_write(LOG_INFO, SLICE("seven\n"), &err));
        assert_string_equal(content(file), how == 3 ? "four\nfiv\nseven\n" : "seven\n");
    }
}

/* Neither the file nor the reader of stderr takes lines: who logs goes on, and hears how many were lost. */
static void test_log_target__nobody_waits_for_stderr(void **state)
{
    const struct pipe_as_stderr p = stuck_stderr();
    (void)state;
    alarm(30); /* ends a test that waits */
    tear_file();
    for (int i = 0; i < 1000; i++)
        (void)!log_target_write(LOG_INFO, SLICE("line\n"), &(struct err){0});
    int64_t meanwhile = log_target_take_lost();
    limit_files_to(RLIM_INFINITY);
    assert_true(log_target_write(LOG_INFO, SLICE("seven\n"), &(struct err){0}));
    alarm(0);
    put_stderr_back(&p);
    close(p.reader);
    assert_int_equal(meanwhile, 0);
    assert_int_equal(log_target_take_lost(), 1001);
    assert_int_equal(log_target_take_lost(), 0);
    assert_string_equal(content(file), "four\nfiv\nseven\n");
}

static int64_t ms_of(const struct timespec *at)
{
    return (int64_t)at->tv_sec * 1000 + at->tv_nsec / 1000000;
}

/* One that is not read is not waited for, but another thread's line is, even then. */
static void test_log_target__a_stuck_stderr_is_not_a_busy_one(void **state)
{
    const struct pipe_as_stderr p = stuck_stderr();
    struct timespec begun;
    (void)state;
    tear_file(); /* the line that finds it stuck */
    clock_gettime(CLOCK_MONOTONIC, &begun);
    (void)!log_target_write(LOG_INFO, SLICE("line\n"), &(struct err){0});
    limit_files_to(RLIM_INFINITY);
    assert_true(log_target_write(LOG_INFO, SLICE("seven\n"), &(struct err){0}));
    put_stderr_back(&p);
    close(p.reader);
    assert_int_equal(log_target_take_lost(), 2);
    assert_true(ms_of(&lock_until) - ms_of(&begun) >= 10);
}

/* Processes that share a pipe as stderr may fill it between our look at it and our line. */
static void test_log_target__a_pipe_that_others_fill_is_not_waited_for(void **state)
{
    const struct pipe_as_stderr p = pipe_as_stderr();
    (void)state;
    filled_by_others = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(filled_by_others >= 0);
    alarm(30); /* ends a test that waits */
    tear_file();
    alarm(0);
    assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0); /* others' writes wait as before */
    close(filled_by_others);
    filled_by_others = -1;
    limit_files_to(RLIM_INFINITY);
    assert_true(log_target_write(LOG_INFO, SLICE("seven\n"), &(struct err){0}));
    put_stderr_back(&p);
    close(p.reader);
    assert_int_equal(log_target_take_lost(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_target__other_words_and_paths_are_refused),
        cmocka_unit_test(test_log_target__a_file_is_appended_to),
        cmocka_unit_test(test_log_target__a_file_that_was_moved_away_is_created_again),
        cmocka_unit_test(test_log_target__a_file_that_takes_no_more),
        cmocka_unit_test(test_log_target__a_part_of_a_line_spoils_no_other_file),
        cmocka_unit_test(test_log_target__nobody_waits_for_stderr),
        cmocka_unit_test(test_log_target__a_stuck_stderr_is_not_a_busy_one),
        cmocka_unit_test(test_log_target__a_pipe_that_others_fill_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, set_up, remove_folder);
}

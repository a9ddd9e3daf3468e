/* Addresses of a running `up`, on file systems with open file description locks and without them. */
#include "tests/unit/unit.h"
#include "tests/unit/with_folder.h"

#include "cli/cluster/addresses.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>

static char file[64], folder_lock[64];
static int no_locks; /* errno of each lock; 0: there are locks */

/* Instead of libc's. */
int fcntl(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    bool locks = command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_OFD_GETLK;
    if (!no_locks || !locks)
        return (int)syscall(SYS_fcntl, fd, command, argument);
    errno = no_locks;
    return -1;
}

static int set_up(void **state)
{
    int failed = make_folder(state);
    path_in_folder(file, sizeof file, "addresses");
    path_in_folder(folder_lock, sizeof folder_lock, "lock");
    return failed;
}

static const struct addresses made = {.pages = "http://127.0.0.1:8000", .demo = "http://127.0.0.1:9"};

/* As `up` holds its data folder. */
static int hold_folder(void)
{
    int fd = open(folder_lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
    return fd;
}

static void assert_published(bool expected)
{
    struct addresses found;
    assert_int_equal(addresses_read(folder, &found), expected);
    assert_string_equal(found.pages, expected ? made.pages : "");
    assert_string_equal(found.demo, expected ? made.demo : "");
}

static void test_addresses__count_as_long_as_their_process_lives(void **state)
{
    static const int without[] = {0, ENOLCK, EINVAL, ENOSYS, EOPNOTSUPP};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(without); i++) {
        struct err err = {0};
        int fd = -1, held = hold_folder();
        no_locks = without[i];
        assert_published(false);
        if (!addresses_publish(folder, &made, &fd, &err))
            fail_msg("%s: %s", strerror(without[i]), err.text);
        assert_published(true);
        close(held);
        close(fd); /* killed: the file stays */
        assert_int_equal(access(file, F_OK), 0);
        assert_published(false);
        held = hold_folder(); /* the next start, which has not published its own yet */
        addresses_remove_stale(folder);
        assert_published(false);
        addresses_remove_stale(folder); /* there is none */
        assert_true(addresses_publish(folder, &made, &fd, &err));
        addresses_withdraw(folder, fd);
        assert_published(false);
        assert_int_not_equal(access(file, F_OK), 0);
        close(held);
    }
    no_locks = 0;
}

/* An error of the disk is not a file system without locks. */
static void test_addresses__another_failure_is_an_error(void **state)
{
    struct err err = {0};
    int fd = -1;
    (void)state;
    no_locks = EIO;
    assert_false(addresses_publish(folder, &made, &fd, &err));
    assert_non_null(strstr(err.text, "addresses"));
    no_locks = 0;
    assert_published(false);
}

static void test_addresses__are_awaited_only_of_a_process_that_holds_the_folder(void **state)
{
    (void)state;
    unlink(folder_lock);
    assert_false(addresses_awaited(folder));
    int held = hold_folder();
    assert_true(addresses_awaited(folder));
    close(held);
    assert_false(addresses_awaited(folder));
    close(hold_folder()); /* having looked holds nothing */
    assert_false(addresses_awaited("/nonexistent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses__count_as_long_as_their_process_lives),
        cmocka_unit_test(test_addresses__another_failure_is_an_error),
        cmocka_unit_test(test_addresses__are_awaited_only_of_a_process_that_holds_the_folder),
    };
    return cmocka_run_group_tests(tests, set_up, remove_folder);
}

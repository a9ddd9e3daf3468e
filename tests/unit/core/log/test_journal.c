#include "tests/unit/unit.h"
#include "tests/unit/with_folder.h"

#include "core/base/clock.h"
#include "core/log/journal.h"
#include <sys/socket.h>
#include <sys/un.h>

static void test_journal__fields(void **state)
{
    static const char lines[] = "A\n\x03\0\0\0\0\0\0\0x\ny\n";
    AUTO_BUF entry = {0};
    (void)state;
    journal_put(&entry, "MESSAGE", SLICE("a=b c"));
    journal_put(&entry, "EMPTY", (slice){NULL, 0});
    assert_slice(buf_slice(&entry), "MESSAGE=a=b c\nEMPTY=\n");
    buf_reset(&entry);
    journal_put(&entry, "A", SLICE("x\ny"));
    assert_int_equal(entry.len, sizeof lines - 1);
    assert_memory_equal(entry.ptr, lines, sizeof lines - 1);
}

static void test_journal__our_names(void **state)
{
    static const struct {
        const char *key, *field;
    } cases[] = {
        {"event", "GITOMATIC_EVENT=v\n"},
        {"again_in_s", "GITOMATIC_AGAIN_IN_S=v\n"},
        {"RATE_LIMIT", "GITOMATIC_RATE_LIMIT=v\n"},
        {"a.b-c d\xc3\xa9", "GITOMATIC_A_B_C_D__=v\n"},
        {"", "GITOMATIC_=v\n"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789",
         "GITOMATIC_012345678901234567890123456789012345678901234567890123=v\n"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF entry = {0};
        assert_true(journal_put_own(&entry, cases[i].key, SLICE("v")));
        assert_slice(buf_slice(&entry), cases[i].field);
    }
}

static void test_journal__a_field_without_room_leaves_the_entry_whole(void **state)
{
    AUTO_BUF entry = {.max = 40};
    (void)state;
    assert_true(journal_put_own(&entry, "a", SLICE("1234")));
    assert_false(journal_put_own(&entry, "b", SLICE("0123456789012345678901234567890123456789")));
    assert_true(journal_put_own(&entry, "c", SLICE("5")));
    assert_slice(buf_slice(&entry), "GITOMATIC_A=1234\nGITOMATIC_C=5\n");
}

/* One that ends and is started again is reached; one that does not read is not waited for. */
static void test_journal__a_service_that_comes_and_goes(void **state)
{
    char got[64];
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct err err = {0};
    (void)state;
    path_in_folder(at.sun_path, sizeof at.sun_path, "socket");
    assert_true(journal_open(at.sun_path, &err));
    assert_false(journal_send(SLICE("A=1\n")));
    for (int times = 0; times < 2; times++) {
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
        assert_true(journal_send(SLICE("A=2\n")));
        assert_int_equal(recv(fd, got, sizeof got, 0), 4);
        assert_memory_equal(got, "A=2\n", 4);
        int sent = 0;
        alarm(60); /* ends a test that waits */
        while (sent < 100000 && journal_send(SLICE("A=3\n")))
            sent++;
        alarm(0);
        assert_true(sent > 0 && sent < 100000);
        close(fd);
        unlink(at.sun_path);
        assert_false(journal_send(SLICE("A=4\n")));
    }
}

static int64_t send_for_ms(bool *sent_out)
{
    int64_t begun = clock_mono_ms();
    *sent_out = journal_send(SLICE("A=1\n"));
    return clock_mono_ms() - begun;
}

/* Each timed wait is compared with another one, of which the kernel must have slept 200 ms. */
static void test_journal__a_service_that_does_not_read_is_waited_for_once(void **state)
{
    char got[64];
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct err err = {0};
    bool sent = true;
    (void)state;
    path_in_folder(at.sun_path, sizeof at.sun_path, "socket");
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_true(journal_open(at.sun_path, &err));
    for (int times = 0; times < 2; times++) {
        int64_t waited = 0, total = 0;
        for (int i = 0; i < 100000 && (waited = send_for_ms(&sent), sent); i++)
            ;
        assert_false(sent);
        assert_true(waited >= 150);
        for (int i = 0; i < 50; i++) {
            total += send_for_ms(&sent);
            assert_false(sent);
        }
        assert_true(total < 50 * 150); /* of 50 waits it would be 10 s */
        while (recv(fd, got, sizeof got, MSG_DONTWAIT) > 0)
            ;
        send_for_ms(&sent);
        assert_true(sent); /* so that the next one is waited for again */
    }
    close(fd);
    unlink(at.sun_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journal__fields),
        cmocka_unit_test(test_journal__our_names),
        cmocka_unit_test(test_journal__a_field_without_room_leaves_the_entry_whole),
        cmocka_unit_test(test_journal__a_service_that_comes_and_goes),
        cmocka_unit_test(test_journal__a_service_that_does_not_read_is_waited_for_once),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

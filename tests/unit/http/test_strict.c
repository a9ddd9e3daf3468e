#include "http/blanks.h"
#include "http/strict.h"
#include "tests/unit/unit.h"

static const struct strict_limits limits = {.head = 400, .target = 100, .fields = 4, .body = 1000};

/* What all of the text comes to when it arrives `piece` bytes at a time: the bytes that passed, and the status. */
static size_t judge(const char *text, size_t len, size_t piece, struct strict *s, size_t *n_units)
{
    size_t passed = 0, at = 0, end = 0, n;
    *s = (struct strict){.limits = &limits};
    *n_units = 0;
    while (end < len) {
        end = end + piece < len ? end + piece : len;
        enum strict_verdict verdict;
        while ((verdict = strict_next(s, text + at, end - at, &n)) != STRICT_MORE &&
               verdict != STRICT_FAULT) {
            assert_true(n > 0 && n <= end - at);
            at += n;
            passed += verdict == STRICT_DROP ? 0 : n;
            (*n_units)++;
        }
        assert_true(verdict == STRICT_FAULT || n == 0); /* nothing of a unit that is not whole */
        if (verdict == STRICT_FAULT)
            break;
    }
    return passed;
}

static void expect(const char *text, int status, size_t passes)
{
    struct strict s;
    size_t units, len = strlen(text);
    for (size_t piece = 1; piece <= len; piece += piece < 8 ? 1 : 37) {
        size_t passed = judge(text, len, piece, &s, &units);
        assert_int_equal(s.status, status);
        assert_int_equal(passed, passes);
    }
    assert_int_equal(judge(text, len, len, &s, &units), passes);
    assert_int_equal(s.status, status);
}

#define HEAD "GET / HTTP/1.1\r\nHost: x\r\n"
#define POST "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

static void test_strict__passes(void **state)
{
    (void)state;
    static const char *const fine[] = {
        HEAD "\r\n",
        HEAD "\r\n" HEAD "\r\n",
        HEAD "Content-Length: 3\r\n\r\nabc" HEAD "\r\n",
        POST "3\r\nabc\r\n0\r\n\r\n" HEAD "\r\n",
        POST "3;a=b;c=\"\\\"\";d\r\nabc\r\n00\r\nX: 1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(fine); i++)
        expect(fine[i], 0, strlen(fine[i]));
    expect("\r\n" HEAD "\r\n", 0, strlen(HEAD "\r\n"));
}

static void test_strict__a_fault_keeps_its_unit_back(void **state)
{
    (void)state;
    expect(HEAD "\r\n" HEAD "X : 1\r\n\r\n", 400, strlen(HEAD "\r\n"));
    expect(POST "3\r\nabcd\r\n0\r\n\r\n", 400, strlen(POST "3\r\nabc"));
    expect(POST "3\r\nabc\r\n0\r\nX : 1\r\n\r\n", 400, strlen(POST "3\r\nabc\r\n"));
    expect(POST "g\r\n", 400, strlen(POST));
}

static void test_strict__limits(void **state)
{
    (void)state;
    char long_target[200];
    memset(long_target, 'a', sizeof long_target);
    memcpy(long_target, "GET /", 5);
    long_target[sizeof long_target - 1] = '\0';
    expect(long_target, 414, 0);
    expect(HEAD "A: 1\r\nB: 1\r\nC: 1\r\n\r\n", 0, strlen(HEAD "A: 1\r\nB: 1\r\nC: 1\r\n\r\n"));
    expect(HEAD "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n", 431, 0);
    expect(HEAD "Content-Length: 1001\r\n\r\n", 413, 0);
    expect(POST "3e9\r\n", 413, strlen(POST));
    expect(POST "3e8\r\n", 0, strlen(POST "3e8\r\n"));
}

static void test_strict__every_byte_of_a_head(void **state)
{
    (void)state;
    static const char head[] = HEAD "X-A: 1\r\n\r\n";
    struct strict s;
    size_t units;
    for (size_t at = 0; at + 1 < sizeof head; at++) {
        char text[sizeof head];
        memcpy(text, head, sizeof head);
        text[at] = '\0';
        judge(text, sizeof head - 1, sizeof head, &s, &units);
        assert_int_equal(s.status, 400);
        text[at] = '\n';
        judge(text, sizeof head - 1, sizeof head, &s, &units);
        assert_true(head[at] == '\n' || s.status == 400);
    }
}

static void test_strict__endings(void **state)
{
    (void)state;
    struct strict s;
    size_t units;
    judge(POST "3\r\nabcd", strlen(POST "3\r\nabcd"), 1, &s, &units);
    assert_slice(strict_ending(&s), "\r\n0\r\n\r\n");
    judge(POST "x\r\n", strlen(POST "x\r\n"), 1, &s, &units);
    assert_slice(strict_ending(&s), "0\r\n\r\n");
    judge(" ", 1, 1, &s, &units);
    assert_true(slice_starts(strict_ending(&s), SLICE("GET / HTTP/1.1\r\n")));
}

static void test_strict__absolute(void **state)
{
    (void)state;
    static const char head[] = "GET http://h:1/p?q HTTP/1.1\r\nHost: x\r\n\r\n";
    struct strict s = {.limits = &limits};
    size_t n;
    assert_int_equal(strict_next(&s, head, sizeof head - 1, &n), STRICT_ABSOLUTE);
    assert_slice(s.authority, "h:1");
    assert_int_equal(n, sizeof head - 1);
}

static void test_strict__blanks_after_a_value_are_moved_in_front(void **state)
{
    (void)state;
    static const char *const heads[][2] = {
        {HEAD "A: b\r\n\r\n", NULL},
        {HEAD "A:\t b \t c\r\nB:\r\n\r\n", NULL},
        {HEAD "A: \t\r\n\r\n", NULL},
        {HEAD "A: b \r\nC:d\r\n\r\n", HEAD "A:  b\r\nC:d\r\n\r\n"},
        {HEAD "A:b\t \r\nC:\r\n\r\n", HEAD "A:  b\r\nC:\r\n\r\n"},
        {HEAD "A: \tb:c d\t \t\r\n\r\n", HEAD "A:    \tb:c d\r\n\r\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        const char *want = heads[i][1] ? heads[i][1] : heads[i][0];
        struct strict s = {.limits = &limits};
        size_t n, len = strlen(heads[i][0]);
        char head[200];
        memcpy(head, heads[i][0], len + 1);
        assert_int_equal(strict_next(&s, head, len, &n), STRICT_PASS);
        assert_true(s.blanks == (heads[i][1] != NULL));
        if (s.blanks)
            blanks_move(head, len);
        assert_string_equal(head, want);
        s = (struct strict){.limits = &limits};
        assert_int_equal(strict_next(&s, head, len, &n), STRICT_PASS);
        assert_false(s.blanks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strict__passes),
        cmocka_unit_test(test_strict__a_fault_keeps_its_unit_back),
        cmocka_unit_test(test_strict__limits),
        cmocka_unit_test(test_strict__every_byte_of_a_head),
        cmocka_unit_test(test_strict__endings),
        cmocka_unit_test(test_strict__absolute),
        cmocka_unit_test(test_strict__blanks_after_a_value_are_moved_in_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "http/strict.h"
#include "tests/unit/unit.h"

static const struct strict_limits limits = {.head = 1000, .target = 100, .fields = 8, .body = 50};

#define HOST  "Host: a\r\n"
#define HEAD  "POST / HTTP/1.1\r\n" HOST
#define CHUNK HEAD "Transfer-Encoding: chunked\r\n\r\n"

/* The status the stream is refused with, 0 where it is not; it comes in pieces of so many bytes. */
static int judge(slice stream, size_t piece)
{
    struct strict s = {.limits = &limits};
    size_t from = 0, to = 0, n;
    while (from < stream.len) {
        if (to < stream.len)
            to = to + piece < stream.len ? to + piece : stream.len;
        for (;;) {
            enum strict_verdict verdict = strict_next(&s, stream.ptr + from, to - from, &n);
            if (verdict == STRICT_FAULT)
                return s.status;
            if (verdict == STRICT_MORE)
                break;
            from += n;
        }
        if (to == stream.len)
            break;
    }
    return 0;
}

static void check(int status, const char *const *streams, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        slice stream = slice_of(streams[i]);
        for (size_t piece = 1; piece <= stream.len; piece++)
            if (judge(stream, piece) != status)
                fail_msg("in pieces of %zu: %d instead of %d: %s", piece, judge(stream, piece), status,
                         streams[i]);
    }
}

static void test_strict__requests_that_all_read_alike(void **state)
{
    static const char *const good[] = {
        "GET / HTTP/1.1\r\n" HOST "\r\n",
        "\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        HEAD "Content-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n" HOST "\r\n",
        CHUNK "3\r\nabc\r\n0\r\n\r\n",
        CHUNK "A\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
        HEAD "Content-Length: 0\r\nX-Empty:\r\n\r\n",
    };
    (void)state;
    check(0, good, ARRAY_LEN(good));
}

static void test_strict__requests_that_two_may_read_differently(void **state)
{
    static const char *const bad[] = {
        HEAD "Content-Length : 3\r\n\r\nabc",
        HEAD "Content-Length\t: 3\r\n\r\nabc",
        HEAD " Content-Length: 3\r\n\r\nabc",
        HEAD "X: a\r\n folded\r\n\r\n",
        HEAD "X: a\rb\r\n\r\n",
        HEAD "X: a\nY: b\r\n\r\n",
        HEAD "X: a\x01\r\n\r\n",
        HEAD "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        HEAD "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        HEAD "Content-Length: +3\r\n\r\nabc",
        HEAD "Content-Length: 3,4\r\n\r\nabc",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST HOST "\r\n",
        "GE\"T / HTTP/1.1\r\n" HOST "\r\n",
        CHUNK "3\nabc\r\n0\r\n\r\n",
        CHUNK "x\r\nabc\r\n0\r\n\r\n",
        CHUNK "-3\r\nabc\r\n0\r\n\r\n",
        CHUNK "3\r\nabcd\r\n0\r\n\r\n",
    };
    (void)state;
    check(400, bad, ARRAY_LEN(bad));
}

static void test_strict__what_goes_over_a_limit(void **state)
{
    static const char *const large[] = {HEAD "Content-Length: 51\r\n\r\n", CHUNK "33\r\n"};
    static const char *const many[] = {
        HEAD "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\nF: 1\r\nG: 1\r\nH: 1\r\n\r\n"};
    static const char *const codings[] = {HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n",
                                          HEAD "Transfer-Encoding: identity\r\n\r\n"};
    (void)state;
    check(413, large, ARRAY_LEN(large));
    check(431, many, ARRAY_LEN(many));
    check(501, codings, ARRAY_LEN(codings));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strict__requests_that_all_read_alike),
        cmocka_unit_test(test_strict__requests_that_two_may_read_differently),
        cmocka_unit_test(test_strict__what_goes_over_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "github/framing.h"
#include "tests/unit/unit.h"
#include <stdio.h>

/* Whether an answer of these lines may be used; each line ends in CRLF. */
static bool good(const char *lines)
{
    struct gh_framing f = {0};
    slice rest = slice_of(lines), line;
    while (slice_split(&rest, '\n', &line)) {
        char copy[200];
        int n = snprintf(copy, sizeof copy, "%.*s\r\n", SLICE_ARG(line));
        if (!gh_framing_line(&f, slice_from(copy, (size_t)n)))
            return false;
    }
    return true;
}

static void test_framing__usual_answers(void **state)
{
    static const char *const ok[] = {
        "HTTP/1.1 200 OK\nContent-Length: 3\nX-Empty:\nX-Tab: a\tb\nX-Bytes: \xc3\xa9",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked",
        "HTTP/1.1 200\nTransfer-Encoding: Chunked",
        "HTTP/2 200 \ncontent-length: 3",
        "HTTP/1.0 304 Not Modified",
        "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Length: 1",
        "HTTP/1.1 200 OK\nContent-Length: 3\nContent-Length: 3",
        "HTTP/1.1 200 OK\nContent-Length: 3, 3",
        "HTTP/1.1 599 Odd\nContent-Length: 0",
        "HTTP/1.1 204 No Content\nContent-Length: 0\n",
        "HTTP/1.1 205 Reset Content\nTransfer-Encoding: chunked\n",
        "HTTP/1.1 304 Not Modified\nContent-Length: 13\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nX-Trailer: 1\n",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ok); i++)
        if (!good(ok[i]))
            fail_msg("refused: %s", ok[i]);
}

static void test_framing__what_two_readers_read_differently(void **state)
{
    static const char *const bad[] = {
        "HTTP/1.1 200 OK\nContent-Length: 3\nTransfer-Encoding: chunked",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Length: 3",
        "HTTP/1.1 200 OK\nContent-Length: 3\nContent-Length: 4",
        "HTTP/1.1 200 OK\nContent-Length: 3, 4",
        "HTTP/1.1 204 No Content\nContent-Length: 3\n",
        "HTTP/1.1 204 No Content\nTransfer-Encoding: chunked\n",
        "HTTP/1.1 205 Reset Content\nContent-Length: 3\n",
        "HTTP/1.1 103 Early Hints\nContent-Length: 3\n\nHTTP/1.1 200 OK\n",
        "HTTP/1.1 100 Continue\nTransfer-Encoding: chunked\n\nHTTP/1.1 200 OK\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nHTTP/1.1 200 OK\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nContent-Length: 3\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nX: a\x01\n",
        "HTTP/1.1 200 OK\nContent-Length: +3",
        "HTTP/1.1 200 OK\nContent-Length: -3",
        "HTTP/1.1 200 OK\nContent-Length: 0x3",
        "HTTP/1.1 200 OK\nContent-Length:",
        "HTTP/1.1 200 OK\nContent-Length: 99999999999999999999",
        "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked",
        "HTTP/1.1 200 OK\nTransfer-Encoding: identity",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked",
        "HTTP/1.0 200 OK\nTransfer-Encoding: chunked",
        "HTTP/1.1 200 OK\nContent-Length : 3",
        "HTTP/1.1 200 OK\n Content-Length: 3",
        "HTTP/1.1 200 OK\nX: a\n folded",
        "HTTP/1.1 200 OK\nX: a\rb",
        "HTTP/1.1 200 OK\nX: a\x01",
        "HTTP/1.1 200 OK\nno field",
        "HTTP/1.1 200 OK\n: no name",
        "HTTP/1.1 200 OK\nX\x7f: a",
        "HTTP/1.1 099 Odd",
        "HTTP/1.1 600 Odd",
        "HTTP/1.1 999 Odd",
        "HTTP/1.1 20 Odd",
        "HTTP/1.1 2000 Odd",
        "HTTP/1.1  200 OK",
        "HTTP/9.9 200 OK",
        "HTTP/0.9 200 OK",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (good(bad[i]))
            fail_msg("taken: %s", bad[i]);
    struct gh_framing f = {0};
    assert_true(gh_framing_line(&f, SLICE("HTTP/1.1 200 OK\r\n")));
    assert_false(gh_framing_line(&f, SLICE("X: a\0b\r\n")));
}

static void test_framing__where_the_head_ends(void **state)
{
    (void)state;
    struct gh_framing f = {0};
    assert_true(gh_framing_line(&f, SLICE("HTTP/1.1 100 Continue\r\n")) && !f.head_ended);
    assert_true(gh_framing_line(&f, SLICE("\r\n")) && f.head_ended);
    assert_true(gh_framing_line(&f, SLICE("HTTP/1.1 304 Not Modified\r\n")) && !f.head_ended);
    assert_true(gh_framing_line(&f, SLICE("ETag: \"a\"\r\n")) && !f.head_ended);
    assert_true(gh_framing_line(&f, SLICE("\r\n")) && f.head_ended && !f.trailer);
    assert_true(gh_framing_line(&f, SLICE("X-Trailer: 1\r\n")) && f.head_ended && f.trailer);
}

/* Whether a body in chunks is accepted, in one piece and byte by byte. */
static bool good_body(const char *text, size_t len)
{
    struct gh_framing whole = {.chunked = true}, pieces = {.chunked = true};
    bool good = gh_framing_body(&whole, slice_from(text, len));
    for (size_t i = 0; i < len; i++)
        if (!gh_framing_body(&pieces, slice_from(text + i, 1)))
            break;
    assert_int_equal(good, !pieces.broken);
    return good;
}

static void test_framing__chunks(void **state)
{
    static const char *const ok[] = {"0\r\n\r\n",
                                     "0\r\nX: y\r\nZ:\r\n\r\nHTTP/1.1 200 OK\n",
                                     "3\r\nabc\r\n0\r\n\r\n",
                                     "003\r\nabc\r\n00\r\n\r\n",
                                     "3;a;b=c;d=\"e;\\\"f\"\r\nabc\r\n0;x\r\nX: y\r\n\r\n",
                                     "A\r\n0123\r\n\r\n78\r\na\r\n0123456789\r\n0\r\n\r\n"};
    static const char *const bad[] = {"3x\r\nabc\r\n",
                                      "3 \r\nabc\r\n",
                                      "3\t\r\nabc\r\n",
                                      " 3\r\nabc\r\n",
                                      "+3\r\nabc\r\n",
                                      "-3\r\nabc\r\n",
                                      "0x3\r\nabc\r\n",
                                      "3 4\r\nabc\r\n",
                                      "3,4\r\nabc\r\n",
                                      "3_0\r\nabc\r\n",
                                      "3\nabc\n0\n\n",
                                      "3\r\nabc\n0\r\n",
                                      "3\r\nabcd\r\n",
                                      "3\r\nabc\r0\r\n",
                                      "\r\n3\r\nabc\r\n",
                                      ";3\r\nabc\r\n",
                                      "3;\r\nabc\r\n",
                                      "3;a=\r\nabc",
                                      "3;a=\"b\r\nabc\r\n",
                                      "3;a\rb\r\nabc\r\n",
                                      "3;a\x01\r\nabc\r\n",
                                      "0x\r\n\r\n",
                                      "0 \r\n\r\n",
                                      "3.0\r\nabc\r\n",
                                      "0000000000000003\r\nabc\r\n",
                                      "1000000000000000d\r\nabc\r\n",
                                      "0\r\nX: y\n\r\n",
                                      "0\r\nX: y\r\n\n",
                                      "0\r\nX: a\rb\r\n\r\n",
                                      "0\r\n\n"};
    char longest[400];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ok); i++)
        if (!good_body(ok[i], strlen(ok[i])))
            fail_msg("refused: %s", ok[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (good_body(bad[i], strlen(bad[i])))
            fail_msg("accepted: %s", bad[i]);
    assert_false(good_body("3\0\r\nabc\r\n", 9));
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "3;", 2);
    assert_false(good_body(longest, sizeof longest));
    struct gh_framing other = {.has_length = true};
    assert_true(gh_framing_body(&other, SLICE("zz")));
}

static void test_framing__a_bare_lf_ends_no_line(void **state)
{
    struct gh_framing f = {0}, http2 = {0}, http1 = {.only_http1 = true};
    (void)state;
    assert_true(gh_framing_line(&f, SLICE("HTTP/1.1 200 OK\r\n")));
    assert_false(gh_framing_line(&f, SLICE("Content-Length: 3\n")));
    assert_false(gh_framing_line(&f, SLICE("\n")));
    assert_true(gh_framing_line(&http2, SLICE("HTTP/2 200 \r\n")));
    assert_false(gh_framing_line(&http2, SLICE("Transfer-Encoding: chunked\r\n")));
    assert_false(gh_framing_line(&http1, SLICE("HTTP/2 200 \r\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framing__chunks),
        cmocka_unit_test(test_framing__a_bare_lf_ends_no_line),
        cmocka_unit_test(test_framing__usual_answers),
        cmocka_unit_test(test_framing__what_two_readers_read_differently),
        cmocka_unit_test(test_framing__where_the_head_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "http/encoding.h"
#include "http/etag.h"
#include <brotli/decode.h>
#include <zlib.h>

static void test_encoding__choice(void **state)
{
    static const struct {
        const char *accept;
        enum encoding best;
        bool ok, identity, gzip;
    } cases[] = {
        {NULL, ENCODING_IDENTITY, true, true, false},
        {"", ENCODING_IDENTITY, true, true, false},
        {"gzip", ENCODING_GZIP, true, true, true},
        {"deflate, gzip;q=0.5", ENCODING_GZIP, true, true, true},
        {"br;q=1.0, *;q=0.1", ENCODING_BROTLI, true, true, true},
        {"*;q=0, gzip", ENCODING_GZIP, true, false, true},
        {"*", ENCODING_BROTLI, true, true, true},
        {"identity", ENCODING_IDENTITY, true, true, false},
        {"gzip;q=0", ENCODING_IDENTITY, true, true, false},
        {"*;q=0", ENCODING_IDENTITY, false, false, false},
        {"gzipped", ENCODING_IDENTITY, true, true, false},
        {"gzip;q=0, *", ENCODING_BROTLI, true, true, false},
        {"gzip;q=0.8, br;q=0.799", ENCODING_GZIP, true, true, true},
        {"gzip;q=0.5, identity;q=0.6", ENCODING_IDENTITY, true, true, true},
        {"identity;q=0", ENCODING_IDENTITY, false, false, false},
        {"gzip;q=1.001", ENCODING_IDENTITY, true, true, false},
        {"gzip;q=", ENCODING_IDENTITY, true, true, false},
        {"gzip;level=9;q=0.5", ENCODING_GZIP, true, true, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct encodings got;
        assert_int_equal(encoding_choose(slice_of(cases[i].accept), &got), cases[i].ok);
        assert_int_equal(got.best, cases[i].best);
        assert_int_equal(got.identity, cases[i].identity);
        assert_int_equal(got.gzip, cases[i].gzip);
    }
}

static void fill(struct buf *body, size_t bytes)
{
    buf_init(body, 8u << 20);
    for (size_t i = 0; body->len < bytes; i++)
        buf_printf(body, "\"http://localhost/%zu/\",", i * 7919);
    body->len = bytes;
}

static void check_round_trip(enum encoding encoding, size_t bytes)
{
    struct buf body;
    fill(&body, bytes);
    char *plain = malloc(bytes + 1), *back = malloc(bytes + 1);
    if (bytes)
        memcpy(plain, body.ptr, bytes);
    assert_true(encoding_apply(encoding, &body));
    size_t n = bytes + 1;
    if (encoding == ENCODING_BROTLI) {
        assert_int_equal(BrotliDecoderDecompress(body.len, (const uint8_t *)body.ptr, &n, (uint8_t *)back),
                         BROTLI_DECODER_RESULT_SUCCESS);
    } else {
        z_stream z = {.next_in = (Bytef *)body.ptr,
                      .avail_in = (uInt)body.len,
                      .next_out = (Bytef *)back,
                      .avail_out = (uInt)n};
        assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        n = z.total_out;
        inflateEnd(&z);
    }
    assert_int_equal(n, bytes);
    assert_memory_equal(plain, back, bytes);
    free(plain);
    free(back);
    buf_finish(&body);
}

static void test_encoding__round_trip(void **state)
{
    static const size_t sizes[] = {0, 1, 1000, 65536, 3000000};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        check_round_trip(ENCODING_GZIP, sizes[i]);
        check_round_trip(ENCODING_BROTLI, sizes[i]);
    }
}

static void test_etag__form(void **state)
{
    char a[ETAG_SIZE], b[ETAG_SIZE];
    (void)state;
    assert_int_equal(strlen(etag_of(SLICE("x"), ENCODING_IDENTITY, a)), 34);
    assert_string_equal(a, etag_of(SLICE("x"), ENCODING_IDENTITY, b));
    assert_string_not_equal(a, etag_of(SLICE("y"), ENCODING_IDENTITY, b));
    assert_string_not_equal(a, etag_of(SLICE("x"), ENCODING_GZIP, b));
    assert_string_equal(b + 33, "-gzip\"");
    assert_string_equal(etag_of(SLICE("x"), ENCODING_BROTLI, b) + 33, "-br\"");
    assert_int_equal(etag_of(SLICE(""), ENCODING_IDENTITY, a)[0], '"');
}

static void test_etag__named(void **state)
{
    static const char *const yes[] = {"\"t\"",          "*",           " * ",
                                      "W/\"t\"",        "\"a\",\"t\"", "\"a\" , W/\"t\"",
                                      "\"a,b\", \"t\"", ",,\"t\",,",   "\"t\", junk"};
    static const char *const no[] = {NULL,    "",      "t",        "\"t",         "t\"",
                                     "\"T\"", "\"a\"", "w/\"t\"",  "junk, \"t\"", "W/",
                                     "\"",    "**",    "\"x\" \"", "W/W/\"t\""};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        assert_true(etag_is_named(slice_of(yes[i]), SLICE("\"t\"")));
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        assert_false(etag_is_named(slice_of(no[i]), SLICE("\"t\"")));
}

static void test_etag__opaque(void **state)
{
    (void)state;
    assert_true(etag_is_named(SLICE("\"a\""), etag_opaque(SLICE("W/\"a\""))));
    assert_true(etag_is_named(SLICE("W/\"a\""), etag_opaque(SLICE(" \"a\" "))));
    assert_true(etag_is_named(SLICE("*"), etag_opaque(slice_of(NULL))));
    assert_false(etag_is_named(SLICE("\"a\""), etag_opaque(slice_of(NULL))));
}

static void test_encoding__gzip_or_not(void **state)
{
    static const char *const yes[] = {"gzip", "deflate, gzip;q=0.5", "*", "br, *;q=0.1", "GZIP", "x-gzip"};
    static const char *const no[] = {"identity", "gzip;q=0", "gzip; q=0.000, br", "br", "*;q=0", ""};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        assert_true(encoding_takes_gzip(yes[i]));
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        assert_false(encoding_takes_gzip(no[i]));
    assert_false(encoding_takes_gzip(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_etag__opaque),     cmocka_unit_test(test_encoding__gzip_or_not),
        cmocka_unit_test(test_encoding__choice), cmocka_unit_test(test_encoding__round_trip),
        cmocka_unit_test(test_etag__form),       cmocka_unit_test(test_etag__named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

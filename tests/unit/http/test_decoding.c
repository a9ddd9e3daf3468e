#include "core/base/gzip.h"
#include "http/decoding.h"
#include "http/encoding.h"
#include "tests/unit/unit.h"

static void names(void **state)
{
    (void)state;
    assert_int_equal(coding_of(NULL), CODING_NONE);
    assert_int_equal(coding_of(""), CODING_NONE);
    assert_int_equal(coding_of("Identity"), CODING_NONE);
    assert_int_equal(coding_of("GZIP"), CODING_GZIP);
    assert_int_equal(coding_of(" x-gzip "), CODING_GZIP);
    assert_int_equal(coding_of("deflate"), CODING_DEFLATE);
    assert_int_equal(coding_of("br"), CODING_BROTLI);
    assert_int_equal(coding_of("zstd"), CODING_UNKNOWN);
    assert_int_equal(coding_of("gzip, br"), CODING_UNKNOWN);
    assert_int_equal(coding_of("gzip, br, deflate"), CODING_UNKNOWN);
    assert_int_equal(coding_of(" , ,"), CODING_NONE);
    assert_int_equal(coding_of(",gzip,"), CODING_GZIP);
    assert_int_equal(coding_of("identity, br"), CODING_BROTLI);
    assert_int_equal(coding_of("gzip br"), CODING_UNKNOWN);
    assert_string_equal(coding_name(CODING_GZIP), "gzip");
    assert_string_equal(coding_name(CODING_UNKNOWN), "");
}

static void pack(enum encoding encoding, const char *text, struct buf *out)
{
    buf_init(out, 1u << 20);
    buf_puts(out, text);
    assert_true(encoding_apply(encoding, out));
}

/* Complete; then every prefix of it, trailing bytes, and too little room. */
static void check(enum coding coding, slice packed, const char *text)
{
    struct buf plain;
    char longer[4096];
    buf_init(&plain, 1u << 20);
    assert_true(coding_decode(coding, packed, &plain));
    assert_slice(buf_slice(&plain), text);
    for (size_t n = 0; n < packed.len; n++) {
        buf_reset(&plain);
        assert_false(coding_decode(coding, slice_from(packed.ptr, n), &plain));
    }
    assert_true(packed.len + 1 < sizeof longer);
    memcpy(longer, packed.ptr, packed.len);
    longer[packed.len] = 'x';
    buf_reset(&plain);
    assert_false(coding_decode(coding, slice_from(longer, packed.len + 1), &plain));
    buf_finish(&plain);
    buf_init(&plain, 10);
    assert_false(coding_decode(coding, packed, &plain));
    assert_true(plain.len <= 10);
    buf_finish(&plain);
}

static void to_the_end_and_no_further(void **state)
{
    static const char text[] =
        "[{\"login\":\"ada\"},{\"login\":\"ada\"},{\"login\":\"ada\"},{\"login\":\"zoe\"}]";
    static const unsigned char zlib[] = {0x78, 0x9c, 0x4b, 0x4c, 0x4a, 0x4e, 0x49, 0x4d, 0x4b, 0xcf, 0xc8,
                                         0xcc, 0xca, 0xce, 0xc9, 0x05, 0x00, 0x23, 0xf4, 0x05, 0x3c};
    struct buf packed;
    (void)state;
    pack(ENCODING_GZIP, text, &packed);
    check(CODING_GZIP, buf_slice(&packed), text);
    buf_finish(&packed);
    pack(ENCODING_BROTLI, text, &packed);
    check(CODING_BROTLI, buf_slice(&packed), text);
    buf_finish(&packed);
    check(CODING_DEFLATE, slice_from((const char *)zlib, sizeof zlib), "abcdefghijklm");
    buf_init(&packed, 100);
    assert_false(coding_decode(CODING_UNKNOWN, SLICE("x"), &packed));
    buf_reset(&packed);
    assert_true(coding_decode(CODING_NONE, SLICE("x"), &packed));
    buf_finish(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(to_the_end_and_no_further)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

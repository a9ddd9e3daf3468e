#include "tests/unit/unit.h"

#include "http/etag.h"

static void test_etag__is_named(void **state)
{
    static const struct {
        const char *list;
        bool named;
    } cases[] = {
        {"\"a\"", true},
        {"W/\"a\"", true},
        {"*", true},
        {" * ", true},
        {"\"b\", \"a\"", true},
        {"\"b\",\"a\"", true},
        {"\"b\" \t , ,W/\"a\" ", true},
        {"\"x,\", \"a\"", true}, /* a comma inside a tag */
        {"", false},
        {"a", false},
        {"\"b\"", false},
        {"\"A\"", false},
        {"\"a", false},
        {"\"a\"\"", true},
        {"\"x\", a", false},
        {"\",\"a\"", false}, /* a tag `,` and then no tag */
        {"w/\"a\"", false},  /* the mark is upper-case (RFC 9110, 8.8.3) */
        {"*, \"b\"", false},
        {"xa\", \"a\"", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (etag_is_named(slice_of(cases[i].list), SLICE("\"a\"")) != cases[i].named)
            fail_msg("%s", cases[i].list);
    assert_false(etag_is_named((slice){NULL, 0}, SLICE("\"a\"")));
    assert_true(etag_is_named(SLICE("*"), (slice){NULL, 0}));
    assert_false(etag_is_named(SLICE("\"a\""), (slice){NULL, 0}));
}

static void test_etag__is_matched(void **state)
{
    (void)state;
    assert_true(etag_is_matched(SLICE("\"a\""), SLICE("\"a\"")));
    assert_true(etag_is_matched(SLICE("W/\"a\", \"x\", \"a\""), SLICE("\"a\"")));
    assert_true(etag_is_matched(SLICE(" * "), SLICE("\"a\"")));
    assert_false(etag_is_matched(SLICE("W/\"a\""), SLICE("\"a\"")));
    assert_false(etag_is_matched(SLICE("\"x\",W/\"a\",\"y\""), SLICE("\"a\"")));
    assert_false(etag_is_matched(SLICE(""), SLICE("\"a\"")));
    assert_false(etag_is_matched((slice){NULL, 0}, SLICE("\"a\"")));
}

static void test_etag__opaque(void **state)
{
    (void)state;
    assert_slice(etag_opaque(SLICE(" W/\"a\" ")), "\"a\"");
    assert_slice(etag_opaque(SLICE("w/\"a\"")), "\"a\"");
    assert_slice(etag_opaque(SLICE("\"W/a\"")), "\"W/a\"");
    assert_slice(etag_opaque((slice){NULL, 0}), "");
}

static void test_etag__differs_by_bytes_and_coding(void **state)
{
    char plain[ETAG_SIZE], other[ETAG_SIZE], gzip[ETAG_SIZE], brotli[ETAG_SIZE], empty[ETAG_SIZE];
    (void)state;
    etag_of(SLICE("body"), ENCODING_IDENTITY, plain);
    etag_of(SLICE("bodY"), ENCODING_IDENTITY, other);
    etag_of(SLICE("body"), ENCODING_GZIP, gzip);
    etag_of(SLICE("body"), ENCODING_BROTLI, brotli);
    etag_of((slice){NULL, 0}, ENCODING_IDENTITY, empty);
    assert_int_equal(strlen(plain), 34);
    assert_string_not_equal(plain, other);
    assert_string_not_equal(plain, gzip);
    assert_string_not_equal(gzip, brotli);
    assert_string_not_equal(plain, empty);
    assert_memory_equal(plain, gzip, 33); /* the same body */
    assert_string_equal(gzip + 33, "-gzip\"");
    /* Clients keep tags over a restart and a new version. */
    assert_string_equal(empty, "\"99aa06d3014798d86001c324468d497f\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_etag__is_named),
        cmocka_unit_test(test_etag__is_matched),
        cmocka_unit_test(test_etag__opaque),
        cmocka_unit_test(test_etag__differs_by_bytes_and_coding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

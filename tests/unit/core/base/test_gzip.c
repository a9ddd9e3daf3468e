#include "core/base/gzip.h"
#include "tests/unit/unit.h"

static void decoded_is_what_was_encoded(void **state)
{
    struct buf packed, plain, text;
    (void)state;
    buf_init(&text, 0);
    for (int i = 0; i < 20000; i++)
        buf_printf(&text, "{\"id\":%d},", i);
    buf_init(&packed, 0);
    buf_init(&plain, 1024 * 1024);
    assert_true(gzip_encode(buf_slice(&text), &packed));
    assert_true(packed.len < text.len / 3);
    assert_true(gzip_decode(buf_slice(&packed), &plain));
    assert_int_equal(plain.len, text.len);
    assert_memory_equal(plain.ptr, text.ptr, text.len);
    buf_finish(&packed);
    buf_finish(&plain);
    buf_finish(&text);
}

static void an_empty_body(void **state)
{
    struct buf packed, plain;
    (void)state;
    buf_init(&packed, 0);
    buf_init(&plain, 100);
    assert_true(gzip_encode(SLICE(""), &packed));
    assert_true(gzip_decode(buf_slice(&packed), &plain));
    assert_int_equal(plain.len, 0);
    buf_finish(&packed);
    buf_finish(&plain);
}

static void a_bomb_stops_at_the_bound(void **state)
{
    struct buf zeros, packed, plain;
    (void)state;
    buf_init(&zeros, 0);
    assert_true(buf_reserve(&zeros, 4000000));
    memset(zeros.ptr, 0, 4000000);
    zeros.len = 4000000;
    buf_init(&packed, 0);
    buf_init(&plain, 100000);
    assert_true(gzip_encode(buf_slice(&zeros), &packed));
    assert_false(gzip_decode(buf_slice(&packed), &plain));
    assert_true(plain.len <= 100000);
    buf_finish(&zeros);
    buf_finish(&packed);
    buf_finish(&plain);
}

static void what_is_cut_or_no_gzip_is_refused(void **state)
{
    struct buf packed, plain;
    (void)state;
    buf_init(&packed, 0);
    assert_true(gzip_encode(SLICE("a body that is long enough to be cut somewhere"), &packed));
    for (size_t n = 0; n < packed.len; n++) {
        buf_init(&plain, 1000);
        assert_false(gzip_decode(slice_from(packed.ptr, n), &plain));
        buf_finish(&plain);
    }
    buf_putc(&packed, 'x'); /* data after the end */
    buf_init(&plain, 1000);
    assert_false(gzip_decode(buf_slice(&packed), &plain));
    buf_finish(&plain);
    buf_init(&plain, 1000);
    assert_false(gzip_decode(SLICE("{\"plain\": 1}"), &plain));
    buf_finish(&plain);
    buf_finish(&packed);
}

static void members_are_one_body(void **state)
{
    struct buf packed, plain;
    (void)state;
    buf_init(&packed, 0);
    buf_init(&plain, 100);
    assert_true(gzip_encode(SLICE("[1,"), &packed));
    size_t first = packed.len;
    assert_true(gzip_encode(SLICE(""), &packed));
    assert_true(gzip_encode(SLICE("2]"), &packed));
    assert_true(gzip_decode(buf_slice(&packed), &plain));
    assert_int_equal(plain.len, 5);
    assert_memory_equal(plain.ptr, "[1,2]", 5);
    for (size_t n = first + 1; n < packed.len; n++) { /* except for the cut after the empty one */
        buf_reset(&plain);
        bool whole = gzip_decode(slice_from(packed.ptr, n), &plain);
        assert_true(!whole || (plain.len == 3 && n < packed.len - 2));
    }
    buf_finish(&plain);
    buf_init(&plain, 4); /* the bound is that of all of them */
    assert_false(gzip_decode(buf_slice(&packed), &plain));
    buf_finish(&plain);
    buf_putc(&packed, 0x1f);
    buf_init(&plain, 100);
    assert_false(gzip_decode(buf_slice(&packed), &plain));
    buf_finish(&plain);
    buf_finish(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoded_is_what_was_encoded), cmocka_unit_test(an_empty_body),
        cmocka_unit_test(a_bomb_stops_at_the_bound),   cmocka_unit_test(what_is_cut_or_no_gzip_is_refused),
        cmocka_unit_test(members_are_one_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "http/fields.h"
#include "tests/unit/unit.h"
#include <stdlib.h>

static void lines_become_fields_and_lines_again(void **state)
{
    char lines[] = "ETag: \"a:b\"\nno colon\n: nameless\nEmpty:\nLink:  <x>\n";
    struct fields f;
    struct buf out;
    (void)state;
    fields_split(lines, &f);
    assert_int_equal(f.n, 3);
    assert_string_equal(fields_get(&f, "etag"), "\"a:b\"");
    assert_string_equal(fields_get(&f, "EMPTY"), "");
    assert_null(fields_get(&f, "Vary"));
    buf_init(&out, 0);
    fields_write(&f, &out);
    assert_slice(buf_slice(&out), "ETag: \"a:b\"\nEmpty: \nLink: <x>\n");
    buf_finish(&out);
}

static void the_number_is_bounded(void **state)
{
    struct fields f = {.n = 0};
    (void)state;
    for (int i = 0; i < MAX_FIELDS + 10; i++)
        fields_add(&f, "A", "b");
    assert_int_equal(f.n, MAX_FIELDS);
    fields_remove(&f, "a");
    assert_int_equal(f.n, 0);
}

static void a_304_freshens_all_but_the_body(void **state)
{
    struct fields stored = {.n = 0}, fresh = {.n = 0};
    (void)state;
    fields_add(&stored, "ETag", "W/\"1\"");
    fields_add(&stored, "Content-Type", "application/json");
    fields_add(&stored, "X-RateLimit-Remaining", "10");
    fields_add(&stored, "Vary", "Accept");
    fields_add(&fresh, "etag", "\"1\"");
    fields_add(&fresh, "Content-Length", "0");
    fields_add(&fresh, "x-ratelimit-remaining", "9");
    fields_add(&fresh, "Connection", "close");
    fields_freshen(&stored, &fresh);
    assert_string_equal(fields_get(&stored, "ETag"), "W/\"1\"");
    assert_string_equal(fields_get(&stored, "X-RateLimit-Remaining"), "9");
    assert_string_equal(fields_get(&stored, "Vary"), "Accept");
    assert_null(fields_get(&stored, "Content-Length"));
    assert_null(fields_get(&stored, "Connection"));
    assert_int_equal(stored.n, 4);
}

static void lists_of_several_lines_become_one(void **state)
{
    struct fields f = {.n = 0};
    (void)state;
    fields_add(&f, "vary", "Accept");
    fields_add(&f, "Set-Cookie", "a=1");
    fields_add(&f, "VARY", "");
    fields_add(&f, "Set-Cookie", "b=2");
    fields_add(&f, "Vary", "Origin, *");
    fields_add(&f, "X-Own", "1");
    fields_add(&f, "X-Own", "2");
    char *text = fields_join(&f);
    assert_non_null(text);
    assert_int_equal(f.n, 5);
    assert_string_equal(fields_get(&f, "Vary"), "Accept, Origin, *");
    assert_true(field_lists(fields_get(&f, "Vary"), "*") && field_lists(fields_get(&f, "Vary"), "origin"));
    assert_false(field_lists(fields_get(&f, "Vary"), "Orig") || field_lists(NULL, "x"));
    assert_null(fields_join(&f)); /* nothing more to join */
    free(text);
}

static void fields_that_connection_names_go(void **state)
{
    struct fields f = {.n = 0};
    (void)state;
    fields_add(&f, "Connection", "x-hop,  X-Two");
    fields_add(&f, "X-Hop", "1");
    fields_add(&f, "X-TWO", "2");
    fields_add(&f, "X-Three", "3");
    fields_add(&f, "Keep-Alive", "4");
    fields_drop_hop(&f);
    assert_int_equal(f.n, 1);
    assert_string_equal(fields_get(&f, "X-Three"), "3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines_become_fields_and_lines_again),
                                       cmocka_unit_test(the_number_is_bounded),
                                       cmocka_unit_test(a_304_freshens_all_but_the_body),
                                       cmocka_unit_test(lists_of_several_lines_become_one),
                                       cmocka_unit_test(fields_that_connection_names_go)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "core/base/err.h"
#include <errno.h>
#include <stdio.h>

static void test_err__set_clears_the_rest(void **state)
{
    (void)state;
    struct err err = {.upstream_status = 503, .retry_at_ms = 9, .sqlstate = "40001"};
    assert_false(err_set(&err, ERR_BAD_PARAM, "page: %d", 0));
    assert_int_equal(err.code, ERR_BAD_PARAM);
    assert_string_equal(err.text, "page: 0");
    assert_string_equal(err.sqlstate, "");
    assert_int_equal(err.upstream_status, 0);
    assert_int_equal(err.retry_at_ms, 0);
    err_clear(&err);
    assert_int_equal(err.code, ERR_NONE);
    assert_string_equal(err.text, "");
}

static void test_err__set_may_quote_itself(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_UPSTREAM, "reason");
    err_set(&err, ERR_TIMEOUT, "again: %s", err.text);
    assert_string_equal(err.text, "again: reason");
    assert_int_equal(err.code, ERR_TIMEOUT);
    err_wrap(&err, "%s", err.text);
    assert_string_equal(err.text, "again: reason: again: reason");
}

static void test_err__wrap_keeps_the_code(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_THROTTLED, "wait");
    err.retry_at_ms = 123;
    err.upstream_status = 429;
    strcpy(err.sqlstate, "40001");
    assert_false(err_wrap(&err, "page %d", 3));
    assert_false(err_wrap(&err, "repository %s", "a/b"));
    assert_string_equal(err.text, "repository a/b: page 3: wait");
    assert_int_equal(err.code, ERR_THROTTLED);
    assert_int_equal(err.retry_at_ms, 123);
    assert_int_equal(err.upstream_status, 429);
    assert_string_equal(err.sqlstate, "40001");
}

static void test_err__long_text_is_cut(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_DB, "%02999d", 1);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    for (int i = 0; i < 5; i++)
        err_wrap(&err, "%02999d", 2);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

/* However much of a character would still fit: all of it is there, or nothing, and dots say that there was more. */
static void test_err__cut_at_a_characters_end(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xc5\x81", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (size_t c = 0; c < ARRAY_LEN(characters); c++)
        for (int shift = 0; shift < 5; shift++) {
            struct err err;
            char text[4000];
            size_t n = (size_t)snprintf(text, sizeof text, "%.*s", shift, "xxxxx"),
                   size = strlen(characters[c]);
            while (n + size < sizeof text - 1) {
                memcpy(text + n, characters[c], size);
                n += size;
            }
            text[n] = '\0';
            for (int wrapped = 0; wrapped < 2; wrapped++) {
                err_set(&err, ERR_DB, "%s", text);
                if (wrapped)
                    err_wrap(&err, "%s", text);
                size_t length = strlen(err.text);
                assert_true(length < sizeof err.text && length > sizeof err.text - 8);
                assert_memory_equal(err.text + length - 3, "\xe2\x80\xa6", 3);
                if (!wrapped)
                    assert_int_equal((length - 3 - (size_t)shift) % size, 0);
            }
            err_set(&err, ERR_DB, "%.*s", (int)sizeof err.text - 1, "short");
            assert_string_equal(err.text, "short");
        }
}

static void test_err__errno_says_the_reason(void **state)
{
    (void)state;
    struct err err;
    errno = ENOENT;
    assert_false(err_errno(&err, "open %s", "x.conf"));
    assert_int_equal(err.code, ERR_SYSTEM);
    assert_string_equal(err.text, "open x.conf: No such file or directory");
}

static void test_err__table(void **state)
{
    (void)state;
    for (int code = ERR_NONE; code <= ERR_INTERNAL; code++) {
        int http = err_code_http((enum err_code)code);
        if (code == ERR_NONE)
            assert_int_equal(http, 200);
        else
            assert_in_range(http, 400, 504);
    }
    assert_int_equal(err_code_retry(ERR_THROTTLED), RETRY_AT);
    assert_int_equal(err_code_retry(ERR_DB_BUSY), RETRY_SOON);
    assert_int_equal(err_code_retry(ERR_CONFIG), RETRY_NEVER);
    assert_int_equal(err_code_http(ERR_DB_BUSY), 503);
    assert_int_equal(err_code_http(ERR_NOT_FOUND), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err__set_clears_the_rest),
        cmocka_unit_test(test_err__set_may_quote_itself),
        cmocka_unit_test(test_err__wrap_keeps_the_code),
        cmocka_unit_test(test_err__long_text_is_cut),
        cmocka_unit_test(test_err__cut_at_a_characters_end),
        cmocka_unit_test(test_err__errno_says_the_reason),
        cmocka_unit_test(test_err__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

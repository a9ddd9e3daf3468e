#include "core/base/gzip.h"
#include "mirror/cache/page.h"
#include "tests/unit/unit.h"
#include <stdio.h>

static const struct base_pair bases = {.from = SLICE("https://api.github.com"), .to = SLICE("http://m")};

static struct page *page_of(const char *lines, const char *body, bool gzip)
{
    struct buf packed;
    struct page *page;
    buf_init(&packed, 0);
    if (gzip)
        assert_true(gzip_encode(slice_of(body), &packed));
    page = page_create(200, slice_of(lines), gzip ? buf_slice(&packed) : slice_of(body));
    buf_finish(&packed);
    return page;
}

#define JSON_LINES "Content-Type: application/json; charset=utf-8\nETag: W/\"1\"\n"
#define JSON_BODY  "{\"url\":\"https://api.github.com/x\"}"
#define REWRITTEN  "{\"url\":\"http://m/x\"}"

static void check_body(struct page *page, bool takes_gzip, bool expect_gzip, const char *expected)
{
    enum coding coding;
    struct buf plain;
    struct body *body = page_body(page, &bases, takes_gzip, &coding);
    buf_init(&plain, 100000);
    assert_int_equal(coding == CODING_GZIP, expect_gzip);
    if (coding == CODING_GZIP)
        assert_true(gzip_decode(slice_from(body->bytes, body->len), &plain));
    assert_slice(coding == CODING_GZIP ? buf_slice(&plain) : slice_from(body->bytes, body->len), expected);
    buf_finish(&plain);
    body_release(body);
}

static void json_is_rewritten_for_each_client(void **state)
{
    struct page *packed = page_of(JSON_LINES "Content-Encoding: gzip\n", JSON_BODY, true);
    struct page *plain = page_of(JSON_LINES, JSON_BODY, false);
    (void)state;
    for (int again = 0; again < 2; again++) {
        check_body(packed, true, true, REWRITTEN);
        check_body(packed, false, false, REWRITTEN);
        check_body(plain, true, false, REWRITTEN);
        check_body(plain, false, false, REWRITTEN);
    }
    page_release(packed);
    page_release(plain);
}

static void a_variant_is_made_once(void **state)
{
    enum coding coding;
    struct page *page = page_of(JSON_LINES "Content-Encoding: gzip\n", JSON_BODY, true);
    (void)state;
    struct body *one = page_body(page, &bases, true, &coding), *two = page_body(page, &bases, true, &coding);
    assert_ptr_equal(one, two);
    body_release(one);
    body_release(two);
    for (int i = 0; i < MAX_VARIANTS + 3; i++) { /* more bases than places: still right */
        char to[16];
        snprintf(to, sizeof to, "http://m%d", i);
        const struct base_pair other = {.from = bases.from, .to = slice_of(to)};
        struct body *body = page_body(page, &other, false, &coding);
        assert_non_null(memmem(body->bytes, body->len, to, strlen(to)));
        body_release(body);
    }
    page_release(page);
}

static void bytes_that_are_not_json_stay(void **state)
{
    static const char *const lines[] = {
        "Content-Type: application/vnd.github.raw+json\n",
        "Content-Type: application/octet-stream\n",
        "Content-Type: text/plain\n",
        "",
        "Content-Type: application/json\nContent-Disposition: attachment\n",
        "Content-Type: application/json\nX-GitHub-Media-Type: github.v3; param=raw\n",
        "Content-Type: application/json\nContent-Encoding: br\n"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct page *page = page_of(lines[i], JSON_BODY, false);
        check_body(page, true, false, JSON_BODY);
        page_release(page);
    }
    struct page *packed = page_of("Content-Type: text/plain\nContent-Encoding: gzip\n", "text", true);
    check_body(packed, true, true, "text");
    check_body(packed, false, false, "text");
    page_release(packed);
}

static void what_is_not_gzip_after_all_is_passed_on(void **state)
{
    enum coding coding;
    struct page *page = page_of(JSON_LINES "Content-Encoding: gzip\n", "no gzip", false);
    (void)state;
    struct body *body = page_body(page, &bases, false, &coding);
    assert_int_equal(coding, CODING_GZIP);
    assert_slice(slice_from(body->bytes, body->len), "no gzip");
    body_release(body);
    page_release(page);
}

static void fields_of_the_connection_are_dropped(void **state)
{
    struct page *page = page_of(
        "Connection: close\nContent-Length: 5\nTransfer-Encoding: chunked\nX-A: 1\nAlt-Svc: h3\n", "", false);
    (void)state;
    assert_int_equal(page->fields.n, 1);
    assert_string_equal(fields_get(&page->fields, "x-a"), "1");
    page_release(page);
}

static void other_fields_same_body(void **state)
{
    unsigned char key[KEY_BYTES] = {1}, resource[KEY_BYTES] = {2};
    struct page *page = page_of(JSON_LINES "Content-Encoding: gzip\n", JSON_BODY, true);
    struct fields more = page->fields;
    (void)state;
    page_adopt(page, key, resource, "https://api.github.com/x");
    fields_add(&more, "Link", "<y>");
    struct page *other = page_with_fields(page, &more);
    assert_ptr_equal(other->body, page->body);
    assert_true(other->coding == CODING_GZIP && other->json);
    assert_string_equal(fields_get(&other->fields, "Link"), "<y>");
    assert_memory_equal(other->key, key, KEY_BYTES);
    page_release(page);
    check_body(other, true, true, REWRITTEN);
    page_release(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_rewritten_for_each_client),
        cmocka_unit_test(a_variant_is_made_once),
        cmocka_unit_test(bytes_that_are_not_json_stay),
        cmocka_unit_test(what_is_not_gzip_after_all_is_passed_on),
        cmocka_unit_test(fields_of_the_connection_are_dropped),
        cmocka_unit_test(other_fields_same_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

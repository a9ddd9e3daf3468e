#include "core/base/gzip.h"
#include "mirror/cache/verdict.h"
#include "tests/unit/unit.h"

#define JSON "Content-Type: application/json; charset=utf-8\n"

/* before: NULL for none, else a JSON body. */
static enum verdict judge(const char *lines, const char *body, const char *before, const char *accept)
{
    struct page *page = page_create(200, slice_of(lines), slice_of(body));
    struct page *old = before ? page_create(200, SLICE(JSON), slice_of(before)) : NULL;
    struct buf plain;
    int64_t n;
    buf_init(&plain, 10000);
    bool whole = page_plain(page, &plain);
    enum verdict verdict = verdict_of(page, buf_slice(&plain), whole, old, accept, &n);
    buf_finish(&plain);
    page_release(old);
    page_release(page);
    return verdict;
}

static void verdicts(void **state)
{
    static const struct {
        const char *lines, *body, *before, *accept;
        enum verdict verdict;
    } rows[] = {
        {JSON, "[1]", NULL, NULL, BODY_SOUND},
        {JSON, "[1]", "[]", NULL, BODY_SOUND},
        {JSON, "[1", "[]", NULL, BODY_BROKEN},
        {JSON, "{}", "[]", NULL, BODY_BROKEN},
        {JSON, "null", "{}", NULL, BODY_BROKEN},
        {JSON, "", NULL, NULL, BODY_BROKEN},
        {JSON, "<html>", NULL, NULL, BODY_WEB_PAGE},
        {JSON, "\xef\xbb\xbf\n <!DOCTYPE HTML>", "{}", NULL, BODY_WEB_PAGE},
        {"Content-Type: text/html\n", "hello", "{}", NULL, BODY_WEB_PAGE},
        {"Content-Type: text/html\n", "hello", NULL, "application/vnd.github.html", BODY_SOUND},
        {"Content-Type: text/html\n", "hello", NULL, "text/html", BODY_WEB_PAGE},
        {"Content-Type: text/html\nX-GitHub-Media-Type: github.v3; param=html\n", "hello", NULL, NULL,
         BODY_SOUND},
        {"Content-Type: text/plain\n", "Keep it logically awesome.", NULL, NULL, BODY_SOUND},
        {"Content-Type: text/plain\n", "busy", "{}", NULL, BODY_BROKEN},
        {"Content-Type: application/vnd.github.raw+json\n", "<html>", NULL, NULL, BODY_SOUND},
        {"Content-Type: application/vnd.github.raw+json\n", "no json", NULL, NULL, BODY_SOUND},
        {"Content-Type: application/scim+json\n", "{", NULL, NULL, BODY_BROKEN},
        {"Content-Type: application/scim+json\n", "{}", NULL, NULL, BODY_SOUND},
        {"Content-Type: text/plain\nContent-Encoding: gzip\n", "no gzip", NULL, NULL, BODY_BROKEN},
        {"Content-Type: text/plain\nContent-Encoding: zstd\n", "?", NULL, NULL, BODY_BROKEN},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (judge(rows[i].lines, rows[i].body, rows[i].before, rows[i].accept) != rows[i].verdict)
            fail_msg("row %zu: %s", i, rows[i].body);
}

/* What was there before is looked at through its coding. */
static void the_kind_before_is_seen_in_compressed_pages(void **state)
{
    struct buf packed;
    int64_t n;
    (void)state;
    buf_init(&packed, 0);
    assert_true(gzip_encode(SLICE("  [{\"a\":1},2,3]"), &packed));
    struct page *before = page_create(200, SLICE(JSON "Content-Encoding: gzip\n"), buf_slice(&packed));
    struct page *list = page_create(200, SLICE(JSON), SLICE("[1,2]")),
                *object = page_create(200, SLICE(JSON), SLICE("{}"));
    assert_int_equal(verdict_of(list, SLICE("[1,2]"), true, before, NULL, &n), BODY_SOUND);
    assert_int_equal(n, 2);
    assert_int_equal(verdict_of(object, SLICE("{}"), true, before, NULL, &n), BODY_BROKEN);
    page_release(object);
    page_release(list);
    page_release(before);
    buf_finish(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts),
                                       cmocka_unit_test(the_kind_before_is_seen_in_compressed_pages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* An answer of GitHub's, its field lines and behind an empty line its body: made a page, judged, stored as lines, served. */
#include "fuzz.h"
#include "mirror/cache/verdict.h"
#include "pagecache/field_kinds.h"
#include <assert.h>

static void serve(struct page *page, bool takes_gzip)
{
    const struct base_pair bases = {.from = SLICE("https://api.github.com"),
                                    .to = SLICE("http://mirror.example")};
    enum coding coding;
    body_release(page_body(page, &bases, takes_gzip, &coding));
}

/* What is stored is read back as the same page. */
static void store(const struct page *page)
{
    struct buf lines, again;
    buf_init(&lines, 1 << 20);
    buf_init(&again, 1 << 20);
    page_lines(page, &lines);
    struct page *other = page_create(200, buf_slice(&lines), slice_from(page->body->bytes, page->body->len));
    page_lines(other, &again);
    assert(other->coding == page->coding && other->json == page->json && other->fields.n <= page->fields.n);
    page_release(other);
    buf_finish(&again);
    buf_finish(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice input = slice_from((const char *)data, size);
    const char *gap = memmem(data, size, "\n\n", 2);
    size_t head = gap ? (size_t)(gap - input.ptr) + 1 : size;
    slice body = gap ? slice_from(gap + 2, size - head - 1) : slice_from("", 0);
    if (memchr(data, '\0', head))
        return 0; /* the HTTP library lets none through */
    struct page *page = page_create(200, slice_from(input.ptr, head), body);
    struct buf plain;
    int64_t n_items;
    buf_init(&plain, 1 << 20);
    bool whole = page_plain(page, &plain);
    enum verdict verdict = verdict_of(page, buf_slice(&plain), whole, page, NULL, &n_items);
    assert(whole || verdict != BODY_SOUND);
    assert(verdict == BODY_SOUND || n_items == -1);
    buf_finish(&plain);
    struct fields fields = page->fields;
    assert(!fields_say_more(&fields, &fields));
    fields_drop_kind(&fields, FIELD_SESSION);
    assert(!fields_get(&fields, "Set-Cookie"));
    serve(page, true);
    serve(page, false);
    store(page);
    page_release(page);
    return 0;
}

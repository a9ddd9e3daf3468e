#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "api/request/paging.h"

static bool read_paging(const char *query, struct paging *out)
{
    struct param_list params;
    const char *why;
    assert_true(params_parse(arena, slice_of(query), &params, &why));
    return paging_read(&params, out);
}

static void test_paging__sizes(void **state)
{
    static const struct {
        const char *query;
        int64_t size;
    } cases[] = {
        {"", 10},
        {"page_size=", 10},
        {"page_size=1", 1},
        {"page_size=100", 100},
        {"page_size=101", 100},
        {"page_size=%2B7", 7},
        {"page_size=99999999999999999999", 100},
        {"page_size=5&page_size=6", 6},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct paging p;
        assert_true(read_paging(cases[i].query, &p));
        if (p.size != cases[i].size)
            fail_msg("%s: %lld", cases[i].query, (long long)p.size);
    }
}

static void test_paging__pages(void **state)
{
    static const char *const no[] = {"page=0",   "page=-1", "page=x", "page=1.0", "page=92233720368547758070",
                                     "page=LAST"};
    struct paging p;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (read_paging(no[i], &p))
            fail_msg("taken: %s", no[i]);
    assert_true(read_paging("page=7", &p));
    assert_int_equal(p.page, 7);
    assert_true(read_paging("page=", &p));
    assert_int_equal(p.page, 1);
    assert_true(read_paging("page=last", &p));
    assert_true(p.last);
    assert_true(read_paging("page=x&cursor=", &p)); /* a cursor wins, empty as it is */
    assert_true(p.by_cursor && p.page == 1 && p.cursor.len == 0);
}

static void test_paging__where_pages_end(void **state)
{
    struct paging p = {.size = 10, .page = 1};
    (void)state;
    assert_int_equal(paging_n_pages(&p), 1); /* an empty list has one empty page */
    assert_true(paging_is_there(&p, 0));
    p.count.n = 10;
    assert_int_equal(paging_n_pages(&p), 1);
    p.count.n = 11;
    assert_int_equal(paging_n_pages(&p), 2);
    p.page = 2;
    assert_true(paging_is_there(&p, 1));
    p.page = 3;
    assert_false(paging_is_there(&p, 0));
    p.count.capped = true; /* there are more than the count says: a page is there when it has records */
    assert_true(paging_is_there(&p, 1));
    assert_false(paging_is_there(&p, 0));
    paging_turn_to_last(&p);
    assert_int_equal(p.page, 2);
}

/* The envelope of a page as text, and its Link header. */
static const char *envelope(const char *query, const struct paging *paging, const char **link_out)
{
    struct request rq = {.arena = arena, .base = "http://x", .path = SLICE("/github/developers/")};
    struct response rs = {0};
    struct buf out;
    struct jw w;
    const char *why;
    assert_true(params_parse(arena, slice_of(query), &rq.params, &why));
    buf_init(&out, 65536);
    jw_init(&w, &out, 0);
    paging_begin(&w, &rq, &rs, paging);
    paging_end(&w);
    const char *text = arena_dup(arena, buf_slice(&out));
    buf_finish(&out);
    *link_out = response_get(&rs, "Link");
    return text;
}

static void test_paging__addresses_keep_the_query_sorted_and_leave_page_1_out(void **state)
{
    struct paging p = {
        .size = 10, .page = 2, .count = {.n = 25, .known = true}, .has_next = true, .has_previous = true};
    const char *link;
    (void)state;
    assert_string_equal(envelope("page=2&login__gte=a+b&cursor_x=%26&embed=none", &p, &link),
                        "{\"count\":25,\"next\":\"http://x/github/developers/"
                        "?cursor_x=%26&embed=none&login__gte=a+b&page=3\","
                        "\"previous\":\"http://x/github/developers/"
                        "?cursor_x=%26&embed=none&login__gte=a+b\",\"results\":[]}");
    assert_string_equal(
        link, "<http://x/github/developers/?cursor_x=%26&embed=none&login__gte=a+b>; rel=\"prev\", "
              "<http://x/github/developers/?cursor_x=%26&embed=none&login__gte=a+b&page=3>; rel=\"next\", "
              "<http://x/github/developers/?cursor_x=%26&embed=none&login__gte=a+b&page=3>; rel=\"last\", "
              "<http://x/github/developers/?cursor_x=%26&embed=none&login__gte=a+b>; rel=\"first\"");
}

static void test_paging__one_page_has_no_link(void **state)
{
    struct paging p = {.size = 10, .page = 1, .count = {.n = 3, .known = true}};
    const char *link;
    (void)state;
    assert_string_equal(envelope("", &p, &link),
                        "{\"count\":3,\"next\":null,\"previous\":null,\"results\":[]}");
    assert_null(link);
}

static void test_paging__cursors_and_capped_counts(void **state)
{
    struct paging cursor = {.by_cursor = true,
                            .size = 10,
                            .page = 1,
                            .has_next = true,
                            .next_cursor = "n/1",
                            .end_cursor = "e",
                            .count = {.n = 30, .known = true}},
                  capped = {.size = 10,
                            .page = 1,
                            .has_next = true,
                            .count = {.n = 5000, .capped = true, .known = true}};
    const char *link;
    (void)state;
    assert_string_equal(envelope("cursor=&page=9", &cursor, &link),
                        "{\"count\":30,\"next\":\"http://x/github/developers/"
                        "?cursor=n%2F1\",\"previous\":null,\"results\":[]}");
    assert_string_equal(link, "<http://x/github/developers/?cursor=n%2F1>; rel=\"next\", "
                              "<http://x/github/developers/?cursor=e>; rel=\"last\"");
    assert_string_equal(
        envelope("", &capped, &link),
        "{\"count\":5000,\"count_capped\":true,\"next\":\"http://x/github/developers/?page=2\","
        "\"previous\":null,\"results\":[]}");
    assert_string_equal(link, "<http://x/github/developers/?page=2>; rel=\"next\", "
                              "<http://x/github/developers/?page=last>; rel=\"last\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paging__sizes),
        cmocka_unit_test(test_paging__pages),
        cmocka_unit_test(test_paging__where_pages_end),
        cmocka_unit_test(test_paging__addresses_keep_the_query_sorted_and_leave_page_1_out),
        cmocka_unit_test(test_paging__one_page_has_no_link),
        cmocka_unit_test(test_paging__cursors_and_capped_counts),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

#include "tests/unit/unit.h"

#include "api/request/link.h"
#include "http/hosts.h"

static void test_link__hosts(void **state)
{
    static const char *const yes[] = {
        "a", "example.org", "a-b_c.d:1", "127.0.0.1:8000", "[::1]", "[fe80::1]:65535",
        "A", "a:",          "[::1]:",    "127.0.0.1:"};
    static const char *const no[] = {"",     "a b",  "a::",  "a:0",  "a:65536",  "a:x",   ":80",     ":",
                                     "a/b",  "a@b",  "[",    "[]",   "[:]x",     "[::1",  "[::1]::", "[g::]",
                                     "a\"b", "a,b",  "a?b",  "a#b",  "\xc3\xa9", "a:1:2", "[::1]8",  "a\\b",
                                     "<a>",  "a%62", "a:-1", "a:+1", "a: 1"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        assert_true(host_is_valid(slice_of(yes[i])));
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (host_is_valid(slice_of(no[i])))
            fail_msg("taken for a host: %s", no[i]);
    assert_false(host_is_valid(SLICE("a\0b")));
    assert_false(host_is_valid(SLICE("[::\0]")));
    assert_false(host_is_valid((slice){NULL, 0}));
}

static void test_link__lists_are_json(void **state)
{
    const int64_t ids[] = {1, 3000000000};
    struct request rq = {.base = "http://x", .arena = arena_create()};
    struct buf out;
    struct jw w;
    (void)state;
    buf_init(&out, 0);
    jw_init(&w, &out, 0);
    jw_object(&w);
    link_put_list(&w, &rq, "a", RECORD_DEVELOPER, (struct ids){ids, 2});
    link_put_list(&w, &rq, "b", RECORD_REPOSITORY, (struct ids){NULL, 0});
    jw_end_object(&w);
    assert_slice(buf_slice(&out),
                 "{\"a\":[\"http://x/github/developers/6769746f-6d61-8001-8000-000000000001/\","
                 "\"http://x/github/developers/6769746f-6d61-8001-8000-0000b2d05e00/\"],\"b\":[]}");
    buf_finish(&out);
    arena_destroy(rq.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link__hosts),
        cmocka_unit_test(test_link__lists_are_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "api/resources/render.h"

#define AT(ms)                                                                                               \
    {                                                                                                        \
        true, ms                                                                                             \
    }

static struct request rq = {.base = "http://x"};

static int make(void **state)
{
    (void)state;
    rq.arena = arena_create();
    return 0;
}

static int drop(void **state)
{
    (void)state;
    arena_destroy(rq.arena);
    return 0;
}

static void assert_json(enum shape shape, field_set set, const void *record, const char *want)
{
    struct buf out;
    struct jw w;
    buf_init(&out, 0);
    jw_init(&w, &out, 0);
    render_record(&w, &rq, shape, set, record);
    assert_slice(buf_slice(&out), want);
    buf_finish(&out);
}

static void assert_csv(enum shape shape, field_set set, const void *record, const char *want)
{
    struct buf out;
    struct csv csv;
    buf_init(&out, 0);
    csv_init(&csv, &out);
    render_csv_head(&csv, shape, set);
    render_csv(&csv, &rq, shape, set, record);
    assert_slice(buf_slice(&out), want);
    buf_finish(&out);
}

static void test_render__what_is_known_and_what_is_not(void **state)
{
    const struct rate_limit_record full = {.number = AT(3),
                                           .rate_limit = AT(5000),
                                           .rate_remaining = AT(0),
                                           .rate_reset_raw = AT(1600000000),
                                           .rate_reset = AT(1600000000000),
                                           .credential = SLICE("a \"b\""),
                                           .resource = SLICE("core")},
                                   empty = {.number = AT(1), .credential = SLICE("")};
    (void)state;
    assert_json(SHAPE_RATE_LIMIT, ALL_FIELDS, &full,
                "{\"url\":\"http://x/github/rate_limit/3/\",\"rate_limit\":5000,\"rate_remaining\":0,"
                "\"rate_reset_raw\":1600000000,\"rate_reset\":\"2020-09-13T12:26:40Z\",\"credential\":\"a "
                "\\\"b\\\"\","
                "\"resource\":\"core\"}");
    assert_json(SHAPE_RATE_LIMIT, ALL_FIELDS, &empty, /* empty is no null */
                "{\"url\":\"http://x/github/rate_limit/1/\",\"rate_limit\":null,\"rate_remaining\":null,"
                "\"rate_reset_raw\":null,\"rate_reset\":null,\"credential\":\"\",\"resource\":null}");
    assert_csv(
        SHAPE_RATE_LIMIT, ALL_FIELDS, &full,
        "url,rate_limit,rate_remaining,rate_reset_raw,rate_reset,credential,resource\r\n"
        "http://x/github/rate_limit/3/,5000,0,1600000000,2020-09-13T12:26:40Z,\"a \"\"b\"\"\",core\r\n");
    assert_csv(SHAPE_RATE_LIMIT,
               field_bit(SHAPE_RATE_LIMIT, "rate_limit") | field_bit(SHAPE_RATE_LIMIT, "credential"), &empty,
               "rate_limit,credential\r\n,\"\"\r\n"); /* a null is nothing, an empty text is quoted */
}

static void test_render__records(void **state)
{
    const int64_t ids[] = {5, 6};
    const slice topics[] = {SLICE("a"), SLICE("b,c")};
    const struct repository_record r = {.github_id = AT(7),
                                        .owner_github_id = AT(9007199254740993),
                                        .archived = AT(0),
                                        .fork = AT(1),
                                        .topics = {true, topics, 2},
                                        .stargazers = {ids, 2}};
    const field_set some = field_bit(SHAPE_REPOSITORY, "id") | field_bit(SHAPE_REPOSITORY, "owner") |
                           field_bit(SHAPE_REPOSITORY, "github_id") |
                           field_bit(SHAPE_REPOSITORY, "owner_github_id") |
                           field_bit(SHAPE_REPOSITORY, "archived") |
                           field_bit(SHAPE_REPOSITORY, "stargazers") | field_bit(SHAPE_REPOSITORY, "private");
    (void)state;
    assert_json(
        SHAPE_REPOSITORY, some, &r,
        "{\"id\":\"6769746f-6d61-8002-8000-000000000007\","
        "\"owner\":\"http://x/github/developers/6769746f-6d61-8001-8020-000000000001/\","
        "\"github_id\":\"7\",\"owner_github_id\":\"9007199254740993\"," /* more than JSON readers' numbers hold */
        "\"private\":null,\"archived\":false,"
        "\"stargazers\":[\"http://x/github/developers/6769746f-6d61-8001-8000-000000000005/\","
        "\"http://x/github/developers/6769746f-6d61-8001-8000-000000000006/\"]}");
    assert_csv(
        SHAPE_REPOSITORY, field_bit(SHAPE_REPOSITORY, "topics") | field_bit(SHAPE_REPOSITORY, "owner"), &r,
        "owner,topics\r\n"
        "http://x/github/developers/6769746f-6d61-8001-8020-000000000001/,\"[\"\"a\"\",\"\"b,c\"\"]\"\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render__what_is_known_and_what_is_not),
        cmocka_unit_test(test_render__records),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

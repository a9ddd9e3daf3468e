#include "tests/unit/unit.h"

#include "github/hydrate.h"
#include <jansson.h>

/* What an answer with one node of a user makes of its avatar, under _weak; NULL: nothing. The caller frees it. */
static json_t *avatar_of(json_t *url)
{
    struct stub stub = {.kind = RECORD_DEVELOPER, .github_id = 5, .name = "ada", .node_id = "U_5"};
    struct buf developers, repositories;
    struct gh_fields lacking;
    int64_t cost;
    json_t *body = json_pack("{s:{s:[{s:s, s:i, s:s, s:o}]}}", "data", "nodes", "__typename", "User",
                             "databaseId", 5, "login", "ada", "avatarUrl", url);
    char *text = json_dumps(body, JSON_COMPACT);
    buf_init(&developers, 1 << 20);
    buf_init(&repositories, 1 << 20);
    assert_int_equal(gh_hydrate_read(slice_of(text), &stub, 1, &developers, &repositories, &cost, &lacking),
                     GH_HYDRATED);
    assert_int_equal(stub.state, STUB_FOUND);
    json_t *items = json_loadb(developers.ptr, developers.len, 0, NULL);
    json_t *avatar =
        json_incref(json_object_get(json_object_get(json_array_get(items, 0), "_weak"), "avatar_url"));
    json_decref(items);
    json_decref(body);
    free(text);
    buf_finish(&developers);
    buf_finish(&repositories);
    return avatar;
}

static void assert_avatar(json_t *url, const char *expected)
{
    json_t *avatar = avatar_of(url);
    if (expected)
        assert_string_equal(json_string_value(avatar), expected);
    else
        assert_null(avatar);
    json_decref(avatar);
}

static void test_avatars__avatars_are_rests(void **state)
{
    (void)state;
    static const struct {
        const char *graphql, *rest;
    } cases[] = {
        {"https://a.example/u/5?v=4", "https://a.example/u/5?v=4"},
        {"https://a.example/u/5?s=460&u=0f1e2d&v=4", "https://a.example/u/5?v=4"},
        {"https://a.example/u/5?u=0f1e2d&v=4", "https://a.example/u/5?v=4"},
        {"https://a.example/u/5?v=4&u=0f1e2d", "https://a.example/u/5?v=4"},
        {"https://a.example/u/5?u=0f1e2d", "https://a.example/u/5"},
        {"https://a.example/u/5?", "https://a.example/u/5?"},
        {"https://a.example/u/5", "https://a.example/u/5"},
        {"https://a.example/u/5?uu=1&size=2&v=4", "https://a.example/u/5?uu=1&size=2&v=4"},
        {"https://a.example/u/5?v=4&v=5", "https://a.example/u/5?v=4&v=5"},
        {"https://a.example/u/5?v=a?b", "https://a.example/u/5?v=a?b"},
        {"http://ghes.example/avatars/u/5?s=1", "http://ghes.example/avatars/u/5"},
        {"https://a.example/\xc3\xb6", "https://a.example/\xc3\xb6"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_avatar(json_string(cases[i].graphql), cases[i].rest);
}

static void test_avatars__invalid_urls_are_no_avatars(void **state)
{
    (void)state;
    static const char *const odd[] = {"",
                                      "?",
                                      "&",
                                      "javascript:alert(1)",
                                      "data:image/png;base64,x",
                                      "//a.example/u/5",
                                      "/u/5",
                                      "a.example/u/5",
                                      " https://a.example",
                                      "https://a.example/\nSet-Cookie: x",
                                      "https://a.example/a b",
                                      "https://a.example/\t",
                                      "https://a.example/\x7f",
                                      "ftp://a.example"};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++)
        assert_avatar(json_string(odd[i]), NULL);
    assert_avatar(json_null(), NULL);
    assert_avatar(json_integer(5), NULL);
    assert_avatar(json_object(), NULL);
    assert_avatar(json_array(), NULL);
    assert_avatar(json_true(), NULL);
}

static void test_avatars__an_address_of_an_avatar_has_a_bound(void **state)
{
    (void)state;
    char url[1100] = "https://a.example/";
    size_t n = strlen(url);
    memset(url + n, 'x', sizeof url - n - 1);
    for (size_t length = 1020; length < 1030; length++) {
        char kept = url[length];
        url[length] = '\0';
        assert_avatar(json_string(url), length < 1024 ? url : NULL);
        url[length] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_avatars__avatars_are_rests),
        cmocka_unit_test(test_avatars__invalid_urls_are_no_avatars),
        cmocka_unit_test(test_avatars__an_address_of_an_avatar_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include "crawler/crawler_private.h"

#define API "https://api.example/v3"

static struct arena *arena;
static struct config cfg = {.github_api_url = API};
static struct crawler crawler = {.cfg = &cfg};

static int make(void **state)
{
    (void)state;
    arena = arena_create();
    log_setup("test", LOG_ERROR, LOG_TEXT); /* of a foreign link a line is logged once */
    return 0;
}

static int drop(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static struct work *with_link(const char *link)
{
    struct work *w = arena_alloc(arena, sizeof *w);
    *w =
        (struct work){.crawler = &crawler, .arena = arena, .fetch = {.url = API "/users/a/followers?page=3"}};
    snprintf(w->fetch.headers.link, sizeof w->fetch.headers.link, "%s", link);
    return w;
}

static const char *next(const char *link, int page, const char *mark, const char **lost)
{
    return work_next_page(with_link(link), page, mark, lost);
}

static void test_next_page__the_link_names_the_next_page(void **state)
{
    const char *lost = "unset";
    (void)state;
    assert_string_equal(next("<" API "/users/a/followers?page=4>; rel=\"next\"", 3, NULL, &lost),
                        API "/users/a/followers?page=4");
    assert_null(lost);
    assert_string_equal(next("<" API "/users/a/followers?after=xyz>; rel=\"next\"", 3, NULL, &lost),
                        API "/users/a/followers?after=xyz"); /* a page needs no number */
    assert_null(lost);
    assert_string_equal(next("</v3/users/a/followers?page=4>; rel=\"next\"", 3, NULL, &lost),
                        API "/users/a/followers?page=4");
    assert_null(lost);
}

static void test_next_page__the_end(void **state)
{
    const char *lost = "unset";
    (void)state;
    assert_null(next("", 3, NULL, &lost));
    assert_null(lost);
    assert_null(next("<" API "/users/a/followers?page=1>; rel=\"first\"", 3, NULL, &lost));
    assert_null(lost);
}

static void test_next_page__what_cannot_be_followed_is_lost(void **state)
{
    static const struct {
        const char *link, *mark, *lost;
    } cases[] = {
        {"<" API "/users/a/followers?page=3>; rel=\"next\"", NULL, "circle"},
        {"<" API "/users/a/followers?page=1>; rel=\"next\"", NULL, "circle"},
        {"<" API "/users/a/followers?per_page=50&page=3>; rel=\"next\"", NULL, "circle"},
        {"<" API "/users/a/followers?after=m>; rel=\"next\"", API "/users/a/followers?after=m", "circle"},
        {"<javascript:alert(1)>; rel=\"next\"", NULL, "not an address"},
        {"<ftp://api.example/v3/x?page=4>; rel=\"next\"", NULL, "not an address"},
        {"<" API "/users/a/followers?page=4; rel=\"next\"", NULL, "cannot be read"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *lost = NULL, *url = next(cases[i].link, 3, cases[i].mark, &lost);
        if (url || !lost || !strstr(lost, cases[i].lost))
            fail_msg("%s: %s, %s", cases[i].link, url ? url : "(none)", lost ? lost : "(not lost)");
    }
}

/* The mark moves to each page whose number is a power of two, so that a circle of any length is met. */
static void test_next_page__links_name_the_lists_subject(void **state)
{
    (void)state;
    static const struct {
        const char *link;
        int64_t id;
    } cases[] = {
        {"", 0},
        {"<" API "/user/17/followers?page=4>; rel=\"next\"", 17},
        {"<" API "/repositories/9007199254740993/stargazers?page=2>; rel=\"last\"", 9007199254740993},
        {"</v3/organizations/3/repos?page=2>; rel=\"prev\"", 3},
        {"<https://api.github.com/user/17?page=4>; rel=\"next\"", 17}, /* behind a proxy */
        {"<" API "/users/17/followers?page=4>; rel=\"next\"", 0},      /* a login of digits */
        {"<" API "/user/17x/followers?page=4>; rel=\"next\"", 0},
        {"<" API "/user/0/followers?page=4>; rel=\"next\"", 0},
        {"<" API "/user/99999999999999999999/followers>; rel=\"next\"", 0},
        {"<" API "/user/followers?page=4>; rel=\"next\"", 0}, /* the credential's own list */
        {"<ftp://x/user/17/followers>; rel=\"next\"", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (work_linked_id(with_link(cases[i].link)) != cases[i].id)
            fail_msg("%s", cases[i].link);
}

static void test_next_page__marks(void **state)
{
    struct work w = {.fetch = {.url = "here"}};
    (void)state;
    for (int page = 1; page <= 64; page++) {
        bool power =
            page == 1 || page == 2 || page == 4 || page == 8 || page == 16 || page == 32 || page == 64;
        assert_string_equal(work_page_mark(&w, page, "before"), power ? "here" : "before");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_page__the_link_names_the_next_page),
        cmocka_unit_test(test_next_page__the_end),
        cmocka_unit_test(test_next_page__what_cannot_be_followed_is_lost),
        cmocka_unit_test(test_next_page__links_name_the_lists_subject),
        cmocka_unit_test(test_next_page__marks),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

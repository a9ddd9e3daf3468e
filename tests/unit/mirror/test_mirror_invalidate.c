#include "mirror/flight/invalidate.h"
#include "tests/unit/unit.h"

static void globs(void **state)
{
    static const struct {
        const char *glob, *text;
        bool matches;
    } rows[] = {
        {"abc", "abc", true},      {"abc", "ABC", true},
        {"abc", "abcd", false},    {"a*", "a", true},
        {"a*c", "abbc", true},     {"a*c", "abcb", false},
        {"*", "", true},           {"", "a", false},
        {"a*b*c", "aXbYbc", true}, {"*/repos/o/r*", "https://x/repos/O/R/issues", true},
        {"a?*", "a?b", true},      {"a?*", "ab", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (glob_matches(slice_of(rows[i].glob), rows[i].text) != rows[i].matches)
            fail_msg("%s %s", rows[i].glob, rows[i].text);
}

static bool touches(const struct globs *g, const char *url)
{
    for (size_t i = 0; i < g->n; i++)
        if (glob_matches(g->items[i], url))
            return true;
    return false;
}

static void what_a_change_touches(void **state)
{
    struct globs *g = globs_create();
    (void)state;
    globs_of_path(g, "https://a", "/repos/o/r/issues/5?x=1");
    assert_true(touches(g, "https://a/repos/o/r/issues/5"));
    assert_true(touches(g, "https://a/repos/o/r/issues/5?y=2"));
    assert_true(touches(g, "https://a/repos/o/r/issues/5/comments"));
    assert_true(touches(g, "https://a/repos/o/r/issues?state=open&page=2"));
    assert_true(touches(g, "https://a/repos/o/r"));
    assert_false(touches(g, "https://a/repos/o/r/issues/55"));
    assert_false(touches(g, "https://a/repos/o/r/issues/6"));
    assert_false(touches(g, "https://a/repos/o/rr"));
    assert_false(touches(g, "https://a/users/o"));
    globs_destroy(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(globs), cmocka_unit_test(what_a_change_touches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

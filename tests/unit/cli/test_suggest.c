#include "tests/unit/unit.h"

#include "cli/terminal/suggest.h"

static const char *const commands[] = {"up",   "api",   "crawler", "scheduler", "mirror", "migrate",
                                       "user", "token", "task",    "forget",    "status", "why"};
static const char *const flags[] = {"--json", "--username",  "--repo-name",
                                    "--wait", "--log-level", "--log-format"};

static void test_suggest__distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int distance;
    } cases[] = {{"", "", 0},
                 {"", "abc", 3},
                 {"abc", "", 3},
                 {"status", "statsu", 1},
                 {"status", "stauts", 1},
                 {"up", "pu", 1},
                 {"task", "tsak", 1},
                 {"a", "b", 1},
                 {"mirror", "miror", 1},
                 {"STATUS", "status", 0},
                 {"kitten", "sitting", 3}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(suggest_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(suggest_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
    char longer[100];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_true(suggest_distance(longer, "a") > 63);
    const char *const same[] = {longer};
    assert_null(suggest_best(longer, same, 1));
}

static void assert_best(const char *typed, const char *expected, const char *const *known, size_t n)
{
    const char *best = suggest_best(typed, known, n);
    if (expected ? !best || strcmp(best, expected) != 0 : best != NULL)
        fail_msg("\"%s\" gave %s, expected %s", typed, best ? best : "nothing",
                 expected ? expected : "nothing");
}

static void test_suggest__what_was_meant(void **state)
{
    (void)state;
    static const char *const typed[][2] = {
        {"statsu", "status"}, {"stat", "status"},    {"Status", "status"}, {"crawl", "crawler"},
        {"miror", "mirror"},  {"migrat", "migrate"}, {"tasks", "task"},    {"shceduler", "scheduler"},
        {"usr", "user"},      {"tokne", "token"},    {"pu", "up"},         {"forgte", "forget"},
        {"wyh", "why"},       {"frobnicate", NULL},  {"x", NULL},          {"", NULL},
        {"database", NULL},   {"zzz", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(typed); i++)
        assert_best(typed[i][0], typed[i][1], commands, ARRAY_LEN(commands));
    static const char *const mistyped[][2] = {
        {"--jsn", "--json"},           {"-json", "--json"},       {"--user", "--username"},
        {"--usrename", "--username"},  {"--repo", "--repo-name"}, {"--repo_name", "--repo-name"},
        {"--loglevel", "--log-level"}, {"--wiat", "--wait"},      {"--", NULL},
        {"--frobnicate", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(mistyped); i++)
        assert_best(mistyped[i][0], mistyped[i][1], flags, ARRAY_LEN(flags));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suggest__distances),
        cmocka_unit_test(test_suggest__what_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

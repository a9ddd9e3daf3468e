#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "api/spec/filters.h"

static struct filters filters;
static struct param_errors errors;

static void parse(enum browse_list list, const char *query)
{
    struct param_list params;
    const char *why;
    assert_true(params_parse(arena, slice_of(query), &params, &why));
    errors.n = 0;
    filters_parse(arena, list, &params, &filters, &errors);
}

/* The contract's table, written independently: list, field, lookups. */
static const struct {
    enum browse_list list;
    const char *field, *lookups;
} contract[] = {
    {BROWSE_DEVELOPERS, "login", "exact lte gte"},
    {BROWSE_DEVELOPERS, "name", "exact lte gte isnull contains"},
    {BROWSE_DEVELOPERS, "location", "exact lte gte isnull"},
    {BROWSE_DEVELOPERS, "company", "exact lte gte isnull"},
    {BROWSE_DEVELOPERS, "email", "exact lte gte isnull"},
    {BROWSE_DEVELOPERS, "bio", "exact lte gte isnull contains"},
    {BROWSE_DEVELOPERS, "followers_count", "exact lte gte"},
    {BROWSE_DEVELOPERS, "following_count", "exact lte gte"},
    {BROWSE_DEVELOPERS, "public_gists", "exact lte gte"},
    {BROWSE_DEVELOPERS, "public_repos", "exact lte gte"},
    {BROWSE_DEVELOPERS, "created_at", "exact lte gte"},
    {BROWSE_DEVELOPERS, "updated_at", "exact lte gte"},
    {BROWSE_REPOSITORIES, "owner_github_id", "exact"},
    {BROWSE_REPOSITORIES, "name", "exact"},
    {BROWSE_REPOSITORIES, "full_name", "exact"},
    {BROWSE_REPOSITORIES, "description", "exact isnull contains"},
    {BROWSE_REPOSITORIES, "homepage", "exact isnull"},
    {BROWSE_REPOSITORIES, "language", "exact isnull"},
    {BROWSE_REPOSITORIES, "created_at", "exact lte gte"},
    {BROWSE_REPOSITORIES, "updated_at", "exact lte gte"},
    {BROWSE_REPOSITORIES, "has_downloads", "exact"},
    {BROWSE_REPOSITORIES, "has_issues", "exact"},
    {BROWSE_REPOSITORIES, "has_pages", "exact"},
    {BROWSE_REPOSITORIES, "has_projects", "exact"},
    {BROWSE_REPOSITORIES, "has_wiki", "exact"},
    {BROWSE_REPOSITORIES, "private", "exact"},
    {BROWSE_REPOSITORIES, "archived", "exact"},
    {BROWSE_REPOSITORIES, "disabled", "exact"},
    {BROWSE_REPOSITORIES, "stargazers_count", "exact lte gte"},
    {BROWSE_REPOSITORIES, "subscribers_count", "exact lte gte"},
    {BROWSE_REPOSITORIES, "watchers_count", "exact lte gte"},
    {BROWSE_REPOSITORIES, "open_issues_count", "exact lte gte"},
    {BROWSE_RATE_LIMITS, "rate_limit", "exact lte gte"},
    {BROWSE_RATE_LIMITS, "rate_remaining", "exact lte gte"},
    {BROWSE_RATE_LIMITS, "rate_reset_raw", "exact lte gte"},
    {BROWSE_RATE_LIMITS, "rate_reset", "exact lte gte"},
};

static void test_filters__table_is_the_contract(void **state)
{
    static const char *const names[] = {"exact", "lte", "gte", "isnull", "contains"};
    static const enum lookup bits[] = {LOOKUP_EXACT, LOOKUP_LTE, LOOKUP_GTE, LOOKUP_ISNULL, LOOKUP_CONTAINS};
    size_t n_seen = 0;
    (void)state;
    for (enum browse_list list = BROWSE_DEVELOPERS; list <= BROWSE_RATE_LIMITS; list++) {
        size_t n;
        const struct filter_field *fields = filter_fields(list, &n);
        for (size_t i = 0; i < n; i++)
            for (size_t c = 0; c < ARRAY_LEN(contract); c++) {
                if (contract[c].list != list ||
                    strcmp(contract[c].field, browse_column_name(fields[i].column)) != 0)
                    continue;
                n_seen++;
                for (size_t k = 0; k < ARRAY_LEN(names); k++)
                    assert_int_equal(!!(fields[i].lookups & bits[k]),
                                     strstr(contract[c].lookups, names[k]) != NULL);
            }
    }
    assert_int_equal(n_seen, ARRAY_LEN(contract)); /* what was added to it is not looked at */
    assert_int_equal(n_seen, 36);
}

static void check_one(enum browse_list list, const char *query, enum browse_column column, enum browse_op op)
{
    parse(list, query);
    assert_int_equal(filters.n, 1);
    assert_int_equal(errors.n, 0);
    assert_int_equal(filters.items[0].column, column);
    assert_int_equal(filters.items[0].op, op);
}

static void test_filters__operations(void **state)
{
    (void)state;
    check_one(BROWSE_DEVELOPERS, "login=a", BROWSE_LOGIN, BROWSE_EXACT);
    check_one(BROWSE_DEVELOPERS, "bio__contains=%25", BROWSE_BIO, BROWSE_CONTAINS);
    assert_slice(filters.items[0].value.text, "%");
    check_one(BROWSE_DEVELOPERS, "name__isnull=0", BROWSE_NAME, BROWSE_ISNULL);
    assert_false(filters.items[0].value.boolean);
    check_one(BROWSE_REPOSITORIES, "full_name=a/b", BROWSE_FULL_NAME, BROWSE_EXACT);
    check_one(BROWSE_RATE_LIMITS, "rate_reset_raw__lte=5", BROWSE_RATE_RESET_RAW, BROWSE_LTE);
    check_one(BROWSE_RATE_LIMITS, "rate_reset__gte=2020-01-01", BROWSE_RATE_RESET, BROWSE_GTE);
    assert_int_equal(filters.items[0].value.type, DB_ARG_TIME);
}

static void test_filters__lists_of_values(void **state)
{
    (void)state;
    check_one(BROWSE_DEVELOPERS, "login__in=a,%20b%20,,c", BROWSE_LOGIN, BROWSE_IN);
    assert_int_equal(filters.items[0].value.type, DB_ARG_TEXTS);
    assert_int_equal(filters.items[0].value.texts.n, 3);
    assert_slice(filters.items[0].value.texts.items[1], "b");
    check_one(BROWSE_REPOSITORIES, "owner_github_id__in=1,01,x,2", BROWSE_OWNER_GITHUB_ID, BROWSE_IN);
    assert_int_equal(filters.items[0].value.i64s.n, 2); /* ids are strings: "01" is nobody's */
    assert_int_equal(filters.items[0].value.i64s.items[1], 2);
    check_one(BROWSE_DEVELOPERS, "public_repos__in=1.0,1.5,1e30", BROWSE_PUBLIC_REPOS, BROWSE_IN);
    assert_int_equal(filters.items[0].value.i64s.n, 1);
    parse(BROWSE_DEVELOPERS, "public_repos__in=1,x");
    assert_int_equal(errors.n, 1);
}

static void test_filters__less_and_greater(void **state)
{
    (void)state;
    check_one(BROWSE_DEVELOPERS, "public_repos__lt=5.5", BROWSE_PUBLIC_REPOS, BROWSE_LT);
    assert_int_equal(filters.items[0].value.i64, 6);
    check_one(BROWSE_DEVELOPERS, "public_repos__gt=5.5", BROWSE_PUBLIC_REPOS, BROWSE_GT);
    assert_int_equal(filters.items[0].value.i64, 5);
    check_one(BROWSE_DEVELOPERS, "public_repos__lt=1e30", BROWSE_PUBLIC_REPOS, BROWSE_LTE);
    assert_int_equal(filters.items[0].value.i64, INT64_MAX);
    check_one(BROWSE_DEVELOPERS, "public_repos__gt=1e30", BROWSE_PUBLIC_REPOS, BROWSE_NOTHING);
    check_one(BROWSE_DEVELOPERS, "public_repos__gt=-1e30", BROWSE_PUBLIC_REPOS, BROWSE_GTE);
}

static void test_filters__ignored(void **state)
{
    static const char *const ignored[] = {
        "login__contains=a", "login__exact=a", "nope=1",    "login=",
        "loginx=1",          "login_=1",       "login__=1", "github_id__lte=1",
        "rate_limit=1",      "has_wiki=1",     "=login",    "created_at__isnull=true"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++) {
        parse(BROWSE_DEVELOPERS, ignored[i]);
        assert_int_equal(filters.n + errors.n, 0);
    }
}

static void test_filters__bad_booleans_are_problems(void **state)
{
    static const char *const bad[] = {"name__isnull=maybe", "bio__isnull=2", "email__isnull=yes"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        parse(BROWSE_DEVELOPERS, bad[i]);
        assert_int_equal(filters.n, 0);
        assert_int_equal(errors.n, 1);
        assert_string_equal(errors.items[0].message, "Enter true or false.");
    }
}

static void test_filters__numbers_between_and_beyond(void **state)
{
    (void)state;
    check_one(BROWSE_DEVELOPERS, "public_repos=5.5", BROWSE_PUBLIC_REPOS, BROWSE_NOTHING);
    check_one(BROWSE_DEVELOPERS, "public_repos__gte=5.5", BROWSE_PUBLIC_REPOS, BROWSE_GTE);
    assert_int_equal(filters.items[0].value.i64, 6);
    check_one(BROWSE_DEVELOPERS, "public_repos__lte=5.5", BROWSE_PUBLIC_REPOS, BROWSE_LTE);
    assert_int_equal(filters.items[0].value.i64, 5);
    check_one(BROWSE_DEVELOPERS, "public_repos__gte=1e30", BROWSE_PUBLIC_REPOS, BROWSE_NOTHING);
    check_one(BROWSE_DEVELOPERS, "public_repos__lte=1e30", BROWSE_PUBLIC_REPOS, BROWSE_LTE);
    check_one(BROWSE_DEVELOPERS, "public_repos__lte=-1e30", BROWSE_PUBLIC_REPOS, BROWSE_NOTHING);
    check_one(BROWSE_DEVELOPERS, "public_repos__gte=-1e30", BROWSE_PUBLIC_REPOS, BROWSE_GTE);
    check_one(BROWSE_DEVELOPERS, "public_repos=1e30", BROWSE_PUBLIC_REPOS, BROWSE_NOTHING);
}

static void test_filters__owner_is_text_to_people(void **state)
{
    (void)state;
    check_one(BROWSE_REPOSITORIES, "owner_github_id=7", BROWSE_OWNER_GITHUB_ID, BROWSE_EXACT);
    assert_int_equal(filters.items[0].value.i64, 7);
    check_one(BROWSE_REPOSITORIES, "owner_github_id=0", BROWSE_OWNER_GITHUB_ID, BROWSE_EXACT);
    check_one(BROWSE_REPOSITORIES, "owner_github_id=07", BROWSE_OWNER_GITHUB_ID, BROWSE_NOTHING);
    check_one(BROWSE_REPOSITORIES, "owner_github_id=x", BROWSE_OWNER_GITHUB_ID, BROWSE_NOTHING);
    check_one(BROWSE_REPOSITORIES, "owner_github_id=-7", BROWSE_OWNER_GITHUB_ID, BROWSE_NOTHING);
}

static void test_filters__errors_name_the_parameter(void **state)
{
    (void)state;
    parse(BROWSE_DEVELOPERS, "followers_count__gte=x&created_at=y&login=z&public_gists=1");
    assert_int_equal(filters.n, 2);
    assert_int_equal(errors.n, 2);
    assert_slice(errors.items[0].parameter, "created_at");
    assert_string_equal(errors.items[0].message, "Enter a valid date/time.");
    assert_slice(errors.items[1].parameter, "followers_count__gte");
    assert_string_equal(errors.items[1].message, "Enter a number.");
}

/* Every parameter of a list at once fits what the store takes. */
static void test_filters__all_at_once(void **state)
{
    (void)state;
    for (enum browse_list list = BROWSE_DEVELOPERS; list <= BROWSE_RATE_LIMITS; list++) {
        struct buf query;
        size_t want = 0;
        buf_init(&query, 0);
        for (size_t c = 0; c < ARRAY_LEN(contract); c++) {
            char lookups[64], *rest = lookups, *one;
            strcpy(lookups, contract[c].lookups);
            while (contract[c].list == list && (one = strsep(&rest, " "))) {
                bool exact = strcmp(one, "exact") == 0;
                bool time = strstr(contract[c].field, "_at") || strcmp(contract[c].field, "rate_reset") == 0;
                buf_printf(&query, "%s%s%s=%s&", contract[c].field, exact ? "" : "__", exact ? "" : one,
                           time ? "2020-01-01" : "1");
                want++;
            }
        }
        buf_putc(&query, '\0');
        parse(list, query.ptr);
        assert_int_equal(filters.n, want);
        assert_true(want <= BROWSE_MAX_FILTERS);
        buf_finish(&query);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters__table_is_the_contract),
        cmocka_unit_test(test_filters__operations),
        cmocka_unit_test(test_filters__lists_of_values),
        cmocka_unit_test(test_filters__less_and_greater),
        cmocka_unit_test(test_filters__ignored),
        cmocka_unit_test(test_filters__bad_booleans_are_problems),
        cmocka_unit_test(test_filters__numbers_between_and_beyond),
        cmocka_unit_test(test_filters__owner_is_text_to_people),
        cmocka_unit_test(test_filters__errors_name_the_parameter),
        cmocka_unit_test(test_filters__all_at_once),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

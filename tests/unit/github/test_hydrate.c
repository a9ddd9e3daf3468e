#include "tests/unit/unit.h"

#include "github/hydrate.h"
#include <stdio.h>

static struct stub stub;
static struct buf developers, repositories;
static struct gh_fields lacking;
static int64_t cost;

static int make(void **state)
{
    (void)state;
    buf_init(&developers, 0);
    buf_init(&repositories, 0);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    buf_finish(&developers);
    buf_finish(&repositories);
    return 0;
}

/* The answer about one stub, a node as given. What comes of it, as JSON; "" where nothing was found. */
static const char *read_node(enum record_kind kind, const char *node, const char *errors)
{
    char body[2000];
    buf_reset(&developers);
    buf_reset(&repositories);
    stub = (struct stub){.kind = kind,
                         .github_id = 7,
                         .name = kind == RECORD_DEVELOPER ? "ada" : "Ada/engine",
                         .node_id = "N7"};
    snprintf(body, sizeof body, "{\"data\":{\"rateLimit\":{\"cost\":3},\"nodes\":[%s]}%s%s}", node,
             *errors ? ",\"errors\":" : "", errors);
    assert_int_equal(gh_hydrate_read(slice_of(body), &stub, 1, &developers, &repositories, &cost, &lacking),
                     GH_HYDRATED);
    struct buf *mine = kind == RECORD_DEVELOPER ? &developers : &repositories;
    assert_slice(buf_slice(mine == &developers ? &repositories : &developers), "[]");
    buf_putc(mine, '\0');
    return strcmp(mine->ptr, "[]") == 0 ? "" : mine->ptr;
}

static void assert_has(const char *json, const char *part)
{
    if (!strstr(json, part))
        fail_msg("%s is not in %s", part, json);
}

#define USER       "\"__typename\":\"User\",\"login\":\"ada\""
#define REPOSITORY "\"__typename\":\"Repository\",\"repoName\":\"engine\",\"nameWithOwner\":\"ada/engine\""
#define OF_ADA     REPOSITORY ",\"owner\":{\"login\":\"ada\",\"databaseId\":9}"

static void test_hydrate__fields_have_the_names_of_rest(void **state)
{
    static const struct {
        enum record_kind kind;
        const char *node, *part;
    } cases[] = {
        {RECORD_DEVELOPER, "{" USER ",\"databaseId\":7}", "\"id\":7"},
        {RECORD_DEVELOPER, "{" USER "}", "\"type\":\"User\""},
        {RECORD_DEVELOPER, "{\"__typename\":\"Organization\",\"login\":\"o\"}", "\"type\":\"Organization\""},
        {RECORD_DEVELOPER, "{" USER "}", "\"node_id\":\"N7\""},
        {RECORD_DEVELOPER, "{" USER ",\"createdAt\":\"2020-01-01T00:00:00Z\"}",
         "\"created_at\":\"2020-01-01T00:00:00Z\""},
        {RECORD_DEVELOPER, "{" USER ",\"websiteUrl\":null}", "\"blog\":\"\""},
        {RECORD_DEVELOPER, "{" USER ",\"userEmail\":\"\"}", "\"email\":null"},
        {RECORD_DEVELOPER, "{" USER ",\"twitterUsername\":\"\"}", "\"twitter_username\":null"},
        {RECORD_DEVELOPER, "{" USER ",\"followers\":{\"totalCount\":5}}", "\"followers\":5"},
        {RECORD_DEVELOPER, "{" USER ",\"gists\":{\"totalCount\":6}}", "\"public_gists\":6"},
        {RECORD_DEVELOPER, "{" USER ",\"repositories\":{\"totalCount\":8}}", "\"public_repos\":8"},
        {RECORD_DEVELOPER, "{" USER ",\"isHireable\":false}", "\"hireable\":null"},
        {RECORD_DEVELOPER, "{" USER ",\"isHireable\":true}", "\"hireable\":true"},
        {RECORD_DEVELOPER, "{" USER ",\"avatarUrl\":\"https://a/7?s=9&u=ff&v=4\"}",
         "\"avatar_url\":\"https://a/7?v=4\""},
        {RECORD_DEVELOPER, "{\"__typename\":\"Organization\",\"login\":\"o\",\"description\":\"d\"}",
         "\"bio\":\"d\""},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"stargazerCount\":4}", "\"stargazers_count\":4"},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"stargazerCount\":4}", "\"watchers_count\":4"},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"watchers\":{\"totalCount\":2}}", "\"subscribers_count\":2"},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"openI\":{\"totalCount\":2},\"openP\":{\"totalCount\":3}}",
         "\"open_issues_count\":5"},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"primaryLanguage\":null}", "\"language\":null"},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"primaryLanguage\":{\"name\":\"C\"}}", "\"language\":\"C\""},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"licenseInfo\":null}", "\"license\":null"},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"licenseInfo\":{\"key\":\"x\",\"spdxId\":null}}",
         "\"spdx_id\":\"NOASSERTION\""},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"visibility\":\"PUBLIC\"}", "\"visibility\":\"public\""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_has(read_node(cases[i].kind, cases[i].node, ""), cases[i].part);
    assert_int_equal(cost, 3);
}

static void test_hydrate__what_is_not_said_stays_away(void **state)
{
    static const char *const absent[] = {
        "\"name\"", "\"email\"", "\"followers\"", "\"public_repos\"", "\"created_at\"",
        "\"blog\"", "\"bio\"",   "\"hireable\"",  "\"company\"",      "\"avatar_url\""};
    const char *got = read_node(RECORD_DEVELOPER, "{" USER ",\"followers\":{},\"gists\":7}", "");
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        if (strstr(got, absent[i]))
            fail_msg("%s is in %s", absent[i], got);
    got = read_node(RECORD_REPOSITORY, "{" OF_ADA ",\"openI\":{\"totalCount\":2}}", "");
    assert_null(strstr(got, "open_issues_count")); /* half of a sum */
}

static void test_hydrate__owners(void **state)
{
    const char *got;
    (void)state;
    /* the same owner, whatever the case: weak, so that nothing is taken from it; another one: a change of hands */
    got = read_node(RECORD_REPOSITORY, "{" REPOSITORY ",\"owner\":{\"login\":\"ADA\",\"databaseId\":9}}", "");
    assert_has(got, "\"owner\":{\"id\":9,\"login\":\"ADA\"}}}]");
    assert_false(stub.owner_unknown);
    got = read_node(RECORD_REPOSITORY, "{" REPOSITORY ",\"owner\":{\"login\":\"bob\",\"databaseId\":9}}", "");
    assert_has(got, "},\"owner\":{\"id\":9,\"login\":\"bob\"}}]");
    /* no database id: the node id says it, unless it is a repository's */
    got = read_node(RECORD_REPOSITORY,
                    "{" REPOSITORY ",\"owner\":{\"login\":\"bob\",\"id\":\"MDQ6VXNlcjEwNDM=\"}}", "");
    assert_has(got, "\"id\":1043");
    assert_string_equal(
        read_node(RECORD_REPOSITORY,
                  "{\"__typename\":\"Repository\",\"repoName\":\"engine\",\"nameWithOwner\":\"bob/engine\","
                  "\"owner\":{\"login\":\"bob\",\"id\":\"nonsense\"}}",
                  ""),
        "");
    assert_int_equal(stub.state, STUB_UNSURE); /* the detail call tells */
    assert_true(*read_node(RECORD_REPOSITORY, "{" REPOSITORY ",\"owner\":{\"login\":\"ada\"}}", ""));
    assert_true(stub.owner_unknown); /* the stored row has to show it */
}

static void test_hydrate__states(void **state)
{
    static const struct {
        enum record_kind kind;
        const char *node, *errors;
        enum stub_state state;
    } cases[] = {
        {RECORD_DEVELOPER, "{" USER "}", "", STUB_FOUND},
        {RECORD_DEVELOPER, "{" USER ",\"databaseId\":7}", "", STUB_FOUND},
        {RECORD_DEVELOPER, "{" USER ",\"databaseId\":8}", "", STUB_UNSURE}, /* another's answer */
        {RECORD_DEVELOPER, "{" USER ",\"databaseId\":null}", "", STUB_FOUND},
        {RECORD_DEVELOPER, "{" USER ",\"databaseId\":null,\"id\":\"MDQ6VXNlcjc=\"}", "", STUB_FOUND},
        {RECORD_DEVELOPER, "{" USER ",\"databaseId\":null,\"id\":\"U_kgAB\"}", "", STUB_UNSURE},
        {RECORD_REPOSITORY, "{" OF_ADA ",\"id\":\"R_kgDOACN7Mg\"}", "", STUB_UNSURE},
        {RECORD_DEVELOPER, "{" REPOSITORY "}", "", STUB_UNSURE},
        {RECORD_REPOSITORY, "{" USER "}", "", STUB_UNSURE},
        {RECORD_DEVELOPER, "{\"__typename\":\"Bot\",\"login\":\"b\"}", "", STUB_UNSURE},
        {RECORD_DEVELOPER, "{\"__typename\":\"User\"}", "", STUB_UNSURE},
        {RECORD_DEVELOPER, "{\"__typename\":\"User\",\"login\":7}", "", STUB_UNSURE},
        {RECORD_DEVELOPER, "null", "", STUB_UNSURE},
        {RECORD_DEVELOPER, "[]", "", STUB_UNSURE},
        {RECORD_DEVELOPER, "null", "[{\"type\":\"NOT_FOUND\",\"path\":[\"nodes\",0]}]", STUB_MISSING},
        {RECORD_DEVELOPER, "null", "[{\"type\":\"SOMETHING\",\"path\":[\"nodes\",0]}]", STUB_UNSURE},
        {RECORD_DEVELOPER, "{" USER "}", "[{\"type\":\"NOT_FOUND\",\"path\":[\"nodes\",0,\"gists\"]}]",
         STUB_UNSURE}, /* a part */
        {RECORD_DEVELOPER, "{" USER "}", "[{\"type\":\"NOT_FOUND\",\"path\":[\"nodes\",1]}]", STUB_FOUND},
        {RECORD_DEVELOPER, "{" USER "}", "[{\"type\":\"NOT_FOUND\",\"path\":[\"nodes\",-1]}]", STUB_FOUND},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = read_node(cases[i].kind, cases[i].node, cases[i].errors);
        if (stub.state != cases[i].state || (*got != '\0') != (stub.state == STUB_FOUND))
            fail_msg("case %zu: state %d, %s", i, stub.state, got);
    }
}

static void test_hydrate__malformed_answers(void **state)
{
    static const char *const bodies[] = {"",
                                         "null",
                                         "[]",
                                         "{",
                                         "{}",
                                         "{\"data\":null}",
                                         "{\"data\":{\"nodes\":null}}",
                                         "{\"data\":{\"nodes\":[]}}",
                                         "{\"data\":{\"nodes\":[null,null]}}"}; /* not as many */
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        if (gh_hydrate_read(slice_of(bodies[i]), &stub, 1, &developers, &repositories, &cost, &lacking) !=
            GH_HYDRATE_FAILED)
            fail_msg("%s", bodies[i]);
}

static void test_hydrate__a_cost_that_no_query_has_is_one_point(void **state)
{
    static const char *const costs[] = {"-5", "1e9", "99999999999", "\"7\"", "null", "[]"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(costs); i++) {
        char body[200];
        snprintf(body, sizeof body, "{\"data\":{\"rateLimit\":{\"cost\":%s},\"nodes\":[null]}}", costs[i]);
        assert_int_equal(
            gh_hydrate_read(slice_of(body), &stub, 1, &developers, &repositories, &cost, &lacking),
            GH_HYDRATED);
        assert_int_equal(cost, 1);
    }
}

static void test_hydrate__scopes(void **state)
{
    static const char *const yes[] = {"user", "repo, user:email", "read:user,repo", " user "},
                             *const no[] = {"",           "repo", "user:follow",
                                            "read:users", "User", "read:user:email"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (!gh_scopes_allow_email(slice_of(yes[i])))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (gh_scopes_allow_email(slice_of(no[i])))
            fail_msg("%s", no[i]);
}

static void test_hydrate__a_query_asks_for_the_kinds_there_are(void **state)
{
    static const struct {
        enum record_kind first, second;
        bool email, user, repository, asks_email;
    } cases[] = {
        {RECORD_DEVELOPER, RECORD_DEVELOPER, false, true, false, false},
        {RECORD_DEVELOPER, RECORD_DEVELOPER, true, true, false, true},
        {RECORD_REPOSITORY, RECORD_REPOSITORY, true, false, true, false},
        {RECORD_DEVELOPER, RECORD_REPOSITORY, false, true, true, false},
        {RECORD_REPOSITORY, RECORD_DEVELOPER, true, true, true, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct stub two[] = {{.kind = cases[i].first, .node_id = "A\""},
                                   {.kind = cases[i].second, .node_id = "B"}};
        struct buf body;
        buf_init(&body, 0);
        gh_hydrate_query(two, 2, cases[i].email, NULL, &body);
        buf_putc(&body, '\0');
        assert_has(body.ptr, "\"variables\":{\"ids\":[\"A\\\"\",\"B\"]}}");
        assert_int_equal(strstr(body.ptr, "websiteUrl") != NULL, cases[i].user);
        assert_int_equal(strstr(body.ptr, "stargazerCount") != NULL, cases[i].repository);
        assert_int_equal(strstr(body.ptr, "userEmail") != NULL, cases[i].asks_email);
        buf_finish(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hydrate__fields_have_the_names_of_rest),
        cmocka_unit_test(test_hydrate__what_is_not_said_stays_away),
        cmocka_unit_test(test_hydrate__owners),
        cmocka_unit_test(test_hydrate__states),
        cmocka_unit_test(test_hydrate__malformed_answers),
        cmocka_unit_test(test_hydrate__a_cost_that_no_query_has_is_one_point),
        cmocka_unit_test(test_hydrate__scopes),
        cmocka_unit_test(test_hydrate__a_query_asks_for_the_kinds_there_are),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

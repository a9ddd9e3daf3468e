#include "tests/unit/unit.h"

#include "github/graphql_error.h"
#include "github/graphql_query.h"
#include "github/hydrate.h"
#include <jansson.h>

static struct gh_fields lacking;

static enum gh_graphql_verdict judge(const char *errors, bool has_nodes)
{
    json_t *list = json_loads(errors, JSON_DECODE_ANY, NULL);
    enum gh_graphql_verdict verdict = gh_graphql_judge(list, has_nodes, &lacking);
    json_decref(list);
    return verdict;
}

static void test_graphql__verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *errors;
        enum gh_graphql_verdict without_nodes, with_nodes;
    } cases[] = {
        {"[]", GH_GRAPHQL_FAILED, GH_GRAPHQL_OK},
        {"null", GH_GRAPHQL_FAILED, GH_GRAPHQL_OK},
        {"\"no\"", GH_GRAPHQL_FAILED, GH_GRAPHQL_OK},
        {"[7, null, {}]", GH_GRAPHQL_FAILED, GH_GRAPHQL_OK},
        {"[{\"type\":\"NEW\",\"message\":\"x\"}]", GH_GRAPHQL_FAILED, GH_GRAPHQL_OK},
        {"[{\"type\":\"NOT_FOUND\",\"path\":[\"nodes\",0]}]", GH_GRAPHQL_FAILED, GH_GRAPHQL_OK},
        {"[{\"type\":\"FORBIDDEN\"}]", GH_GRAPHQL_REFUSED, GH_GRAPHQL_OK},
        {"[{\"type\":\"FORBIDDEN\",\"path\":[\"nodes\"]}]", GH_GRAPHQL_REFUSED, GH_GRAPHQL_OK},
        {"[{\"type\":\"FORBIDDEN\",\"path\":[\"nodes\",3]}]", GH_GRAPHQL_SMALLER, GH_GRAPHQL_OK},
        {"[{\"type\":\"INSUFFICIENT_SCOPES\"}]", GH_GRAPHQL_NO_EMAIL, GH_GRAPHQL_NO_EMAIL},
        {"[{\"type\":\"RESOURCE_LIMITS_EXCEEDED\"}]", GH_GRAPHQL_SMALLER, GH_GRAPHQL_SMALLER},
        {"[{\"extensions\":{\"code\":\"MAX_NODE_LIMIT_EXCEEDED\"}}]", GH_GRAPHQL_SMALLER, GH_GRAPHQL_SMALLER},
        {"[{\"message\":\"Something went wrong while executing your query. This may be the result of a "
         "timeout\"}]",
         GH_GRAPHQL_SMALLER, GH_GRAPHQL_OK},
        {"[{\"message\":\"Timeout on validation of query\"}]", GH_GRAPHQL_SLOW, GH_GRAPHQL_OK},
        {"[{\"message\":\"We couldn't respond to your request in time.\"}]", GH_GRAPHQL_SLOW, GH_GRAPHQL_OK},
        {"[{\"message\":\"No such type Organization, so it can't be a fragment condition\"}]",
         GH_GRAPHQL_LACKS_FIELDS, GH_GRAPHQL_OK},
        {"[{\"message\":\"No such type Node, so it can't be a fragment condition\"}]", GH_GRAPHQL_REFUSED,
         GH_GRAPHQL_OK},
        {"[{\"message\":\"?\",\"extensions\":{\"code\":\"undefinedType\",\"typeName\":\"ID\"}}]",
         GH_GRAPHQL_REFUSED, GH_GRAPHQL_OK},
        {"[{\"message\":\"Field 'nodes' doesn't exist on type 'Query'\"}]", GH_GRAPHQL_REFUSED,
         GH_GRAPHQL_OK},
        {"[{\"message\":\"Field 'login' doesn't exist on type 'User'\"}]", GH_GRAPHQL_REFUSED, GH_GRAPHQL_OK},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (judge(cases[i].errors, false) != cases[i].without_nodes ||
            judge(cases[i].errors, true) != cases[i].with_nodes)
            fail_msg("%s: %d, with nodes %d", cases[i].errors, judge(cases[i].errors, false),
                     judge(cases[i].errors, true));
}

static void assert_lacks(const char *errors, const char *type, const char *name)
{
    if (judge(errors, false) != GH_GRAPHQL_LACKS_FIELDS)
        fail_msg("%s", errors);
    assert_int_equal(lacking.n, 1);
    assert_string_equal(lacking.items[0].type, type);
    assert_string_equal(lacking.items[0].name, name);
}

static void test_graphql__lacking_fields_are_named(void **state)
{
    (void)state;
    assert_lacks("[{\"message\":\"Field 'isTemplate' doesn't exist on type 'Repository'\"}]", "Repository",
                 "isTemplate");
    assert_lacks("[{\"message\":\"Cannot query field \\\"bio\\\" on type \\\"User\\\".\"}]", "User", "bio");
    assert_lacks("[{\"message\":\"x\",\"extensions\":{\"code\":\"undefinedField\",\"typeName\":\"User\","
                 "\"fieldName\":\"bio\"}}]",
                 "User", "bio");
    assert_lacks("[{\"message\":\"Field 'gists' doesn't accept argument 'privacy'\",\"extensions\":{\"code\":"
                 "\"argumentNotAccepted\",\"typeName\":\"Field\"}}]",
                 "", "gists");
    assert_lacks(
        "[{\"message\":\"Argument 'privacy' on Field 'repositories' has an invalid value (PUBLIC).\"}]", "",
        "repositories");
    /* whole types */
    assert_lacks("[{\"message\":\"No such type Organization, so it can't be a fragment condition\"}]",
                 "Organization", "");
    assert_lacks("[{\"message\":\"Fragment R on Repository can't be spread inside Node\"}]", "Repository",
                 "");
    assert_lacks("[{\"message\":\"Unknown type \\\"User\\\".\"}]", "User", "");
    assert_lacks("[{\"message\":\"x\",\"extensions\":{\"code\":\"undefinedType\",\"typeName\":\"User\"}}]",
                 "User", "");
    /* twice the same is once; one that can't be left out decides */
    assert_lacks("[{\"message\":\"Field 'bio' doesn't exist on type 'User'\"},{\"message\":\"Field 'bio' "
                 "doesn't exist "
                 "on type 'User'\"}]",
                 "User", "bio");
    assert_int_equal(
        judge("[{\"message\":\"Field 'bio' doesn't exist on type 'User'\"},{\"message\":\"Field 'id' doesn't "
              "exist on type 'Node'\"}]",
              false),
        GH_GRAPHQL_REFUSED);
    /* a name no schema has is none of ours */
    assert_int_equal(judge("[{\"message\":\"Field "
                           "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' doesn't exist on "
                           "type 'User'\"}]",
                           false),
                     GH_GRAPHQL_REFUSED);
}

static void test_graphql__fields_are_bounded(void **state)
{
    (void)state;
    struct gh_fields all = {0}, one = {1, {{"User", "x"}}};
    for (int i = 0; i < GH_FIELDS_MAX; i++) {
        snprintf(one.items[0].name, sizeof one.items[0].name, "f%d", i);
        assert_true(gh_fields_add(&all, &one));
        assert_false(gh_fields_add(&all, &one));
    }
    strcpy(one.items[0].name, "more");
    assert_false(gh_fields_add(&all, &one));
    assert_int_equal(all.n, GH_FIELDS_MAX);
}

static char *without(const char *query, const char *type, const char *name)
{
    struct gh_fields fields = {1, {{"", ""}}};
    struct buf out;
    strcpy(fields.items[0].type, type);
    strcpy(fields.items[0].name, name);
    buf_init(&out, 65536);
    gh_graphql_without(slice_of(query), &fields, &out);
    buf_putc(&out, '\0');
    return out.ptr;
}

static void assert_without(const char *query, const char *type, const char *name, const char *expected)
{
    char *got = without(query, type, name);
    assert_string_equal(got, expected);
    free(got);
}

#define QUERY                                                                                                \
    "query H($ids: [ID!]!) { rateLimit { cost } nodes(ids: $ids) { __typename ...U ...R } } "                \
    "fragment U on User { login name mail: email repositories(privacy: PUBLIC) { totalCount } } "            \
    "fragment R on Repository { name owner { login ... on User { databaseId } } parent { name } license { "  \
    "name } }"
#define HEAD  "query H($ids: [ID!]!)  { rateLimit { cost } nodes(ids: $ids) { __typename ...U ...R } }\n"
#define U_ALL " fragment U on User  { login name mail: email repositories(privacy: PUBLIC) { totalCount } }\n"
#define R_ALL                                                                                                \
    " fragment R on Repository  { name owner { login ... on User { databaseId } } parent { name } license "  \
    "{ "                                                                                                     \
    "name } }\n"

static void test_graphql__a_query_without_a_field(void **state)
{
    (void)state;
    assert_without(QUERY, "User", "nothing", HEAD U_ALL R_ALL);
    assert_without(
        QUERY, "User", "email",
        HEAD " fragment U on User  { login name repositories(privacy: PUBLIC) { totalCount } }\n" R_ALL);
    assert_without(QUERY, "", "repositories", HEAD " fragment U on User  { login name mail: email }\n" R_ALL);
    /* a name is removed where its type occurs */
    assert_without(
        QUERY, "User", "name",
        HEAD
        " fragment U on User  { login mail: email repositories(privacy: PUBLIC) { totalCount } }\n" R_ALL);
    assert_without(
        QUERY, "Repository", "name",
        HEAD U_ALL
        " fragment R on Repository  { owner { login ... on User { databaseId } } license { name } }\n");
    assert_without(
        QUERY, "License", "name",
        HEAD U_ALL
        " fragment R on Repository  { name owner { login ... on User { databaseId } } parent { name } }\n");
    assert_without(QUERY, "User", "databaseId",
                   HEAD U_ALL
                   " fragment R on Repository  { name owner { login } parent { name } license { name } }\n");
    assert_without(QUERY, "Query", "rateLimit",
                   "query H($ids: [ID!]!)  { nodes(ids: $ids) { __typename ...U ...R } }\n" U_ALL R_ALL);
    assert_without(QUERY, "UserConnection", "totalCount",
                   HEAD " fragment U on User  { login name mail: email }\n" R_ALL);
    assert_without("", "User", "x", "");
    assert_without(QUERY, "Nothing", "", HEAD U_ALL R_ALL);
    assert_without(
        QUERY, "Repository", "",
        "query H($ids: [ID!]!)  { rateLimit { cost } nodes(ids: $ids) { __typename ...U } }\n" U_ALL);
    assert_without(QUERY, "User", "",
                   "query H($ids: [ID!]!)  { rateLimit { cost } nodes(ids: $ids) { __typename ...R } }\n"
                   " fragment R on Repository  { name owner { login } parent { name } license { name } }\n");
}

/* Each field of our own queries can go, and what is left is a query. */
static void test_graphql__our_queries_lose_any_field(void **state)
{
    (void)state;
    static const char *const fields[][2] = {{"User", "gists"},
                                            {"Organization", "description"},
                                            {"Repository", "isTemplate"},
                                            {"License", "spdxId"},
                                            {"RepositoryOwner", "id"},
                                            {"Repository", "parent"},
                                            {"Query", "rateLimit"},
                                            {"", "avatarUrl"}};
    struct stub stubs[] = {{.kind = RECORD_DEVELOPER, .github_id = 1, .name = "a", .node_id = "U_1"},
                           {.kind = RECORD_REPOSITORY, .github_id = 2, .name = "a/b", .node_id = "R_2"}};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct gh_fields one = {1, {{"", ""}}};
        struct buf body;
        strcpy(one.items[0].type, fields[i][0]);
        strcpy(one.items[0].name, fields[i][1]);
        buf_init(&body, 65536);
        gh_hydrate_query(stubs, 2, true, &one, &body);
        json_t *root = json_loadb(body.ptr, body.len, 0, NULL);
        const char *query = json_string_value(json_object_get(root, "query"));
        assert_non_null(query);
        int depth = 0;
        for (const char *c = query; *c; c++) {
            depth += (*c == '{') - (*c == '}');
            assert_in_range(depth, 0, 8);
        }
        assert_int_equal(depth, 0);
        assert_null(strstr(query, "{ }"));
        assert_non_null(strstr(query, "nameWithOwner"));
        json_decref(root);
        buf_finish(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graphql__verdicts),
        cmocka_unit_test(test_graphql__lacking_fields_are_named),
        cmocka_unit_test(test_graphql__fields_are_bounded),
        cmocka_unit_test(test_graphql__a_query_without_a_field),
        cmocka_unit_test(test_graphql__our_queries_lose_any_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a refusal is about: a 401 may refuse an endpoint alone, as GitHub answers to those who may not see a list; a 403 with the last unit
 * of a window may refuse a page for itself. */
#include "tests/unit/unit.h"

#include "github/outcome.h"

#define OF_ENDPOINT SLICE("{\"message\":\"Requires authentication\"}")
#define OF_TOKEN    SLICE("{\"message\":\"Bad credentials\"}")

static void test_outcome__a_401_is_about_the_endpoint_or_the_token(void **state)
{
    (void)state;
    static const struct {
        struct gh_answer answer;
        enum gh_outcome outcome;
    } cases[] = {
        {{.expects_array = true, .for_few = true, .body = OF_ENDPOINT}, GH_RESTRICTED},
        {{.expects_array = true, .for_few = true, .body = OF_TOKEN}, GH_UNAUTHORIZED},
        {{.expects_array = true, .for_few = true, .body = SLICE("<html>proxy</html>")}, GH_BROKEN},
        {{.expects_array = true, .body = OF_ENDPOINT}, GH_UNAUTHORIZED},
        {{.graphql = true, .body = OF_TOKEN}, GH_RESTRICTED},
        {{.graphql = true, .renewable = true, .body = OF_TOKEN}, GH_UNAUTHORIZED},
        {{.graphql = true, .renewable = true, .body = OF_ENDPOINT}, GH_RESTRICTED},
    };
    struct gh_headers headers;
    int64_t wait_ms;
    gh_headers_reset(&headers);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct gh_answer answer = cases[i].answer;
        answer.status = 401;
        answer.headers = &headers;
        enum gh_outcome outcome = gh_classify(&answer, 0, &wait_ms);
        if (outcome != cases[i].outcome || wait_ms)
            fail_msg("case %zu: %s", i, gh_outcome_name(outcome));
    }
}

static void test_outcome__other_refusals(void **state)
{
    static const struct {
        const char *body;
        bool other;
    } rows[] = {{"{\"message\":\"Resource protected by organization SAML enforcement.\"}", true},
                {"{\"message\":\"Repository access blocked\",\"block\":{\"reason\":\"tos\"}}", true},
                {"{\"message\":\"API rate limit exceeded for user ID 1.\"}", false},
                {"{\"message\":\"You have exceeded a secondary rate limit.\"}", false},
                {"{\"message\":\"x\",\"documentation_url\":\"https://x/#secondary-rate-limits\"}", false},
                {"<html>Forbidden</html>", false},
                {"{}", false},
                {"", false}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(gh_is_other_refusal(slice_of(rows[i].body)), rows[i].other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcome__a_401_is_about_the_endpoint_or_the_token),
        cmocka_unit_test(test_outcome__other_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

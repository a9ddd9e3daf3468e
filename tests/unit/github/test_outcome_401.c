/* A 401 may refuse an endpoint alone: GitHub answers like this to those who may not see a list. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcome__a_401_is_about_the_endpoint_or_the_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

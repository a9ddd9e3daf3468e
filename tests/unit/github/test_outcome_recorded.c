/* Exchanges recorded from GitHub, replayed through gh_classify(). */
#include "tests/unit/unit.h"

#include "github/outcome.h"
#include <jansson.h>
#include <stdio.h>

#define MINUTE_MS 60000

static struct gh_headers headers;
static int64_t wait_ms;

/* Each recorded answer and its expected outcome. */
static const struct recorded {
    const char *file;
    enum gh_outcome outcome;
    bool list;
    int64_t wait_ms;
} recorded[] = {
    {"01-user-detail-anonymous.json", GH_FRESH, false, 0},
    {"02-user-detail-authenticated-2025.json", GH_FRESH, false, 0},
    {"03-user-detail-own-account-private-fields.json", GH_FRESH, false, 0},
    {"04-organization-detail-2025.json", GH_FRESH, false, 0},
    {"05-followers-page-with-link.json", GH_FRESH, true, 0},
    {"06-following-page-single.json", GH_FRESH, true, 0},
    {"07-repos-page-middle.json", GH_FRESH, true, 0},
    {"08-starred-page.json", GH_FRESH, true, 0},
    {"09-stargazers-page.json", GH_FRESH, true, 0},
    {"10-stargazers-page-starred-at.json", GH_FRESH, true, 0},
    {"11-repo-detail-anonymous.json", GH_FRESH, false, 0},
    {"12-repo-detail-by-id-2023.json", GH_FRESH, false, 0},
    {"13-repo-renamed-301.json", GH_MOVED, false, 0},
    {"14-repo-not-modified-304.json", GH_UNCHANGED, false, 0},
    {"15-user-not-found-404.json", GH_GONE, false, 0},
    {"16-bad-credentials-401.json", GH_UNAUTHORIZED, false, 0},
    {"17-validation-422.json", GH_BROKEN, false, 0},
    {"18-primary-rate-limit-403.json", GH_PRIMARY_LIMIT, false, MINUTE_MS}, /* of 2013: no reset was sent */
    {"19-secondary-rate-limit-403.json", GH_SECONDARY_LIMIT, false, MINUTE_MS},
    {"20-graphql-node-not-found.json", GH_FRESH, false, 0},
};

static void header_line(const char *name, const char *value)
{
    char line[4096];
    int n = snprintf(line, sizeof line, "%s: %s\r\n", name, value);
    gh_headers_line(&headers, slice_from(line, (size_t)n));
}

static void replay(const char *folder, const struct recorded *r)
{
    char path[4096];
    const char *name;
    json_t *value, *one;
    size_t i;
    snprintf(path, sizeof path, "%s/exchanges/%s", folder, r->file);
    json_error_t problem;
    json_t *root = json_load_file(path, 0, &problem);
    if (!root)
        fail_msg("%s: %s", r->file, problem.text);
    json_t *response = json_object_get(root, "response"), *body = json_object_get(response, "body");
    gh_headers_reset(&headers);
    json_object_foreach(json_object_get(response, "headers"), name, value)
    {
        if (json_is_string(value))
            header_line(name, json_string_value(value));
        json_array_foreach(value, i, one) header_line(name, json_string_value(one));
    }
    char *text = json_is_object(body) || json_is_array(body) ? json_dumps(body, 0) : NULL;
    const struct gh_answer answer = {.headers = &headers,
                                     .status = (int)json_integer_value(json_object_get(response, "status")),
                                     .body = slice_of(text),
                                     .expects_array = r->list};
    wait_ms = -1;
    enum gh_outcome outcome = gh_classify(&answer, 0, &wait_ms);
    if (outcome != r->outcome || wait_ms != r->wait_ms)
        fail_msg("%s: %s, wait %lld ms", r->file, gh_outcome_name(outcome), (long long)wait_ms);
    free(text);
    json_decref(root);
}

static void test_outcome_recorded__exchanges(void **state)
{
    (void)state;
    char folder[3000], probe[3100];
    const char *given = getenv("GITOMATIC_SHARED_DATA"), *source = getenv("GITOMATIC_SOURCE_DIR");
    if (given && *given)
        snprintf(folder, sizeof folder, "%s", given);
    else
        snprintf(folder, sizeof folder, "%s/../shared/data", source && *source ? source : ".");
    snprintf(probe, sizeof probe, "%s/exchanges/%s", folder, recorded[0].file);
    FILE *file = fopen(probe, "r");
    if (!file) {
        print_message("no recorded exchanges in %s (GITOMATIC_SHARED_DATA): skipped\n", folder);
        skip();
    }
    fclose(file);
    for (size_t i = 0; i < ARRAY_LEN(recorded); i++)
        replay(folder, &recorded[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_outcome_recorded__exchanges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

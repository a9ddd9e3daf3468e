/* Schemas of the fields that handlers write themselves. Every member is always there: `required` is made of the properties. Words are
 * schemas by reference (api/spec/words.h). */
#include "api/spec/openapi.h"
#include <jansson.h>
#include <stdlib.h>

/* clang-format off */
#define QUOTED(x)     "\"" x "\""
#define INT(name)     QUOTED(name) ":{\"type\":\"integer\"}"
#define COUNT(name)   QUOTED(name) ":{\"type\":[\"integer\",\"null\"]}"
#define STR(name)     QUOTED(name) ":{\"type\":\"string\"}"
#define WORDS(name)   QUOTED(name) ":{\"type\":[\"string\",\"null\"]}"
#define FLAG(name)    QUOTED(name) ":{\"type\":\"boolean\"}"
#define ONE_OF(words) "{\"$ref\":\"#/components/schemas/" words "\"}"
#define MOMENT(name)  QUOTED(name) ":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define OBJECT(about, members)   "{\"type\":\"object\",\"description\":\"" about "\",\"properties\":{" members "}}"
#define NULLABLE(about, members) "{\"type\":[\"object\",\"null\"],\"description\":\"" about "\",\"properties\":{" members "}}"
#define LIST(about, items)       "{\"type\":\"array\",\"description\":\"" about "\",\"items\":" items "}"

#define PLAN \
    WORDS("reason") "," MOMENT("last_at") "," MOMENT("next_at") "," FLAG("due") "," INT("walks") "," INT("changes") "," \
    COUNT("followers_count") "," COUNT("following_count") "," COUNT("public_repos")
#define SYNC \
    INT("job") "," INT("task") "," QUOTED("state") ":" ONE_OF("JobState") "," FLAG("by_discovery") "," FLAG("asked") "," WORDS("requested_by") "," MOMENT("created_at") "," \
    MOMENT("started_at") "," MOMENT("finished_at") "," MOMENT("run_at") "," WORDS("note") "," WORDS("error") "," INT("jobs") "," \
    INT("open_jobs") "," INT("pages") "," INT("records") "," INT("cost") "," WORDS("lists") "," INT("hydration_jobs_of_task") "," \
    INT("hydration_cost_of_task")
#define WHY \
    WORDS("github_id") "," WORDS("login") "," WORDS("type") "," MOMENT("first_seen_at") "," MOMENT("synced_at") "," MOMENT("gone_at") "," \
    WORDS("gone_reason") "," WORDS("met_through") "," WORDS("first_requested_by") "," \
    "\"plan\":" NULLABLE("when the next sync is due, and why", PLAN) "," \
    "\"known\":" OBJECT("known edges and repositories", INT("followers") "," INT("following") "," INT("stars") "," INT("repositories")) "," \
    "\"syncs\":" LIST("the last syncs, newest first", OBJECT("one sync", SYNC))
#define DAY \
    "\"day\":{\"type\":\"string\",\"format\":\"date\"}," INT("developers") "," INT("developers_synced") "," INT("developers_gone") "," \
    INT("repositories") "," INT("repositories_synced") "," INT("repositories_gone") "," INT("follows") "," INT("follows_closed") "," \
    INT("stars") "," INT("stars_closed")
#define QUOTA STR("credential") "," STR("resource") "," INT("rate_limit") "," INT("rate_remaining") "," MOMENT("rate_reset")

static const struct {
    const char *field, *schema;
} objects[] = {
    {"task_jobs", NULLABLE("the jobs of the same task",
        "\"url\":{\"type\":\"string\",\"format\":\"uri\"}," INT("open") "," INT("completed") "," INT("failed") "," INT("pages") ","
        INT("records") "," INT("cost") "," MOMENT("waits_until") "," WORDS("waits_for"))},
    {"why", NULLABLE("why and when the job's developer, or the repository's owner, is synced", WHY)},
    {"developers", OBJECT("including stubs, without gone ones", INT("known") "," INT("synced"))},
    {"repositories", OBJECT("including stubs, without gone ones", INT("known") "," INT("synced"))},
    {"queue", OBJECT("jobs by state, each counted up to 10,000",
        INT("available") "," INT("running") "," INT("scheduled") "," INT("completed") "," INT("failed") "," INT("cancelled"))},
    {"queue_capped", LIST("states with more jobs than that", ONE_OF("JobState"))},
    {"quota", LIST("GitHub's quota, by credential and resource", OBJECT("one quota", QUOTA))},
    {"fields", LIST("names of the fields of each point", "{\"type\":\"string\"}")},
    {"sources", "{\"type\":\"object\",\"description\":\"by field: github_star_history, counts_seen, both of them, or lists_compared; null where "
                "there is no number\",\"additionalProperties\":{\"type\":[\"string\",\"null\"]}}"},
    {"points", LIST("one per day, week or month", "{\"type\":\"object\",\"required\":[\"day\"],\"properties\":{\"day\":{\"type\":\"string\","
                    "\"format\":\"date\"}},\"additionalProperties\":{\"type\":[\"integer\",\"null\"]}}")},
    {"series", LIST("one each repository", OBJECT("one repository", "\"repository\":{\"type\":\"string\",\"format\":\"uri\"}," STR("full_name") ","
        MOMENT("created_at") "," WORDS("source") ",\"points\":" LIST("days that are known", OBJECT("one day",
        "\"day\":{\"type\":\"string\",\"format\":\"date\"}," INT("age") "," INT("stargazers_count")))))},
    {"frame", OBJECT("the range that the ids were drawn from, each equally likely", INT("from") "," INT("to"))},
    {"interval", "{\"type\":\"array\",\"description\":\"low and high: bounds (95 %) of the share of all ids of the frame\",\"items\":{\"type\":\"number\"},"
                 "\"minItems\":2,\"maxItems\":2}"},
    {"values", LIST("the most frequent first", OBJECT("one value; null: none", WORDS("value") "," INT("count")))},
    {"nodes", LIST("the developer first, then by steps away", OBJECT("a developer or repository", "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
        "\"url\":{\"type\":\"string\",\"format\":\"uri\"},\"kind\":" ONE_OF("NodeKind") "," STR("name") "," INT("depth") "," COUNT("followers_count")))},
    {"dead_letters", LIST("the newest first", OBJECT("a delivery that was given up", STR("since") "," STR("upto") "," INT("items") "," STR("error") ","
        MOMENT("at")))},
    {"edges", LIST("among the nodes", OBJECT("a follow or star", "\"source\":{\"type\":\"string\",\"format\":\"uuid\"},"
        "\"target\":{\"type\":\"string\",\"format\":\"uuid\"},\"kind\":" ONE_OF("EdgeKind")))},
    {"samples", LIST("oldest first", OBJECT("one sample", MOMENT("at") "," STR("credential") "," STR("resource") "," COUNT("rate_limit") ","
        COUNT("rate_remaining") ",\"spent\":" OBJECT("charged since the previous sample", INT("people") "," INT("discovery") "," INT("mirror"))))},
    {"growth", LIST("the last 30 days (UTC), today first: records and edges that were new, became full records, ended", OBJECT("one day", DAY))},
};
/* clang-format on */

static void require_all(json_t *schema)
{
    const char *key;
    json_t *value, *properties = json_object_get(schema, "properties"), *required = json_array();
    json_object_foreach(properties, key, value)
    {
        require_all(value);
        json_array_append_new(required, json_string(key));
    }
    if (properties && !json_object_get(schema, "required"))
        json_object_set(schema, "required", required);
    json_decref(required);
    if (json_object_get(schema, "items"))
        require_all(json_object_get(schema, "items"));
}

void openapi_object(struct jw *w, const char *field)
{
    const char *text = "{\"type\":[\"object\",\"array\",\"null\"]}";
    for (size_t i = 0; i < ARRAY_LEN(objects); i++)
        if (strcmp(objects[i].field, field) == 0)
            text = objects[i].schema;
    json_auto_t *schema = json_loads(text, 0, NULL);
    require_all(schema);
    char *whole = schema ? json_dumps(schema, JSON_COMPACT) : NULL;
    if (!whole)
        abort();
    jw_raw(w, slice_of(whole));
    free(whole);
}

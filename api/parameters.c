#include "api/parameters.h"

/* clang-format off */
#define TEXT "{\"type\":\"string\"}"
#define TIME "{\"type\":\"string\",\"description\":\"a date, or a date and time; UTC unless it says otherwise\"}"

const struct parameter parameters[] = {
    {TAKES_SEARCH,   "search",    TEXT, "words to look for", "\"linux kernel\""},
    {TAKES_ORDERING, "ordering",  NULL, "field to order by; with - before it, the other way round", NULL},
    {TAKES_PAGES,    "page_size", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":10}", "records a page", NULL},
    {TAKES_PAGES,    "page",      "{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1},{\"const\":\"last\"}],\"default\":1}", "number of the page, or last", NULL},
    {TAKES_CURSOR,   "cursor",    TEXT, "where to go on: taken from next or previous; empty begins at the front", NULL},
    {TAKES_FIELDS,   "fields",    TEXT, "fields to answer with, separated by commas; all without it", "\"id,url\""},
    {TAKES_EMBED,    "embed",     "{\"enum\":[\"none\"]}", "none leaves the lists of relations out", NULL},
    {TAKES_AS_OF,    "as_of",     TIME, "the relation as it was at that moment", "\"2026-01-31T12:00:00Z\""},
    {TAKES_SINCE,    "since",     TEXT, "where to go on: taken from the last answer", NULL},
    {0,              "format",    "{\"enum\":[\"json\",\"html\",\"api\"]}", "json, or html (api means the same) for a page; decides over Accept", NULL},
    {0,              "callback",  "{\"type\":\"string\",\"pattern\":\"^[A-Za-z_$][A-Za-z0-9_$.]{0,63}$\"}", "JSONP: the answer as a call of this function", NULL},
    {0,              "indent",    "{\"type\":\"integer\",\"minimum\":0,\"maximum\":8,\"default\":0}", "spaces a level; 0 is compact", NULL},
};
const size_t n_parameters = ARRAY_LEN(parameters);

static const struct path_argument path_arguments[] = {
    {"id",     "{\"type\":\"string\",\"format\":\"uuid\"}", "record id; upper case and without dashes will do"},
    {"number", "{\"type\":\"integer\",\"minimum\":1}",      "place in the list, from 1"},
    {"login",  TEXT,                                        "GitHub login, in any case"},
    {"owner",  TEXT,                                        "login of the owner, in any case"},
    {"name",   TEXT,                                        "name without the owner, in any case"},
};

static const char *const task_names[] = {"full_profile_sync", "full_repository_sync", "discovery_scraper", NULL};
static const struct body_field task_fields[] = {
    {"name",      true,  "what to do", "full_profile_sync", task_names},
    {"username",  false, "login of the developer, or of the repository's owner; discovery_scraper takes none", "octocat", NULL},
    {"repo_name", false, "name of the repository without its owner; for full_repository_sync", NULL, NULL},
};
static const struct body bodies[] = {
    {handle_tasks_post, "Ask for it", "ask for a task", "TaskAccepted", "TaskRefused", task_fields, ARRAY_LEN(task_fields)},
};
/* clang-format on */

const struct path_argument *path_argument(slice name)
{
    for (size_t i = 0; i < ARRAY_LEN(path_arguments); i++)
        if (slice_eq(name, slice_of(path_arguments[i].name)))
            return &path_arguments[i];
    return NULL;
}

const struct body *body_of(const struct route *route)
{
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        if (route->post && bodies[i].post == route->post)
            return &bodies[i];
    return NULL;
}

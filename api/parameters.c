#include "api/parameters.h"

/* clang-format off */
const struct parameter parameters[] = {
    {TAKES_SEARCH,   "search",    PARAMETER_TEXT,   "words to look for", "linux"},
    {TAKES_ORDERING, "ordering",  PARAMETER_TEXT,   "field to order by, with - before it the other way round", "-followers_count"},
    {TAKES_PAGES,    "page_size", PARAMETER_NUMBER, "records a page, at most 100", "100"},
    {TAKES_PAGES,    "page",      PARAMETER_TEXT,   "number of the page, from 1, or last", "2"},
    {TAKES_CURSOR,   "cursor",    PARAMETER_TEXT,   "where to go on, from next or previous; empty begins at the front", ""},
    {TAKES_FIELDS,   "fields",    PARAMETER_TEXT,   "fields to answer with, separated by commas", "id,url"},
    {TAKES_EMBED,    "embed",     PARAMETER_TEXT,   "none leaves the relations out", "none"},
    {TAKES_AS_OF,    "as_of",     PARAMETER_TIME,   "the relation as it was at that moment", "2026-01-31T12:00:00Z"},
    {TAKES_SINCE,    "since",     PARAMETER_TEXT,   "where to go on, from the last answer", ""},
    {TAKES_SINCE,    "type",      PARAMETER_TEXT,   "types of change, separated by commas", "follow.new,follow.closed"},
    {TAKES_SINCE,    "kind",      PARAMETER_TEXT,   "developer, repository, follow or star", "follow"},
    {TAKES_SINCE,    "page_size", PARAMETER_NUMBER, "changes a page, at most 1,000", "1000"},
    {TAKES_JOBS,     "state",     PARAMETER_TEXT,   "available, running, scheduled, completed, failed or cancelled", "failed"},
    {TAKES_JOBS,     "kind",      PARAMETER_TEXT,   "kind of job", "full_profile_sync"},
    {TAKES_JOBS,     "subject",   PARAMETER_TEXT,   "login, or owner/name, in upper or lower case", "octocat"},
    {TAKES_JOBS,     "task",      PARAMETER_NUMBER, "number of the task: that of its first job", "1"},
    {TAKES_JOBS,     "created_at__gte",  PARAMETER_TIME, "asked for then or later", "2026-01-31T12:00:00Z"},
    {TAKES_JOBS,     "created_at__lte",  PARAMETER_TIME, "asked for then or before", "2026-01-31T12:00:00Z"},
    {TAKES_JOBS,     "finished_at__gte", PARAMETER_TIME, "over then or later", "2026-01-31T12:00:00Z"},
    {TAKES_JOBS,     "finished_at__lte", PARAMETER_TIME, "over then or before", "2026-01-31T12:00:00Z"},
    {0,              "format",    PARAMETER_TEXT,   "json, or html for a page, whatever Accept says", "json"},
    {0,              "indent",    PARAMETER_NUMBER, "spaces a level, at most 8; 0 is compact", "2"},
};
const size_t n_parameters = ARRAY_LEN(parameters);

static const char *const task_names[] = {"full_profile_sync", "full_repository_sync", "discovery_scraper", NULL};
static const struct body_field task_fields[] = {
    {"name",      true,  "what to do", "full_profile_sync", task_names},
    {"username",  false, "login of the developer, or of the repository's owner; discovery_scraper takes none", "octocat", NULL},
    {"repo_name", false, "name of the repository without its owner; for full_repository_sync", "hello-world", NULL},
};
static const struct body bodies[] = {
    {handle_tasks_post, "Ask for it", task_fields, ARRAY_LEN(task_fields)},
    {handle_job_cancel, "Call it off", NULL, 0},
    {handle_job_retry, "Ask again", NULL, 0},
};
/* clang-format on */

const struct body *body_of(const struct route *route)
{
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        if (route->post && bodies[i].post == route->post)
            return &bodies[i];
    return NULL;
}

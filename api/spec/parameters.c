#include "api/spec/parameters.h"
#include "api/spec/filters.h"
#include "api/spec/ordering.h"
#include "api/spec/schemas.h"
#include "api/spec/words.h"
#include "core/model/job.h"
#include "core/model/names.h"
#include "schema/browse/facets.h"
#include "schema/graph/changes.h"
#include "schema/queue/samples.h"
#include "schema/report/history.h"

static const char *job_states(const struct route *route, size_t number)
{
    (void)route;
    return words_item(WORDS_JOB_STATE, number);
}

static const char *job_kinds(const struct route *route, size_t number)
{
    (void)route;
    return words_item(WORDS_JOB_KIND, number);
}

static const char *types_of_change(const struct route *route, size_t number)
{
    (void)route;
    return words_item(WORDS_CHANGE_TYPE, number);
}

static const char *kinds_of_change(const struct route *route, size_t number)
{
    static const char *const kinds[] = {"developer", "repository", "follow", "star"};
    (void)route;
    return number < ARRAY_LEN(kinds) ? kinds[number] : NULL;
}

static const char *embeddings(const struct route *route, size_t number)
{
    static const char *const names[] = {"all", "none"};
    (void)route;
    return number < ARRAY_LEN(names) ? names[number] : NULL;
}

/* "created_at", "-created_at", "updated_at", … */
static const char *orderings(const struct route *route, size_t number)
{
    static const char *const down[] = {
#define X(id, name, ...) [BROWSE_##id] = "-" name,
        BROWSE_COLUMNS(X)
#undef X
    };
    size_t n;
    const enum browse_column *columns = ordering_columns(route->list, &n);
    if (number / 2 >= n)
        return NULL;
    enum browse_column column = columns[number / 2];
    return number % 2 ? down[column] : browse_column_name(column);
}

static const char *formats(const struct route *route, size_t number)
{
    static const char *const always[] = {"json", "html", "api"};
    if (number < ARRAY_LEN(always))
        return always[number];
    number -= ARRAY_LEN(always);
    for (int form = FORM_CSV; form < FORM_EVENTS; form++)
        if ((route_forms(route) >> form & 1) && number-- == 0)
            return form_name((enum reply_form)form);
    return NULL;
}

static bool is_about_repositories(const struct route *route)
{
    return slice_starts(slice_of(route->path), SLICE("/github/repositories/"));
}

static const char *fields_of_shape(const struct route *route, size_t number)
{
    size_t n;
    const struct field *fields = fields_of(route->shape, &n);
    return number < n ? fields[number].name : NULL;
}

/* Of a table whose JSON is no list of records. */
static const char *table_columns(const struct route *route, size_t number)
{
    if (route->shape == SHAPE_FACETS)
        return number < ARRAY_LEN(facets_columns) ? facets_columns[number] : NULL;
    return number < ARRAY_LEN(quota_columns) ? quota_columns[number] : NULL;
}

static const char *fields_of_history(const struct route *route, size_t number)
{
    size_t n;
    const struct history_field *fields =
        history_fields(is_about_repositories(route) ? RECORD_REPOSITORY : RECORD_DEVELOPER, &n);
    return number < n ? fields[number].name : NULL;
}

static const char *columns_of_history(const struct route *route, size_t number)
{
    return number ? fields_of_history(route, number - 1) : "day";
}

static const char *intervals(const struct route *route, size_t number)
{
    (void)route;
    return words_item(WORDS_INTERVAL, number);
}

static const char *themes(const struct route *route, size_t number)
{
    static const char *const names[] = {"auto", "light", "dark"};
    (void)route;
    return number < ARRAY_LEN(names) ? names[number] : NULL;
}

static const char *axes(const struct route *route, size_t number)
{
    (void)route;
    return words_item(WORDS_AXIS, number);
}

static const char *scales(const struct route *route, size_t number)
{
    (void)route;
    return words_item(WORDS_SCALE, number);
}

const struct growth_span *growth_span(size_t number)
{
    static const struct growth_span spans[] = {
        {"30", "30 days", 30}, {"90", "90 days", 90}, {"all", "all", 0}};
    return number < ARRAY_LEN(spans) ? &spans[number] : NULL;
}

const struct growth_span *growth_span_find(slice name)
{
    const struct growth_span *span;
    for (size_t i = 0; (span = growth_span(i)); i++)
        if (slice_eq(name, slice_of(span->name)))
            return span;
    return NULL;
}

static const char *spans_of_growth(const struct route *route, size_t number)
{
    const struct growth_span *span = growth_span(number);
    (void)route;
    return span ? span->name : NULL;
}

static const char *facets_of_list(const struct route *route, size_t number)
{
    for (int facet = 0; facet < N_FACETS; facet++)
        if (facet_list((enum facet)facet) == route->list && number-- == 0)
            return facet_name((enum facet)facet);
    return NULL;
}

static const char *kinds_of_edge(const struct route *route, size_t number)
{
    static const char *const names[] = {"follows", "stars"};
    (void)route;
    return number < ARRAY_LEN(names) ? names[number] : NULL;
}

/* clang-format off */
#define ANY    SHAPE_NONE

const struct parameter parameters[] = {
    {TAKES_SEARCH,   ANY, "search",    SCHEMA_SEARCH, NULL, false, "words to search for; all must match"},
    {TAKES_ORDERING, ANY, "ordering",  NULL, orderings, BROWSE_MAX_ORDER, "fields to order by, up to three; - before a field reverses it"},
    {TAKES_JOBS,     SHAPE_JOB, "state",   NULL, job_states, false, "jobs in this state"},
    {TAKES_JOBS,     SHAPE_JOB, "kind",    NULL, job_kinds,  false, "jobs of this kind"},
    {TAKES_JOBS,     SHAPE_JOB, "subject", SCHEMA_WORDS(EXAMPLES("\"octocat\"")), NULL, false, "jobs about this login or owner/name, ignoring case"},
    {TAKES_JOBS,     SHAPE_JOB, "task",    SCHEMA_NUMBER, NULL, false, "jobs of the task with this number"},
    {TAKES_JOBS,     SHAPE_JOB, "created_at__gte",  A_TIME, NULL, false, "requested then or later"},
    {TAKES_JOBS,     SHAPE_JOB, "created_at__lte",  A_TIME, NULL, false, "requested then or before"},
    {TAKES_JOBS,     SHAPE_JOB, "finished_at__gte", A_TIME, NULL, false, "ended then or later"},
    {TAKES_JOBS,     SHAPE_JOB, "finished_at__lte", A_TIME, NULL, false, "ended then or before"},
    {TAKES_SINCE,    SHAPE_CHANGE, "since", SCHEMA_SINCE, NULL, false, "where to continue: the cursor of an answer, or a date; default: the beginning"},
    {TAKES_SINCE,    SHAPE_CHANGE, "before", SCHEMA_BEFORE, NULL, false, "newest first: changes before this cursor of an answer; end: the newest ones. Pages without it begin at the end"},
    {TAKES_SINCE,    SHAPE_CHANGE, "type",  NULL, types_of_change, true, "changes of these types"},
    {TAKES_SINCE,    SHAPE_CHANGE, "kind",  NULL, kinds_of_change, false, "changes of this kind: the part of their type before the dot"},
    {TAKES_SINCE,    SHAPE_CHANGE, "page_size", SCHEMA_COUNT("100"), NULL, false, "changes at a time; more than 1,000 count as 1,000"},
    {TAKES_PAGES,    ANY, "page_size", SCHEMA_COUNT("10"), NULL, false, "records a page; more than 100 count as 100"},
    {TAKES_PAGES,    ANY, "page",      "{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1},{\"type\":\"string\",\"enum\":[\"last\"]}],\"default\":1}", NULL, false, "number of the page, or last"},
    {TAKES_LIMIT | TAKES_ROWS, ANY, "limit",     TYPED("integer", ",\"minimum\":1"), NULL, false, "csv and ndjson: maximum number of records; default: all"},
    {TAKES_JOBS,     SHAPE_JOB, "cursor", SCHEMA_NUMBER, NULL, false, "where to continue: from next, or the id of a job"},
    {TAKES_CURSOR,   ANY, "cursor",    SCHEMA_CURSOR, NULL, false, "where to continue: from next or previous"},
    {TAKES_FIELDS,   ANY, "fields",    NULL, fields_of_shape, true, "fields to return, separated by commas; default: all"},
    {TAKES_EMBED,    ANY, "embed",     NULL, embeddings, false, "whether to include the lists of relations"},
    {TAKES_HISTORY,  SHAPE_HISTORY, "fields", NULL, columns_of_history, true, "fields of each point, separated by commas; default: all"},
    {TAKES_FIELD,    ANY, "field",     NULL, fields_of_history, false, "the field to draw; default: stars or followers"},
    {TAKES_COMPARED, ANY, "repo",      SCHEMA_REPOS, NULL, true, "repositories as owner/name, up to eight"},
    {TAKES_COMPARED, ANY, "by",        NULL, axes, false, "the axis: the date, or the days since creation"},
    {TAKES_COMPARED, ANY, "scale",     NULL, scales, false, "the scale of the stars"},
    {TAKES_HISTORY | TAKES_SAMPLES | TAKES_COMPARED, ANY, "from", A_TIME, NULL, false, "the first day; default: the first known one"},
    {TAKES_HISTORY | TAKES_SAMPLES | TAKES_COMPARED, ANY, "to",   A_TIME, NULL, false, "the last day; default: today (UTC)"},
    {TAKES_HISTORY,  ANY, "interval",  NULL, intervals, false, "the period that a point covers"},
    {TAKES_FACET,    SHAPE_FACETS, "field", NULL, facets_of_list, false, "the field to count; default: location, or language"},
    {TAKES_FACET,    SHAPE_FACETS, "fields", NULL, table_columns, true, "csv and ndjson: columns to return, separated by commas; default: all"},
    {TAKES_FACET,    SHAPE_FACETS, "limit", TYPED("integer", ",\"minimum\":1,\"maximum\":1000" EXAMPLES("100")), NULL, false, "maximum number of values: of json 1 to 1000, default: 100; of csv and ndjson any number, default: all"},
    {TAKES_NETWORK,  SHAPE_NETWORK, "depth", SCHEMA_FROM("1", "2", "1"), NULL, false, "steps away from the developer"},
    {TAKES_NETWORK,  SHAPE_NETWORK, "limit", SCHEMA_FROM("1", "2000", "500"), NULL, false, "maximum number of nodes"},
    {TAKES_NETWORK,  SHAPE_NETWORK, "edges", NULL, kinds_of_edge, true, "kinds of edges to follow and return"},
    {TAKES_SAMPLES,  SHAPE_QUOTA_HISTORY, "fields", NULL, table_columns, true, "csv and ndjson: columns to return, separated by commas; default: all"},
    {TAKES_SAMPLES,  ANY, "credential", SCHEMA_WORDS(EXAMPLES("\"token-1a2b3c4d5e6f\"")), NULL, false, "of this credential, by its label"},
    {TAKES_SAMPLES,  ANY, "resource",  SCHEMA_ENUM("\"core\",\"graphql\""), NULL, false, "of this resource"},
    {TAKES_SIZE,     ANY, "width",     SCHEMA_FROM("200", "2000", "800"), NULL, false, "of the picture, in pixels"},
    {TAKES_SIZE,     ANY, "height",    SCHEMA_FROM("100", "1000", "400"), NULL, false, "of the picture, in pixels"},
    {TAKES_SIZE,     ANY, "theme",     NULL, themes, false, "auto: light or dark as the browser prefers"},
    {TAKES_AS_OF,    ANY, "as_of",     A_TIME, NULL, false, "the relation as it was at that time; a date means its end"},
    {TAKES_DRY_RUN,  ANY, "dry_run",   SCHEMA_FLAG, NULL, false, "of POST: 1 estimates the task's cost, and requests nothing"},
    {TAKES_FORMS,    ANY, "format",    NULL, formats, false, "the format of the answer; overrides Accept"},
    {TAKES_FORMAT,   ANY, "format",    SCHEMA_ENUM("\"json\",\"html\",\"api\""), NULL, false, "html (also: api) for the dashboard; overrides Accept"},
    {TAKES_DAYS,     ANY, "days",      NULL, spans_of_growth, false, "of the dashboard: the days of its growth; default: 30"},
    {TAKES_WORDS,    ANY, "q",         SCHEMA_TEXT, NULL, false, "a login, owner/name or words to search for"},
    {TAKES_NEXT,     ANY, "next",      SCHEMA_TEXT, NULL, false, "the path to go to after signing in"},
    {0,              ANY, "format",    SCHEMA_ENUM("\"json\",\"html\",\"api\""), NULL, false, "json, or html (also: api) for a page; overrides Accept"},
    {0,              ANY, "view",      SCHEMA_ENUM("\"json\""), NULL, false, "of a page: json shows the JSON in it instead of tables"},
    {0,              ANY, "callback",  "{\"type\":\"string\",\"pattern\":\"^[A-Za-z_$][A-Za-z0-9_$.]{0,63}$\"}", NULL, false, "JSONP: wraps the answer in a call of this function"},
    {0,              ANY, "indent",    TYPED("integer", ",\"minimum\":0,\"default\":0"), NULL, false, "spaces per level; 0 is compact, more than 8 count as 8"},
    {0,              ANY, "strict",    SCHEMA_FLAG, NULL, false, "1: unknown parameters are refused (400) instead of ignored"},
};
const size_t n_parameters = ARRAY_LEN(parameters);

static const struct path_argument path_arguments[] = {
    {"id",     "{\"type\":\"string\",\"format\":\"uuid\"}", "record id; upper case and missing dashes are accepted"},
    {"number", "{\"type\":\"integer\",\"minimum\":1}",      "number, from 1"},
    {"login",  SCHEMA_TEXT,                                        "GitHub login, in any case"},
    {"sample", SCHEMA_TEXT,                                        "name of a sample"},
    {"owner",  SCHEMA_TEXT,                                        "login of the owner, in any case"},
    {"name",   SCHEMA_TEXT,                                        "name without the owner, in any case"},
};

static const struct body_field task_fields[] = {
    {"name",      true,  "what to do", "full_profile_sync", job_task_name, NULL, false},
    {"username",  false, "the developer, or the repository's owner: " LOGIN_EXPECTED "; discovery_scraper takes none", "octocat", NULL, NULL, false},
    {"repo_name", false, "the repository, for full_repository_sync: " REPO_NAME_EXPECTED, NULL, NULL, NULL, false},
    {"kind",      false, "of sample and census: the kind of ids", NULL, record_kind_words, NULL, false},
    {"n",         false, "of sample: ids to draw, up to 1000000", NULL, NULL, FIELD_WHOLE("1", ",\"maximum\":1000000", "0*(?:[1-9][0-9]{0,5}|1000000)"), false},
    {"seed",      false, "of sample: a number; the same one draws the same ids", NULL, NULL, FIELD_WHOLE("0", "", "[0-9]+"), false},
    {"sample_name", false, "of sample: " SAMPLE_NAME_EXPECTED "; default: made from kind, n and seed", NULL, NULL, FIELD_LIKE("[A-Za-z0-9][A-Za-z0-9._-]{0,63}"), false},
    {"from",      false, "of census: the first id; default: 1", NULL, NULL, FIELD_WHOLE("1", "", "0*[1-9][0-9]*"), false},
    {"to",        false, "of census: the last id; default: no limit", NULL, NULL, FIELD_WHOLE("1", "", "0*[1-9][0-9]*"), false},
    {"dry_run",   false, "true estimates the task's cost, and requests nothing; as ?dry_run=1", NULL, NULL, FIELD_FLAG, true},
};
#define OPEN ",\"additionalProperties\":true" /* or else linters take each part for the whole */
#define NEEDED(field) "{\"required\":[\"" field "\"],\"properties\":{\"" field "\":{\"not\":{\"enum\":[\"\",null]}}}" OPEN "}"
#define OF_TASK(name, needed) "{\"if\":{\"properties\":{\"name\":{\"const\":\"" name "\"}}" OPEN "},\"then\":" needed "}"
#define TASK_RULES                                                                                           \
    OF_TASK("full_profile_sync", NEEDED("username"))                                                         \
    "," OF_TASK("full_repository_sync", "{\"anyOf\":[" NEEDED("username") "," NEEDED("repo_name") "]}")      \
    "," OF_TASK("sample", "{\"allOf\":[" NEEDED("kind") "," NEEDED("n") "]}") "," OF_TASK("census", NEEDED("kind"))
static const char *words_of_change(size_t number)
{
    return types_of_change(NULL, number);
}
static const struct body_field webhook_fields[] = {
    {"url",    true,  "where changes are sent: http or https, not into a private network", "https://example.org/hook", NULL, "\"string\",\"format\":\"uri\",\"maxLength\":2000", false},
    {"types",  false, "types of changes, as a list or separated by commas: " CHANGE_TYPES_TEXT "; default: all", "star.new,follow.closed", words_of_change, "[\"array\",\"string\",\"null\"]", false},
    {"filter", false, "developer=LOGIN and repository=OWNER/NAME, as a list or separated by commas: only changes about one of them; default: all", NULL, NULL, FIELD_WORDS(",\"maxItems\":32"), false},
    {"secret", false, "signs what is sent, 16 to 255 characters; default: a new one, which the answer shows once", NULL, NULL, FIELD_LIKE("[^\\\\u0000-\\\\u001f]{16,255}"), false},
};
static bool may_cancel(const char *state)
{
    enum job_state of;
    return job_state_parse(slice_of(state), &of) && !job_state_is_over(of);
}
static bool may_retry(const char *state)
{
    enum job_state to, of;
    return job_state_parse(slice_of(state), &of) && job_next_state(of, EV_ASK_AGAIN, &to);
}
static const struct body bodies[] = {
    {handle_tasks_post, "Request", "requests a task", "TaskAccepted", "TaskRefused", false, NULL, task_fields, ARRAY_LEN(task_fields), TASK_RULES, false},
    {handle_job_cancel, "Cancel",     NULL,              "Job",          NULL,          true,  may_cancel, NULL, 0, NULL, false},
    {handle_webhooks_post, "Add",     "adds a webhook",  "WebhookAdded", NULL,          true,  NULL, webhook_fields, ARRAY_LEN(webhook_fields), NULL, false},
    {handle_webhook_delete, "Remove", "removes it",      NULL,            NULL,         false, NULL, NULL, 0, NULL, false},
    {handle_webhook_resume, "Resume", NULL,              "WebhookDetail", NULL,         false, NULL, NULL, 0, NULL, false},
    {handle_webhook_remove, "Remove", NULL,              NULL,           NULL,          false, NULL, NULL, 0, NULL, true},
    {handle_job_retry,  "Retry",      NULL,              "Job",          NULL,          true,  may_retry, NULL, 0, NULL, false},
};
/* clang-format on */

bool parameter_fits(const struct parameter *parameter, const struct route *route)
{
    if (parameter->takes == TAKES_DRY_RUN) /* only POST takes it */
        return false;
    if (!parameter->takes && strcmp(parameter->name, "strict") == 0)
        return true;
    if (!parameter->takes)
        return (route->flags & ROUTE_NEGOTIATES) &&
               !((route->takes & TAKES_FORMS) && strcmp(parameter->name, "format") == 0);
    if (parameter->takes == TAKES_CURSOR && route->shape == SHAPE_JOB) /* they have their own */
        return false;
    return (route->takes & parameter->takes) &&
           (parameter->shape == SHAPE_NONE || parameter->shape == route->shape);
}

const struct parameter *parameter_find(const struct route *route, slice name)
{
    for (size_t i = 0; i < n_parameters; i++)
        if (parameter_fits(&parameters[i], route) && slice_eq(slice_of(parameters[i].name), name))
            return &parameters[i];
    return NULL;
}

bool parameter_exists(const struct request *rq, slice name)
{
    const struct route *route = rq->route;
    return parameter_find(route, name) ||
           ((route->takes & TAKES_DRY_RUN) && request_is(rq, "POST") && slice_eq(name, SLICE("dry_run"))) ||
           ((route->takes & TAKES_FILTERS) && filter_exists(route->list, name));
}

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

const struct route *route_action(const struct route *route, size_t number)
{
    slice path = slice_of(route->path);
    for (size_t i = 0; i < n_routes; i++) {
        slice other = slice_of(routes[i].path);
        bool below = !routes[i].get && other.len > path.len && slice_starts(other, path);
        if (below && number-- == 0)
            return &routes[i];
    }
    return NULL;
}

#define NAMES_MAX_BYTES 512 /* in a line of the log */

const char *parameters_for_log(const struct request *rq)
{
    AUTO_BUF names = {.max = NAMES_MAX_BYTES};
    size_t others = 0;
    for (size_t i = 0; rq->route && i < rq->params.n; i++) {
        slice name = rq->params.items[i].key;
        if (!parameter_exists(rq, name)) {
            others++;
            continue;
        }
        if (names.len)
            buf_putc(&names, ' ');
        buf_put(&names, name.ptr, name.len);
    }
    const char *out = arena_printf(rq->arena, "%.*s%s%s", SLICE_ARG(buf_slice(&names)),
                                   names.len && others ? " " : "", others ? "(others)" : "");
    return out;
}

#include "api/spec/fields.h"
#include "schema/browse/browse.h"
#include "schema/graph/changes.h"
#include "schema/queue/jobs_view.h"
#include <assert.h>
#include <stddef.h>

/* clang-format off */
#define D(member) offsetof(struct developer_record, member)
#define R(member) offsetof(struct repository_record, member)
#define C(member) offsetof(struct change_record, member)
#define J(member) offsetof(struct job_record, member)
#define Q(member) offsetof(struct rate_limit_record, member)
#define SET      FIELD_SET
#define NULLABLE FIELD_NULLABLE
#define OPT_IN   FIELD_OPT_IN

#define DEVELOPER_FIELDS \
    {"id", FIELD_ID, SET, "record id: a function of kind and GitHub id, the same in every deployment", D(github_id), RECORD_DEVELOPER, NULL}, \
    {"url", FIELD_LINK, SET, "this record", D(github_id), RECORD_DEVELOPER, ""}, \
    {"github_id", FIELD_DIGITS, SET, "GitHub's id", D(github_id), 0, NULL}, \
    {"login", FIELD_TEXT, SET, "login, as last seen", D(login), 0, NULL}, \
    {"name", FIELD_TEXT, NULLABLE, "display name", D(name), 0, NULL}, \
    {"location", FIELD_TEXT, NULLABLE, "free text", D(location), 0, NULL}, \
    {"bio", FIELD_TEXT, NULLABLE, "an organisation's description", D(bio), 0, NULL}, \
    {"company", FIELD_TEXT, NULLABLE, "as the person wrote it", D(company), 0, NULL}, \
    {"email", FIELD_TEXT, NULLABLE, "public address", D(email), 0, NULL}, \
    {"created_at", FIELD_TIME, NULLABLE, "when the account was created", D(created_at), 0, NULL}, \
    {"updated_at", FIELD_TIME, NULLABLE, "when the profile changed, according to GitHub", D(updated_at), 0, NULL}, \
    {"followers_count", FIELD_NUMBER, NULLABLE, "GitHub's own count", D(followers_count), 0, NULL}, \
    {"following_count", FIELD_NUMBER, NULLABLE, "GitHub's own count", D(following_count), 0, NULL}, \
    {"public_gists", FIELD_NUMBER, NULLABLE, "GitHub's own count", D(public_gists), 0, NULL}, \
    {"public_repos", FIELD_NUMBER, NULLABLE, "GitHub's own count", D(public_repos), 0, NULL}, \
    {"followers", FIELD_LINKS, SET, "followers, newest first, at most 1,000", D(followers), RECORD_DEVELOPER, NULL}, \
    {"following", FIELD_LINKS, SET, "followed developers, newest first, at most 1,000", D(following), RECORD_DEVELOPER, NULL}, \
    {"starred_repositories", FIELD_LINKS, SET, "starred repositories, newest first, at most 1,000", D(starred_repositories), RECORD_REPOSITORY, NULL}, \
    {"repositories", FIELD_LINKS, SET, "owned repositories, newest first, at most 1,000", D(repositories), RECORD_REPOSITORY, NULL}, \
    {"followers_url", FIELD_LINK, SET, "all followers, by page", D(github_id), RECORD_DEVELOPER, "followers/"}, \
    {"following_url", FIELD_LINK, SET, "all followed developers, by page", D(github_id), RECORD_DEVELOPER, "following/"}, \
    {"starred_repositories_url", FIELD_LINK, SET, "all starred repositories, by page", D(github_id), RECORD_DEVELOPER, "starred_repositories/"}, \
    {"repositories_url", FIELD_LINK, SET, "all owned repositories, by page", D(github_id), RECORD_DEVELOPER, "repositories/"}, \
    {"type", FIELD_TEXT, OPT_IN, "User, Organization or Bot", D(type), 0, NULL}, \
    {"blog", FIELD_TEXT, OPT_IN, "website, as the person wrote it; may be empty", D(blog), 0, NULL}, \
    {"twitter_username", FIELD_TEXT, OPT_IN, "name on Twitter", D(twitter_username), 0, NULL}, \
    {"hireable", FIELD_BOOL, OPT_IN, "open for work; null if the person did not say", D(hireable), 0, NULL}, \
    {"synced_at", FIELD_TIME, OPT_IN, "when a changed profile was last stored; null for a stub", D(synced_at), 0, NULL}, \
    {"gone_at", FIELD_TIME, OPT_IN, "when the account was found gone from GitHub", D(gone_at), 0, NULL}

#define REPOSITORY_FIELDS \
    {"id", FIELD_ID, SET, "record id: a function of kind and GitHub id, the same in every deployment", R(github_id), RECORD_REPOSITORY, NULL}, \
    {"url", FIELD_LINK, SET, "this record", R(github_id), RECORD_REPOSITORY, ""}, \
    {"owner", FIELD_LINK, NULLABLE, "the owner's record", R(owner_github_id), RECORD_DEVELOPER, ""}, \
    {"github_id", FIELD_DIGITS, SET, "GitHub's id", R(github_id), 0, NULL}, \
    {"owner_github_id", FIELD_DIGITS, NULLABLE, "the owner's GitHub id", R(owner_github_id), 0, NULL}, \
    {"name", FIELD_TEXT, SET, "without the owner", R(name), 0, NULL}, \
    {"full_name", FIELD_TEXT, SET, "owner/name, as last seen", R(full_name), 0, NULL}, \
    {"description", FIELD_TEXT, NULLABLE, "free text", R(description), 0, NULL}, \
    {"homepage", FIELD_TEXT, NULLABLE, "may also be empty", R(homepage), 0, NULL}, \
    {"language", FIELD_TEXT, NULLABLE, "main language", R(language), 0, NULL}, \
    {"created_at", FIELD_TIME, NULLABLE, "when it was created", R(created_at), 0, NULL}, \
    {"updated_at", FIELD_TIME, NULLABLE, "when it changed, according to GitHub", R(updated_at), 0, NULL}, \
    {"has_downloads", FIELD_BOOL, NULLABLE, "downloads are enabled", R(has_downloads), 0, NULL}, \
    {"has_issues", FIELD_BOOL, NULLABLE, "issues are enabled", R(has_issues), 0, NULL}, \
    {"has_pages", FIELD_BOOL, NULLABLE, "has a website on GitHub", R(has_pages), 0, NULL}, \
    {"has_projects", FIELD_BOOL, NULLABLE, "projects are enabled", R(has_projects), 0, NULL}, \
    {"has_wiki", FIELD_BOOL, NULLABLE, "the wiki is enabled", R(has_wiki), 0, NULL}, \
    {"private", FIELD_BOOL, NULLABLE, "false in a public crawl", R(private), 0, NULL}, \
    {"archived", FIELD_BOOL, NULLABLE, "read-only on GitHub", R(archived), 0, NULL}, \
    {"disabled", FIELD_BOOL, NULLABLE, "disabled by GitHub", R(disabled), 0, NULL}, \
    {"stargazers", FIELD_LINKS, SET, "stargazers, newest first, at most 1,000", R(stargazers), RECORD_DEVELOPER, NULL}, \
    {"stargazers_count", FIELD_NUMBER, NULLABLE, "GitHub's own count", R(stargazers_count), 0, NULL}, \
    {"subscribers_count", FIELD_NUMBER, NULLABLE, "people watching", R(subscribers_count), 0, NULL}, \
    {"watchers_count", FIELD_NUMBER, NULLABLE, "the same as stargazers_count, as at GitHub", R(watchers_count), 0, NULL}, \
    {"open_issues_count", FIELD_NUMBER, NULLABLE, "including pull requests", R(open_issues_count), 0, NULL}, \
    {"stargazers_url", FIELD_LINK, SET, "all stargazers, by page", R(github_id), RECORD_REPOSITORY, "stargazers/"}, \
    {"topics", FIELD_TEXTS, OPT_IN, "topics", R(topics), 0, NULL}, \
    {"license", FIELD_TEXT, OPT_IN, "SPDX id of the license", R(license), 0, NULL}, \
    {"fork", FIELD_BOOL, OPT_IN, "is a fork", R(fork), 0, NULL}, \
    {"forks_count", FIELD_NUMBER, OPT_IN, "GitHub's own count", R(forks_count), 0, NULL}, \
    {"pushed_at", FIELD_TIME, OPT_IN, "time of the last push", R(pushed_at), 0, NULL}, \
    {"size_kb", FIELD_NUMBER, OPT_IN, "size in kilobytes, according to GitHub", R(size_kb), 0, NULL}, \
    {"default_branch", FIELD_TEXT, OPT_IN, "name of the default branch", R(default_branch), 0, NULL}, \
    {"parent", FIELD_LINK, OPT_IN, "the record of the repository it was forked from", R(parent_github_id), RECORD_REPOSITORY, ""}, \
    {"synced_at", FIELD_TIME, OPT_IN, "when a changed detail was last stored; null for a stub", R(synced_at), 0, NULL}, \
    {"gone_at", FIELD_TIME, OPT_IN, "when it was found gone from GitHub", R(gone_at), 0, NULL}

/* The fields of an edge, in addition to the record at its other end. */
#define EDGE_FIELDS(struct_edge) \
    {"first_seen_at", FIELD_TIME, SET, "when the edge was first seen here", offsetof(struct_edge, first_seen_at), 0, NULL}, \
    {"gone_after", FIELD_TIME, NULLABLE, "the edge ended after this time; null while it exists", offsetof(struct_edge, gone_after), 0, NULL}, \
    {"gone_before", FIELD_TIME, NULLABLE, "the edge ended before this time; null while it exists", offsetof(struct_edge, gone_before), 0, NULL}
#define STARRED_AT(struct_edge) \
    {"starred_at", FIELD_TIME, NULLABLE, "when it was starred, according to GitHub; null if GitHub did not say", offsetof(struct_edge, starred_at), 0, NULL}

static const struct field root_fields[] = {
    {"developers", FIELD_PATH, SET, "developers, newest first", 0, 0, "/github/developers/"},
    {"repositories", FIELD_PATH, SET, "repositories, newest first", 0, 0, "/github/repositories/"},
    {"rate_limit", FIELD_PATH, SET, "GitHub's quota, by credential", 0, 0, "/github/rate_limit/"},
    {"tasks", FIELD_PATH, SET, "the tasks that can be requested", 0, 0, "/github/tasks/"},
    {"jobs", FIELD_PATH, SET, "requested tasks and their jobs, newest first", 0, 0, "/github/jobs/"},
    {"stats", FIELD_PATH, SET, "numbers of records and their growth", 0, 0, "/github/stats/"},
    {"samples", FIELD_PATH, SET, "unbiased samples of GitHub's ids", 0, 0, "/github/samples/"},
    {"changes", FIELD_PATH, SET, "changes, oldest first", 0, 0, "/github/changes/"},
    {"webhooks", FIELD_PATH, SET, "receivers of changes", 0, 0, "/github/webhooks/"},
};
static const struct field developer_fields[] = {DEVELOPER_FIELDS};
static const struct field repository_fields[] = {REPOSITORY_FIELDS};
static const struct field follow_fields[] = {
    DEVELOPER_FIELDS, EDGE_FIELDS(struct developer_edge)};
static const struct field stargazer_fields[] = {
    DEVELOPER_FIELDS, STARRED_AT(struct developer_edge), EDGE_FIELDS(struct developer_edge)};
static const struct field starred_fields[] = {
    REPOSITORY_FIELDS, STARRED_AT(struct repository_edge), EDGE_FIELDS(struct repository_edge)};
static const struct field rate_limit_fields[] = {
    {"url", FIELD_NUMBERED, SET, "this record", Q(number), 0, "/github/rate_limit/"},
    {"rate_limit", FIELD_NUMBER, SET, "units a window", Q(rate_limit), 0, NULL},
    {"rate_remaining", FIELD_NUMBER, NULLABLE, "units left now", Q(rate_remaining), 0, NULL},
    {"rate_reset_raw", FIELD_NUMBER, NULLABLE, "end of the window, Unix seconds", Q(rate_reset_raw), 0, NULL},
    {"rate_reset", FIELD_TIME, NULLABLE, "end of the window", Q(rate_reset), 0, NULL},
    {"credential", FIELD_TEXT, SET, "label of the credential; it does not reveal the token", Q(credential), 0, NULL},
    {"resource", FIELD_TEXT, SET, "core, graphql, search, …, as GitHub names it", Q(resource), 0, NULL},
};
static const struct field task_fields[] = { /* written by api/resources/tasks.c */
    {"id", FIELD_NUMBER, SET, "its number in the list", 0, 0, NULL},
    {"name", FIELD_TEXT, SET, "the value to send as name", 0, 0, NULL},
    {"username", FIELD_TEXT, SET, "required or n/a", 0, 0, NULL},
    {"repo_name", FIELD_TEXT, SET, "required or n/a", 0, 0, NULL},
};

#define JOB_FIELDS \
    {"id", FIELD_NUMBER, SET, "its number", J(id), 0, NULL}, \
    {"url", FIELD_NUMBERED, SET, "this job", J(id), 0, "/github/jobs/"}, \
    {"kind", FIELD_TEXT, SET, "the kind of job", J(kind), 0, NULL}, \
    {"subject", FIELD_TEXT, SET, "a login, owner/name, \"37 stubs\", or empty", J(subject), 0, NULL}, \
    {"state", FIELD_TEXT, SET, "available, running, scheduled, completed, failed or cancelled", J(state), 0, NULL}, \
    {"priority", FIELD_NUMBER, SET, "lower goes first", J(priority), 0, NULL}, \
    {"attempt", FIELD_NUMBER, SET, "failed attempts since the last saved page", J(attempt), 0, NULL}, \
    {"created_at", FIELD_TIME, SET, "when it was requested", J(created_at), 0, NULL}, \
    {"run_at", FIELD_TIME, NULLABLE, "when it runs next, or may run; null if it is finished", J(run_at), 0, NULL}, \
    {"started_at", FIELD_TIME, NULLABLE, "when a crawler first claimed it", J(started_at), 0, NULL}, \
    {"finished_at", FIELD_TIME, NULLABLE, "when it finished", J(finished_at), 0, NULL}, \
    {"pages", FIELD_NUMBER, SET, "saved answers of GitHub", J(pages), 0, NULL}, \
    {"records", FIELD_NUMBER, SET, "records in them", J(records), 0, NULL}, \
    {"progress", FIELD_TEXT, NULLABLE, "its progress in words; null if there is none to report", J(progress), 0, NULL}, \
    {"cost", FIELD_NUMBER, SET, "units of quota", J(cost), 0, NULL}, \
    {"error", FIELD_TEXT, NULLABLE, "why it failed, or why it waits", J(error), 0, NULL}, \
    {"note", FIELD_TEXT, NULLABLE, "how it ended (gone, restricted, ...), or quota while it waits for quota", J(note), 0, NULL}, \
    {"task_id", FIELD_NUMBER, NULLABLE, "number of the task's first job", J(task_id), 0, NULL}, \
    {"task", FIELD_NUMBERED, NULLABLE, "the task's first job", J(task_id), 0, "/github/jobs/"}

static const struct field job_fields[] = {JOB_FIELDS};
static const struct field job_detail_fields[] = { /* the last ones are written by api/resources/jobs.c */
    JOB_FIELDS,
    {"task_jobs", FIELD_OBJECT, NULLABLE, "the jobs of the same task: url of their list, open, completed, failed, pages, records, cost, and, while all open ones wait, waits_until and waits_for (quota, or null), else null", 0, 0, NULL},
    {"why", FIELD_OBJECT, NULLABLE, "of a job about a developer or a repository: the output of `gitomatic why` for the developer or the owner", 0, 0, NULL},
};
static const struct field stats_fields[] = { /* written by api/resources/stats.c */
    {"as_of", FIELD_TIME, SET, "when these numbers were read", 0, 0, NULL},
    {"last_change_at", FIELD_TIME, NULLABLE, "when the last change was stored", 0, 0, NULL},
    {"last_discovery_at", FIELD_TIME, NULLABLE, "when the last discovery ended", 0, 0, NULL},
    {"developers", FIELD_OBJECT, SET, "known (including stubs) and synced, without gone ones", 0, 0, NULL},
    {"repositories", FIELD_OBJECT, SET, "known and synced, likewise", 0, 0, NULL},
    {"follows", FIELD_NUMBER, SET, "current follows", 0, 0, NULL},
    {"stars", FIELD_NUMBER, SET, "current stars", 0, 0, NULL},
    {"queue", FIELD_OBJECT, SET, "jobs by state, each counted up to 10,000", 0, 0, NULL},
    {"queue_capped", FIELD_OBJECT, SET, "list of the states with more jobs than that", 0, 0, NULL},
    {"quota", FIELD_OBJECT, SET, "list of credential, resource, rate_limit, rate_remaining, rate_reset", 0, 0, NULL},
    {"growth", FIELD_OBJECT, SET, "list of the last 30 days (UTC), today first: records and edges that were new, became full records, ended", 0, 0, NULL},
};
static const struct field change_fields[] = {
    {"at", FIELD_TIME, SET, "when the transaction that stored it began", C(at), 0, NULL},
    {"type", FIELD_TEXT, SET, "what happened: developer.new, follow.closed, ...", C(type), 0, NULL},
    {"developer", FIELD_LINK, NULLABLE, "the developer, or the one who follows or stars; null for repository changes", C(developer), RECORD_DEVELOPER, ""},
    {"developer_github_id", FIELD_DIGITS, NULLABLE, "the same as GitHub's id", C(developer), 0, NULL},
    {"followed", FIELD_LINK, NULLABLE, "of a follow, the followed developer", C(followed), RECORD_DEVELOPER, ""},
    {"followed_github_id", FIELD_DIGITS, NULLABLE, "the same as GitHub's id", C(followed), 0, NULL},
    {"repository", FIELD_LINK, NULLABLE, "the repository, or the starred one", C(repository), RECORD_REPOSITORY, ""},
    {"repository_github_id", FIELD_DIGITS, NULLABLE, "the same as GitHub's id", C(repository), 0, NULL},
    {"starred_at", FIELD_TIME, NULLABLE, "of a star, when it was given; null if GitHub did not say", C(starred_at), 0, NULL},
};

static const struct field history_fields[] = { /* written by api/charts/history.c */
    {"url", FIELD_LINK, SET, "this history", 0, 0, ""},
    {"fields", FIELD_OBJECT, SET, "names of the fields of each point", 0, 0, NULL},
    {"interval", FIELD_TEXT, SET, "day, week (from Monday) or month", 0, 0, NULL},
    {"from", FIELD_DAY, SET, "the first day (UTC)", 0, 0, NULL},
    {"to", FIELD_DAY, SET, "the last day", 0, 0, NULL},
    {"sources", FIELD_OBJECT, SET, "by field, the source of its numbers; null: there are none", 0, 0, NULL},
    {"points", FIELD_OBJECT, SET, "one per day, week or month, with its first day; null without an observation", 0, 0, NULL},
};

static const struct field stars_fields[] = { /* written by api/charts/stars.c */
    {"url", FIELD_PATH, SET, "these stars", 0, 0, NULL},
    {"svg_url", FIELD_PATH, SET, "the same as a chart", 0, 0, NULL},
    {"csv_url", FIELD_PATH, SET, "the same as CSV", 0, 0, NULL},
    {"by", FIELD_TEXT, SET, "date, or age: days since creation", 0, 0, NULL},
    {"scale", FIELD_TEXT, SET, "linear or log", 0, 0, NULL},
    {"series", FIELD_OBJECT, SET, "one per repository, in the order of the request, with up to 400 points", 0, 0, NULL},
};

static const struct field facets_fields[] = { /* written by api/charts/facets.c */
    {"field", FIELD_TEXT, SET, "the counted field", 0, 0, NULL},
    {"total", FIELD_NUMBER, SET, "counted records", 0, 0, NULL},
    {"capped", FIELD_BOOL, SET, "true: there are more records than were counted", 0, 0, NULL},
    {"distinct", FIELD_NUMBER, SET, "number of different values", 0, 0, NULL},
    {"as_of", FIELD_TIME, NULLABLE, "of a long list without filters, when it was counted; null: now", 0, 0, NULL},
    {"values", FIELD_OBJECT, SET, "the most frequent first", 0, 0, NULL},
};

static const struct field network_fields[] = { /* written by api/charts/network.c */
    {"nodes", FIELD_OBJECT, SET, "developers and repositories, the developer first, then by distance", 0, 0, NULL},
    {"edges", FIELD_OBJECT, SET, "all follows and stars among the nodes", 0, 0, NULL},
    {"complete", FIELD_BOOL, SET, "false: the answer is not complete", 0, 0, NULL},
    {"limit", FIELD_NUMBER, SET, "maximum number of nodes", 0, 0, NULL},
};

static const struct field sample_fields[] = { /* written by api/resources/samples.c */
    {"name", FIELD_TEXT, SET, "its name", 0, 0, NULL},
    {"url", FIELD_PATH, SET, "this sample", 0, 0, NULL},
    {"kind", FIELD_TEXT, SET, "users or repositories", 0, 0, NULL},
    {"frame", FIELD_OBJECT, SET, "from and to: the range that the ids were drawn from, each equally likely", 0, 0, NULL},
    {"seed", FIELD_NUMBER, SET, "the seed of the draw", 0, 0, NULL},
    {"drawn", FIELD_NUMBER, SET, "drawn ids, each once", 0, 0, NULL},
    {"asked", FIELD_NUMBER, SET, "ids that GitHub has answered", 0, 0, NULL},
    {"found", FIELD_NUMBER, SET, "answered ids that exist", 0, 0, NULL},
    {"share", FIELD_FRACTION, NULLABLE, "found divided by asked; null before the first answer", 0, 0, NULL},
    {"interval", FIELD_OBJECT, SET, "low and high: bounds (95 %) of the share of all ids of the frame", 0, 0, NULL},
    {"created_at", FIELD_TIME, SET, "when it was drawn", 0, 0, NULL},
    {"finished_at", FIELD_TIME, NULLABLE, "when GitHub had answered for all of them; null before", 0, 0, NULL},
    {"members_url", FIELD_PATH, SET, "the found records", 0, 0, NULL},
};

#define WEBHOOK_FIELDS /* written by api/resources/webhooks.c */ \
    {"id", FIELD_NUMBER, SET, "its number", 0, 0, NULL}, \
    {"self", FIELD_PATH, SET, "this webhook", 0, 0, NULL}, \
    {"url", FIELD_TEXT, SET, "where changes are sent", 0, 0, NULL}, \
    {"state", FIELD_TEXT, SET, "active, or gone: the receiver answered 410", 0, 0, NULL}, \
    {"types", FIELD_TEXTS, SET, "types of changes that are sent; none: all", 0, 0, NULL}, \
    {"developers", FIELD_TEXTS, SET, "GitHub ids of developers whose changes are sent; with repositories, none of both: all", 0, 0, NULL}, \
    {"repositories", FIELD_TEXTS, SET, "GitHub ids of repositories whose changes are sent", 0, 0, NULL}, \
    {"created_at", FIELD_TIME, SET, "when it was added", 0, 0, NULL}, \
    {"cursor", FIELD_TEXT, SET, "the position in the feed up to which it has all changes", 0, 0, NULL}, \
    {"delivered", FIELD_NUMBER, SET, "items that the receiver accepted", 0, 0, NULL}, \
    {"delivered_at", FIELD_TIME, NULLABLE, "when it accepted the last ones; null: none yet", 0, 0, NULL}, \
    {"attempt", FIELD_NUMBER, SET, "failed attempts of the present delivery", 0, 0, NULL}, \
    {"failing_since", FIELD_TIME, NULLABLE, "when the first of these failed", 0, 0, NULL}, \
    {"next_at", FIELD_TIME, NULLABLE, "when the next attempt is due", 0, 0, NULL}, \
    {"last_status", FIELD_NUMBER, NULLABLE, "HTTP status of the receiver's last answer; null: none came", 0, 0, NULL}, \
    {"last_error", FIELD_TEXT, NULLABLE, "why the last attempt failed", 0, 0, NULL}, \
    {"dead_letters_count", FIELD_NUMBER, SET, "deliveries that were given up", 0, 0, NULL}
static const struct field webhook_fields[] = {WEBHOOK_FIELDS};
static const struct field webhook_detail_fields[] = {
    WEBHOOK_FIELDS, {"dead_letters", FIELD_OBJECT, SET, "deliveries that were given up, the newest hundred", 0, 0, NULL}};

static const struct field quota_history_fields[] = { /* written by api/charts/quota_history.c */
    {"samples", FIELD_OBJECT, SET, "one per five minutes, credential and resource, oldest first", 0, 0, NULL},
};

const char *const facets_columns[] = {"value", "count"};
const char *const quota_columns[] = {"at", "credential", "resource", "rate_limit", "rate_remaining", "people", "discovery", "mirror"};

#define TABLE(name) {name, ARRAY_LEN(name)}
static const struct {
    const struct field *items;
    size_t n;
} tables[N_SHAPES] = {
    [SHAPE_ROOT] = TABLE(root_fields),
    [SHAPE_DEVELOPER] = TABLE(developer_fields),
    [SHAPE_REPOSITORY] = TABLE(repository_fields),
    [SHAPE_FOLLOW] = TABLE(follow_fields),
    [SHAPE_STARRED] = TABLE(starred_fields),
    [SHAPE_STARGAZER] = TABLE(stargazer_fields),
    [SHAPE_RATE_LIMIT] = TABLE(rate_limit_fields),
    [SHAPE_TASK] = TABLE(task_fields),
    [SHAPE_JOB] = TABLE(job_fields),
    [SHAPE_JOB_DETAIL] = TABLE(job_detail_fields),
    [SHAPE_STATS] = TABLE(stats_fields),
    [SHAPE_CHANGE] = TABLE(change_fields),
    [SHAPE_HISTORY] = TABLE(history_fields),
    [SHAPE_FACETS] = TABLE(facets_fields),
    [SHAPE_NETWORK] = TABLE(network_fields),
    [SHAPE_QUOTA_HISTORY] = TABLE(quota_history_fields),
    [SHAPE_STARS] = TABLE(stars_fields),
    [SHAPE_SAMPLE] = TABLE(sample_fields),
    [SHAPE_WEBHOOK] = TABLE(webhook_fields),
    [SHAPE_WEBHOOK_DETAIL] = TABLE(webhook_detail_fields),
};
/* clang-format on */

const char *shape_name(enum shape shape)
{
    static const char *const names[] = {
#define X(id, name) name,
        SHAPES(X)
#undef X
    };
    return names[shape];
}

const struct field *fields_of(enum shape shape, size_t *n_out)
{
    assert(tables[shape].n <= 64);
    *n_out = tables[shape].n;
    return tables[shape].items;
}

field_set field_bit(enum shape shape, const char *name)
{
    for (size_t i = 0; i < tables[shape].n; i++)
        if (tables[shape].items[i].name[0] == name[0] && strcmp(tables[shape].items[i].name, name) == 0)
            return (field_set)1 << i;
    return 0;
}

static field_set opt_in_of(enum shape shape)
{
    field_set set = 0;
    for (size_t i = 0; i < tables[shape].n; i++)
        if (tables[shape].items[i].presence == FIELD_OPT_IN)
            set |= (field_set)1 << i;
    return set;
}

static field_set relations_of(enum shape shape)
{
    field_set set = 0;
    for (size_t i = 0; i < tables[shape].n; i++)
        if (tables[shape].items[i].type == FIELD_LINKS)
            set |= (field_set)1 << i;
    return set;
}

field_set fields_of_view(enum shape shape)
{
    return ~relations_of(shape);
}

static bool choose_names(struct arena *a, enum shape shape, slice text, field_set *set_out,
                         const char **why_out)
{
    slice rest = text, name;
    *set_out = 0;
    while (slice_split(&rest, ',', &name)) {
        name = slice_trim(name);
        field_set bit = field_bit(shape, arena_dup(a, name));
        if (name.len && !bit) {
            *why_out = arena_printf(a, "\"%.*s\" is not a field of these records.",
                                    (int)(name.len < 60 ? name.len : 60), name.ptr);
            return false;
        }
        *set_out |= bit;
    }
    return true;
}

bool fields_choose(struct arena *a, enum shape shape, const struct param_list *params, bool embed,
                   field_set *set_out, slice *parameter_out, const char **why_out)
{
    slice names = params_get(params, "fields"), how = slice_trim(params_get(params, "embed"));
    bool none = slice_eq(how, SLICE("none")), all = slice_eq(how, SLICE("all"));
    *set_out = ~opt_in_of(shape);
    *parameter_out = SLICE("embed");
    *why_out = "Choose from: all, none.";
    if (relations_of(shape) && how.len && !none && !all) /* without relations no route takes embed */
        return false;
    *parameter_out = SLICE("fields");
    bool named = slice_trim(names).len > 0;
    if (named && !choose_names(a, shape, names, set_out, why_out))
        return false;
    if (none || (!embed && !all && !named))
        *set_out &= ~relations_of(shape);
    return true;
}

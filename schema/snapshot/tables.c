#include "schema/snapshot/tables.h"

#define AT "(select at from snapshot_at)"
/* The name at that time: the first one replaced after it, or the present one. */
#define NAME_AS_OF(names, column)                                                                            \
    "coalesce((select n." column " from " names " n where n.github_id = t.github_id and n.seen_until > " AT  \
    " order by n.seen_until limit 1), t." column ")"
/* The newest count of earlier days: the day itself may get another one later. */
#define COUNT_AS_OF(counts, column)                                                                          \
    "(select c." column " from " counts " c where c.github_id = t.github_id and c.day < (" AT                \
    " at time zone 'utc')::date and c." column " is not null order by c.day desc limit 1)"

/* clang-format off */
static const struct snapshot_column developers_columns[] = {
    {"github_id", SNAPSHOT_NUMBER, true, "GitHub's id", "t.github_id"},
    {"node_id", SNAPSHOT_TEXT, false, "GitHub's GraphQL id; opaque, may change its form", NULL},
    {"login", SNAPSHOT_TEXT, true, "the login as last seen", NAME_AS_OF("developer_logins", "login")},
    {"type", SNAPSHOT_TEXT, false, "User, Organization, Bot; others are possible", NULL},
    {"name", SNAPSHOT_TEXT, false, "display name", NULL},
    {"company", SNAPSHOT_TEXT, false, "as the person wrote it, often with a leading @", NULL},
    {"blog", SNAPSHOT_TEXT, false, "website; '' if there is none, as at GitHub", NULL},
    {"location", SNAPSHOT_TEXT, false, "free text", NULL},
    {"email", SNAPSHOT_TEXT, false, "public address", NULL},
    {"hireable", SNAPSHOT_BOOLEAN, false, "available for hire", NULL},
    {"bio", SNAPSHOT_TEXT, false, "as the person wrote it; an organisation's description", NULL},
    {"twitter_username", SNAPSHOT_TEXT, false, "Twitter name", NULL},
    {"avatar_url", SNAPSHOT_TEXT, false, "address of the avatar", NULL},
    {"site_admin", SNAPSHOT_BOOLEAN, false, "works at GitHub", NULL},
    {"followers_count", SNAPSHOT_NUMBER, false, "GitHub's own count", COUNT_AS_OF("developer_counts", "followers_count")},
    {"following_count", SNAPSHOT_NUMBER, false, "GitHub's own count", COUNT_AS_OF("developer_counts", "following_count")},
    {"public_gists", SNAPSHOT_NUMBER, false, "public gists", COUNT_AS_OF("developer_counts", "public_gists")},
    {"public_repos", SNAPSHOT_NUMBER, false, "public repos", COUNT_AS_OF("developer_counts", "public_repos")},
    {"created_at", SNAPSHOT_TIME, false, "when the account was created", NULL},
    {"updated_at", SNAPSHOT_TIME, false, "when the profile changed, according to GitHub", NULL},
    {"first_seen_at", SNAPSHOT_TIME, true, "when the developer was first seen", "t.first_seen_at"},
    {"synced_at", SNAPSHOT_TIME, false, "when the detail was last saved with a change", NULL},
    {"gone_at", SNAPSHOT_TIME, false, "when it was found gone", NULL},
    {"gone_reason", SNAPSHOT_TEXT, false, "gone (404, 410) or blocked (451, or 403 with a block)", NULL},
    {"data_source", SNAPSHOT_JSON, false, "GitHub's answer, mostly without addresses that follow from others", NULL},
    {"gone_looks", SNAPSHOT_NUMBER, true, "checks since it was found gone", "0"},
    {0}};

static const struct snapshot_column repositories_columns[] = {
    {"github_id", SNAPSHOT_NUMBER, true, "GitHub's id", "t.github_id"},
    {"node_id", SNAPSHOT_TEXT, false, "GitHub's GraphQL id", NULL},
    {"owner_github_id", SNAPSHOT_NUMBER, false, "the owner, in developers", NULL},
    {"name", SNAPSHOT_TEXT, true, "without the owner", "split_part(" NAME_AS_OF("repository_names", "full_name") ", '/', 2)"},
    {"full_name", SNAPSHOT_TEXT, true, "owner/name as last seen", NAME_AS_OF("repository_names", "full_name")},
    {"description", SNAPSHOT_TEXT, false, "description", NULL},
    {"homepage", SNAPSHOT_TEXT, false, "may also be ''", NULL},
    {"language", SNAPSHOT_TEXT, false, "main language", NULL},
    {"license", SNAPSHOT_TEXT, false, "SPDX id; NOASSERTION for a license GitHub does not know", NULL},
    {"default_branch", SNAPSHOT_TEXT, false, "default branch", NULL},
    {"topics", SNAPSHOT_TEXTS, false, "topics", NULL},
    {"visibility", SNAPSHOT_TEXT, false, "always public in a public crawl", NULL},
    {"fork", SNAPSHOT_BOOLEAN, false, "is a fork", NULL},
    {"is_template", SNAPSHOT_BOOLEAN, false, "is template", NULL},
    {"parent_github_id", SNAPSHOT_NUMBER, false, "the repository it was forked from; may have no row here", NULL},
    {"has_downloads", SNAPSHOT_BOOLEAN, false, "has downloads", NULL},
    {"has_issues", SNAPSHOT_BOOLEAN, false, "has issues", NULL},
    {"has_pages", SNAPSHOT_BOOLEAN, false, "has pages", NULL},
    {"has_projects", SNAPSHOT_BOOLEAN, false, "has projects", NULL},
    {"has_wiki", SNAPSHOT_BOOLEAN, false, "has wiki", NULL},
    {"has_discussions", SNAPSHOT_BOOLEAN, false, "has discussions", NULL},
    {"private", SNAPSHOT_BOOLEAN, false, "always false in a public crawl", NULL},
    {"archived", SNAPSHOT_BOOLEAN, false, "archived", NULL},
    {"disabled", SNAPSHOT_BOOLEAN, false, "disabled", NULL},
    {"size_kb", SNAPSHOT_NUMBER, false, "KiB, 0 when empty", NULL},
    {"stargazers_count", SNAPSHOT_NUMBER, false, "GitHub's own count", COUNT_AS_OF("repository_counts", "stargazers_count")},
    {"subscribers_count", SNAPSHOT_NUMBER, false, "people watching", COUNT_AS_OF("repository_counts", "subscribers_count")},
    {"watchers_count", SNAPSHOT_NUMBER, false, "the same number as stargazers_count, as at GitHub", NULL},
    {"forks_count", SNAPSHOT_NUMBER, false, "forks count", COUNT_AS_OF("repository_counts", "forks_count")},
    {"open_issues_count", SNAPSHOT_NUMBER, false, "pull requests included", COUNT_AS_OF("repository_counts", "open_issues_count")},
    {"created_at", SNAPSHOT_TIME, false, "when it was created, according to GitHub", NULL},
    {"updated_at", SNAPSHOT_TIME, false, "when it last changed, according to GitHub", NULL},
    {"pushed_at", SNAPSHOT_TIME, false, "when it was last pushed to, according to GitHub", NULL},
    {"first_seen_at", SNAPSHOT_TIME, true, "when it was first seen", "t.first_seen_at"},
    {"synced_at", SNAPSHOT_TIME, false, "when the detail was last saved with a change", NULL},
    {"gone_at", SNAPSHOT_TIME, false, "when it was found gone", NULL},
    {"gone_reason", SNAPSHOT_TEXT, false, "gone or blocked", NULL},
    {"data_source", SNAPSHOT_JSON, false, "GitHub's answer, mostly without addresses that follow from others", NULL},
    {"gone_looks", SNAPSHOT_NUMBER, true, "checks since it was found gone", "0"},
    {0}};

static const struct snapshot_column follows_columns[] = {
    {"follower_github_id", SNAPSHOT_NUMBER, true, "the follower", "t.follower_github_id"},
    {"followed_github_id", SNAPSHOT_NUMBER, true, "the followed developer", "t.followed_github_id"},
    {"first_seen_at", SNAPSHOT_TIME, true, "when it was first seen; GitHub does not say when it began", "t.first_seen_at"},
    {0}};

static const struct snapshot_column stars_columns[] = {
    {"developer_github_id", SNAPSHOT_NUMBER, true, "the developer", "t.developer_github_id"},
    {"repository_github_id", SNAPSHOT_NUMBER, true, "the repository", "t.repository_github_id"},
    {"starred_at", SNAPSHOT_TIME, false, "when, according to GitHub", "t.starred_at"},
    {"first_seen_at", SNAPSHOT_TIME, true, "when it was first seen", "t.first_seen_at"},
    {0}};

static const struct snapshot_column follow_history_columns[] = {
    {"follower_github_id", SNAPSHOT_NUMBER, true, "the follower", "t.follower_github_id"},
    {"followed_github_id", SNAPSHOT_NUMBER, true, "the followed developer", "t.followed_github_id"},
    {"first_seen_at", SNAPSHOT_TIME, true, "when it was first seen", "t.first_seen_at"},
    {"gone_after", SNAPSHOT_TIME, true, "it existed then", "t.gone_after"},
    {"gone_before", SNAPSHOT_TIME, true, "it was missing then", "t.gone_before"},
    {0}};

static const struct snapshot_column star_history_columns[] = {
    {"developer_github_id", SNAPSHOT_NUMBER, true, "the developer", "t.developer_github_id"},
    {"repository_github_id", SNAPSHOT_NUMBER, true, "the repository", "t.repository_github_id"},
    {"first_seen_at", SNAPSHOT_TIME, true, "when it was first seen", "t.first_seen_at"},
    {"starred_at", SNAPSHOT_TIME, false, "when, according to GitHub", "t.starred_at"},
    {"gone_after", SNAPSHOT_TIME, true, "it existed then", "t.gone_after"},
    {"gone_before", SNAPSHOT_TIME, true, "it was missing then", "t.gone_before"},
    {0}};

static const struct snapshot_column developer_logins_columns[] = {
    {"github_id", SNAPSHOT_NUMBER, true, "the developer", "t.github_id"},
    {"login", SNAPSHOT_TEXT, true, "the old login", "t.login"},
    {"seen_until", SNAPSHOT_TIME, true, "when another name was found", "t.seen_until"},
    {0}};

static const struct snapshot_column repository_names_columns[] = {
    {"github_id", SNAPSHOT_NUMBER, true, "the repository", "t.github_id"},
    {"full_name", SNAPSHOT_TEXT, true, "the old owner/name", "t.full_name"},
    {"seen_until", SNAPSHOT_TIME, true, "when another name was found", "t.seen_until"},
    {0}};

static const struct snapshot_column developer_counts_columns[] = {
    {"github_id", SNAPSHOT_NUMBER, true, "the developer", "t.github_id"},
    {"day", SNAPSHOT_DAY, true, "day (UTC)", "t.day"},
    {"followers_count", SNAPSHOT_NUMBER, false, "followers count", "t.followers_count"},
    {"following_count", SNAPSHOT_NUMBER, false, "following count", "t.following_count"},
    {"public_repos", SNAPSHOT_NUMBER, false, "public repos", "t.public_repos"},
    {"public_gists", SNAPSHOT_NUMBER, false, "public gists", "t.public_gists"},
    {0}};

static const struct snapshot_column repository_counts_columns[] = {
    {"github_id", SNAPSHOT_NUMBER, true, "the repository", "t.github_id"},
    {"day", SNAPSHOT_DAY, true, "day (UTC)", "t.day"},
    {"stargazers_count", SNAPSHOT_NUMBER, false, "stargazers count", "t.stargazers_count"},
    {"forks_count", SNAPSHOT_NUMBER, false, "forks count", "t.forks_count"},
    {"subscribers_count", SNAPSHOT_NUMBER, false, "subscribers count", "t.subscribers_count"},
    {"open_issues_count", SNAPSHOT_NUMBER, false, "open issues count", "t.open_issues_count"},
    {"stars_added", SNAPSHOT_NUMBER, false, "stars given on that day and not removed since: for requested repositories", NULL},
    {0}};

/* clang-format on */

#define DEVELOPER(column)     "t." column " in (select github_id from snapshot_chosen)"
#define NO_DEVELOPER(column)  "t." column " not in (select github_id from snapshot_erased)"
#define REPOSITORY(column)    "t." column " in (select github_id from snapshot_repositories)"
#define NO_REPOSITORY(column) "t." column " not in (select github_id from snapshot_erased_repositories)"

/* Stars given by chosen developers, and stars of their repositories. */
#define CHOSEN_STAR                                                                                          \
    "(" DEVELOPER(                                                                                           \
        "developer_github_id") " or t.repository_github_id in (select r.github_id from repositories r "      \
                               "where r.owner_github_id in (select github_id from snapshot_chosen)))"
/* Of records that are in the export as of then: nothing refers to others. */
#define KNOWN(records) "github_id in (select github_id from " records " where first_seen_at <= " AT ")"
#define CHOSEN_FOLLOW  "(" DEVELOPER("follower_github_id") " or " DEVELOPER("followed_github_id") ")"

const struct snapshot_table snapshot_tables[] = {
    {.name = "developers",
     .meaning = "GitHub users and organisations. Without synced_at: a stub, known only from a list",
     .columns = developers_columns,
     .n_key = 1,
     .of_chosen = "t.github_id in (select github_id from snapshot_developers)",
     .not_erased = NO_DEVELOPER("github_id"),
     .as_of_rows = "(select * from developers where first_seen_at <= " AT ")"},
    {.name = "repositories",
     .meaning = "Repositories. Without synced_at: known only from a list",
     .columns = repositories_columns,
     .n_key = 1,
     .references = {{"owner_github_id", "developers"}},
     .of_chosen = REPOSITORY("github_id"),
     .not_erased = NO_REPOSITORY("github_id"),
     .as_of_rows = "(select * from repositories where first_seen_at <= " AT ")"},
    {.name = "follows",
     .meaning = "Who follows whom",
     .columns = follows_columns,
     .n_key = 2,
     .references = {{"follower_github_id", "developers"}, {"followed_github_id", "developers"}},
     .of_chosen = CHOSEN_FOLLOW,
     .not_erased = NO_DEVELOPER("follower_github_id") " and " NO_DEVELOPER("followed_github_id"),
     .as_of_rows =
         "(select follower_github_id, followed_github_id, first_seen_at from follows"
         " where first_seen_at <= " AT
         " union all select follower_github_id, followed_github_id, first_seen_at from follow_history"
         " where first_seen_at <= " AT " and gone_before > " AT ")"},
    {.name = "stars",
     .meaning =
         "Who starred what: as far as the lists of these developers were read, which need not be all of"
         " stargazers_count",
     .columns = stars_columns,
     .n_key = 2,
     .references = {{"developer_github_id", "developers"}, {"repository_github_id", "repositories"}},
     .of_chosen = CHOSEN_STAR,
     .not_erased = NO_DEVELOPER("developer_github_id") " and " NO_REPOSITORY("repository_github_id"),
     .as_of_rows =
         "(select developer_github_id, repository_github_id, starred_at, first_seen_at from stars"
         " where first_seen_at <= " AT " union all select developer_github_id, repository_github_id, "
         "starred_at, first_seen_at from star_history"
         " where first_seen_at <= " AT " and gone_before > " AT ")"},
    {.name = "follow_history",
     .meaning = "Follows that ended, after gone_after and before gone_before",
     .columns = follow_history_columns,
     .n_key = 3,
     .references = {{"follower_github_id", "developers"}, {"followed_github_id", "developers"}},
     .of_chosen = CHOSEN_FOLLOW,
     .not_erased = NO_DEVELOPER("follower_github_id") " and " NO_DEVELOPER("followed_github_id"),
     .as_of_rows = "(select * from follow_history where gone_before <= " AT ")"},
    {.name = "star_history",
     .meaning = "Stars that were removed, after gone_after and before gone_before",
     .columns = star_history_columns,
     .n_key = 3,
     .references = {{"developer_github_id", "developers"}, {"repository_github_id", "repositories"}},
     .of_chosen = CHOSEN_STAR,
     .not_erased = NO_DEVELOPER("developer_github_id") " and " NO_REPOSITORY("repository_github_id"),
     .as_of_rows = "(select * from star_history where gone_before <= " AT ")"},
    {.name = "developer_logins",
     .meaning = "Logins that developers had before",
     .columns = developer_logins_columns,
     .n_key = 2,
     .references = {{"github_id", "developers"}},
     .of_chosen = DEVELOPER("github_id"),
     .not_erased = NO_DEVELOPER("github_id"),
     .as_of_rows = "(select * from developer_logins where seen_until <= " AT " and " KNOWN("developers") ")"},
    {.name = "repository_names",
     .meaning = "Names that repositories had before",
     .columns = repository_names_columns,
     .n_key = 2,
     .references = {{"github_id", "repositories"}},
     .of_chosen = REPOSITORY("github_id"),
     .not_erased = NO_REPOSITORY("github_id") " and split_part(lower(t.full_name collate \"C\"), '/', 1)"
                                              " not in (select login from snapshot_erased_logins)",
     .as_of_rows =
         "(select * from repository_names where seen_until <= " AT " and " KNOWN("repositories") ")"},
    {.name = "developer_counts",
     .meaning = "GitHub's counts by day; a day without a row is like the one before",
     .columns = developer_counts_columns,
     .n_key = 2,
     .references = {{"github_id", "developers"}},
     .of_chosen = DEVELOPER("github_id"),
     .not_erased = NO_DEVELOPER("github_id"),
     .as_of_rows = "(select * from developer_counts where day < (" AT
                   " at time zone 'utc')::date and " KNOWN("developers") ")"},
    {.name = "repository_counts",
     .meaning = "GitHub's counts by day; days known only from GitHub's star history have stars_added and "
                "nothing else",
     .columns = repository_counts_columns,
     .n_key = 2,
     .references = {{"github_id", "repositories"}},
     .of_chosen = REPOSITORY("github_id"),
     .not_erased = NO_REPOSITORY("github_id"),
     /* days that are only in GitHub's star history may have been learned later */
     .as_of_rows =
         "(select * from repository_counts where day < (" AT " at time zone 'utc')::date and " KNOWN(
             "repositories") " and coalesce(stargazers_count, forks_count, subscribers_count, "
                             "open_issues_count) is "
                             "not null)"},
};
const size_t n_snapshot_tables = ARRAY_LEN(snapshot_tables);

const struct snapshot_table *snapshot_table_named(slice name)
{
    for (size_t i = 0; i < n_snapshot_tables; i++)
        if (slice_eq(name, slice_of(snapshot_tables[i].name)))
            return &snapshot_tables[i];
    return NULL;
}

size_t snapshot_n_columns(const struct snapshot_table *table)
{
    size_t n = 0;
    while (table->columns[n].name)
        n++;
    return n;
}

const char *snapshot_type_sql(enum snapshot_type type)
{
    static const char *const names[] = {
        [SNAPSHOT_NUMBER] = "bigint",    [SNAPSHOT_TEXT] = "text", [SNAPSHOT_BOOLEAN] = "boolean",
        [SNAPSHOT_TIME] = "timestamptz", [SNAPSHOT_DAY] = "date",  [SNAPSHOT_JSON] = "jsonb",
        [SNAPSHOT_TEXTS] = "text[]"};
    return names[type];
}

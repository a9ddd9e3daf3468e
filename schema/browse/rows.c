/* Rows of the statements in browse.sql and relations.sql as records. */
#include "schema/browse/browse.h"

struct maybe maybe_number(const struct db_rows *rows, int row, int col)
{
    return (struct maybe){!db_is_null(rows, row, col), db_i64(rows, row, col)};
}

struct maybe maybe_time(const struct db_rows *rows, int row, int col)
{
    return (struct maybe){!db_is_null(rows, row, col), db_time(rows, row, col)};
}

struct maybe maybe_bool(const struct db_rows *rows, int row, int col)
{
    return (struct maybe){!db_is_null(rows, row, col), db_bool(rows, row, col)};
}

static struct ids ids_at(const struct db_rows *rows, int row, int col, struct arena *a)
{
    struct ids ids = {0};
    ids.items = db_i64s(rows, row, col, a, &ids.n);
    return ids;
}

static struct texts texts_at(const struct db_rows *rows, int row, int col, struct arena *a)
{
    struct texts texts = {.known = !db_is_null(rows, row, col)};
    texts.items = db_texts(rows, row, col, a, &texts.n);
    return texts;
}

void developer_from_row(const struct db_rows *rows, int row, struct arena *a, struct developer_record *out)
{
    *out = (struct developer_record){
        .github_id = maybe_number(rows, row, COL_browse_developers_github_id),
        .login = db_text(rows, row, COL_browse_developers_login),
        .name = db_text(rows, row, COL_browse_developers_name),
        .location = db_text(rows, row, COL_browse_developers_location),
        .bio = db_text(rows, row, COL_browse_developers_bio),
        .company = db_text(rows, row, COL_browse_developers_company),
        .email = db_text(rows, row, COL_browse_developers_email),
        .created_at = maybe_time(rows, row, COL_browse_developers_created_at),
        .updated_at = maybe_time(rows, row, COL_browse_developers_updated_at),
        .followers_count = maybe_number(rows, row, COL_browse_developers_followers_count),
        .following_count = maybe_number(rows, row, COL_browse_developers_following_count),
        .public_gists = maybe_number(rows, row, COL_browse_developers_public_gists),
        .public_repos = maybe_number(rows, row, COL_browse_developers_public_repos),
        .followers = ids_at(rows, row, COL_browse_developers_followers, a),
        .following = ids_at(rows, row, COL_browse_developers_following, a),
        .starred_repositories = ids_at(rows, row, COL_browse_developers_starred_repositories, a),
        .repositories = ids_at(rows, row, COL_browse_developers_repositories, a),
        .type = db_text(rows, row, COL_browse_developers_type),
        .blog = db_text(rows, row, COL_browse_developers_blog),
        .twitter_username = db_text(rows, row, COL_browse_developers_twitter_username),
        .hireable = maybe_bool(rows, row, COL_browse_developers_hireable),
        .synced_at = maybe_time(rows, row, COL_browse_developers_synced_at),
        .gone_at = maybe_time(rows, row, COL_browse_developers_gone_at),
    };
}

void repository_from_row(const struct db_rows *rows, int row, struct arena *a, struct repository_record *out)
{
    *out = (struct repository_record){
        .github_id = maybe_number(rows, row, COL_browse_repositories_github_id),
        .owner_github_id = maybe_number(rows, row, COL_browse_repositories_owner_github_id),
        .name = db_text(rows, row, COL_browse_repositories_name),
        .full_name = db_text(rows, row, COL_browse_repositories_full_name),
        .description = db_text(rows, row, COL_browse_repositories_description),
        .homepage = db_text(rows, row, COL_browse_repositories_homepage),
        .language = db_text(rows, row, COL_browse_repositories_language),
        .created_at = maybe_time(rows, row, COL_browse_repositories_created_at),
        .updated_at = maybe_time(rows, row, COL_browse_repositories_updated_at),
        .has_downloads = maybe_bool(rows, row, COL_browse_repositories_has_downloads),
        .has_issues = maybe_bool(rows, row, COL_browse_repositories_has_issues),
        .has_pages = maybe_bool(rows, row, COL_browse_repositories_has_pages),
        .has_projects = maybe_bool(rows, row, COL_browse_repositories_has_projects),
        .has_wiki = maybe_bool(rows, row, COL_browse_repositories_has_wiki),
        .private = maybe_bool(rows, row, COL_browse_repositories_private),
        .archived = maybe_bool(rows, row, COL_browse_repositories_archived),
        .disabled = maybe_bool(rows, row, COL_browse_repositories_disabled),
        .stargazers = ids_at(rows, row, COL_browse_repositories_stargazers, a),
        .stargazers_count = maybe_number(rows, row, COL_browse_repositories_stargazers_count),
        .subscribers_count = maybe_number(rows, row, COL_browse_repositories_subscribers_count),
        .watchers_count = maybe_number(rows, row, COL_browse_repositories_watchers_count),
        .open_issues_count = maybe_number(rows, row, COL_browse_repositories_open_issues_count),
        .topics = texts_at(rows, row, COL_browse_repositories_topics, a),
        .license = db_text(rows, row, COL_browse_repositories_license),
        .fork = maybe_bool(rows, row, COL_browse_repositories_fork),
        .forks_count = maybe_number(rows, row, COL_browse_repositories_forks_count),
        .pushed_at = maybe_time(rows, row, COL_browse_repositories_pushed_at),
        .size_kb = maybe_number(rows, row, COL_browse_repositories_size_kb),
        .default_branch = db_text(rows, row, COL_browse_repositories_default_branch),
        .parent_github_id = maybe_number(rows, row, COL_browse_repositories_parent_github_id),
        .synced_at = maybe_time(rows, row, COL_browse_repositories_synced_at),
        .gone_at = maybe_time(rows, row, COL_browse_repositories_gone_at),
    };
}

size_t browse_relation_bytes(const struct db_rows *rows, bool repositories)
{
    size_t bytes = 0;
    int first = repositories ? 17 : 13, last = repositories ? 17 : 16;
    for (int row = 0; row < rows->n; row++)
        for (int col = first; col <= last; col++)
            bytes += db_text(rows, row, col).len;
    return bytes;
}

void rate_limit_from_row(const struct db_rows *rows, int row, struct rate_limit_record *out)
{
    *out = (struct rate_limit_record){
        .number = maybe_number(rows, row, COL_rate_limits_page_number),
        .rate_limit = maybe_number(rows, row, COL_rate_limits_page_rate_limit),
        .rate_remaining = maybe_number(rows, row, COL_rate_limits_page_rate_remaining),
        .rate_reset_raw = maybe_number(rows, row, COL_rate_limits_page_rate_reset_raw),
        .rate_reset = maybe_time(rows, row, COL_rate_limits_page_rate_reset),
        .credential = db_text(rows, row, COL_rate_limits_page_credential),
        .resource = db_text(rows, row, COL_rate_limits_page_resource),
    };
}

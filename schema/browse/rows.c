/* Rows of the statements in browse.sql and relations.sql as records. */
#include "schema/browse/browse.h"

static struct maybe number_at(const struct db_rows *rows, int row, int col)
{
    return (struct maybe){!db_is_null(rows, row, col), db_i64(rows, row, col)};
}

static struct maybe time_at(const struct db_rows *rows, int row, int col)
{
    return (struct maybe){!db_is_null(rows, row, col), db_time(rows, row, col)};
}

static struct maybe bool_at(const struct db_rows *rows, int row, int col)
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
        .github_id = number_at(rows, row, 0),
        .login = db_text(rows, row, 1),
        .name = db_text(rows, row, 2),
        .location = db_text(rows, row, 3),
        .bio = db_text(rows, row, 4),
        .company = db_text(rows, row, 5),
        .email = db_text(rows, row, 6),
        .created_at = time_at(rows, row, 7),
        .updated_at = time_at(rows, row, 8),
        .followers_count = number_at(rows, row, 9),
        .following_count = number_at(rows, row, 10),
        .public_gists = number_at(rows, row, 11),
        .public_repos = number_at(rows, row, 12),
        .followers = ids_at(rows, row, 13, a),
        .following = ids_at(rows, row, 14, a),
        .starred_repositories = ids_at(rows, row, 15, a),
        .repositories = ids_at(rows, row, 16, a),
        .type = db_text(rows, row, 17),
        .blog = db_text(rows, row, 18),
        .twitter_username = db_text(rows, row, 19),
        .hireable = bool_at(rows, row, 20),
        .synced_at = time_at(rows, row, 21),
        .gone_at = time_at(rows, row, 22),
    };
}

void repository_from_row(const struct db_rows *rows, int row, struct arena *a, struct repository_record *out)
{
    *out = (struct repository_record){
        .github_id = number_at(rows, row, 0),
        .owner_github_id = number_at(rows, row, 1),
        .name = db_text(rows, row, 2),
        .full_name = db_text(rows, row, 3),
        .description = db_text(rows, row, 4),
        .homepage = db_text(rows, row, 5),
        .language = db_text(rows, row, 6),
        .created_at = time_at(rows, row, 7),
        .updated_at = time_at(rows, row, 8),
        .has_downloads = bool_at(rows, row, 9),
        .has_issues = bool_at(rows, row, 10),
        .has_pages = bool_at(rows, row, 11),
        .has_projects = bool_at(rows, row, 12),
        .has_wiki = bool_at(rows, row, 13),
        .private = bool_at(rows, row, 14),
        .archived = bool_at(rows, row, 15),
        .disabled = bool_at(rows, row, 16),
        .stargazers = ids_at(rows, row, 17, a),
        .stargazers_count = number_at(rows, row, 18),
        .subscribers_count = number_at(rows, row, 19),
        .watchers_count = number_at(rows, row, 20),
        .open_issues_count = number_at(rows, row, 21),
        .topics = texts_at(rows, row, 22, a),
        .license = db_text(rows, row, 23),
        .fork = bool_at(rows, row, 24),
        .forks_count = number_at(rows, row, 25),
        .pushed_at = time_at(rows, row, 26),
        .size_kb = number_at(rows, row, 27),
        .default_branch = db_text(rows, row, 28),
        .parent_github_id = number_at(rows, row, 29),
        .synced_at = time_at(rows, row, 30),
        .gone_at = time_at(rows, row, 31),
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
        .number = number_at(rows, row, 0),
        .rate_limit = number_at(rows, row, 1),
        .rate_remaining = number_at(rows, row, 2),
        .rate_reset_raw = number_at(rows, row, 3),
        .rate_reset = time_at(rows, row, 4),
        .credential = db_text(rows, row, 5),
        .resource = db_text(rows, row, 6),
    };
}

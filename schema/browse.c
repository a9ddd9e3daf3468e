#include "schema/browse.h"
#include "core/base/buf.h"
#include "schema/db/query_table.h"
#include <assert.h>

static const struct {
    const char *name;
    enum browse_type type;
} columns[BROWSE_N_COLUMNS] = {
#define X(id, column, kind) [BROWSE_##id] = {column, BROWSE_##kind},
    BROWSE_COLUMNS(X)
#undef X
};

static const struct {
    enum query count, page;
} lists[] = {
    [BROWSE_DEVELOPERS] = {Q_developers_count, Q_developers_page},
    [BROWSE_REPOSITORIES] = {Q_repositories_count, Q_repositories_page},
    [BROWSE_RATE_LIMITS] = {Q_rate_limits_count, Q_rate_limits_page},
};

const char *browse_column_name(enum browse_column column)
{
    return columns[column].name;
}

enum browse_type browse_column_type(enum browse_column column)
{
    return columns[column].type;
}

/* ---- filtered statements ---- */

static void put_clause(struct buf *sql, const struct browse_filter *filter, int parameter)
{
    static const char *const casts[] = {[BROWSE_TEXT] = "text",
                                        [BROWSE_NUMBER] = "bigint",
                                        [BROWSE_TIME] = "timestamptz",
                                        [BROWSE_BOOL] = "boolean"};
    const char *name = columns[filter->column].name, *cast = casts[columns[filter->column].type];
    switch (filter->op) {
    case BROWSE_EXACT:
        buf_printf(sql, " and %s = $%d::%s", name, parameter, cast);
        break;
    case BROWSE_LTE:
        buf_printf(sql, " and %s <= $%d::%s", name, parameter, cast);
        break;
    case BROWSE_GTE:
        buf_printf(sql, " and %s >= $%d::%s", name, parameter, cast);
        break;
    case BROWSE_ISNULL:
        buf_printf(sql, " and %s is %s", name, filter->value.boolean ? "null" : "not null");
        break;
    case BROWSE_CONTAINS:
        assert(columns[filter->column].type == BROWSE_TEXT);
        buf_printf(sql, " and strpos(%s, $%d::text) > 0", name, parameter);
        break;
    case BROWSE_NOTHING:
        buf_puts(sql, " and false");
        break;
    }
}

/* Runs a statement of browse.sql with the filters' clauses in their place and their values behind `args`. The text is
 * made of the tables in this file alone; what a caller sent travels as parameters. */
static bool run_filtered(struct db *db, enum query q, const struct db_arg *args, size_t n_args,
                         const struct browse_filter *filters, size_t n_filters, struct db_rows *rows_out,
                         struct err *err)
{
    static const char marker[] = "/*filters*/";
    struct db_arg all[BROWSE_MAX_FILTERS + 2];
    if (n_filters == 0)
        return db_run_args(db, q, args, n_args, rows_out, err);
    const char *text = query_table[q].text, *place = strstr(text, marker);
    assert(place && n_args <= 2 && n_filters <= BROWSE_MAX_FILTERS);
    struct buf sql;
    buf_init(&sql, 0);
    buf_put(&sql, text, (size_t)(place - text));
    size_t n = n_args;
    if (n_args)
        memcpy(all, args, n_args * sizeof *args);
    for (size_t i = 0; i < n_filters; i++) {
        put_clause(&sql, &filters[i], (int)n + 1);
        if (filters[i].op != BROWSE_ISNULL && filters[i].op != BROWSE_NOTHING)
            all[n++] = filters[i].value;
    }
    buf_puts(&sql, place + sizeof marker - 1);
    bool ok = db_run_text(db, buf_slice(&sql), all, n, rows_out, err);
    buf_finish(&sql);
    return ok;
}

bool browse_count(struct db *db, enum browse_list list, const struct browse_filter *filters, size_t n_filters,
                  int64_t *count_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!run_filtered(db, lists[list].count, NULL, 0, filters, n_filters, &rows, err))
        return false;
    *count_out = db_i64(&rows, 0, 0);
    return true;
}

bool browse_page(struct db *db, enum browse_list list, const struct browse_filter *filters, size_t n_filters,
                 int64_t n, int64_t skip, struct db_rows *rows_out, struct err *err)
{
    const struct db_arg args[] = {DB_I64(n), DB_I64(skip)};
    return run_filtered(db, lists[list].page, args, 2, filters, n_filters, rows_out, err);
}

bool browse_developer(struct db *db, int64_t github_id, struct db_rows *rows_out, struct err *err)
{
    return db_run(db, Q_developer_detail, rows_out, err, DB_I64(github_id));
}

bool browse_repository(struct db *db, int64_t github_id, struct db_rows *rows_out, struct err *err)
{
    return db_run(db, Q_repository_detail, rows_out, err, DB_I64(github_id));
}

bool browse_job_states(struct db *db, struct db_rows *rows_out, struct err *err)
{
    return db_run(db, Q_jobs_count_states, rows_out, err);
}

/* ---- rows ---- */

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
    };
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

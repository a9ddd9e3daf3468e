#include "schema/browse/composed.h"
#include "schema/browse/sql.h"
#include "schema/db/query_table.h"

/* Texts that are not composed are rare; beyond this number of records, the others are compared as stored. */
#define MAX_RECORDS 5000

static bool is_text(const struct browse_filter *filter)
{
    enum browse_type type = browse_column_type(filter->column);
    return (type == BROWSE_TEXT || type == BROWSE_TEXTS) && filter->op != BROWSE_ISNULL &&
           filter->op != BROWSE_NOTHING;
}

/* Every text of the query, for one statement. Lists of __in have room of their own. */
static slice *collect(struct arena *a, struct browse_query *query, struct browse_filter *filters,
                      size_t *n_out)
{
    size_t n = query->n_words;
    for (size_t i = 0; i < query->n_filters; i++)
        n += !is_text(&filters[i]) ? 0 : filters[i].op == BROWSE_IN ? filters[i].value.texts.n : 1;
    slice *texts = arena_array(a, n + 1, sizeof *texts);
    n = 0;
    for (size_t i = 0; i < query->n_words; i++)
        texts[n++] = query->words[i];
    for (size_t i = 0; i < query->n_filters; i++) {
        const struct browse_filter *filter = &filters[i];
        if (!is_text(filter))
            continue;
        if (filter->op != BROWSE_IN)
            texts[n++] = filter->value.text;
        for (size_t k = 0; filter->op == BROWSE_IN && k < filter->value.texts.n; k++)
            texts[n++] = filter->value.texts.items[k];
    }
    *n_out = n;
    return texts;
}

static void put_back(struct browse_query *query, struct browse_filter *filters, slice *texts)
{
    size_t n = 0;
    for (size_t i = 0; i < query->n_words; i++)
        query->words[i] = texts[n++];
    for (size_t i = 0; i < query->n_filters; i++) {
        if (!is_text(&filters[i]))
            continue;
        if (filters[i].op == BROWSE_IN) {
            size_t count = filters[i].value.texts.n;
            filters[i].value = DB_TEXTS(texts + n, count);
            n += count;
        } else {
            filters[i].value = DB_TEXT(texts[n]);
            n++;
        }
    }
}

void composed_columns(struct browse_sql *sql, enum browse_list list, bool composed)
{
    static const char *const plain[] = {
        [BROWSE_DEVELOPERS] =
            "github_id, type, followers_count, following_count, public_gists, public_repos, "
            "created_at, updated_at",
        [BROWSE_REPOSITORIES] =
            "github_id, owner_github_id, has_downloads, has_issues, has_pages, has_projects, "
            "has_wiki, private, archived, disabled, fork, topics, stargazers_count, "
            "subscribers_count, watchers_count, open_issues_count, created_at, updated_at",
    };
    static const char *const texts[][8] = {
        [BROWSE_DEVELOPERS] = {"login", "name", "location", "company", "email", "bio", "search_text"},
        [BROWSE_REPOSITORIES] = {"name", "full_name", "description", "homepage", "language", "license",
                                 "search_text"},
    };
    buf_puts(&sql->text, plain[list]);
    for (size_t i = 0; i < 8 && texts[list][i]; i++)
        buf_printf(&sql->text, composed ? ", normalize(%1$s) as %1$s" : ", %s", texts[list][i]);
}

/* The list's records that are not composed, with their texts composed, or as stored. */
static void put_records(struct browse_sql *sql, enum browse_list list, bool composed)
{
    bool developers = list == BROWSE_DEVELOPERS;
    buf_puts(&sql->text, "select ");
    composed_columns(sql, list, composed);
    buf_printf(&sql->text,
               " from %s where synced_at is not null and gone_at is null and not gitomatic_is_composed(",
               developers ? "developers" : "repositories");
    buf_puts(&sql->text,
             developers
                 ? "login || E'\\n' || coalesce(name, '') || E'\\n' || coalesce(company, '') || E'\\n'"
                   " || coalesce(location, '') || E'\\n' || coalesce(email, '') || E'\\n'"
                   " || coalesce(left(bio, 2000), ''))"
                 : "full_name || E'\\n' || coalesce(homepage, '') || E'\\n' || coalesce(language, '')"
                   " || E'\\n' || coalesce(license, '') || E'\\n' || coalesce(left(description, 2000), ''))");
    buf_printf(&sql->text, " order by github_id limit %d", MAX_RECORDS);
}

static void put_matches(struct browse_sql *sql, const struct browse_query *query, bool composed)
{
    buf_printf(&sql->text, "select github_id, %s as composed from (", composed ? "true" : "false");
    put_records(sql, query->list, composed);
    buf_puts(&sql->text, ") as record where true");
    for (size_t i = 0; i < query->n_filters; i++)
        browse_put_filter(sql, &query->filters[i], BROWSE_HIDDEN);
    for (size_t i = 0; i < query->n_words; i++)
        browse_put_word(sql, query->words[i], BROWSE_HIDDEN);
}

static bool find_records(struct db *db, struct arena *a, struct browse_query *query, struct err *err)
{
    AUTO_ROWS rows = {0};
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    buf_puts(&sql.text, "select github_id, bool_or(composed) from (");
    put_matches(&sql, query, true);
    buf_puts(&sql.text, " union all ");
    sql.n_args = 0; /* the same values, under the same numbers */
    put_matches(&sql, query, false);
    buf_puts(&sql.text, ") as found group by github_id");
    if (!db_run_text_by_value(db, buf_slice(&sql.text), sql.args, sql.n_args, &rows, err))
        return false;
    query->also = arena_array(a, (size_t)rows.n + 1, sizeof *query->also);
    query->never = arena_array(a, (size_t)rows.n + 1, sizeof *query->never);
    for (int i = 0; i < rows.n; i++)
        if (db_bool(&rows, i, 1))
            query->also[query->n_also++] = db_i64(&rows, i, 0);
        else
            query->never[query->n_never++] = db_i64(&rows, i, 0);
    return true;
}

static bool is_ascii(const slice *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < texts[i].len; k++)
            if ((unsigned char)texts[i].ptr[k] >= 0x80)
                return false;
    return true;
}

static bool compose_texts(struct db *db, struct arena *a, struct browse_query *query,
                          struct browse_filter *filters, slice *texts, size_t n, struct err *err)
{
    AUTO_ROWS rows = {0};
    size_t n_back;
    if (!db_run(db, Q_composed_texts, &rows, err, DB_TEXTS(texts, n)))
        return false;
    const slice *composed = db_texts(&rows, 0, COL_composed_texts_texts, a, &n_back);
    for (size_t i = 0; i < n_back && i < n; i++)
        texts[i] = slice_from(arena_dup(a, composed[i]), composed[i].len);
    put_back(query, filters, texts);
    query->composed = db_bool(&rows, 0, COL_composed_texts_composed);
    return true;
}

/* ---- records that are not composed ---- */

struct browse_assumed {
    bool checked, wrong;
};

static _Atomic bool had_others[BROWSE_REPOSITORIES + 1]; /* a query has found some in the list */

bool browse_compose(struct db *db, struct arena *a, struct browse_query *query, struct browse_filter *filters,
                    struct err *err)
{
    size_t n;
    slice *texts = collect(a, query, filters, &n);
    query->assumed = NULL;
    if (!is_ascii(texts, n) && !compose_texts(db, a, query, filters, texts, n, err))
        return false;
    if (n && had_others[query->list])
        return find_records(db, a, query, err);
    if (n)
        query->assumed = arena_array(a, 1, sizeof *query->assumed);
    return true;
}

bool browse_compose_surely(struct db *db, struct arena *a, struct browse_query *query,
                           struct browse_filter *filters, struct err *err)
{
    AUTO_ROWS others = {0};
    if (query->n_filters + query->n_words > 0 && !had_others[query->list]) {
        if (!db_run(db, Q_composed_others, &others, err, DB_BOOL(query->list == BROWSE_DEVELOPERS)))
            return false;
        if (db_bool(&others, 0, COL_composed_others_any))
            had_others[query->list] = true;
    }
    bool ok = browse_compose(db, a, query, filters, err);
    query->assumed = NULL;
    return ok;
}

bool browse_assumed_wrongly(const struct browse_query *query)
{
    return query->assumed && query->assumed->wrong;
}

bool composed_run(struct db *db, const struct browse_query *query, const struct browse_sql *sql,
                  struct db_rows *rows_out, struct err *err)
{
    AUTO_ROWS others = {0};
    const struct db_call look = {.q = Q_composed_others,
                                 .args = &DB_BOOL(query->list == BROWSE_DEVELOPERS),
                                 .n_args = 1,
                                 .rows_out = &others};
    bool assumed = query->assumed && !query->assumed->checked;
    if (!db_run_text_beside(db, buf_slice(&sql->text), sql->args, sql->n_args, rows_out,
                            assumed ? &look : NULL, err))
        return false;
    if (assumed) {
        query->assumed->checked = true;
        query->assumed->wrong = db_bool(&others, 0, COL_composed_others_any);
        if (query->assumed->wrong)
            had_others[query->list] = true;
    }
    return true;
}

bool browse_compose_texts(struct db *db, struct arena *a, struct browse_query *query,
                          struct browse_filter *filters, struct err *err)
{
    size_t n;
    slice *texts = collect(a, query, filters, &n);
    return n == 0 || compose_texts(db, a, query, filters, texts, n, err);
}

void composed_begin(struct browse_sql *sql, const struct browse_query *query)
{
    if (query->n_also)
        buf_puts(&sql->text, " and ((true");
}

void composed_end(struct browse_sql *sql, const struct browse_query *query)
{
    if (query->n_never)
        buf_printf(&sql->text, " and github_id <> all ($%d::bigint[])",
                   browse_sql_arg(sql, DB_I64S(query->never, query->n_never)));
    if (query->n_also)
        buf_printf(&sql->text, ") or github_id = any ($%d::bigint[]))",
                   browse_sql_arg(sql, DB_I64S(query->also, query->n_also)));
}

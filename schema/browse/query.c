#include "schema/browse/query.h"
#include "schema/browse/composed.h"
#include "schema/browse/finding.h"
#include "schema/browse/list_counts.h"
#include <assert.h>

#define TURN_FROM                                                                                            \
    200 /* pages further in are found from the nearer end; for others the count is not worth a query */

const char *browse_table(enum browse_list list)
{
    assert(list == BROWSE_DEVELOPERS || list == BROWSE_REPOSITORIES);
    return list == BROWSE_DEVELOPERS ? "developers" : "repositories";
}

void browse_put_clauses(struct browse_sql *sql, const struct browse_query *query)
{
    composed_begin(sql, query);
    for (size_t i = 0; i < query->n_filters; i++)
        browse_put_filter(sql, &query->filters[i], BROWSE_INDEXED);
    for (size_t i = 0; i < query->n_words; i++)
        browse_put_word(sql, query->words[i], BROWSE_INDEXED);
    composed_end(sql, query);
}

/* ---- counts ---- */

int64_t browse_cap(const struct browse_query *query)
{
    bool heap = query->n_words > 0;
    for (size_t i = 0; i < query->n_filters; i++)
        if (browse_is_short_part(&query->filters[i]))
            return BROWSE_SCAN_CAP;
    for (size_t i = 0; i < query->n_words; i++)
        if (browse_is_read_through(query->words[i]))
            return BROWSE_SCAN_CAP;
    for (size_t i = 0; i < query->n_filters; i++)
        heap |=
            browse_is_text_search(&query->filters[i]) || query->filters[i].column != query->filters[0].column;
    return heap ? BROWSE_HEAP_CAP : BROWSE_COUNT_CAP;
}

static void set_count(struct browse_count *out, int64_t n, int64_t cap)
{
    *out = (struct browse_count){.n = n > cap ? cap : n, .capped = n > cap, .known = true};
}

bool browse_count(struct db *db, const struct browse_query *query, int64_t cap, struct browse_count *out,
                  struct err *err)
{
    AUTO_ROWS rows = {0};
    *out = (struct browse_count){.known = true};
    if (!browse_is_filtered(query))
        return list_counts_read(db, browse_table(query->list), &out->n, &out->pending_deltas, err);
    AUTO_ARENA a = arena_create();
    AUTO_SQL sql;
    browse_sql_init(&sql, a);
    buf_printf(&sql.text, "select count(*) from (select from %s where " LISTED, browse_table(query->list));
    browse_put_clauses(&sql, query);
    if (cap != BROWSE_NO_CAP)
        buf_printf(&sql.text, " limit $%d", browse_sql_arg(&sql, DB_I64(cap + 1)));
    buf_puts(&sql.text, ") as found");
    bool ok = composed_run(db, query, &sql, &rows, err);
    if (ok)
        set_count(out, db_i64(&rows, 0, 0), cap);
    return ok;
}

/* ---- pages ---- */

static struct browse_value value_at(const struct db_rows *rows, int row, int col, enum browse_column column,
                                    struct arena *a)
{
    struct browse_value value = {.null = db_is_null(rows, row, col)};
    slice text;
    if (value.null)
        return value;
    switch (browse_column_type(column)) {
    case BROWSE_TIME:
        value.number = db_time_us(rows, row, col);
        break;
    case BROWSE_NUMBER:
        value.number = db_i64(rows, row, col);
        break;
    case BROWSE_BOOL:
        value.number = db_bool(rows, row, col);
        break;
    default:
        text = db_text(rows, row, col);
        value.text = slice_from(arena_dup(a, text), text.len);
    }
    return value;
}

/* A list that is not filtered has its count in a row, so both are one round trip. */
static bool run_with_count(struct finding *f, const struct browse_sql *sql, struct db_rows *rows_out,
                           struct err *err)
{
    AUTO_ROWS count = {0};
    struct db_arg arg;
    const struct db_call calls[] = {
        list_counts_call(browse_table(f->query->list), &arg, &count),
        {.text = buf_slice(&sql->text), .args = sql->args, .n_args = sql->n_args, .rows_out = rows_out}};
    if (!db_run_all(f->db, calls, ARRAY_LEN(calls), err))
        return false;
    *f->count = (struct browse_count){.known = true};
    list_counts_take(&count, &f->count->n, &f->count->pending_deltas);
    return true;
}

static bool run(struct finding *f, const struct browse_sql *sql, struct db_rows *rows_out, struct err *err)
{
    slice text = buf_slice(&sql->text);
    if (browse_is_filtered(f->query))
        return composed_run(f->db, f->query, sql, rows_out, err);
    if (!f->count->known)
        return run_with_count(f, sql, rows_out, err);
    return db_run_text(f->db, text, sql->args, sql->n_args, rows_out, err);
}

bool finding_take(struct finding *f, struct browse_sql *sql, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!run(f, sql, &rows, err))
        return false;
    if (n_out)
        *n_out = rows.n ? db_i64(&rows, 0, (int)f->n_keys) : 0;
    for (int i = 0; i < rows.n && f->hits->n < BROWSE_MAX_HITS; i++) {
        if (db_is_null(&rows, i, (int)f->n_keys - 1))
            continue;
        struct browse_position *position = &f->hits->positions[f->hits->n];
        for (size_t k = 0; k < f->n_keys; k++)
            position->keys[k] = value_at(&rows, i, (int)k, f->keys[k].column, f->arena);
        f->hits->ids[f->hits->n++] = position->keys[f->n_keys - 1].number;
    }
    return true;
}

void finding_put_keys(struct browse_sql *sql, const struct finding *f)
{
    for (size_t i = 0; i < f->n_keys; i++)
        buf_printf(&sql->text, "%s%s", i ? ", " : "", browse_column_name(f->keys[i].column));
}

void finding_put_limit(struct browse_sql *sql, int64_t n, int64_t skip)
{
    buf_printf(&sql->text, " limit $%d", browse_sql_arg(sql, DB_I64(n)));
    if (skip)
        buf_printf(&sql->text, " offset $%d", browse_sql_arg(sql, DB_I64(skip)));
}

bool browse_newest_page(struct db *db, const struct browse_query *query, const struct browse_page *page,
                        unsigned relations, struct browse_count *count_out, struct db_rows *rows_out,
                        bool *more_out, struct err *err)
{
    bool developers = query->list == BROWSE_DEVELOPERS;
    AUTO_ROWS count = {0};
    struct db_arg arg;
    const struct db_arg of_developers[] = {DB_I64(page->n),
                                           DB_BOOL(relations & BROWSE_FOLLOWERS),
                                           DB_BOOL(relations & BROWSE_FOLLOWING),
                                           DB_BOOL(relations & BROWSE_STARRED),
                                           DB_BOOL(relations & BROWSE_OWNED),
                                           DB_I64(page->skip)};
    const struct db_arg of_repositories[] = {DB_I64(page->n), DB_BOOL(relations & BROWSE_STARGAZERS),
                                             DB_I64(page->skip)};
    const struct db_call calls[] = {
        list_counts_call(browse_table(query->list), &arg, &count),
        {.q = developers ? Q_browse_newest_developers : Q_browse_newest_repositories,
         .args = developers ? of_developers : of_repositories,
         .n_args = developers ? ARRAY_LEN(of_developers) : ARRAY_LEN(of_repositories),
         .rows_out = rows_out}};
    if (!db_run_all(db, calls, ARRAY_LEN(calls), err))
        return false;
    *count_out = (struct browse_count){.known = true};
    list_counts_take(&count, &count_out->n, &count_out->pending_deltas);
    *more_out = rows_out->n > 0 &&
                db_bool(rows_out, 0,
                        developers ? COL_browse_newest_developers_more : COL_browse_newest_repositories_more);
    return true;
}

/* ---- few match: gather them all, then sort ---- */

static void put_after(struct browse_sql *sql, const struct finding *f)
{
    bool any = false;
    for (size_t i = 0; i < 2 * f->n_keys; i++) {
        if (!browse_put_stretch(NULL, f->keys, f->n_keys, f->page->after, i))
            continue;
        buf_puts(&sql->text, any ? " or (true" : " where (true");
        browse_put_stretch(sql, f->keys, f->n_keys, f->page->after, i);
        buf_putc(&sql->text, ')');
        any = true;
    }
    if (!any)
        buf_puts(&sql->text, " where false");
}

/* Takes its page from the first cap + 1 matches, and counts those; the page is right if they are all. A fence: the order must
 * not choose the index. The page is joined to the count, so that an empty page returns the count as well. */
static bool gather(struct finding *f, int64_t cap, int64_t *n_out, struct err *err)
{
    AUTO_SQL sql;
    browse_sql_init(&sql, f->arena);
    buf_puts(&sql.text, "with found as materialized (select ");
    finding_put_keys(&sql, f);
    buf_printf(&sql.text, " from %s where " LISTED, browse_table(f->query->list));
    browse_put_clauses(&sql, f->query);
    buf_printf(&sql.text, " limit $%d) select ", browse_sql_arg(&sql, DB_I64(cap + 1)));
    finding_put_keys(&sql, f);
    buf_puts(&sql.text, ", n from (select count(*) as n from found) as counted left join lateral (select ");
    finding_put_keys(&sql, f);
    buf_puts(&sql.text, " from found");
    if (f->page->after)
        put_after(&sql, f);
    browse_put_order(&sql, f->keys, f->n_keys, false);
    finding_put_limit(&sql, f->page->n, f->page->skip);
    buf_puts(&sql.text, ") as page on true");
    browse_put_order(&sql, f->keys, f->n_keys, false);
    return finding_take(f, &sql, n_out, err);
}

/* Whether the walk finds only matches: one filter, which the walked index answers. */
static bool is_range(const struct finding *f)
{
    const struct browse_query *query = f->query;
    const struct browse_filter *filter = &query->filters[0];
    if (query->n_words || query->n_filters != 1 || browse_is_text_search(filter))
        return false;
    bool ordered = filter->column == f->keys[0].column && filter->op >= BROWSE_LT && filter->op <= BROWSE_GTE;
    return ordered || walk_driver(query) == filter;
}

/* *done_out: there were few, and the page is found. */
static bool gather_few(struct finding *f, struct browse_count *count, bool *done_out, struct err *err)
{
    int64_t n = 0, cap = browse_cap(f->query);
    *done_out = false;
    if (count->known && (count->capped || count->n > BROWSE_COUNT_CAP))
        return true;
    if (is_range(f)) /* already in order: no need to collect and sort */
        return count->known || browse_count(f->db, f->query, cap, count, err);
    if (count->known && count->n > cap)
        cap = count->n;
    if (!gather(f, cap, &n, err))
        return false;
    if (!count->known)
        set_count(count, n, cap);
    *done_out = !count->capped;
    if (count->capped)
        f->hits->n = 0;
    return true;
}

/* ---- a page ---- */

static void turn_round(struct browse_hits *hits)
{
    for (size_t i = 0, k = hits->n; i + 1 < k; i++) {
        k--;
        int64_t id = hits->ids[i];
        struct browse_position position = hits->positions[i];
        hits->ids[i] = hits->ids[k], hits->positions[i] = hits->positions[k];
        hits->ids[k] = id, hits->positions[k] = position;
    }
}

static bool may_be_turned(const struct browse_query *query, const struct browse_page *page)
{
    return page->skip >= TURN_FROM && !browse_is_filtered(query) && !page->after && !page->backwards &&
           !browse_is_newest_first(query);
}

/* Whether the page is nearer to the list's end: *near_out is then the page counted from the end. The count is known where
 * that is possible. */
static bool is_past_middle(const struct browse_query *query, const struct browse_page *page,
                           const struct browse_count *count, struct browse_page *near_out)
{
    *near_out = *page;
    if (!may_be_turned(query, page) || page->skip <= count->n / 2)
        return false;
    int64_t left = count->n - page->skip;
    near_out->backwards = true;
    near_out->n = page->n < left ? page->n : left;
    near_out->skip = left - near_out->n;
    return true;
}

bool browse_find(struct db *db, struct arena *a, const struct browse_query *query,
                 const struct browse_page *page, struct browse_count *count, struct browse_hits *out,
                 struct err *err)
{
    struct browse_page near;
    struct finding f = {.db = db, .arena = a, .query = query, .page = &near, .count = count, .hits = out};
    bool done = false, turned;
    assert(page->n <= BROWSE_MAX_HITS && !(page->after && page->skip));
    out->n = 0;
    if (may_be_turned(query, page) && !count->known && !browse_count(db, query, BROWSE_NO_CAP, count, err))
        return false;
    if (may_be_turned(query, page) &&
        page->skip >= count->n) /* beyond the end: finding that out would scan the whole list */
        return true;
    turned = is_past_middle(query, page, count, &near);
    f.n_keys = browse_order_keys(query, near.backwards, f.keys);
    if (browse_is_filtered(query) && !gather_few(&f, count, &done, err))
        return false;
    if (!done && !walk_pages(&f, err))
        return false;
    if (!count->known && !browse_count(db, query, BROWSE_NO_CAP, count, err)) /* no search has counted */
        return false;
    if (page->backwards || turned)
        turn_round(out);
    return true;
}

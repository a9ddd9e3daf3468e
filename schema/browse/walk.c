/* walk: pages of a list with many matches (or no filter): the index of the order is walked and filtered on the way. */
#include "schema/browse/composed.h"
#include "schema/browse/finding.h"
#include "schema/browse/list_counts.h"

#define SKIP_BY_DAY 2000 /* from here on the day is looked up instead of walked to */

static bool is_equality(const struct browse_filter *filter)
{
    return filter->op == BROWSE_EXACT && browse_column_type(filter->column) != BROWSE_TEXTS;
}

/* The filter whose index is walked, or NULL: the records with one value, newest first, are one range of that column's index.
 * A column other than a boolean is likely to be narrower. */
const struct browse_filter *walk_driver(const struct browse_query *query)
{
    const struct browse_filter *driver = NULL;
    for (size_t i = 0; i < query->n_filters && browse_is_newest_first(query); i++) {
        const struct browse_filter *filter = &query->filters[i];
        bool null = filter->op == BROWSE_ISNULL && filter->value.boolean;
        if ((!is_equality(filter) && !null) || browse_is_text_search(filter))
            continue;
        if (!driver || browse_column_type(driver->column) == BROWSE_BOOL)
            driver = filter;
    }
    return driver;
}

static void put_walk(struct browse_sql *sql, const struct finding *f, const char *what)
{
    const struct browse_query *query = f->query;
    const struct browse_filter *driver = walk_driver(query);
    buf_printf(&sql->text, "select %s", what ? what : "");
    if (!what)
        finding_put_keys(sql, f);
    buf_printf(&sql->text, " from %s where " LISTED, browse_table(query->list));
    composed_begin(sql, query);
    for (size_t i = 0; i < query->n_filters; i++) {
        const struct browse_filter *filter = &query->filters[i];
        bool indexed = filter == driver || (filter->column == f->keys[0].column && !is_equality(filter));
        browse_put_filter(sql, filter, indexed ? BROWSE_INDEXED : BROWSE_HIDDEN);
    }
    for (size_t i = 0; i < query->n_words; i++)
        browse_put_word(sql, query->words[i], BROWSE_HIDDEN);
    composed_end(sql, query);
}

/* "order by" as the walked index has it. */
static void put_walk_order(struct browse_sql *sql, const struct finding *f)
{
    const struct browse_filter *driver = walk_driver(f->query);
    if (driver &&
        driver->op ==
            BROWSE_ISNULL) { /* in an order PostgreSQL treats "= 1" as a constant, but not "is null" */
        struct browse_key keys[BROWSE_MAX_KEYS + 1] = {
            {driver->column, f->keys[f->n_keys - 1].descending, false, false}};
        memcpy(keys + 1, f->keys, f->n_keys * sizeof *keys);
        browse_put_order(sql, keys, f->n_keys + 1, true);
        return;
    }
    browse_put_order(sql, f->keys, f->n_keys, true);
}

/* extra: a clause of our own, with $N for value if it has one; NULL: none. */
static bool walk(struct finding *f, const char *extra, const struct db_arg *value, int64_t skip,
                 struct err *err)
{
    AUTO_SQL sql;
    browse_sql_init(&sql, f->arena);
    put_walk(&sql, f, NULL);
    if (extra && value)
        buf_printf(&sql.text, " and %s $%d", extra, browse_sql_arg(&sql, *value));
    else if (extra)
        buf_printf(&sql.text, " and %s", extra);
    put_walk_order(&sql, f);
    finding_put_limit(&sql, f->page->n - (int64_t)f->hits->n, skip);
    return finding_take(f, &sql, NULL, err);
}

static bool is_full(const struct finding *f)
{
    return (int64_t)f->hits->n >= f->page->n;
}

static bool walk_after(struct finding *f, struct err *err)
{
    for (size_t i = 0; i < 2 * f->n_keys && !is_full(f); i++) {
        if (!browse_put_stretch(NULL, f->keys, f->n_keys, f->page->after, i))
            continue;
        AUTO_SQL sql;
        browse_sql_init(&sql, f->arena);
        put_walk(&sql, f, NULL);
        browse_put_stretch(&sql, f->keys, f->n_keys, f->page->after, i);
        put_walk_order(&sql, f);
        finding_put_limit(&sql, f->page->n - (int64_t)f->hits->n, 0);
        if (!finding_take(f, &sql, NULL, err))
            return false;
    }
    return true;
}

/* "updated before": such records are old, and a walk from the newest would find them last. */
static const struct browse_filter *updated_before(const struct finding *f)
{
    const struct browse_filter *found = NULL;
    for (size_t i = 0; i < f->query->n_filters; i++) {
        const struct browse_filter *filter = &f->query->filters[i];
        if (filter->column == BROWSE_UPDATED_AT && (filter->op == BROWSE_LT || filter->op == BROWSE_LTE))
            found = filter;
    }
    bool forwards = !f->page->after && !f->page->backwards;
    return forwards && browse_is_newest_first(f->query) ? found : NULL;
}

/* A record updated before a time was created before it, so the walk begins there. Records updated before they were created
 * have an index of their own, and those without a date come last: each in order, so no more are read than the page needs. */
static bool walk_updated(struct finding *f, const struct browse_filter *filter, struct err *err)
{
    static const char *const parts[] = {"created_at <= $%d::timestamptz",
                                        "created_at > $%d::timestamptz and created_at > updated_at",
                                        "created_at is null and $%d::timestamptz is not null"};
    AUTO_SQL sql;
    browse_sql_init(&sql, f->arena);
    buf_puts(&sql.text, "select ");
    finding_put_keys(&sql, f);
    buf_puts(&sql.text, " from (");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_puts(&sql.text, i ? " union all (" : "(");
        sql.n_args = 0; /* each part has the same values, under the same numbers */
        put_walk(&sql, f, NULL);
        buf_puts(&sql.text, " and ");
        buf_printf(&sql.text, parts[i], browse_sql_arg(&sql, filter->value));
        put_walk_order(&sql, f);
        finding_put_limit(&sql, f->page->n + f->page->skip, 0);
        buf_puts(&sql.text, ")");
    }
    buf_puts(&sql.text, ") as part");
    browse_put_order(&sql, f->keys, f->n_keys, false);
    finding_put_limit(&sql, f->page->n, f->page->skip);
    return finding_take(f, &sql, NULL, err);
}

static bool count_part(struct finding *f, const char *extra, int64_t *count_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    AUTO_SQL sql;
    browse_sql_init(&sql, f->arena);
    put_walk(&sql, f, "count(*)");
    buf_printf(&sql.text, " and %s", extra);
    bool ok = composed_run(f->db, f->query, &sql, &rows, err);
    if (ok)
        *count_out = db_i64(&rows, 0, 0);
    return ok;
}

/* An order whose nulls are elsewhere than in its index: the values, then the nulls (or vice versa). */
static bool walk_in_parts(struct finding *f, struct err *err)
{
    const char *name = browse_column_name(f->keys[0].column);
    const char *values = arena_printf(f->arena, "%s is not null", name);
    const char *nulls = arena_printf(f->arena, "%s is null", name);
    const char *first = f->keys[0].nulls_first ? nulls : values, *second = first == values ? nulls : values;
    int64_t skip = f->page->skip, n_first = 0;
    if (!walk(f, first, NULL, skip, err))
        return false;
    if (is_full(f))
        return true;
    if (f->hits->n == 0 && skip && !count_part(f, first, &n_first, err))
        return false;
    /* there may be more of the first kind now than when they were walked */
    return walk(f, second, NULL, f->hits->n || skip < n_first ? 0 : skip - n_first, err);
}

static bool walk_from_day(struct finding *f, struct err *err)
{
    struct list_day day;
    bool found;
    if (!list_counts_find(f->db, browse_table(f->query->list), f->page->skip, &found, &day, err))
        return false;
    if (!found)
        return true;
    int64_t skip = f->page->skip - day.before;
    if (day.undated)
        return walk(f, "created_at is null", NULL, skip, err);
    return walk(f, "created_at <", &DB_TIME(day.end_ms), skip, err) &&
           (is_full(f) || walk(f, "created_at is null", NULL, 0, err));
}

bool browse_is_newest_page(const struct browse_query *query, const struct browse_page *page)
{
    return browse_is_newest_first(query) && !browse_is_filtered(query) && !page->after && !page->backwards &&
           page->skip < SKIP_BY_DAY;
}

bool walk_pages(struct finding *f, struct err *err)
{
    const struct browse_key *first = &f->keys[0];
    bool as_index = first->never_null ||
                    first->nulls_first == (first->descending != (first->column == BROWSE_CREATED_AT));
    const struct browse_filter *before = updated_before(f);
    if (f->page->after)
        return walk_after(f, err);
    if (before)
        return walk_updated(f, before, err);
    if (browse_is_newest_first(f->query) && !browse_is_filtered(f->query) && !f->page->backwards &&
        f->page->skip >= SKIP_BY_DAY)
        return walk_from_day(f, err);
    return as_index ? walk(f, NULL, NULL, f->page->skip, err) : walk_in_parts(f, err);
}

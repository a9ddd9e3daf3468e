#include "schema/snapshot/merge.h"
#include "core/base/buf.h"

/* JSON lines are copied unchanged; the server then reads them into the landing table. */
#define LINES "pg_temp.landing_lines"
/* Of daily counts: GitHub began in 2008, and a history goes from its first day to the last. */
#define FIRST_DAY "2007-01-01"
#define TWICE     "21000" /* SQLSTATE: one statement would change a row twice */

bool merge_begin(struct db *db, const struct snapshot_table *table, enum snapshot_form form, struct err *err)
{
    AUTO_BUF b = {0};
    for (const struct snapshot_column *c = table->columns; c->name; c++)
        buf_printf(&b, "%s%s %s", c == table->columns ? "" : ", ", c->name,
                   c->type == SNAPSHOT_TEXTS ? "json" : snapshot_type_sql(c->type));
    buf_putc(&b, '\0');
    bool ok =
        load_begin(db, b.ptr, err) && db_script(db, "drop table if exists " LINES, err) &&
        (form != SNAPSHOT_JSONL || db_script(db, "create temporary table landing_lines (line jsonb)", err));
    return ok;
}

static void put_columns(struct buf *b, const struct snapshot_table *table, const char *format)
{
    for (const struct snapshot_column *c = table->columns; c->name; c++) {
        buf_puts(b, c == table->columns ? "" : ", ");
        for (const char *at = format; *at; at++)
            if (*at == '@')
                buf_puts(b, c->name);
            else
                buf_putc(b, *at);
    }
}

const char *merge_copy(struct arena *a, const struct snapshot_table *table, enum snapshot_form form)
{
    AUTO_BUF b = {0};
    if (form == SNAPSHOT_JSONL) {
        buf_puts(&b, "copy " LINES " from stdin (format csv, delimiter e'\\x02', quote e'\\x01')");
    } else {
        buf_puts(&b, "copy pg_temp.landing (");
        put_columns(&b, table, "@");
        buf_puts(&b, form == SNAPSHOT_CSV ? ") from stdin (format csv, header match)" : ") from stdin");
    }
    const char *sql = arena_dup(a, buf_slice(&b));
    return sql;
}

/* ---- records ---- */

#define NOT_FORGOTTEN(id) "not " SQL_IS_FORGOTTEN(id)
/* A tombstone has no login: if any person was forgotten, names are accepted only if their owner is known here by that login, now or
 * formerly. */
#define OWNER_KNOWN(full_name)                                                                               \
    "(not exists (select from tombstones)"                                                                   \
    " or exists (select from developers o where lower(o.login collate \"C\") ="                              \
    " lower(split_part(" full_name ", '/', 1) collate \"C\"))"                                               \
    " or exists (select from developer_logins o where lower(o.login collate \"C\") ="                        \
    " lower(split_part(" full_name ", '/', 1) collate \"C\")))"
/* A fork's origin contains the name of its owner, who may have been forgotten. */
#define PARENTS_KNOWN                                                                                        \
    "case when exists (select from tombstones) and l.data_source ?| '{parent,source,template_repository}'"   \
    " then gitomatic_parents_by_id(l.data_source) else l.data_source end"

/* The older of the two must not leave an address of a former name. */
#define OUR_DOCUMENT SQL_WITHOUT_ADDRESSES("t.data_source")
#define ITS_DOCUMENT SQL_WITHOUT_ADDRESSES("l.data_source")

static const char *const profile[] = {
    "name",        "company",  "blog",     "location", "hireable", "bio", "twitter_username",
    "description", "homepage", "language", "license",  "topics"};

static bool is_among(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The merged value of a column of landing row l and our row t. */
static void put_merged(struct buf *b, const char *c, bool is_developer)
{
    static const char *const about_gone[] = {"gone_at", "gone_reason", "gone_looks"};
    if (strcmp(c, "first_seen_at") == 0)
        buf_puts(b, "least(t.first_seen_at, l.first_seen_at)");
    else if (strcmp(c, "synced_at") == 0)
        buf_puts(b, "greatest(t.synced_at, l.synced_at)");
    else if (strcmp(c, "data_source") == 0)
        buf_puts(b, "case when l.data_source is null or t.data_source is null"
                    " then coalesce(t.data_source, l.data_source)"
                    " when l.newer then " OUR_DOCUMENT " || l.data_source"
                    " else " ITS_DOCUMENT " || t.data_source end");
    else if (is_among(c, about_gone, ARRAY_LEN(about_gone)))
        buf_printf(b,
                   "case when coalesce(greatest(l.synced_at, l.gone_at), '-infinity') >"
                   " coalesce(greatest(t.synced_at, t.gone_at), '-infinity') then l.%s else t.%s end",
                   c, c);
    else if (is_among(c, profile, ARRAY_LEN(profile)) && !(strcmp(c, "name") == 0 && !is_developer))
        buf_printf(
            b,
            "case when l.newer and l.synced_at is not null then l.%s when l.newer then coalesce(l.%s, t.%s)"
            " when t.synced_at is not null then t.%s else coalesce(t.%s, l.%s) end",
            c, c, c, c, c, c);
    else
        buf_printf(b, "case when l.newer then coalesce(l.%s, t.%s) else coalesce(t.%s, l.%s) end", c, c, c,
                   c);
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Whether row l holds what an export can: the seal says only that a file is as it was written, not by whom. Comparisons with null are
 * no objection, except where a value is required. */
static void put_usable(struct buf *b, const struct snapshot_table *table)
{
    for (const struct snapshot_column *c = table->columns; c->name; c++) {
        bool is_key = ends_in(c->name, "github_id");
        if (c->required && strcmp(c->name, "first_seen_at") != 0)
            buf_printf(b, " and l.%s is not null", c->name);
        if (c->type == SNAPSHOT_NUMBER)
            buf_printf(b, " and (l.%s %s 0) is not false", c->name, is_key ? ">" : ">=");
        else if (c->type == SNAPSHOT_TIME)
            buf_printf(b, " and (l.%s >= '0001-01-01Z' and l.%s < '10000-01-01Z') is not false", c->name,
                       c->name);
        else if (c->type == SNAPSHOT_DAY)
            buf_printf(b, " and l.%s >= '" FIRST_DAY "' and l.%s < '10000-01-01'", c->name, c->name);
        else if (c->type == SNAPSHOT_JSON)
            buf_printf(b, " and (jsonb_typeof(l.%s) = 'object') is not false", c->name);
        else if (c->type == SNAPSHOT_TEXTS)
            buf_printf(b, " and (json_typeof(l.%s) = 'array') is not false", c->name);
        else if (strcmp(c->name, "login") == 0)
            buf_printf(b, " and l.%s ~ " SNAPSHOT_LOGIN_PATTERN " and l.%s not in ('.', '..')", c->name,
                       c->name);
        else if (strcmp(c->name, "full_name") == 0)
            buf_printf(b, " and l.%s ~ " SNAPSHOT_NAME_PATTERN, c->name);
    }
}

static void put_rows(struct buf *b, const struct snapshot_table *table, const char *condition)
{
    buf_puts(b, "with landed as materialized (select ");
    for (const struct snapshot_column *c = table->columns; c->name; c++) {
        buf_puts(b, c == table->columns ? "" : ", ");
        if (c->type == SNAPSHOT_TEXTS)
            buf_printf(
                b, "case when l.%s is not null then array(select json_array_elements_text(l.%s)) end as %s",
                c->name, c->name, c->name);
        else if (strcmp(c->name, "data_source") == 0)
            buf_puts(b, PARENTS_KNOWN " as data_source");
        else if (strcmp(c->name, "first_seen_at") == 0) /* null: from a database without it */
            buf_puts(b, "coalesce(l.first_seen_at, now()) as first_seen_at");
        else
            buf_printf(b, "l.%s", c->name);
    }
    buf_printf(b, " from pg_temp.landing l where " LOAD_PIECE " and %s", condition);
    put_usable(b, table);
    buf_puts(b, ")");
}

static void put_records(struct buf *b, const struct snapshot_table *table)
{
    bool is_developer = strcmp(table->name, "developers") == 0;
    const char *name = is_developer ? "login" : "full_name";
    const char *names = is_developer ? "developer_logins" : "repository_names";
    put_rows(b, table,
             is_developer
                 ? NOT_FORGOTTEN("l.github_id")
                 : NOT_FORGOTTEN("l.owner_github_id") " and (l.owner_github_id is not null or " OWNER_KNOWN(
                       "l.full_name") ")");
    buf_printf(
        b,
        ", l as (select x.*, coalesce(greatest(x.synced_at, x.updated_at), '-infinity') >"
        " coalesce(greatest(o.synced_at, o.updated_at), '-infinity') as newer"
        " from landed x join %s o using (github_id)), "
        "named as (insert into %s (github_id, %s, seen_until)"
        " select l.github_id, case when l.newer then t.%s else l.%s end, greatest(l.synced_at, t.synced_at)"
        " from l join %s t using (github_id)"
        " where l.%s <> t.%s and l.synced_at is not null and t.synced_at is not null"
        " on conflict (github_id, %s) do update set seen_until = excluded.seen_until"
        " where excluded.seen_until > %s.seen_until), ",
        table->name, names, name, name, name, table->name, name, name, name, names);
    buf_puts(b, "merged as (select ");
    for (const struct snapshot_column *c = table->columns; c->name; c++) {
        buf_puts(b, c == table->columns ? "" : ", ");
        if (c == table->columns)
            buf_puts(b, "t.github_id");
        else
            put_merged(b, c->name, is_developer);
        buf_printf(b, " as %s", c->name);
    }
    buf_printf(b, " from l join %s t using (github_id)), changed as (update %s t set ", table->name,
               table->name);
    put_columns(b, table, "@ = m.@");
    buf_puts(b, " from merged m where m.github_id = t.github_id and (");
    put_columns(b, table, "t.@");
    buf_puts(b, ") is distinct from (");
    put_columns(b, table, "m.@");
    buf_printf(b, ") returning 1), added as (insert into %s (", table->name);
    put_columns(b, table, "@");
    buf_puts(b, ") select ");
    put_columns(b, table, "x.@");
    buf_printf(b, " from landed x where not exists (select from %s t where t.github_id = x.github_id)",
               table->name);
    buf_puts(b, " order by x.github_id on conflict do nothing returning 1)");
    if (is_developer) /* discovery may pick them */
        buf_puts(b,
                 ", planned as (insert into frontier (github_id, next_at, reason)"
                 " select github_id, now(), 'newly met' from landed where gone_at is null order by github_id"
                 " on conflict do nothing)");
    buf_puts(b, " select (select count(*) from landed), (select count(*) from added), (select count(*) from "
                "changed)");
}

/* ---- edges, their history, names, counts ---- */

#define KNOWN(table, id) "exists (select from " table " r where r.github_id = l." id ")"
#define FOLLOW_KNOWN                                                                                         \
    KNOWN("developers", "follower_github_id") " and " KNOWN("developers", "followed_github_id")
#define STAR_KNOWN                                                                                           \
    KNOWN("developers", "developer_github_id") " and " KNOWN("repositories", "repository_github_id")
/* Known, and neither gone nor an organisation, which follows and stars nothing: all in indexes. */
#define THERE(table, id)                                                                                     \
    KNOWN(table, id)                                                                                         \
    " and not exists (select from " table " g where g.github_id = l." id " and g.gone_at is not null)"
#define PERSON(id)                                                                                           \
    THERE("developers", id)                                                                                  \
    " and not exists (select from developers o where o.github_id = l." id " and o.type = 'Organization')"
#define NO_PASS(name, id)                                                                                    \
    "not exists (select from list_passes p where p.list = '" name "' and p.subject = l." id ")"
#define SAME_FOLLOW(x)                                                                                       \
    x ".follower_github_id = l.follower_github_id and " x ".followed_github_id = l.followed_github_id"
#define SAME_STAR(x)                                                                                         \
    x ".developer_github_id = l.developer_github_id and " x ".repository_github_id = l.repository_github_id"
#define NO_FOLLOW_PASS                                                                                       \
    " and " NO_PASS("developer_following", "follower_github_id") " and " NO_PASS(                            \
        "developer_followers",                                                                               \
        "followed_github_id") " and not exists (select from follow_history h where " SAME_FOLLOW("h") ")"
#define NO_STAR_PASS                                                                                         \
    " and " NO_PASS(                                                                                         \
        "developer_starred",                                                                                 \
        "developer_github_id") " and not exists (select from star_history h where " SAME_STAR("h") ")"
#define OVERLAPS "h.first_seen_at < l.gone_before and l.first_seen_at < h.gone_before"

static const struct rule {
    enum merge_edges edges;
    const char *table, *known, *where, *conflict, *ended; /* ended: deletes edges; or NULL */
} rules[] = {
    {MERGE_TIMED_EDGES, "follows",
     PERSON("follower_github_id") " and " THERE("developers", "followed_github_id"),
     "not exists (select from follow_history h where " SAME_FOLLOW(
         "h") " and h.gone_before > l.first_seen_at)",
     "on conflict (follower_github_id, followed_github_id) do update set first_seen_at = "
     "excluded.first_seen_at"
     " where excluded.first_seen_at < t.first_seen_at",
     NULL},
    {MERGE_TIMED_EDGES, "stars",
     PERSON("developer_github_id") " and " THERE("repositories", "repository_github_id"),
     "not exists (select from star_history h where " SAME_STAR("h") " and h.gone_before > l.first_seen_at)",
     "on conflict (developer_github_id, repository_github_id) do update"
     " set starred_at = greatest(t.starred_at, excluded.starred_at), first_seen_at = "
     "least(t.first_seen_at, "
     "excluded.first_seen_at)"
     " where greatest(t.starred_at, excluded.starred_at) is distinct from t.starred_at or "
     "excluded.first_seen_at < t.first_seen_at",
     NULL},
    {MERGE_TIMED_EDGES, "follow_history", FOLLOW_KNOWN,
     "not exists (select from follow_history h where " SAME_FOLLOW("h") " and " OVERLAPS ")",
     "on conflict do nothing",
     "delete from follows t using landed l where " SAME_FOLLOW(
         "t") " and t.first_seen_at < l.gone_before"
              " and gitomatic_follow_seen(t.follower_github_id, t.followed_github_id, "
              "t.first_seen_at) < "
              "l.gone_before"},
    {MERGE_TIMED_EDGES, "star_history", STAR_KNOWN,
     "not exists (select from star_history h where " SAME_STAR("h") " and " OVERLAPS ")",
     "on conflict do nothing",
     "delete from stars t using landed l where " SAME_STAR(
         "t") " and t.first_seen_at < l.gone_before"
              " and gitomatic_star_seen(t.developer_github_id, t.first_seen_at) < l.gone_before"},
    {MERGE_TIMED_EDGES, "developer_logins", KNOWN("developers", "github_id"), "true",
     "on conflict (github_id, login) do update set seen_until = excluded.seen_until where "
     "excluded.seen_until > t.seen_until",
     NULL},
    {MERGE_TIMED_EDGES, "repository_names",
     KNOWN("repositories", "github_id") " and " OWNER_KNOWN("l.full_name"), "true",
     "on conflict (github_id, full_name) do update set seen_until = excluded.seen_until where "
     "excluded.seen_until > t.seen_until",
     NULL},
    {MERGE_TIMED_EDGES, "developer_counts", KNOWN("developers", "github_id"), "true", NULL, NULL},
    {MERGE_TIMED_EDGES, "repository_counts", KNOWN("repositories", "github_id"), "true", NULL, NULL},
    {MERGE_UNTIMED_EDGES, "follows",
     PERSON("follower_github_id") " and " THERE("developers", "followed_github_id") NO_FOLLOW_PASS,
     "l.follower_github_id <> l.followed_github_id", "on conflict do nothing", NULL},
    {MERGE_UNTIMED_EDGES, "stars",
     PERSON("developer_github_id") " and " THERE("repositories", "repository_github_id") NO_STAR_PASS, "true",
     "on conflict do nothing", NULL},
};

/* For a day in both, this database's values stay, and the snapshot's fill the missing ones. */
static void put_fill(struct buf *b, const struct snapshot_table *table)
{
    const char *comma = "";
    buf_puts(b, "on conflict (github_id, day) do update set ");
    for (const struct snapshot_column *c = table->columns + table->n_key; c->name; c++, comma = ", ")
        buf_printf(b, "%s%s = coalesce(t.%s, excluded.%s)", comma, c->name, c->name, c->name);
    comma = " where ";
    for (const struct snapshot_column *c = table->columns + table->n_key; c->name; c++, comma = " or ")
        buf_printf(b, "%s(t.%s is null and excluded.%s is not null)", comma, c->name, c->name);
}

static void put_others(struct buf *b, const struct snapshot_table *table, enum merge_edges edges)
{
    const struct rule *rule = rules;
    while (strcmp(rule->table, table->name) != 0 || rule->edges != edges)
        rule++;
    put_rows(b, table, rule->known);
    buf_printf(b, ", added as (insert into %s as t (", table->name);
    put_columns(b, table, "@");
    buf_puts(b, ") select ");
    put_columns(b, table, "l.@");
    buf_printf(b, " from landed l where %s ", rule->where);
    if (rule->conflict)
        buf_puts(b, rule->conflict);
    else
        put_fill(b, table);
    buf_puts(b, " returning t.xmax = 0 as is_new)");
    if (rule->ended)
        buf_printf(b, ", ended as (%s returning 1)", rule->ended);
    buf_printf(b,
               " select (select count(*) from landed), count(*) filter (where is_new),"
               " count(*) filter (where not is_new) + %s from added",
               rule->ended ? "(select count(*) from ended)" : "0");
}

bool merge_table(struct db *db, const struct snapshot_table *table, enum snapshot_form form,
                 enum merge_edges edges, bool in_transaction, load_progress *progress,
                 struct load_figures *out, struct err *err)
{
    AUTO_BUF b = {0};
    bool ok =
        form != SNAPSHOT_JSONL ||
        db_script(db,
                  "insert into pg_temp.landing select (jsonb_populate_record(null::pg_temp.landing, line)).*"
                  " from " LINES,
                  err);
    if (table->n_key == 1)
        put_records(&b, table);
    else
        put_others(&b, table, edges);
    ok = ok && load_merge(db, table->name, buf_slice(&b), in_transaction, progress, out, err);
    if (!ok && strcmp(err->sqlstate, TWICE) == 0)
        err_set(err, ERR_BROKEN, "%s: two rows have the same key, expected each once", table->name);
    return ok && db_script(db, "drop table if exists " LINES, err) && load_end(db, err);
}

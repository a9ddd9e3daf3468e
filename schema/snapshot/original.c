#include "schema/snapshot/original.h"
#include "core/base/buf.h"

const struct original_about originals[N_ORIGINAL_PARTS] = {
    [ORIGINAL_DEVELOPERS] = {"developers", "github_developer", "developers", 1},
    [ORIGINAL_REPOSITORIES] = {"repositories", "github_repository", "repositories", 1},
    [ORIGINAL_DEVELOPER_IDS] = {"ids of developers", "github_developer", NULL, 1},
    [ORIGINAL_REPOSITORY_IDS] = {"ids of repositories", "github_repository", NULL, 1},
    [ORIGINAL_FOLLOWERS] = {"followers", "github_developer_followers", "follows", 2},
    [ORIGINAL_FOLLOWING] = {"following", "github_developer_following", "follows", 2},
    [ORIGINAL_STARRED] = {"starred", "github_developer_starred_repositories", "stars", 2},
    [ORIGINAL_STARGAZERS] = {"stargazers", "github_repository_stargazers", "stars", 2},
};

/* Which of the joined rows is which end of the edge. In followers, `to` follows `from`. */
static const struct {
    const char *one, *one_table, *other, *other_table;
} ends[N_ORIGINAL_PARTS] = {
    [ORIGINAL_FOLLOWERS] = {"to_developer_id", "github_developer", "from_developer_id", "github_developer"},
    [ORIGINAL_FOLLOWING] = {"from_developer_id", "github_developer", "to_developer_id", "github_developer"},
    [ORIGINAL_STARRED] = {"developer_id", "github_developer", "repository_id", "github_repository"},
    [ORIGINAL_STARGAZERS] = {"developer_id", "github_developer", "repository_id", "github_repository"},
};

/* ---- existing tables ---- */

struct columns {
    const slice *names;
    size_t n; /* 0: no such table */
};

static bool read_columns(struct db *source, const char *table, struct arena *a, struct columns *out,
                         struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct db_arg args[] = {DB_CSTR(table)};
    if (!db_run_text(
            source,
            SLICE(
                "select attname::text from pg_attribute where attrelid = to_regclass($1::text) and attnum > 0"
                " and not attisdropped"),
            args, 1, &rows, err))
        return false;
    slice *names = arena_array(a, (size_t)rows.n, sizeof *names);
    for (int i = 0; i < rows.n; i++) {
        slice name = db_text(&rows, i, 0);
        names[i] = arena_copy(a, name);
    }
    *out = (struct columns){names, (size_t)rows.n};
    return true;
}

static bool has(const struct columns *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (slice_eq(c->names[i], slice_of(name)))
            return true;
    return false;
}

static bool check_table(struct db *source, const char *table, const char *const *needed, size_t n,
                        struct arena *a, struct err *err)
{
    struct columns c;
    if (!read_columns(source, table, a, &c, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!has(&c, needed[i]))
            return err_set(
                err, ERR_USAGE,
                c.n ? "URL: the table %s there has no column %s; expected a database of git-o-matic"
                    : "URL: there is no table %s; expected a database of git-o-matic",
                table, needed[i]);
    return true;
}

static bool check_tables(struct db *source, struct arena *a, struct err *err)
{
    static const char *const of_developer[] = {"id", "github_id", "login"}, *const of_repository[] = {
                                                                                "id", "github_id"};
    bool ok = check_table(source, "github_developer", of_developer, ARRAY_LEN(of_developer), a, err) &&
              check_table(source, "github_repository", of_repository, ARRAY_LEN(of_repository), a, err);
    for (int part = ORIGINAL_FOLLOWERS; ok && part < N_ORIGINAL_PARTS; part++) {
        const char *const needed[] = {ends[part].one, ends[part].other};
        ok = check_table(source, originals[part].table, needed, ARRAY_LEN(needed), a, err);
    }
    return ok;
}

bool original_begin(struct db *source, struct arena *a, const char **source_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    bool ok = db_begin(source, err) &&
              db_script(source, "set transaction isolation level repeatable read, read only", err) &&
              db_unbounded(source, true, err) &&
              db_run_text(source,
                          SLICE("select concat_ws(' ', datname, oid, inet_server_addr(), inet_server_port())"
                                " from pg_database where datname = current_database()"),
                          NULL, 0, &rows, err) &&
              check_tables(source, a, err);
    if (ok)
        *source_out = arena_dup(a, db_text(&rows, 0, 0));
    else
        db_rollback(source);
    return ok;
}

/* ---- a column, from the original's columns and its stored answer of GitHub ---- */

/* A number in a text column; null if it is not one. */
#define NUMBER(expression)                                                                                   \
    "case when trim(" expression "::text) ~ '^[0-9]{1,18}$' then trim(" expression "::text)::bigint end"
/* An existing day (except 29 February), so that no cast fails. */
#define TIME_PATTERN                                                                                         \
    "'^[12][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"   \
    "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$'"

static const struct {
    const char *column, *key; /* in GitHub's answer, where it has another name */
} keys[] = {{"followers_count", "followers"}, {"following_count", "following"}, {"size_kb", "size"}};

/* Columns made from several; @: the column if it exists, else null. t: the row, with gid, ds and owner_gid. */
static const struct {
    const char *table, *column, *sql;
} specials[] = {
    {NULL, "github_id", "t.gid"},
    {NULL, "first_seen_at", "null"},
    {NULL, "gone_at", "null"},
    {NULL, "gone_reason", "null"},
    {NULL, "gone_looks", "0"},
    {NULL, "data_source", "case when jsonb_typeof(t.ds) = 'object' then " SQL_PUBLIC_PART("t.ds") " end"},
    /* The original does not store the time of its request: not before the record's last change. */
    {NULL, "synced_at",
     "case when greatest(t.gtm_created, t.gtm_updated) <= now() then greatest(t.gtm_created, t.gtm_updated) "
     "end"},
    {NULL, "created_at", "t.gtm_created"},
    {NULL, "updated_at", "t.gtm_updated"},
    {"developers", "bio", "coalesce(@::text, t.ds ->> 'bio', t.ds ->> 'description')"},
    {"repositories", "owner_github_id", "t.owner_gid"},
    {"repositories", "name", "split_part(t.gtm_name, '/', 2)"},
    {"repositories", "full_name", "t.gtm_name"},
    {"repositories", "license", "t.ds #>> '{license,spdx_id}'"},
    {"repositories", "parent_github_id", NUMBER("(t.ds #>> '{parent,id}')")},
    {"repositories", "topics",
     "case when jsonb_typeof(t.ds -> 'topics') = 'array' and not exists (select from "
     "jsonb_array_elements(t.ds -> 'topics') e"
     " where jsonb_typeof(e) <> 'string') then t.ds -> 'topics' end"},
};

static const char *special_of(const char *table, const char *column)
{
    for (size_t i = 0; i < ARRAY_LEN(specials); i++)
        if (strcmp(specials[i].column, column) == 0 &&
            (!specials[i].table || strcmp(specials[i].table, table) == 0))
            return specials[i].sql;
    return NULL;
}

static const char *key_of(const char *column)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (strcmp(keys[i].column, column) == 0)
            return keys[i].key;
    return column;
}

static void put_answered(struct buf *b, const struct snapshot_column *c)
{
    const char *key = key_of(c->name);
    switch (c->type) {
    case SNAPSHOT_NUMBER:
        buf_printf(b, NUMBER("(t.ds ->> '%s')"), key, key);
        break;
    case SNAPSHOT_BOOLEAN:
        buf_printf(b, "case when jsonb_typeof(t.ds -> '%s') = 'boolean' then (t.ds ->> '%s')::boolean end",
                   key, key);
        break;
    case SNAPSHOT_TIME:
        buf_printf(b, "case when t.ds ->> '%s' ~ " TIME_PATTERN " then (t.ds ->> '%s')::timestamptz end", key,
                   key);
        break;
    default:
        buf_printf(b, "case when jsonb_typeof(t.ds -> '%s') = 'string' then t.ds ->> '%s' end", key, key);
    }
}

static void put_column(struct buf *b, const struct snapshot_table *table, const struct snapshot_column *c,
                       const struct columns *there)
{
    const char *special = special_of(table->name, c->name);
    bool own = has(there, c->name);
    if (special) {
        for (; *special; special++)
            if (*special != '@')
                buf_putc(b, *special);
            else
                buf_printf(b, own ? "t.%s" : "null%s", own ? c->name : "");
        return;
    }
    buf_puts(b, "coalesce(");
    if (own && c->type == SNAPSHOT_NUMBER)
        buf_printf(b, NUMBER("t.%s") ", ", c->name, c->name);
    else if (own)
        buf_printf(b, "t.%s::%s, ", c->name, snapshot_type_sql(c->type));
    put_answered(b, c);
    buf_puts(b, ")");
}

/* ---- statements ---- */

static bool is_repository(const struct original_about *about)
{
    return strcmp(about->table, "github_repository") == 0;
}

static void put_finite(struct buf *b, const struct columns *there, const char *column, const char *as)
{
    if (has(there, column))
        buf_printf(b, ", case when isfinite(d.%s::timestamptz) then d.%s::timestamptz end as %s", column,
                   column, as);
    else
        buf_printf(b, ", null::timestamptz as %s", as);
}

static void put_record_rows(struct buf *b, const struct original_about *about, const struct columns *there)
{
    bool repository = is_repository(about);
    buf_puts(b, "select d.*, " NUMBER("d.github_id") " as gid");
    buf_puts(b, has(there, "data_source") ? ", to_jsonb(d.data_source) as ds" : ", null::jsonb as ds");
    put_finite(b, there, "created_at", "gtm_created");
    put_finite(b, there, "updated_at", "gtm_updated");
    if (!repository) {
        buf_printf(b, " from %s d", about->table);
        return;
    }
    bool owner = has(there, "owner_id");
    buf_printf(b, ", coalesce(%s, %s, " NUMBER("(to_jsonb(d) #>> '{data_source,owner,id}')") ") as owner_gid",
               owner ? NUMBER("o.github_id") : "null",
               has(there, "owner_github_id") ? NUMBER("d.owner_github_id") : "null");
    buf_printf(b, ", coalesce(%s%s%s) as gtm_name from %s d",
               has(there, "full_name") ? "nullif(d.full_name::text, ''), " : "",
               owner && has(there, "name") ? "o.login::text || '/' || d.name::text, " : "",
               "to_jsonb(d) #>> '{data_source,full_name}'", about->table);
    if (owner)
        buf_puts(b, " left join github_developer o on o.id = d.owner_id");
}

/* Whether row x can become a record. */
static const char *usable_record(const struct original_about *about)
{
    return is_repository(about) ? "gid > 0 and gtm_name ~ " SNAPSHOT_NAME_PATTERN
                                : "gid > 0 and login::text ~ " SNAPSHOT_LOGIN_PATTERN;
}
#define USABLE_EDGE "one > 0 and other > 0"

static void put_records(struct buf *b, const struct original_about *about, const struct columns *there,
                        const char *after)
{
    const struct snapshot_table *table = snapshot_table_named(slice_of(about->snapshot_table));
    buf_puts(b, "select ");
    for (const struct snapshot_column *c = table->columns; c->name; c++) {
        buf_puts(b, c == table->columns ? "" : ", ");
        put_column(b, table, c, there);
    }
    buf_puts(b, " from (select distinct on (gid) * from (");
    put_record_rows(b, about, there);
    buf_printf(b, ") x where gid > %s and %s order by gid, gtm_updated desc nulls last, id) t order by gid",
               after ? after : "0", usable_record(about));
}

static void put_ids(struct buf *b, const struct original_about *about, const char *after)
{
    buf_printf(
        b, "select * from (select id::uuid as id, " NUMBER("github_id") " as gid from %s) t where gid > 0",
        about->table);
    if (after)
        buf_printf(b, " and id > '%s'", after);
    buf_puts(b, " order by id");
}

static void put_edge_rows(struct buf *b, enum original_part part)
{
    buf_printf(
        b,
        "select " NUMBER("o.github_id") " as one, " NUMBER(
            "p.github_id") " as other from %s j left join %s o on o.id = j.%s left join %s p on p.id = j.%s",
        originals[part].table, ends[part].one_table, ends[part].one, ends[part].other_table,
        ends[part].other);
}

static void put_edges(struct buf *b, enum original_part part, const char *after, struct arena *a)
{
    const char *tab = after ? strchr(after, '\t') : NULL;
    buf_printf(b, "select distinct one, other, null%s from (",
               strcmp(originals[part].snapshot_table, "stars") == 0 ? ", null" : "");
    put_edge_rows(b, part);
    buf_puts(b, ") t where " USABLE_EDGE);
    if (tab)
        buf_printf(b, " and (one, other) > (%s, %s)", arena_dup(a, slice_from(after, (size_t)(tab - after))),
                   tab + 1);
    buf_puts(b, " order by one, other");
}

static bool is_of_edges(enum original_part part)
{
    return ends[part].one != NULL;
}

bool original_copy(struct db *source, enum original_part part, const char *after, struct arena *a,
                   const char **sql_out, struct err *err)
{
    AUTO_BUF b = {0};
    struct columns there;
    const struct original_about *about = &originals[part];
    if (!read_columns(source, about->table, a, &there, err))
        return false;
    buf_puts(&b, "copy (");
    if (is_of_edges(part))
        put_edges(&b, part, after, a);
    else if (about->snapshot_table)
        put_records(&b, about, &there, after);
    else
        put_ids(&b, about, after);
    buf_puts(&b, ") to stdout");
    *sql_out = arena_dup(a, buf_slice(&b));
    return true;
}

bool original_count(struct db *source, enum original_part part, struct arena *a, int64_t *rows_out,
                    int64_t *unusable_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct buf b = {0};
    struct columns there;
    const struct original_about *about = &originals[part];
    if (!read_columns(source, about->table, a, &there, err))
        return false;
    buf_printf(&b, "select count(*), count(*) filter (where (%s) is not true) from (",
               is_of_edges(part)       ? USABLE_EDGE
               : about->snapshot_table ? usable_record(about)
                                       : "gid > 0");
    if (is_of_edges(part))
        put_edge_rows(&b, part);
    else
        put_record_rows(&b, about, &there);
    buf_puts(&b, ") x");
    bool ok = db_run_text(source, buf_slice(&b), NULL, 0, &rows, err);
    buf_finish(&b);
    *rows_out = ok ? db_i64(&rows, 0, 0) : 0;
    *unusable_out = ok ? db_i64(&rows, 0, 1) : 0;
    return ok;
}

#include "schema/snapshot/original.h"
#include "core/base/buf.h"
#include <stdio.h>

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
    const slice *names, *types; /* types: as PostgreSQL writes them, without their modifiers */
    size_t n;                   /* 0: no such table */
};

static bool read_columns(struct db *source, const char *table, struct arena *a, struct columns *out,
                         struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct db_arg args[] = {DB_CSTR(table)};
    if (!db_run_text(source,
                     SLICE("select attname::text, format_type(atttypid, null) from pg_attribute"
                           " where attrelid = to_regclass($1::text) and attnum > 0 and not attisdropped"),
                     args, 1, &rows, err))
        return false;
    slice *names = arena_array(a, 2 * (size_t)rows.n, sizeof *names), *types = names + rows.n;
    for (int i = 0; i < rows.n; i++) {
        names[i] = arena_copy(a, db_text(&rows, i, 0));
        types[i] = arena_copy(a, db_text(&rows, i, 1));
    }
    *out = (struct columns){names, types, (size_t)rows.n};
    return true;
}

/* Empty: no such column. */
static slice type_of(const struct columns *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (slice_eq(c->names[i], slice_of(name)))
            return c->types[i];
    return (slice){0};
}

static bool has(const struct columns *c, const char *name)
{
    return type_of(c, name).len > 0;
}

static bool has_type(const struct columns *c, const char *name, const char *type)
{
    return slice_eq(type_of(c, name), slice_of(type));
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

/* The columns of the tables that a statement reads. */
struct tables {
    struct columns own, developer, repository;
};

static bool read_tables(struct db *source, const struct original_about *about, struct arena *a,
                        struct tables *out, struct err *err)
{
    return read_columns(source, about->table, a, &out->own, err) &&
           read_columns(source, "github_developer", a, &out->developer, err) &&
           read_columns(source, "github_repository", a, &out->repository, err);
}

bool original_begin(struct db *source, struct arena *a, const char **source_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    bool ok = db_begin(source, err) &&
              db_script(source, "set transaction isolation level repeatable read, read only", err) &&
              db_unbounded(source, true, err) &&
              db_run_text(source,
                          SLICE("select concat_ws(' ', datname, oid, inet_server_addr(), inet_server_port()),"
                                " case pg_encoding_to_char(encoding) when 'SQL_ASCII' then"
                                " set_config('client_encoding', 'SQL_ASCII', true) end"
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

/* Another version's columns may have other types, and texts may hold anything: no cast below fails. */

/* A number in a column of any type; null if it is not one. */
#define TRIMMED(expression) "btrim(" expression "::text, e' \\t\\r\\n')"
#define NUMBER(expression)                                                                                   \
    "case when " TRIMMED(expression) " ~ '^[0-9]{1,18}([.]0*)?$' then split_part(" TRIMMED(                  \
        expression) ", '.', 1)::bigint end"
/* An existing day, of the years that a record can have. */
#define DAY_PATTERN                                                                                          \
    "[12][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"     \
    "|(19|20)(0[48]|[2468][048]|[13579][26])-02-29|2000-02-29"
#define TIME_PATTERN                                                                                         \
    "'^(" DAY_PATTERN ")[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4])(" \
    ":?[0-5][0-9])?)?$'"
#define TEXT_AS_TIME(expression)                                                                             \
    "case when " expression "::text ~ " TIME_PATTERN " then " expression "::text::timestamptz end"
#define TEXT_AS_BOOLEAN(expression)                                                                          \
    "case when lower(" TRIMMED(expression) ") in ('t', 'true', '1', 'yes') then true when lower(" TRIMMED(   \
        expression) ") in ('f', 'false', '0', 'no') then false end"
#define TEXT_AS_UUID(expression)                                                                             \
    "case when " TRIMMED(expression) " ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' then " TRIMMED(    \
        expression) "::uuid"                                                                                 \
                    " end"
/* json takes what jsonb does not: \u0000 and halves of surrogate pairs become U+FFFD. jsonb translates escapes to the database's encoding:
 * in another one than UTF-8 those beyond ASCII become "?". A number that overflows `numeric` makes the answer null. Escaped backslashes are
 * written otherwise first, so that every backslash begins an escape. */
#define JSON_ESCAPES(expression) "replace(" expression "::text, e'\\\\\\\\', e'\\\\u005c')"
#define JSON_AS_JSONB(expression)                                                                            \
    "case when " expression "::text ~ '(^|[:,[])[[:space:]]*-?([0-9.]+[eE][+-]?[0-9]{4}"                     \
    "|[0-9.]{255}[0-9.]{255})' then null when getdatabaseencoding() = 'UTF8' then "                          \
    "regexp_replace(regexp_replace(" JSON_ESCAPES(                                                           \
        expression) ", e'\\\\\\\\u(0000|d[89ab][0-9a-f]{2}(?!\\\\\\\\ud[c-f][0-9a-f]{2}))',"                 \
                    " '\\\\ufffd', 'gi'), e'(?<!\\\\\\\\ud[89ab][0-9a-f]{2})\\\\\\\\ud[c-f][0-9a-f]{2}',"    \
                    " '\\\\ufffd', 'gi')::jsonb else regexp_replace(" JSON_ESCAPES(                          \
                        expression) ", e'\\\\\\\\u(0000|(?!00[0-7])[0-9a-f]{4})', '?', 'gi')::jsonb end"

static const struct {
    const char *column, *key; /* in GitHub's answer, where it has another name */
} keys[] = {{"followers_count", "followers"}, {"following_count", "following"}, {"size_kb", "size"}};

/* Columns made from several; @: the column if it exists, else null. t: the row, with gtm_gid, gtm_ds, gtm_owner,
 * gtm_name, gtm_created and gtm_updated. */
static const struct {
    const char *table, *column, *sql;
} specials[] = {
    {NULL, "github_id", "t.gtm_gid"},
    {NULL, "first_seen_at", "null"},
    {NULL, "gone_at", "null"},
    {NULL, "gone_reason", "null"},
    {NULL, "gone_looks", "0"},
    {NULL, "data_source",
     "case when jsonb_typeof(t.gtm_ds) = 'object' then " SQL_PUBLIC_PART("t.gtm_ds") " end"},
    /* The original does not store the time of its request: not before the record's last change. */
    {NULL, "synced_at",
     "case when greatest(t.gtm_created, t.gtm_updated) <= now() then greatest(t.gtm_created, t.gtm_updated) "
     "end"},
    {NULL, "created_at", "t.gtm_created"},
    {NULL, "updated_at", "t.gtm_updated"},
    {"developers", "bio", "coalesce(@::text, t.gtm_ds ->> 'bio', t.gtm_ds ->> 'description')"},
    {"repositories", "owner_github_id", "t.gtm_owner"},
    {"repositories", "name", "split_part(t.gtm_name, '/', 2)"},
    {"repositories", "full_name", "t.gtm_name"},
    {"repositories", "license", "t.gtm_ds #>> '{license,spdx_id}'"},
    {"repositories", "parent_github_id", NUMBER("(t.gtm_ds #>> '{parent,id}')")},
    {"repositories", "topics",
     "case when jsonb_typeof(t.gtm_ds -> 'topics') = 'array' and not exists (select from "
     "jsonb_array_elements(t.gtm_ds -> 'topics') e"
     " where jsonb_typeof(e) <> 'string') then t.gtm_ds -> 'topics' end"},
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
        buf_printf(b, NUMBER("(t.gtm_ds ->> '%s')"), key, key);
        break;
    case SNAPSHOT_BOOLEAN:
        buf_printf(
            b, "case when jsonb_typeof(t.gtm_ds -> '%s') = 'boolean' then (t.gtm_ds ->> '%s')::boolean end",
            key, key);
        break;
    case SNAPSHOT_TIME:
        buf_printf(b, TEXT_AS_TIME("(t.gtm_ds ->> '%s')"), key, key);
        break;
    default:
        buf_printf(b, "case when jsonb_typeof(t.gtm_ds -> '%s') = 'string' then t.gtm_ds ->> '%s' end", key,
                   key);
    }
}

/* A time that a record can have, else null. `end` is appended. */
static void put_time_of(struct buf *b, const struct columns *there, const char *row, const char *column,
                        const char *end)
{
    static const char *const types[] = {"timestamp with time zone", "timestamp without time zone", "date"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (has_type(there, column, types[i])) {
            buf_printf(b,
                       "case when %1$s.%2$s >= '0001-01-01' and %1$s.%2$s < '10000-01-01' then"
                       " %1$s.%2$s::timestamptz end%3$s",
                       row, column, end);
            return;
        }
    buf_printf(b, TEXT_AS_TIME("%1$s.%2$s") "%3$s", row, column, end);
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
    else if (own && c->type == SNAPSHOT_BOOLEAN && !has_type(there, c->name, "boolean"))
        buf_printf(b, TEXT_AS_BOOLEAN("t.%s") ", ", c->name, c->name);
    else if (own && c->type == SNAPSHOT_TIME)
        put_time_of(b, there, "t", c->name, ", ");
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

static void put_moment(struct buf *b, const struct columns *there, const char *column, const char *as)
{
    buf_puts(b, ", ");
    if (has(there, column))
        put_time_of(b, there, "d", column, "");
    else
        buf_puts(b, "null::timestamptz");
    buf_printf(b, " as %s", as);
}

/* Columns may have any name, so those added here begin with gtm_. */
static void put_answer(struct buf *b, const struct original_about *about, const struct columns *there)
{
    buf_printf(b, "(select d.*, %s as gtm_ds from %s d) d",
               !has(there, "data_source")               ? "null::jsonb"
               : has_type(there, "data_source", "json") ? JSON_AS_JSONB("d.data_source")
                                                        : "to_jsonb(d.data_source)",
               about->table);
}

/* Whether two columns have the same id, which databases moved from elsewhere hold in several ways. */
static void put_same_id(struct buf *b, slice one_type, slice other_type, const char *one, const char *other)
{
    bool is_text = !slice_eq(one_type, SLICE("uuid")) && !slice_eq(one_type, SLICE("integer"));
    buf_printf(b,
               slice_eq(one_type, other_type) && !is_text
                   ? "%s = %s"
                   : "replace(lower(%s::text), '-', '') = replace(lower(%s::text), '-', '')",
               one, other);
}

static void put_record_rows(struct buf *b, const struct original_about *about, const struct tables *there)
{
    const struct columns *own = &there->own;
    buf_puts(b, "select d.*, " NUMBER("d.github_id") " as gtm_gid");
    put_moment(b, own, "created_at", "gtm_created");
    put_moment(b, own, "updated_at", "gtm_updated");
    if (!is_repository(about)) {
        buf_puts(b, " from ");
        put_answer(b, about, own);
        return;
    }
    bool owner = has(own, "owner_id");
    buf_printf(b, ", coalesce(%s, %s, " NUMBER("(d.gtm_ds #>> '{owner,id}')") ") as gtm_owner",
               owner ? NUMBER("o.github_id") : "null",
               has(own, "owner_github_id") ? NUMBER("d.owner_github_id") : "null");
    buf_printf(b, ", coalesce(%s%sd.gtm_ds ->> 'full_name') as gtm_name from ",
               has(own, "full_name") ? "nullif(d.full_name::text, ''), " : "",
               owner && has(own, "name") ? "o.login::text || '/' || d.name::text, " : "");
    put_answer(b, about, own);
    if (owner) {
        buf_puts(b, " left join github_developer o on ");
        put_same_id(b, type_of(&there->developer, "id"), type_of(own, "owner_id"), "o.id", "d.owner_id");
    }
}

/* Whether row x can become a record. */
static const char *usable_record(const struct original_about *about)
{
    return is_repository(about) ? "gtm_gid > 0 and gtm_name ~ " SNAPSHOT_NAME_PATTERN
                                : "gtm_gid > 0 and login::text ~ " SNAPSHOT_LOGIN_PATTERN;
}
#define USABLE_EDGE "one > 0 and other > 0"

static void put_records(struct buf *b, const struct original_about *about, const struct tables *there,
                        const char *after)
{
    const struct snapshot_table *table = snapshot_table_named(slice_of(about->snapshot_table));
    buf_puts(b, "select ");
    for (const struct snapshot_column *c = table->columns; c->name; c++) {
        buf_puts(b, c == table->columns ? "" : ", ");
        put_column(b, table, c, &there->own);
    }
    buf_puts(b, " from (select distinct on (gtm_gid) * from (");
    put_record_rows(b, about, there);
    buf_printf(b,
               ") x where gtm_gid > %s and %s order by gtm_gid, gtm_updated desc nulls last, id) t"
               " order by gtm_gid",
               after ? after : "0", usable_record(about));
}

/* Rows (gtm_id, gtm_gid). */
static void put_id_rows(struct buf *b, const struct original_about *about, const struct columns *own)
{
    buf_printf(b, "select %s as gtm_id, " NUMBER("d.github_id") " as gtm_gid from %s d",
               has_type(own, "id", "uuid") ? "d.id" : TEXT_AS_UUID("d.id"), about->table);
}
#define USABLE_ID "gtm_gid > 0 and gtm_id is not null"

/* One id in two rows: there was no primary key. */
static void put_ids(struct buf *b, const struct original_about *about, const struct columns *own,
                    const char *after)
{
    buf_puts(b, "select distinct on (gtm_id) * from (");
    put_id_rows(b, about, own);
    buf_puts(b, ") t where " USABLE_ID);
    if (after)
        buf_printf(b, " and gtm_id > '%s'", after);
    buf_puts(b, " order by gtm_id, gtm_gid");
}

static void put_end(struct buf *b, const char *row, const char *table, const char *column,
                    const struct tables *there)
{
    char id[16], end[64];
    bool developer = strcmp(table, "github_developer") == 0;
    snprintf(id, sizeof id, "%s.id", row);
    snprintf(end, sizeof end, "j.%s", column);
    buf_printf(b, " left join %s %s on ", table, row);
    put_same_id(b, type_of(developer ? &there->developer : &there->repository, "id"),
                type_of(&there->own, column), id, end);
}

static void put_edge_rows(struct buf *b, enum original_part part, const struct tables *there)
{
    buf_printf(b, "select " NUMBER("o.github_id") " as one, " NUMBER("p.github_id") " as other from %s j",
               originals[part].table);
    put_end(b, "o", ends[part].one_table, ends[part].one, there);
    put_end(b, "p", ends[part].other_table, ends[part].other, there);
}

static void put_edges(struct buf *b, enum original_part part, const struct tables *there, const char *after,
                      struct arena *a)
{
    const char *tab = after ? strchr(after, '\t') : NULL;
    buf_printf(b, "select distinct one, other, null%s from (",
               strcmp(originals[part].snapshot_table, "stars") == 0 ? ", null" : "");
    put_edge_rows(b, part, there);
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
    struct tables there;
    const struct original_about *about = &originals[part];
    if (!read_tables(source, about, a, &there, err))
        return false;
    buf_puts(&b, "copy (");
    if (is_of_edges(part))
        put_edges(&b, part, &there, after, a);
    else if (about->snapshot_table)
        put_records(&b, about, &there, after);
    else
        put_ids(&b, about, &there.own, after);
    buf_puts(&b, ") to stdout");
    *sql_out = arena_dup(a, buf_slice(&b));
    return true;
}

bool original_count(struct db *source, enum original_part part, struct arena *a, int64_t *rows_out,
                    int64_t *unusable_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct buf b = {0};
    struct tables there;
    const struct original_about *about = &originals[part];
    if (!read_tables(source, about, a, &there, err))
        return false;
    buf_printf(&b, "select count(*), count(*) filter (where (%s) is not true) from (",
               is_of_edges(part)       ? USABLE_EDGE
               : about->snapshot_table ? usable_record(about)
                                       : USABLE_ID);
    if (is_of_edges(part))
        put_edge_rows(&b, part, &there);
    else if (about->snapshot_table)
        put_record_rows(&b, about, &there);
    else
        put_id_rows(&b, about, &there.own);
    buf_puts(&b, ") x");
    bool ok = db_run_text(source, buf_slice(&b), NULL, 0, &rows, err);
    buf_finish(&b);
    *rows_out = ok ? db_i64(&rows, 0, 0) : 0;
    *unusable_out = ok ? db_i64(&rows, 0, 1) : 0;
    return ok;
}

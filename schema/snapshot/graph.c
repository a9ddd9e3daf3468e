#include "schema/snapshot/graph.h"
#include "schema/snapshot/read.h"

static const char tables_sql[] =
    "create temporary table graph_nodes (kind smallint, github_id bigint, depth integer,"
    " primary key (kind, github_id)) on commit drop;"
    /* People under erasure are no neighbours: they count as found already, at a depth that is not expanded. */
    "insert into graph_nodes select " SQL_DEVELOPER ", github_id, -1 from snapshot_erased"
    " union all select " SQL_REPOSITORY ", github_id, -1 from snapshot_erased_repositories";

#define NEXT_FOLLOWS                                                                                         \
    "insert into graph_nodes select " SQL_DEVELOPER ", id, $1::bigint from ("                                \
    "select f.followed_github_id as id from follows f join graph_nodes n on n.kind = " SQL_DEVELOPER         \
    " and n.depth = "                                                                                        \
    "$1::bigint - 1"                                                                                         \
    " and n.github_id = f.follower_github_id union select f.follower_github_id from follows f"               \
    " join graph_nodes n on n.kind = " SQL_DEVELOPER " and n.depth = $1::bigint - 1 and n.github_id = "      \
    "f.followed_github_id) x"                                                                                \
    " on conflict do nothing"
#define NEXT_STARS                                                                                           \
    "insert into graph_nodes select kind, id, $1::bigint from ("                                             \
    "select " SQL_REPOSITORY                                                                                 \
    " as kind, s.repository_github_id as id from stars s join graph_nodes n on n.kind = " SQL_DEVELOPER      \
    " and n.depth = $1::bigint - 1 and n.github_id = s.developer_github_id union select " SQL_DEVELOPER ", " \
    "s.developer_github_id"                                                                                  \
    " from stars s join graph_nodes n on n.kind = " SQL_REPOSITORY " and n.depth = $1::bigint - 1"           \
    " and n.github_id = s.repository_github_id) x on conflict do nothing"

static bool put_seed(struct db *db, const char *login, struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct db_arg args[] = {DB_CSTR(login)};
    if (!db_run_text(db,
                     SLICE("insert into graph_nodes select " SQL_DEVELOPER ", github_id, 0 from developers"
                           " where lower(login collate \"C\") = lower($1::text collate \"C\")"
                           " and github_id not in (select github_id from snapshot_erased) order by "
                           "gone_at desc nulls first limit 1 "
                           "returning 1"),
                     args, 1, &rows, err))
        return false;
    return rows.n ||
           err_set(
               err, ERR_USAGE,
               "--seed: no developer called \"%.60s\" is known here; expected the login of a known developer",
               login);
}

static bool add_level(struct db *db, const struct graph_request *request, int depth, struct err *err)
{
    const struct db_arg args[] = {DB_I64(depth)};
    return db_script(db, "analyze graph_nodes", err) &&
           (!request->follows || db_run_text(db, SLICE(NEXT_FOLLOWS), args, 1, NULL, err)) &&
           (!request->stars || db_run_text(db, SLICE(NEXT_STARS), args, 1, NULL, err));
}

bool graph_begin(struct db *db, const struct graph_request *request, struct err *err)
{
    bool ok = db_begin(db, err) &&
              db_script(db, "set transaction isolation level repeatable read, read write", err) &&
              db_unbounded(db, true, err) && db_script(db, snapshot_erased_sql, err) &&
              db_script(db, tables_sql, err) && put_seed(db, request->login, err);
    for (int depth = 1; ok && depth <= request->depth; depth++)
        ok = add_level(db, request, depth, err);
    ok = ok && db_script(db, "analyze graph_nodes", err);
    if (!ok)
        db_rollback(db);
    return ok;
}

/* Texts by code point: the same order on every server. */
const char *graph_nodes_copy(void)
{
    return "copy (select * from (select 'd' || n.github_id, 'developer', d.login, n.depth, d.followers_count "
           "from graph_nodes n join developers d using (github_id) where n.kind = " SQL_DEVELOPER
           " and n.depth >= 0 union "
           "all"
           " select 'r' || n.github_id, 'repository', r.full_name, n.depth, r.stargazers_count from "
           "graph_nodes n join repositories r using (github_id) where n.kind = " SQL_REPOSITORY
           " and n.depth >= 0)"
           " x (id, kind, name, depth, count) order by depth, kind collate \"C\", id collate \"C\") to "
           "stdout";
}

const char *graph_edges_copy(const struct graph_request *request, struct arena *a)
{
    static const char follows[] =
        "select 'd' || f.follower_github_id, 'd' || f.followed_github_id, 'follows' from graph_nodes n"
        " join follows f on f.follower_github_id = n.github_id"
        " join graph_nodes m on m.kind = " SQL_DEVELOPER
        " and m.github_id = f.followed_github_id and m.depth >= 0"
        " where n.kind = " SQL_DEVELOPER " and n.depth >= 0";
    static const char stars[] =
        "select 'd' || s.developer_github_id, 'r' || s.repository_github_id, 'stars' from graph_nodes n"
        " join stars s on s.developer_github_id = n.github_id"
        " join graph_nodes m on m.kind = " SQL_REPOSITORY
        " and m.github_id = s.repository_github_id and m.depth >= 0"
        " where n.kind = " SQL_DEVELOPER " and n.depth >= 0";
    return arena_printf(a,
                        "copy (select * from (%s%s%s) x (source, target, kind) order by kind collate \"C\","
                        " source collate \"C\", target collate \"C\") to stdout",
                        request->follows ? follows : "",
                        request->follows && request->stars ? " union all " : "", request->stars ? stars : "");
}

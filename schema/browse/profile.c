#include "schema/browse/profile.h"

static void add_count(struct arena *a, struct profile_counts *to, int64_t github_id, slice name, int64_t n)
{
    if (to->n < MAX_PROFILE_ROWS)
        to->items[to->n++] = (struct profile_count){github_id, arena_copy(a, name), n};
}

static void add_edge(struct arena *a, struct profile_edges *to, const struct db_rows *rows, int row, int col)
{
    if (to->n < PROFILE_EDGES)
        to->items[to->n++] =
            (struct profile_edge){db_i64(rows, row, col), arena_copy(a, db_text(rows, row, col + 1)),
                                  maybe_time(rows, row, col + 2)};
}

static size_t take_former(struct arena *a, const struct db_rows *rows, struct profile_former *out)
{
    for (int i = 0; i < rows->n; i++)
        out[i] = (struct profile_former){arena_copy(a, db_text(rows, i, COL_profile_logins_login)),
                                         db_time(rows, i, COL_profile_logins_seen_until)};
    return (size_t)rows->n;
}

static void take_plan(struct arena *a, const struct db_rows *rows, struct developer_profile *out)
{
    if (rows->n == 0)
        return;
    out->first_seen_ms = db_time(rows, 0, COL_profile_plan_first_seen_at);
    out->reason = arena_copy(a, db_text(rows, 0, COL_profile_plan_reason));
    out->last_ms = db_time(rows, 0, COL_profile_plan_last_at);
    out->next_ms = db_time(rows, 0, COL_profile_plan_next_at);
    out->walks = db_i64(rows, 0, COL_profile_plan_walks);
    out->changes = db_i64(rows, 0, COL_profile_plan_changes);
    out->met_through = arena_copy(a, db_text(rows, 0, COL_profile_plan_login));
}

bool profile_developer(struct db *db, struct arena *a, int64_t github_id, struct developer_profile *out,
                       struct err *err)
{
    AUTO_ROWS languages = {0};
    AUTO_ROWS logins = {0};
    AUTO_ROWS plan = {0};
    AUTO_ROWS edges = {0};
    const struct db_arg id[] = {DB_I64(github_id), DB_I64(PROFILE_EDGES)};
    const struct db_call calls[] = {
        {.q = Q_profile_languages, .args = id, .n_args = 1, .rows_out = &languages},
        {.q = Q_profile_logins, .args = id, .n_args = 1, .rows_out = &logins},
        {.q = Q_profile_plan, .args = id, .n_args = 1, .rows_out = &plan},
        {.q = Q_profile_edges, .args = id, .n_args = 2, .rows_out = &edges},
    };
    *out = (struct developer_profile){0};
    if (!db_run_all(db, calls, ARRAY_LEN(calls), err))
        return err_wrap(err, "read a developer's profile");
    for (int i = 0; i < languages.n; i++)
        add_count(a, &out->languages, 0, db_text(&languages, i, COL_profile_languages_language),
                  db_i64(&languages, i, COL_profile_languages_n));
    out->n_former = take_former(a, &logins, out->former);
    take_plan(a, &plan, out);
    for (int i = 0; i < edges.n; i++) {
        int64_t kind = db_i64(&edges, i, COL_profile_edges_relation);
        add_edge(a, kind == 1 ? &out->followers : kind == 2 ? &out->following : &out->stars, &edges, i, 1);
    }
    return true;
}

bool profile_top_repositories(struct db *db, int64_t github_id, int n, int64_t *ids_out, size_t *n_out,
                              struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_profile_top_repositories, &rows, err, DB_I64(github_id), DB_I64(n)))
        return err_wrap(err, "read repositories with most stars");
    for (int i = 0; i < rows.n; i++)
        ids_out[i] = db_i64(&rows, i, COL_profile_top_repositories_github_id);
    *n_out = (size_t)rows.n;
    return true;
}

bool profile_repository(struct db *db, struct arena *a, int64_t github_id, struct repository_profile *out,
                        struct err *err)
{
    AUTO_ROWS names = {0};
    AUTO_ROWS fans = {0};
    AUTO_ROWS places = {0};
    AUTO_ROWS also = {0};
    const struct db_arg id[] = {DB_I64(github_id), DB_I64(PROFILE_EDGES)};
    const struct db_call calls[] = {
        {.q = Q_profile_names, .args = id, .n_args = 1, .rows_out = &names},
        {.q = Q_profile_stargazers, .args = id, .n_args = 2, .rows_out = &fans},
        {.q = Q_profile_places, .args = id, .n_args = 1, .rows_out = &places},
        {.q = Q_profile_also_starred, .args = id, .n_args = 1, .rows_out = &also},
    };
    *out = (struct repository_profile){0};
    if (!db_run_all(db, calls, ARRAY_LEN(calls), err))
        return err_wrap(err, "read a repository's profile");
    out->n_former = take_former(a, &names, out->former);
    for (int i = 0; i < fans.n; i++)
        add_edge(a, &out->stargazers, &fans, i, 0);
    for (int i = 0; i < places.n; i++)
        add_count(a, db_i64(&places, i, COL_profile_places_place) == 1 ? &out->places : &out->companies, 0,
                  db_text(&places, i, COL_profile_places_location), db_i64(&places, i, COL_profile_places_n));
    for (int i = 0; i < also.n; i++)
        add_count(a, &out->also_starred, db_i64(&also, i, COL_profile_also_starred_github_id),
                  db_text(&also, i, COL_profile_also_starred_full_name),
                  db_i64(&also, i, COL_profile_also_starred_n));
    return true;
}

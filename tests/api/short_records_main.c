/* gitomatic-short-records-test URL: a record is the same whether it is read alone or beside others, however much belongs to it. Prints the line of a
 * check that does not hold. Not shipped. */
#include "reading_threads.h"
#include "schema/browse/browse.h"

static const int n_of[] = {0, 1, 250, 251, 300, 1200};

struct record {
    struct db_gate *gate;
    int64_t id;
    struct db_rows rows;
    struct err err;
    bool ok;
    pthread_t thread;
    _Atomic pid_t tid;
};

static void *read_record(void *arg)
{
    struct record *r = arg;
    r->tid = gettid();
    r->ok =
        browse_developer(r->gate, r->id, BROWSE_FOLLOWERS | BROWSE_FOLLOWING | BROWSE_STARRED | BROWSE_OWNED,
                         &r->rows, &r->err);
    return NULL;
}

static bool are_same(const struct db_rows *a, const struct db_rows *b)
{
    for (int col = 0; col <= COL_browse_developer_gone_at; col++)
        if (db_is_null(a, 0, col) != db_is_null(b, 0, col) ||
            !slice_eq(db_text(a, 0, col), db_text(b, 0, col)))
            return false;
    return a->n == 1 && b->n == 1;
}

static void check_records(void)
{
    enum { N = ARRAY_LEN(n_of) * 3 };
    struct stage s;
    struct record all[N] = {0};
    open_stage(&s);
    for (int i = 0; i < N; i++) {
        all[i].gate = &s.gate;
        all[i].id = 5000 + i;
        CHECK(pthread_create(&all[i].thread, NULL, read_record, &all[i]) == 0);
        await_sleep(&all[i].tid);
    }
    let_go(&s);
    for (int i = 0; i < N; i++) {
        AUTO_ROWS alone = {0};
        int column = i % 3 == 0   ? COL_browse_developer_following
                     : i % 3 == 1 ? COL_browse_developer_starred_repositories
                                  : COL_browse_developer_repositories;
        int n = n_of[i / 3] < 1000 ? n_of[i / 3] : 1000;
        CHECK(pthread_join(all[i].thread, NULL) == 0 && all[i].ok);
        CHECK(db_run(s.other, Q_browse_developer, &alone, &err, DB_I64(all[i].id), DB_BOOL(true),
                     DB_BOOL(true), DB_BOOL(true), DB_BOOL(true)));
        CHECK(are_same(&all[i].rows, &alone) && (int)db_length(&alone, 0, column) == n);
        db_rows_clear(&all[i].rows);
    }
    close_stage(&s);
}

/* What is read beside others is bounded by what is stored, whatever GitHub's counts say. */
static void check_bounded(struct db *db)
{
    for (int i = 0; i < (int)ARRAY_LEN(n_of) * 3; i++) {
        AUTO_ROWS rows = {0};
        int n = n_of[i / 3] + (i % 3 == 2 ? n_of[i / 3] / 10 : 0); /* with those that are gone */
        int column = i % 3 == 0   ? COL_browse_developer_few_following
                     : i % 3 == 1 ? COL_browse_developer_few_starred_repositories
                                  : COL_browse_developer_few_repositories;
        CHECK(db_run(db, Q_browse_developer_few, &rows, &err, DB_I64(5000 + i), DB_BOOL(true), DB_BOOL(true),
                     DB_BOOL(true), DB_BOOL(true)));
        CHECK(db_bool(&rows, 0, COL_browse_developer_few_many) == (n > 250));
        CHECK(db_is_null(&rows, 0, column) == (n > 250));
        CHECK((int)db_length(&rows, 0, column) == (n > 250 ? 0 : n_of[i / 3]));
    }
}

/* Three developers for each number of n_of, of which the first follows so many, the second starred them, the third
 * owns them; some have no time, some more are gone. The counts are
 * older than that, and those of 1 have none. */
static void fill(struct db *db)
{
    CHECK(db_script(db,
                    "insert into developers (github_id, login, first_seen_at) select n, 'd' || n, now() from "
                    "(select generate_series(5000, 5017) union all "
                    "select generate_series(10000, 11199)) as ids(n); "
                    "insert into repositories (github_id, owner_github_id, name, full_name, first_seen_at) "
                    "select n, 10000, 'r' || n, 'd10000/r' || n, now() from generate_series(20000, 21199) n",
                    &err));
    for (size_t i = 0; i < ARRAY_LEN(n_of); i++) {
        const struct db_arg args[] = {DB_I64(5000 + 3 * i), DB_I64(n_of[i])};
        CHECK(db_run_text(
            db,
            SLICE("update developers set following_count = 1, public_repos = 1 from (select $2::bigint as "
                  "n) t where n <> 1 and github_id between $1::bigint and $1 + 2"),
            args, 2, NULL, &err));
        CHECK(db_run_text(db,
                          SLICE("insert into follows (follower_github_id, followed_github_id, first_seen_at) "
                                "select $1::bigint, 10000 + n, now() - n * 7919 % 1201 * interval '1 s' "
                                "from generate_series(0, $2::bigint - 1) n"),
                          args, 2, NULL, &err));
        CHECK(db_run_text(
            db,
            SLICE("insert into stars (developer_github_id, repository_github_id, starred_at, first_seen_at) "
                  "select $1::bigint + 1, 20000 + n, case when n % 5 > 0 then now() - n * 7919 % 1201 * "
                  "interval "
                  "'1 s' end, now() from generate_series(0, $2::bigint - 1) n"),
            args, 2, NULL, &err));
        CHECK(db_run_text(
            db,
            SLICE(
                "insert into repositories (github_id, owner_github_id, name, full_name, created_at, gone_at, "
                "first_seen_at) select 100000 * $1::bigint + n, $1 + 2, 'o' || n, 'd' || $1 + 2 || '/o' || "
                "n, case when "
                "n % 5 > 0 then now() - n * 7919 % 1201 * interval '1 s' end, case when n >= $2 then now() "
                "end, "
                "now() from generate_series(0, $2::bigint + $2 / 10 - 1) n"),
            args, 2, NULL, &err));
    }
}

int main(int argc, char **argv)
{
    struct db *db;
    options.url = argc > 1 ? argv[1] : NULL;
    options.statement_timeout_ms = 30000;
    CHECK(db_open(&options, &db, &err));
    fill(db);
    check_bounded(db);
    db_close(db);
    check_records();
    return 0;
}

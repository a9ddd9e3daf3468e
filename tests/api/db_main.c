/* gitomatic-db-test URL: statements that go out together, on the database URL: what comes back, and in which state a connection is after
 * one of them failed or the server went away. Prints the line of a check that does not hold. Not shipped. */
#include "core/base/clock.h"
#include "schema/db/db.h"
#include "tests/api/check.h"
#include <pthread.h>

static const char *db_url;
static const slice mode_sql = SLICE("select current_setting('plan_cache_mode')");

static bool mode_is(struct db *db, bool by_value, slice expected)
{
    AUTO_ROWS rows = {0};
    bool ok = by_value ? db_run_text_by_value(db, mode_sql, NULL, 0, &rows, &err)
                       : db_run_text(db, mode_sql, NULL, 0, &rows, &err);
    return ok && rows.n == 1 && slice_eq(db_text(&rows, 0, 0), expected);
}

static bool is_as_before(struct db *db)
{
    return db_is_up(db) && mode_is(db, false, SLICE("force_generic_plan"));
}

static void check_plans_by_value(struct db *db)
{
    const struct db_arg zero[] = {DB_I64(0)};
    slice division = SLICE("select 1 / $1::bigint");
    AUTO_ROWS rows = {0};
    CHECK(mode_is(db, true, SLICE("force_custom_plan")) && is_as_before(db));
    CHECK(!db_run_text_by_value(db, division, zero, 1, &rows, &err) && strcmp(err.sqlstate, "22012") == 0);
    CHECK(!rows.result && is_as_before(db));
    CHECK(!db_run_text_by_value(db, SLICE("select nothing from nowhere"), NULL, 0, &rows, &err));
    CHECK(is_as_before(db) && mode_is(db, true, SLICE("force_custom_plan")));

    CHECK(db_begin(db, &err) && mode_is(db, true, SLICE("force_custom_plan")));
    CHECK(!db_run_text_by_value(db, division, zero, 1, NULL, &err));
    CHECK(!db_run_text(db, mode_sql, NULL, 0, NULL, &err) && strcmp(err.sqlstate, "25P02") == 0);
    db_rollback(db);
    CHECK(is_as_before(db));
}

/* An empty text is a text, also where nothing else is sent. */
static void check_empty_texts(struct db *db)
{
    const struct db_arg texts[] = {DB_TEXT(SLICE("")), DB_TEXT(SLICE("")), DB_NULL};
    for (size_t n = 1; n <= ARRAY_LEN(texts); n++) {
        AUTO_ROWS rows = {0};
        slice sql = n == 1   ? SLICE("select $1::text = ''")
                    : n == 2 ? SLICE("select $1::text = '' and $2::text = ''")
                             : SLICE("select $1::text = '' and $2::text = '' and $3::text is null");
        CHECK(db_run_text(db, sql, texts, n, &rows, &err) && !db_is_null(&rows, 0, 0) &&
              db_bool(&rows, 0, 0));
    }
}

static void check_together(struct db *db)
{
    struct db_rows counts = {0}, found = {0};
    const struct db_arg list[] = {DB_CSTR("developers")}, seven[] = {DB_I64(7)}, zero[] = {DB_I64(0)};
    struct db_call calls[] = {
        {.q = Q_list_counts_read, .args = list, .n_args = 1, .rows_out = &counts},
        {.text = SLICE("select 21 / $1::bigint"), .args = seven, .n_args = 1, .rows_out = &found}};
    CHECK(db_run_all(db, calls, 2, &err) && counts.n == 1 && found.n == 1 && db_i64(&found, 0, 0) == 3);
    db_rows_clear(&counts);
    db_rows_clear(&found);
    calls[1].args = zero; /* the second one fails: what the first one brought is dropped */
    CHECK(!db_run_all(db, calls, 2, &err) && err.code == ERR_DB && strcmp(err.sqlstate, "22012") == 0);
    CHECK(!counts.result && !found.result && is_as_before(db));
    struct db_call turned[] = {calls[1], calls[0]}; /* the first one fails: the second one does not run */
    CHECK(!db_run_all(db, turned, 2, &err) && strcmp(err.sqlstate, "22012") == 0);
    CHECK(!counts.result && !found.result && is_as_before(db));
}

static bool later_rows_are(struct db *db, int64_t expected)
{
    AUTO_ROWS rows = {0};
    return db_run_text(db, SLICE("select count(*) from later_test"), NULL, 0, &rows, &err) &&
           db_i64(&rows, 0, 0) == expected;
}

/* The server has ended the connection, and a statement too long for a buffer finds out while others wait for their answers:
 * the transaction is over, and the next one begins on a new connection. */
static void check_lost_while_later(struct db *db)
{
    static char text[4 << 20];
    const slice texts[] = {slice_from(text, sizeof text)};
    const int64_t task = 0;
    const struct db_arg page = DB_TEXTS(texts, 1), tasks = DB_I64S(&task, 1);
    struct db *other;
    const struct db_options options = {.url = db_url};
    AUTO_ROWS rows = {0};
    memset(text, ' ', sizeof text);
    memcpy(text, "[]", 2);
    CHECK(db_open(&options, &other, &err) && db_begin(db, &err));
    CHECK(db_run_text(db, SLICE("select pg_backend_pid()::bigint"), NULL, 0, &rows, &err));
    CHECK(db_later(db, Q_pages_users, &err, page, tasks)); /* prepared: nothing has to be waited for */
    const struct db_arg pid[] = {DB_I64(db_i64(&rows, 0, 0))};
    CHECK(db_run_text(db, SLICE("select 1"), NULL, 0, NULL, &err) &&
          db_later(db, Q_hydration_job_done, &err, DB_I64(-1), DB_I64(1)));
    CHECK(db_run_text(other, SLICE("select pg_terminate_backend($1::bigint::integer, 5000)"), pid, 1, NULL,
                      &err));
    bool sent = true;
    for (int i = 0; i < 10 && sent; i++)
        sent = db_later(db, Q_pages_users, &err, page, tasks);
    CHECK(!sent && err.code == ERR_DB_DOWN);
    db_rollback(db);
    CHECK(db_begin(db, &err) && db_later(db, Q_hydration_job_done, &err, DB_I64(-1), DB_I64(1)) &&
          db_commit(db, &err));
    CHECK(is_as_before(db));
    db_close(other);
}

/* Statements that wait for the next one: none is lost, none is kept of a transaction that failed. */
static void check_later(struct db *db)
{
    const struct db_arg nobody[] = {DB_I64(-1)};
    AUTO_ROWS rows = {0};
    CHECK(db_script(db, "create table later_test (id bigint primary key)", &err));
    CHECK(db_begin(db, &err));
    CHECK(db_script(db, "insert into later_test values (1)", &err)); /* after the begin that waits */
    CHECK(db_later(db, Q_hydration_job_done, &err, DB_I64(-1), DB_I64(1)));
    CHECK(db_run_text(db, SLICE("select count(*) from later_test where id > $1::bigint"), nobody, 1, &rows,
                      &err));
    CHECK(db_i64(&rows, 0, 0) == 1 && db_later(db, Q_hydration_job_done, &err, DB_I64(-1), DB_I64(1)));
    CHECK(db_commit(db, &err) && is_as_before(db) && later_rows_are(db, 1));

    /* A row that must be there and is not: the next answer says so, and the transaction is not committed. */
    CHECK(db_begin(db, &err) && db_later_one_row(db, Q_jobs_hold, &err, DB_I64(-1), DB_I64(-1)));
    CHECK(!db_script(db, "insert into later_test values (2)", &err) && err.code == ERR_LOST);
    db_rollback(db);
    CHECK(db_begin(db, &err) && db_later_one_row(db, Q_jobs_hold, &err, DB_I64(-1), DB_I64(-1)));
    CHECK(db_later(db, Q_hydration_job_done, &err, DB_I64(-1), DB_I64(1)));
    CHECK(!db_commit(db, &err) && err.code == ERR_LOST && is_as_before(db) && later_rows_are(db, 1));

    /* One of those that wait fails: commit says so, and nothing of the transaction stays. */
    CHECK(db_begin(db, &err) && db_script(db, "insert into later_test values (3)", &err));
    CHECK(db_later(db, Q_jobs_enqueue, &err, DB_CSTR("noop"), DB_CSTR(""), DB_CSTR("later"), DB_NULL,
                   DB_I64(1), DB_TEXT(SLICE("not json")), DB_NULL));
    CHECK(!db_commit(db, &err) && strcmp(err.sqlstate, "22P02") == 0);
    CHECK(is_as_before(db) && later_rows_are(db, 1));

    /* More than fit at once, then a rollback. */
    CHECK(db_begin(db, &err) && db_script(db, "insert into later_test values (4)", &err));
    for (int i = 0; i < 100; i++)
        CHECK(db_later(db, Q_hydration_job_done, &err, DB_I64(-1), DB_I64(1)));
    db_rollback(db);
    CHECK(is_as_before(db) && later_rows_are(db, 1));

    /* Outside a transaction it runs at once. */
    CHECK(db_later(db, Q_hydration_job_done, &err, DB_I64(-1), DB_I64(1)));
    CHECK(!db_later_one_row(db, Q_jobs_hold, &err, DB_I64(-1), DB_I64(-1)) && err.code == ERR_LOST);

    /* The server goes away in between. */
    CHECK(db_begin(db, &err) && db_later(db, Q_hydration_job_done, &err, DB_I64(-1), DB_I64(1)));
    CHECK(!db_run_text(db, SLICE("select pg_terminate_backend(pg_backend_pid())"), NULL, 0, NULL, &err) &&
          err.code == ERR_DB_DOWN);
    CHECK(!db_commit(db, &err) && err.code == ERR_DB_DOWN && later_rows_are(db, 1) && is_as_before(db));
    check_lost_while_later(db);
    CHECK(db_script(db, "drop table later_test", &err));
}

static void check_deadline(struct db *db)
{
    CHECK(!db_run_text_by_value(db, SLICE("select pg_sleep(20)"), NULL, 0, NULL, &err) &&
          err.code == ERR_TIMEOUT);
    CHECK(is_as_before(db));
}

static void check_lost(struct db *db)
{
    struct db_rows counts = {0};
    const struct db_arg list[] = {DB_CSTR("developers")};
    const struct db_call calls[] = {
        {.text = SLICE("select pg_terminate_backend(pg_backend_pid())")},
        {.q = Q_list_counts_read, .args = list, .n_args = 1, .rows_out = &counts}};
    CHECK(!db_run_all(db, calls, 2, &err) && err.code == ERR_DB_DOWN && !counts.result);
    CHECK(!db_is_up(db) && mode_is(db, true, SLICE("force_custom_plan")) &&
          is_as_before(db)); /* a new connection */
    CHECK(!db_run_text_by_value(db, calls[0].text, NULL, 0, NULL, &err) && err.code == ERR_DB_DOWN);
    CHECK(mode_is(db, false, SLICE("force_generic_plan")));
}

/* ---- the pool ---- */

struct borrower {
    struct db_pool *pool;
    struct db *db;
    struct err err;
    int *turn, came; /* came: at which turn it was served */
};

static void *borrow(void *arg)
{
    struct borrower *b = arg;
    if (db_pool_acquire(b->pool, 10000, &b->db, &b->err))
        b->came = __atomic_add_fetch(b->turn, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* One for short statements, three in all: the next is lent when the one before is back, or has been out for long. */
static void check_pool_keeps_pace(const struct db_options *options)
{
    struct db_pool *pool = db_pool_create(options, 3, 1);
    struct db *db[3], *again, *none;
    int open, busy, max;
    int64_t begun = clock_mono_ms();
    CHECK(db_pool_acquire(pool, 0, &db[0], &err));
    db_pool_release(pool, db[0]);
    CHECK(db_pool_acquire(pool, 0, &again, &err) && again == db[0]); /* not a second one */
    CHECK(db_pool_acquire(pool, 10000, &db[1], &err) && clock_mono_ms() - begun >= 20);
    CHECK(db_pool_acquire(pool, 10000, &db[2], &err) && clock_mono_ms() - begun >= 40);
    begun = clock_mono_ms();
    CHECK(!db_pool_acquire(pool, 50, &none, &err) && err.code == ERR_DB_BUSY &&
          clock_mono_ms() - begun >= 50);
    db_pool_stats(pool, &open, &busy, &max);
    CHECK(open == 3 && busy == 3 && max == 3);
    for (int i = 0; i < 3; i++)
        db_pool_release(pool, db[i]);
    db_pool_stats(pool, &open, &busy, &max);
    CHECK(open == 3 && busy == 0);
    db_pool_destroy(pool);
}

static void check_pool_serves_in_turn(const struct db_options *options)
{
    enum { N = 4 };
    struct db_pool *pool = db_pool_create(options, 1, 1);
    struct borrower borrowers[N];
    pthread_t threads[N];
    struct db *db;
    int turn = 0;
    CHECK(db_pool_acquire(pool, 0, &db, &err));
    for (int i = 0; i < N; i++) {
        borrowers[i] = (struct borrower){.pool = pool, .turn = &turn};
        CHECK(pthread_create(&threads[i], NULL, borrow, &borrowers[i]) == 0);
        clock_sleep_ms(250); /* it is in the queue then */
    }
    db_pool_release(pool, db);
    for (int i = 0; i < N; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0 && borrowers[i].came == i + 1);
        db_pool_release(pool, borrowers[i].db);
    }
    db_pool_destroy(pool);
}

struct impatient {
    struct db_pool *pool;
    int *inside, got, wrong;
};

static void *give_up_and_try_again(void *arg)
{
    struct impatient *who = arg;
    struct err unused;
    struct db *db;
    for (int i = 0; i < 1000; i++) {
        if (!db_pool_acquire(who->pool, 1 + i % 2, &db, &unused))
            continue;
        who->got++;
        who->wrong += __atomic_add_fetch(who->inside, 1, __ATOMIC_SEQ_CST) != 1;
        clock_sleep_ms(1); /* about as long as the others wait */
        __atomic_sub_fetch(who->inside, 1, __ATOMIC_SEQ_CST);
        db_pool_release(who->pool, db);
    }
    return NULL;
}

/* A connection that is given out just as the waiter's time ends belongs to that waiter alone, and comes back. */
static void check_pool_loses_none(const struct db_options *options)
{
    enum { N = 6 };
    struct db_pool *pool = db_pool_create(options, 1, 1);
    struct impatient all[N];
    pthread_t threads[N];
    int open, busy, max, inside = 0, got = 0;
    for (int i = 0; i < N; i++) {
        all[i] = (struct impatient){.pool = pool, .inside = &inside};
        CHECK(pthread_create(&threads[i], NULL, give_up_and_try_again, &all[i]) == 0);
    }
    for (int i = 0; i < N; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0 && all[i].wrong == 0);
        got += all[i].got;
    }
    db_pool_stats(pool, &open, &busy, &max);
    CHECK(got > 0 && open == 1 && busy == 0);
    db_pool_destroy(pool);
}

/* Lost ones are not lent again, and their places are. */
static void check_pool_replaces_lost(const struct db_options *options)
{
    struct db_pool *pool = db_pool_create(options, 1, 1);
    struct db *db;
    int open, busy, max;
    for (int i = 0; i < 3; i++) {
        CHECK(db_pool_acquire(pool, 0, &db, &err) && is_as_before(db));
        CHECK(!db_run_text(db, SLICE("select pg_terminate_backend(pg_backend_pid())"), NULL, 0, NULL, &err));
        db_pool_release(pool, db);
        db_pool_stats(pool, &open, &busy, &max);
        CHECK(open == 0 && busy == 0);
    }
    db_pool_destroy(pool);
    pool = db_pool_create(&(struct db_options){.url = "postgresql://127.0.0.1:1/none"}, 1, 1);
    for (int i = 0; i < 3; i++)
        CHECK(!db_pool_acquire(pool, 1000, &db, &err) && err.code == ERR_DB_DOWN);
    db_pool_destroy(pool);
}

int main(int argc, char **argv)
{
    struct db_options options = {
        .url = argc > 1 ? argv[1] : NULL, .statement_timeout_ms = 1000, .generic_plans = true};
    struct db *db;
    db_url = options.url;
    CHECK(db_open(&options, &db, &err));
    check_plans_by_value(db);
    check_empty_texts(db);
    check_together(db);
    check_later(db);
    check_deadline(db);
    check_lost(db);
    db_close(db);
    check_pool_keeps_pace(&options);
    check_pool_serves_in_turn(&options);
    check_pool_loses_none(&options);
    check_pool_replaces_lost(&options);
    return 0;
}

/* gitomatic-short-reads-test URL: reads of several threads in one round trip, on the database URL: whose rows are whose, and what becomes of the
 * others when one fails, is cancelled or loses the connection. Prints the line of a check that does not hold. Not shipped. */
#include "reading_threads.h"

/* The number of statements that wait for that lock; waits until there is one. */
static void await_blocked(struct stage *s, int64_t *pid_out)
{
    AUTO_ROWS rows = {0};
    int64_t until = clock_mono_ms() + DEADLINE_MS;
    do {
        db_rows_clear(&rows);
        CHECK(db_run_text(s->other,
                          SLICE("select pid::bigint from pg_locks where not granted and relation = "
                                "'developers'::regclass"),
                          NULL, 0, &rows, &err));
    } while (rows.n == 0 && clock_mono_ms() < until);
    CHECK(rows.n == 1);
    *pid_out = db_i64(&rows, 0, 0);
}

static void end_session(const struct db_arg *pid)
{
    struct db *db;
    CHECK(db_open(&options, &db, &err));
    CHECK(
        db_run_text(db, SLICE("select pg_terminate_backend($1::bigint::integer, 5000)"), pid, 1, NULL, &err));
    db_close(db);
}

/* ---- checks ---- */

/* More than fit into one round trip, each with its own rows; one that wants the connection for itself gets it in its turn. */
static void check_each_its_rows(void)
{
    enum { N = 20 };
    struct stage s;
    struct reader all[N] = {0};
    open_stage(&s);
    for (int i = 0; i < N; i++) {
        all[i].pool = s.pool;
        read_developer(&all[i], 1000 + i);
        start(&all[i]);
    }
    let_go(&s);
    for (int i = 0; i < N; i++) {
        join(&all[i]);
        CHECK(all[i].outcome == DB_READ_DONE && is_developer(&all[i], 1000 + i));
    }
    clear(all, N);
    close_stage(&s);
}

/* Alone: the error is its own, and the connection is as before. */
static void check_alone(void)
{
    struct stage s;
    struct reader wrong = {0}, right = {0};
    open_stage(&s);
    let_go(&s);
    wrong.pool = right.pool = s.pool;
    read_wrongly(&wrong);
    read_developer(&right, 1001);
    read_it(&wrong);
    read_it(&right);
    CHECK(wrong.outcome == DB_READ_FAILED && strcmp(wrong.err.sqlstate, "2201W") == 0 && !wrong.rows.result);
    CHECK(right.outcome == DB_READ_DONE && is_developer(&right, 1001));
    clear(&right, 1);
    close_stage(&s);
}

/* The one that fails gets its error. The others, before and after it, are to be repeated, and a gate does so. */
static void check_one_fails(void)
{
    enum { N = 5, WRONG = 2 };
    for (int gated = 0; gated < 2; gated++) {
        struct stage s;
        struct reader all[N] = {0};
        open_stage(&s);
        for (int i = 0; i < N; i++) {
            all[i].pool = s.pool;
            all[i].gate = gated ? &s.gate : NULL;
            read_developer(&all[i], 1000 + i);
            if (i == WRONG)
                read_wrongly(&all[i]);
            start(&all[i]);
        }
        let_go(&s);
        for (int i = 0; i < N; i++) {
            join(&all[i]);
            if (i == WRONG) {
                CHECK((gated ? !all[i].ok : all[i].outcome == DB_READ_FAILED) && !all[i].rows.result);
                CHECK(all[i].err.code == ERR_DB && strcmp(all[i].err.sqlstate, "2201W") == 0);
            } else if (gated) {
                CHECK(all[i].ok && is_developer(&all[i], 1000 + i) && all[i].err.code == ERR_NONE);
            } else {
                CHECK(all[i].outcome == DB_READ_AGAIN && !all[i].rows.result);
            }
        }
        clear(all, N);
        close_stage(&s);
    }
}

/* The server cancels one that has to wait for a lock: it has its answer after one timeout, and so have the others: they are not run after
 * it, which could take as long again. */
static void check_one_is_cancelled(void)
{
    struct stage s;
    struct reader slow = {0}, others[2] = {0};
    open_stage(&s);
    lock_developers(&s);
    slow.gate = others[0].gate = others[1].gate = &s.gate;
    read_count(&others[0]);
    read_developer(&slow, 1001);
    read_count(&others[1]);
    start(&others[0]);
    start(&slow);
    start(&others[1]);
    int64_t begun = clock_mono_ms();
    let_go(&s);
    join(&slow);
    CHECK(!slow.ok && slow.err.code == ERR_TIMEOUT && clock_mono_ms() - begun >= TIMEOUT_MS);
    for (int i = 0; i < 2; i++) {
        join(&others[i]);
        CHECK(!others[i].ok && others[i].err.code == ERR_DB_BUSY && !others[i].rows.result);
    }
    db_rollback(s.other);
    close_stage(&s);
}

/* The connection is lost while all wait for it: none has an answer, and a gate repeats them on another one. */
static void check_connection_lost(void)
{
    enum { N = 4 };
    for (int gated = 0; gated < 2; gated++) {
        struct stage s;
        struct reader all[N] = {0};
        int64_t pid;
        open_stage(&s);
        lock_developers(&s);
        for (int i = 0; i < N; i++) {
            all[i].pool = s.pool;
            all[i].gate = gated ? &s.gate : NULL;
            read_developer(&all[i], 1000 + i);
            start(&all[i]);
        }
        let_go(&s);
        await_blocked(&s, &pid);
        const struct db_arg ended[] = {DB_I64(pid)};
        end_session(ended);
        db_rollback(s.other);
        for (int i = 0; i < N; i++) {
            join(&all[i]);
            CHECK(gated ? all[i].ok && is_developer(&all[i], 1000 + i)
                        : all[i].outcome == DB_READ_AGAIN && all[i].err.code == ERR_DB_DOWN &&
                              !all[i].rows.result);
        }
        clear(all, N);
        close_stage(&s);
    }
}

/* Idle connections that the server has ended meanwhile are no error, even if the read alone meets the next one of them. */
static void check_idle_lost(void)
{
    struct db_slots slots;
    struct db_gate gate = {.pool = db_pool_create(&options, 2, 2), .slots = &slots};
    struct reader r = {.gate = &gate};
    struct db *db[2];
    db_slots_init(&slots, 2, 30);
    for (int i = 0; i < 2; i++)
        CHECK(db_pool_acquire(gate.pool, 1000, &db[i], &err));
    for (int i = 0; i < 2; i++) {
        AUTO_ROWS rows = {0};
        CHECK(db_run_text(db[i], SLICE("select pg_backend_pid()::bigint"), NULL, 0, &rows, &err));
        const struct db_arg pid[] = {DB_I64(db_i64(&rows, 0, 0))};
        db_pool_release(gate.pool, db[i]);
        end_session(pid);
    }
    read_developer(&r, 1003);
    read_it(&r);
    CHECK(r.ok && is_developer(&r, 1003));
    clear(&r, 1);
    db_pool_destroy(gate.pool);
}

/* The threads wait for the one connection, with the developers locked. */
static void start_behind_a_lock(struct stage *s, const struct db_options *of, struct reader *all, int n)
{
    *s = (struct stage){.pool = db_pool_create(of, 1, 1)};
    s->gate = (struct db_gate){.pool = s->pool, .slots = &s->slots};
    db_slots_init(&s->slots, 1, 30);
    CHECK(db_open(&options, &s->other, &err) && db_pool_acquire(s->pool, 0, &s->held, &err));
    lock_developers(s);
    for (int i = 0; i < n; i++) {
        all[i].gate = &s->gate;
        read_developer(&all[i], 1000 + i);
        start(&all[i]);
    }
}

/* The process stops while one thread runs the reads of all: all end soon, with an error. */
static void check_stop(void)
{
    enum { N = 4 };
    static _Atomic bool stop;
    struct stage s;
    struct reader all[N] = {0};
    struct db_options stoppable = options;
    int64_t pid;
    stoppable.abandon = &stop;
    stoppable.statement_timeout_ms = 60000;
    start_behind_a_lock(&s, &stoppable, all, N);
    let_go(&s);
    await_blocked(&s, &pid);
    stop = true;
    int64_t begun = clock_mono_ms();
    for (int i = 0; i < N; i++) {
        join(&all[i]);
        CHECK(!all[i].ok && all[i].err.code == ERR_DB_DOWN && !all[i].rows.result);
    }
    CHECK(clock_mono_ms() - begun < 30000); /* the statement may take 60 s */
    db_rollback(s.other);
    close_stage(&s);
}

/* The connection is lost when the time to wait for one is over: no thread reads again. */
static void check_lost_late(void)
{
    enum { N = 3, LATE_MS = 2100 };
    struct stage s;
    struct reader all[N] = {0};
    struct db_options patient = options;
    int64_t pid;
    patient.statement_timeout_ms = 60000;
    start_behind_a_lock(&s, &patient, all, N);
    int64_t over = clock_mono_ms() + LATE_MS;
    let_go(&s);
    await_blocked(&s, &pid);
    while (clock_mono_ms() < over)
        clock_sleep_ms(10);
    const struct db_arg ended[] = {DB_I64(pid)};
    end_session(ended);
    db_rollback(s.other);
    for (int i = 0; i < N; i++) {
        join(&all[i]);
        CHECK(!all[i].ok && all[i].err.code == ERR_DB_DOWN && !all[i].rows.result);
    }
    close_stage(&s);
}

/* A thread whose time ends leaves the queue; the next ones are served. */
static void check_too_late(void)
{
    struct stage s;
    struct reader r = {0};
    open_stage(&s);
    read_developer(&r, 1000);
    CHECK(db_pool_read(s.pool, 30, true, &r.read, &err) == DB_READ_REFUSED && err.code == ERR_DB_BUSY);
    let_go(&s);
    CHECK(db_pool_read(s.pool, 30, true, &r.read, &err) == DB_READ_DONE && is_developer(&r, 1000));
    clear(&r, 1);
    close_stage(&s);
}

/* No server: all get that error. */
static void check_no_server(void)
{
    struct db_pool *pool = db_pool_create(&(struct db_options){.url = "postgresql://127.0.0.1:1/none"}, 1, 1);
    struct reader r = {.pool = pool};
    read_developer(&r, 1000);
    read_it(&r);
    CHECK(r.outcome == DB_READ_REFUSED && r.err.code == ERR_DB_DOWN);
    db_pool_destroy(pool);
}

/* ---- many threads at once ---- */

struct worker {
    struct db_gate *gate;
    int number, wrong;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    for (int i = 0; i < 500; i++) {
        struct reader r = {.gate = w->gate};
        int64_t id = 1000 + (w->number * 7 + i) % 20;
        read_developer(&r, id);
        if (i % 50 == w->number)
            read_wrongly(&r);
        read_it(&r);
        w->wrong += i % 50 == w->number ? r.ok || strcmp(r.err.sqlstate, "2201W") != 0
                                        : !r.ok || !is_developer(&r, id);
        db_rows_clear(&r.rows);
    }
    return NULL;
}

static void check_many(void)
{
    enum { N = 16 };
    struct db_slots slots;
    struct db_gate gate = {.pool = db_pool_create(&options, 4, 3), .slots = &slots};
    struct worker all[N];
    pthread_t threads[N];
    int open, busy, max;
    db_slots_init(&slots, 4, 30);
    for (int i = 0; i < N; i++) {
        all[i] = (struct worker){.gate = &gate, .number = i};
        CHECK(pthread_create(&threads[i], NULL, work, &all[i]) == 0);
    }
    for (int i = 0; i < N; i++)
        CHECK(pthread_join(threads[i], NULL) == 0 && all[i].wrong == 0);
    db_pool_stats(gate.pool, &open, &busy, &max);
    CHECK(busy == 0 && slots.n_inside == 0);
    db_pool_destroy(gate.pool);
}

int main(int argc, char **argv)
{
    make_developers(argc, argv);
    check_each_its_rows();
    check_alone();
    check_one_fails();
    check_one_is_cancelled();
    check_connection_lost();
    check_idle_lost();
    check_stop();
    check_lost_late();
    check_too_late();
    check_no_server();
    check_many();
    return 0;
}

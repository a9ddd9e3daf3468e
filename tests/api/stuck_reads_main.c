/* gitomatic-stuck-reads-test URL: how many threads a database that does not answer keeps, on the database URL. Prints the line of a check that
 * does not hold. Not shipped. */
#include "reading_threads.h"
#include <netinet/in.h>
#include <sys/socket.h>

#define SHORT_MS 300

/* The number of threads that have not ended. Waits until all but `expected` have. */
static int n_stuck(const struct reader *all, int n, int expected)
{
    int64_t until = clock_mono_ms() + DEADLINE_MS / 4;
    int stuck;
    do {
        stuck = 0;
        for (int i = 0; i < n; i++)
            stuck += !all[i].ended;
    } while (stuck > expected && clock_mono_ms() < until && (clock_sleep_ms(5), true));
    return stuck;
}

/* Opens all. */
static void warm(struct db_pool *pool, int n)
{
    struct db *db[8];
    for (int i = 0; i < n; i++)
        CHECK(db_pool_acquire(pool, DEADLINE_MS, &db[i], &err));
    for (int i = 0; i < n; i++)
        db_pool_release(pool, db[i]);
}

/* While a lock is held, each connection keeps the thread that has it, and no other: the rest are refused in time. */
static void check_a_lock_keeps_few(void)
{
    enum { N = 24, CONNECTIONS = 4 };
    struct stage s;
    struct reader all[N] = {0};
    struct db_options patient = options;
    patient.statement_timeout_ms = 60000;
    s = (struct stage){.pool = db_pool_create(&patient, CONNECTIONS, 2)};
    CHECK(db_open(&patient, &s.other, &err));
    warm(s.pool, CONNECTIONS);
    lock_developers(&s);
    for (int i = 0; i < N; i++) {
        all[i].pool = s.pool;
        all[i].deadline_ms = SHORT_MS;
        read_developer(&all[i], 1000 + i % 20);
        start(&all[i]);
    }
    int stuck = n_stuck(all, N, CONNECTIONS), n_refused = 0;
    db_rollback(s.other);
    for (int i = 0; i < N; i++) {
        join(&all[i]);
        n_refused += all[i].outcome == DB_READ_REFUSED && all[i].err.code == ERR_DB_BUSY;
    }
    CHECK(stuck == CONNECTIONS && n_refused == N - CONNECTIONS);
    clear(all, N);
    db_pool_destroy(s.pool);
    db_close(s.other);
}

/* A thread above the gate's number waits briefly, for a connection of its own; no other thread runs its read. */
static void check_beyond_is_not_kept(void)
{
    enum { FIRST, BEYOND, JOINS, N };
    struct stage s;
    struct reader all[N] = {0};
    open_stage(&s);
    lock_developers(&s);
    s.slots.n = 1;
    for (int i = 0; i < N; i++) {
        all[i].pool = s.pool;
        all[i].gate = i == BEYOND ? &s.gate : NULL;
        read_developer(&all[i], 1000 + i);
    }
    all[FIRST].gate = &s.gate;
    start(&all[FIRST]);
    start(&all[BEYOND]);
    start(&all[JOINS]);
    let_go(&s);
    CHECK(n_stuck(all, N, N - 1) == N - 1 && all[BEYOND].ended);
    db_rollback(s.other);
    for (int i = 0; i < N; i++)
        join(&all[i]);
    CHECK(all[FIRST].ok && all[JOINS].outcome == DB_READ_DONE);
    CHECK(!all[BEYOND].ok && all[BEYOND].err.code == ERR_DB_BUSY);
    clear(all, N);
    close_stage(&s);
}

static void *open_one(void *arg)
{
    struct db *db;
    struct err why = {0};
    if (db_pool_acquire(arg, 0, &db, &why))
        db_pool_release(arg, db);
    return NULL;
}

/* A connection that is being opened keeps only the thread that opens it. */
static void check_opening_keeps_one(void)
{
    enum { N = 6 };
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    char url[80];
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* takes connections, and says nothing */
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 16) == 0 &&
          getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    snprintf(url, sizeof url, "postgresql://127.0.0.1:%d/none", ntohs(address.sin_port));
    struct db_pool *pool = db_pool_create(&(struct db_options){.url = url, .connect_ms = 3000}, 2, 1);
    struct reader all[N] = {0};
    pthread_t other;
    int n_refused = 0;
    CHECK(pthread_create(&other, NULL, open_one, pool) == 0);
    for (int busy = 0, open, max; busy == 0;)
        db_pool_stats(pool, &open, &busy, &max);
    for (int i = 0; i < N; i++) {
        all[i].pool = pool;
        all[i].deadline_ms = SHORT_MS;
        read_developer(&all[i], 1000);
        start(&all[i]);
    }
    for (int i = 0; i < N; i++) {
        join(&all[i]);
        n_refused += all[i].outcome == DB_READ_REFUSED && all[i].err.code == ERR_DB_BUSY;
    }
    CHECK(pthread_join(other, NULL) == 0 && n_refused == N - 1);
    db_pool_destroy(pool);
    close(fd);
}

int main(int argc, char **argv)
{
    make_developers(argc, argv);
    check_a_lock_keeps_few();
    check_beyond_is_not_kept();
    check_opening_keeps_one();
    return 0;
}

/* gitomatic-bench-bare: what PostgreSQL and libpq can do without an API around them.
 *
 *   gitomatic-bench-bare URL FILE CONNECTIONS SECONDS
 *
 * Each connection is a thread that runs the requests of FILE one after the other, round and round: prepared statements,
 * binary results, read into memory and dropped. FILE is what bench/api took from PostgreSQL's log while the API answered:
 *
 *   request                       begins a request
 *   statement BYTES PARAMETERS    and a line feed, the text in so many bytes, a line feed
 *   parameter BYTES               the same, -1 without a text for null; in PostgreSQL's text form
 *
 * Prints one line of JSON, as bench/http/requests.lua does. */
#include "core/base/clock.h"
#include "schema/db/query_table.h"
#include <libpq-fe.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_PARAMETERS 64
#define MAX_TEXTS      1000
#define MAX_SAMPLES    20000000u

/* The API's sessions (schema/db/db.c); where it changes plan_cache_mode, that is a statement of FILE. */
#define SESSION                                                                                              \
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c random_page_cost=1.1 -c jit=off"         \
    " -c statement_timeout=30000"

struct step {
    int text; /* in world.texts */
    int n_parameters;
    const char *parameters[MAX_PARAMETERS];
};

struct world {
    const char *url;
    char *texts[MAX_TEXTS];
    int n_texts;
    struct step *steps;
    size_t n_steps;
    size_t *requests; /* number of the first step of each */
    size_t n_requests;
    _Atomic bool over;
    _Atomic uint32_t n_samples;
    uint32_t *samples; /* microseconds a request */
    pthread_barrier_t ready;
};

static void die(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));
static void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static void *grow(void *items, size_t n, size_t size)
{
    if (n & (n - 1)) /* doubled at each power of two */
        return items;
    void *more = realloc(items, (n ? n * 2 : 1) * size);
    if (!more)
        abort();
    return more;
}

/* ---- the file ---- */

static char *read_text(FILE *file, long bytes)
{
    char *text = malloc((size_t)bytes + 1);
    if (!text || fread(text, 1, (size_t)bytes, file) != (size_t)bytes || fgetc(file) != '\n')
        die("the file ends inside a text");
    text[bytes] = '\0';
    return text;
}

static int find_text(struct world *world, char *text)
{
    for (int i = 0; i < world->n_texts; i++) {
        if (strcmp(world->texts[i], text) == 0) {
            free(text);
            return i;
        }
    }
    if (world->n_texts == MAX_TEXTS)
        die("more than %d different statements", MAX_TEXTS);
    world->texts[world->n_texts] = text;
    return world->n_texts++;
}

static void read_file(struct world *world, const char *path)
{
    char line[100];
    long bytes;
    int n;
    FILE *file = fopen(path, "r");
    if (!file)
        die("%s: can't read it", path);
    while (fgets(line, sizeof line, file)) {
        struct step *step = world->n_steps ? &world->steps[world->n_steps - 1] : NULL;
        if (strcmp(line, "request\n") == 0) {
            world->requests = grow(world->requests, world->n_requests, sizeof *world->requests);
            world->requests[world->n_requests++] = world->n_steps;
        } else if (sscanf(line, "statement %ld %d", &bytes, &n) == 2 && n <= MAX_PARAMETERS) {
            world->steps = grow(world->steps, world->n_steps, sizeof *world->steps);
            world->steps[world->n_steps++] = (struct step){.text = find_text(world, read_text(file, bytes))};
        } else if (sscanf(line, "parameter %ld", &bytes) == 1 && step &&
                   step->n_parameters < MAX_PARAMETERS) {
            step->parameters[step->n_parameters++] = bytes < 0 ? NULL : read_text(file, bytes);
        } else {
            die("%s: can't make out \"%.40s\"", path, line);
        }
    }
    fclose(file);
    if (!world->n_steps)
        die("%s: no statement in it", path);
}

/* ---- one connection ---- */

/* With the parameter types that the API declares: some statements have no meaning without. */
static PGresult *prepare(PGconn *db, const char *name, const char *text)
{
    for (size_t i = 0; i < Q_N_QUERIES; i++)
        if (strcmp(query_table[i].text, text) == 0)
            return PQprepare(db, name, text, query_table[i].n_params, query_table[i].types);
    return PQprepare(db, name, text, 0, NULL);
}

static PGconn *connect_and_prepare(const struct world *world)
{
    const char *const keys[] = {"dbname", "options", "client_encoding", NULL};
    const char *const values[] = {world->url, SESSION, "UTF8", NULL};
    char name[16];
    PGconn *db = PQconnectdbParams(keys, values, 1);
    if (PQstatus(db) != CONNECTION_OK)
        die("%s", PQerrorMessage(db));
    for (int i = 0; i < world->n_texts; i++) {
        snprintf(name, sizeof name, "s%d", i);
        PGresult *result = prepare(db, name, world->texts[i]);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            die("%s\nin: %s", PQerrorMessage(db), world->texts[i]);
        PQclear(result);
    }
    return db;
}

static void run_step(PGconn *db, const struct step *step)
{
    char name[16];
    snprintf(name, sizeof name, "s%d", step->text);
    PGresult *result = PQexecPrepared(db, name, step->n_parameters, step->parameters, NULL, NULL, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        die("%s", PQerrorMessage(db));
    PQclear(result);
}

static void *run_connection(void *cls)
{
    struct world *world = cls;
    PGconn *db = connect_and_prepare(world);
    size_t at = (size_t)(uintptr_t)db / 64 % world->n_requests; /* not all at the same place */
    for (size_t i = 0; i < (size_t)world->n_texts + 8; i++)     /* plans are made before the clock runs */
        run_step(db, &world->steps[i % world->n_steps]);
    pthread_barrier_wait(&world->ready);
    for (int64_t begun = clock_mono_us(), now; !world->over; begun = now) {
        size_t end = at + 1 < world->n_requests ? world->requests[at + 1] : world->n_steps;
        for (size_t i = world->requests[at]; i < end; i++)
            run_step(db, &world->steps[i]);
        now = clock_mono_us();
        uint32_t sample = atomic_fetch_add(&world->n_samples, 1);
        if (sample < MAX_SAMPLES)
            world->samples[sample] = (uint32_t)(now - begun);
        at = (at + 1) % world->n_requests;
    }
    PQfinish(db);
    return NULL;
}

/* ---- all of them ---- */

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void print_result(struct world *world, int64_t took_us)
{
    uint32_t n = world->n_samples < MAX_SAMPLES ? world->n_samples : MAX_SAMPLES;
    qsort(world->samples, n, sizeof *world->samples, by_value);
    printf("RESULT {\"requests\": %u, \"seconds\": %.6f, \"bytes\": 0, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
           "\"max_ms\": %.3f, "
           "\"bad_status\": 0, \"broken\": 0}\n",
           n, (double)took_us / 1e6, world->samples[n / 2] / 1e3, world->samples[n - 1 - n / 100] / 1e3,
           world->samples[n - 1] / 1e3);
}

int main(int argc, char **argv)
{
    struct world world = {0};
    int64_t connections, seconds;
    pthread_t threads[1000];
    if (argc != 5 || !slice_i64(slice_of(argv[3]), 1, 1000, &connections) ||
        !slice_i64(slice_of(argv[4]), 1, 3600, &seconds))
        die("usage: gitomatic-bench-bare URL FILE CONNECTIONS SECONDS");
    world.url = argv[1];
    world.samples = malloc(MAX_SAMPLES * sizeof *world.samples); /* only touched as far as used */
    if (!world.samples)
        abort();
    read_file(&world, argv[2]);
    pthread_barrier_init(&world.ready, NULL, (unsigned)connections + 1);
    for (int64_t i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, run_connection, &world) != 0)
            die("can't start a thread");
    pthread_barrier_wait(&world.ready);
    int64_t begun = clock_mono_us();
    clock_sleep_ms(seconds * 1000);
    world.over = true;
    for (int64_t i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    print_result(&world, clock_mono_us() - begun);
    return 0;
}

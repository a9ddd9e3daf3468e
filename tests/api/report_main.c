/* gitomatic-report-test URL WHAT [ARG]: what schema/report/trends.h and schema/browse/facets.h read and keep, a line each, for
 * tests/api/test_trends.py. Not shipped. */
#include "schema/browse/facets.h"
#include "schema/report/trends.h"
#include <stdio.h>
#include <stdlib.h>

static struct err err;

static void must(bool ok)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n", err.text);
    exit(1);
}

static void growth(struct db *db, struct arena *a, int64_t days)
{
    struct stats_day *rows;
    size_t n;
    char text[DAY_TEXT_SIZE];
    must(trends_growth(db, a, days, &rows, &n, &err));
    for (size_t i = 0; i < n; i++)
        printf("%s %lld %lld %lld %lld %lld %lld\n", day_text(day_of_ms(rows[i].day_ms), text),
               (long long)rows[i].developers, (long long)rows[i].repositories, (long long)rows[i].follows,
               (long long)rows[i].follows_closed, (long long)rows[i].stars, (long long)rows[i].stars_closed);
}

static void rising(struct db *db, struct arena *a, int days)
{
    struct rising *rows;
    size_t n;
    must(trends_keep_rising(db, days, &err) && trends_rising(db, a, days, 100, &rows, &n, &err));
    for (size_t i = 0; i < n; i++)
        printf("%.*s %lld %lld\n", SLICE_ARG(rows[i].full_name), (long long)rows[i].gained,
               (long long)rows[i].stargazers_count);
}

static void recent(struct db *db, struct arena *a, int64_t n_rows)
{
    struct recent *rows;
    size_t n;
    must(trends_recent(db, a, n_rows, &rows, &n, &err));
    for (size_t i = 0; i < n; i++)
        printf("%.*s %.*s %.*s +%lld %lld %lld\n", SLICE_ARG(rows[i].who), SLICE_ARG(rows[i].type),
               SLICE_ARG(rows[i].whom), (long long)rows[i].others, (long long)rows[i].after_ms,
               (long long)rows[i].before_ms);
}

static void top(struct db *db, struct arena *a, enum top_kind kind, int64_t n_rows)
{
    struct top *rows;
    size_t n;
    must(trends_top(db, a, kind, n_rows, TOP_HERE_CAP, &rows, &n, &err));
    for (size_t i = 0; i < n; i++)
        printf("%.*s %lld %lld\n", SLICE_ARG(rows[i].name), (long long)rows[i].at_github,
               (long long)rows[i].here);
}

int main(int argc, char **argv)
{
    struct db *db;
    struct arena *a = arena_create();
    const struct db_options options = {.url = argc > 1 ? argv[1] : "", .application = "report test"};
    const char *what = argc > 2 ? argv[2] : "";
    int64_t n = 0;
    if (argc > 3 && !slice_i64(slice_of(argv[3]), 0, INT32_MAX, &n))
        return 2;
    must(db_open(&options, &db, &err));
    if (strcmp(what, "growth") == 0)
        growth(db, a, n);
    else if (strcmp(what, "rising") == 0)
        rising(db, a, (int)n);
    else if (strcmp(what, "recent") == 0)
        recent(db, a, n);
    else if (strcmp(what, "followed") == 0 || strcmp(what, "starred") == 0)
        top(db, a, what[0] == 'f' ? TOP_FOLLOWED : TOP_STARRED, n);
    else
        for (int facet = 0; facet < N_FACETS; facet++)
            must(facets_keep(db, (enum facet)facet, &err));
    db_close(db);
    arena_destroy(a);
    return 0;
}

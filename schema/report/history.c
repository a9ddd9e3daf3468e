#include "schema/report/history.h"
#include "core/base/clock.h"
#include <assert.h>

#define FROM_GITHUB "github_star_history"
#define FROM_COUNTS "counts_seen"
#define FROM_BOTH   "github_star_history, counts_seen"
#define FROM_LISTS  "lists_compared"

enum { STARS = 0, STARS_ADDED = 1, STARS_ENDED = 2 }; /* of a repository */

static const struct history_field repository_fields[] = {
    {"stargazers_count", "stars", false, "stars at the end of the day"},
    {"stars_added", "stars gained", true, "stars given on that day and not removed since"},
    {"stars_ended", "stars removed", true, "stars that were found on that day to have ended"},
    {"forks_count", "forks", false, "GitHub's own count"},
    {"subscribers_count", "watchers", false, "GitHub's own count: people watching"},
    {"open_issues_count", "open issues", false, "GitHub's own count, pull requests included"},
};
static const struct history_field developer_fields[] = {
    {"followers_count", "followers", false, "GitHub's own count"},
    {"following_count", "following", false, "GitHub's own count"},
    {"public_repos", "public repositories", false, "GitHub's own count"},
    {"public_gists", "public gists", false, "GitHub's own count"},
    {"follows_ended", "follows ended", true,
     "follows of this developer, in either direction, that were found on that day to have ended"},
};

const struct history_field *history_fields(enum record_kind kind, size_t *n_out)
{
    bool repository = kind == RECORD_REPOSITORY;
    *n_out = repository ? ARRAY_LEN(repository_fields) : ARRAY_LEN(developer_fields);
    return repository ? repository_fields : developer_fields;
}

/* ---- days into points ---- */

struct gathering {
    const struct history_query *query;
    const struct history_field *fields;
    size_t n_fields;
    bool complete; /* the star history is */
    int64_t given; /* its stars up to the current day */
    struct history *out;
};

/* The stars at the end of a day: the sum of GitHub's history, else the count. */
static struct maybe stars_of(struct gathering *g, const struct history_day *day, const char **source_out)
{
    struct maybe added = day->values[STARS_ADDED];
    if (added.known)
        g->given += added.value;
    bool from_github = added.known && g->complete;
    *source_out = from_github ? FROM_GITHUB : FROM_COUNTS;
    return from_github ? (struct maybe){true, g->given} : day->values[STARS];
}

static void name_source(struct gathering *g, size_t field, const char *source)
{
    const char **slot = &g->out->sources[field];
    *slot = *slot && *slot != source ? FROM_BOTH : source;
}

static void put_value(struct gathering *g, struct history_point *point, size_t field, struct maybe value,
                      const char *source)
{
    struct maybe *slot = &point->values[field];
    if (!value.known)
        return;
    slot->value = g->fields[field].flow && slot->known ? slot->value + value.value : value.value;
    slot->known = true;
    name_source(g, field, source);
}

static const char *source_of(const struct gathering *g, size_t field)
{
    if (!g->fields[field].flow)
        return FROM_COUNTS;
    return g->query->kind == RECORD_REPOSITORY && field == STARS_ADDED ? FROM_GITHUB : FROM_LISTS;
}

static void put_day(struct gathering *g, struct history_point *point, const struct history_day *day)
{
    const char *source;
    bool repository = g->query->kind == RECORD_REPOSITORY;
    struct maybe stars = repository ? stars_of(g, day, &source) : (struct maybe){0};
    if (g->out->first_known == HISTORY_OPEN && (repository ? stars : day->values[0]).known)
        g->out->first_known = day->day;
    for (size_t i = 0; i < g->n_fields && point; i++) {
        if (repository && i == STARS)
            put_value(g, point, i, stars, source);
        else
            put_value(g, point, i, day->values[i], source_of(g, i));
    }
}

/* How many days, weeks or months touch from … to; stops at one more than allowed. */
static size_t count_points(const struct history *h, enum day_interval interval)
{
    size_t n = 0;
    for (int64_t day = day_begin(h->from, interval); day <= h->to && n <= HISTORY_MAX_POINTS;
         day = day_next(day, interval))
        n++;
    return n;
}

void history_gather(struct arena *a, const struct history_query *query, const struct history_day *days,
                    size_t n_days, bool history_complete, int64_t today, struct history *out)
{
    struct gathering g = {.query = query, .complete = history_complete, .out = out};
    g.fields = history_fields(query->kind, &g.n_fields);
    out->first_known = HISTORY_OPEN;
    out->to = query->to == HISTORY_OPEN ? today : query->to;
    out->from = query->from;
    if (query->from == HISTORY_OPEN)
        out->from = n_days && days[0].day < out->to ? days[0].day : out->to;
    out->n = count_points(out, query->interval);
    out->too_long = out->n > HISTORY_MAX_POINTS;
    if (out->too_long)
        out->n = 0;
    out->points = arena_array(a, out->n, sizeof *out->points);
    int64_t day = day_begin(out->from, query->interval);
    for (size_t i = 0; i < out->n; i++, day = day_next(day, query->interval))
        out->points[i].day = day;
    size_t at = 0;
    for (size_t i = 0; i < n_days; i++) {
        bool inside = out->n && days[i].day >= out->from && days[i].day <= out->to;
        while (inside && at + 1 < out->n && out->points[at + 1].day <= days[i].day)
            at++;
        put_day(&g, inside ? &out->points[at] : NULL, &days[i]);
    }
}

/* ---- reading ---- */

static struct history_day *take_days(struct arena *a, const struct db_rows *rows, size_t n_fields)
{
    struct history_day *days = arena_array(a, (size_t)rows->n, sizeof *days);
    for (int i = 0; i < rows->n; i++) {
        days[i].day = db_i64(rows, i, 0);
        for (size_t k = 0; k < n_fields; k++)
            days[i].values[k] = (struct maybe){!db_is_null(rows, i, (int)k + 1), db_i64(rows, i, (int)k + 1)};
    }
    return days;
}

#define BARS_MAX 400

enum day_interval history_interval_of_bars(size_t n_days)
{
    return n_days <= BARS_MAX ? DAY_BY_DAY : n_days <= BARS_MAX * 7 ? DAY_BY_WEEK : DAY_BY_MONTH;
}

bool history_read(struct db *db, struct arena *a, const struct history_query *query, struct history *out,
                  struct err *err)
{
    bool repository = query->kind == RECORD_REPOSITORY;
    AUTO_ROWS record = {0};
    AUTO_ROWS rows = {0};
    const struct db_arg id = DB_I64(query->github_id);
    const struct db_call calls[] = {{.q = repository ? Q_history_repository : Q_history_developer,
                                     .args = &id,
                                     .n_args = 1,
                                     .rows_out = &record},
                                    {.q = repository ? Q_history_repository_days : Q_history_developer_days,
                                     .args = &id,
                                     .n_args = 1,
                                     .rows_out = &rows}};
    size_t n_fields;
    history_fields(query->kind, &n_fields);
    *out = (struct history){0};
    if (!db_run_all(db, calls, ARRAY_LEN(calls), err))
        return err_wrap(err, "history");
    if (record.n == 0)
        return true;
    slice name = db_text(&record, 0, COL_history_repository_full_name);
    out->found = true;
    out->name = arena_copy(a, name);
    out->is_private = db_bool(&record, 0, COL_history_repository_private);
    out->created_at = maybe_time(&record, 0, COL_history_repository_created_at);
    history_gather(a, query, take_days(a, &rows, n_fields), (size_t)rows.n,
                   !db_bool(&record, 0, COL_history_repository_incomplete),
                   day_of_ms(db_time(&record, 0, COL_history_repository_now)), out);
    return true;
}

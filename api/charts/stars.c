/* Stars of up to eight repositories, compared by date or by age: as JSON, CSV, NDJSON and a picture. */
#include "api/charts/chart_svg.h"
#include "api/charts/drawing.h"
#include "api/charts/history_params.h"
#include "api/charts/subject.h"
#include "api/request/param_errors.h"
#include "api/resources/render.h"
#include "api/resources/stream.h"
#include "api/spec/words.h"
#include "core/base/csv.h"
#include "core/model/names.h"
#include "schema/report/history.h"
#include "schema/report/trends.h"

#define STARS_MAX_REPOSITORIES CHART_MAX_SERIES
#define STARS_MAX_POINTS       400 /* a repository */
#define STARS_OFFERED          3

struct stars_series {
    slice full_name; /* its present name */
    int64_t github_id;
    struct maybe created_at;
    int64_t born;               /* the day of created_at, else the first of the whole history that is known */
    const char *source;         /* NULL: no data */
    struct chart_point *points; /* x: a day since 1970 */
    size_t n;
};
struct stars {
    bool by_age, log;
    struct stars_series series[STARS_MAX_REPOSITORIES];
    size_t n_series;
};

/* ---- parameters ---- */

static bool read_choice(struct request *rq, const char *name, enum words words, const char *expected,
                        struct param_errors *errors)
{
    const slice first = slice_of(words_item(words, 0)), second = slice_of(words_item(words, 1));
    slice text = slice_trim(params_get(&rq->params, name));
    if (text.len && !slice_eq(text, first) && !slice_eq(text, second))
        param_errors_add(errors, slice_of(name), expected);
    return slice_eq(text, second);
}

/* The last of each group of neighbours, so that the last point stays; the first point stays, too. */
static void take_points(struct arena *a, const struct history *history, struct stars_series *out)
{
    struct chart_point *all = arena_array(a, history->n, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < history->n; i++)
        if (history->points[i].values[0].known)
            all[n++] = (struct chart_point){history->points[i].day, history->points[i].values[0].value};
    out->points = all;
    out->n = n < STARS_MAX_POINTS ? n : STARS_MAX_POINTS;
    for (size_t i = 1; i < out->n && n > out->n; i++)
        all[i] = all[(i + 1) * n / out->n - 1];
    out->created_at = history->created_at;
    out->born = history->created_at.known ? day_of_ms(history->created_at.value) : history->first_known;
    out->source = history->sources[0];
}

static bool is_there(const struct stars *stars, int64_t github_id)
{
    for (size_t i = 0; i < stars->n_series; i++)
        if (stars->series[i].github_id == github_id)
            return true;
    return false;
}

static bool read_repository(struct request *rq, slice text, const struct history_query *days,
                            struct stars *out, struct param_errors *errors, struct err *err)
{
    slice owner = {NULL, 0}, name = {NULL, 0};
    struct browse_named named = {0};
    struct history history = {0};
    struct history_query query = *days;
    bool ok = repo_read(text, &owner, &name);
    if (ok && !browse_by_full_name(
                  rq->db, slice_of(arena_printf(rq->arena, "%.*s/%.*s", SLICE_ARG(owner), SLICE_ARG(name))),
                  &named, err))
        return false;
    query.github_id = named.github_id;
    if (named.found && !is_there(out, named.github_id) &&
        !history_read(rq->db, rq->arena, &query, &history, err))
        return false;
    if (!named.found || (history.found && !subject_is_shown(rq, &history))) {
        param_errors_add(
            errors, SLICE("repo"),
            arena_printf(rq->arena, "\"%.*s\" is not known here. Expected OWNER/NAME of a known repository.",
                         (int)(text.len < 140 ? text.len : 140), text.ptr));
    } else if (history.found && !errors->n) {
        history_check_span(&query, false, &history, errors);
    }
    if (history.found && !errors->n && out->n_series < STARS_MAX_REPOSITORIES) {
        struct stars_series *series = &out->series[out->n_series++];
        *series = (struct stars_series){.full_name = history.name, .github_id = named.github_id};
        take_points(rq->arena, &history, series);
    }
    return true;
}

/* ?repo=, by=, scale=, from= and to=; errors are added, also for unknown names. False with err if the database fails. */
static bool stars_read(struct request *rq, struct stars *out, struct param_errors *errors, struct err *err)
{
    slice rest = params_get(&rq->params, "repo"), one;
    size_t n = 0;
    struct history_query days = {.kind = RECORD_REPOSITORY};
    *out = (struct stars){0};
    history_read_days(rq, &days, errors);
    out->by_age = read_choice(rq, "by", WORDS_AXIS, "Choose from: date, age.", errors);
    out->log = read_choice(rq, "scale", WORDS_SCALE, "Choose from: linear, log.", errors);
    while (slice_split(&rest, ',', &one)) {
        one = slice_trim(one);
        if (one.len == 0)
            continue;
        if (n++ == STARS_MAX_REPOSITORIES) {
            param_errors_add(errors, SLICE("repo"), "Enter at most eight repositories.");
            return true;
        }
        if (!read_repository(rq, one, &days, out, errors, err))
            return false;
    }
    return true;
}

/* ---- answers ---- */

static int64_t age_of(const struct stars_series *series, int64_t day)
{
    return day > series->born ? day - series->born : 0;
}

static void put_point(struct jw *w, const struct stars_series *series, const struct chart_point *point,
                      bool named)
{
    char text[DAY_TEXT_SIZE];
    jw_object(w);
    if (named)
        jw_kstr(w, "repository", series->full_name);
    jw_kcstr(w, "day", day_text(point->x, text));
    jw_ki64(w, "age", age_of(series, point->x));
    jw_ki64(w, "stargazers_count", point->y);
    jw_end_object(w);
}

/* A URL of these stars in another format, with the same parameters. */
static void put_address(struct jw *w, const struct request *rq, const char *key, const char *path,
                        const char *format)
{
    static const char *const kept[] = {"repo", "by", "scale", "from", "to"};
    AUTO_BUF url = {0};
    buf_printf(&url, "%s%s", rq->base, path);
    char sign = '?';
    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        slice value = params_get(&rq->params, kept[i]);
        if (value.len == 0)
            continue;
        buf_printf(&url, "%c%s=", sign, kept[i]);
        params_encode(&url, value);
        sign = '&';
    }
    if (format)
        buf_printf(&url, "%cformat=%s", sign, format);
    jw_kstr(w, key, buf_slice(&url));
}

static void put_json(struct request *rq, struct response *rs, const struct stars *stars)
{
    struct jw w;
    reply_json(rq, rs, &w);
    jw_object(&w);
    put_address(&w, rq, "url", "/github/charts/stars/", NULL);
    put_address(&w, rq, "svg_url", "/github/charts/stars.svg", NULL);
    put_address(&w, rq, "csv_url", "/github/charts/stars/", "csv");
    jw_kcstr(&w, "by", words_item(WORDS_AXIS, stars->by_age));
    jw_kcstr(&w, "scale", words_item(WORDS_SCALE, stars->log));
    jw_karray(&w, "series");
    for (size_t i = 0; i < stars->n_series; i++) {
        const struct stars_series *series = &stars->series[i];
        jw_object(&w);
        jw_key(&w, "repository");
        link_put_below(&w, rq, RECORD_REPOSITORY, series->github_id, "");
        jw_kstr(&w, "full_name", series->full_name);
        render_time(&w, "created_at", series->created_at);
        jw_kcstr(&w, "source", series->source);
        jw_karray(&w, "points");
        for (size_t k = 0; k < series->n; k++)
            put_point(&w, series, &series->points[k], false);
        jw_end_array(&w);
        jw_end_object(&w);
    }
    jw_end_array(&w);
    jw_end_object(&w);
}

static void put_table(struct response *rs, const struct stars *stars, enum reply_form form, int64_t limit)
{
    struct csv csv;
    char text[DAY_TEXT_SIZE];
    reply_text(rs, form == FORM_CSV ? "text/csv; charset=utf-8" : "application/x-ndjson");
    csv_init(&csv, &rs->body);
    if (form == FORM_CSV)
        buf_puts(&rs->body, "repository,day,age,stargazers_count\r\n");
    for (size_t i = 0; i < stars->n_series; i++) {
        const struct stars_series *series = &stars->series[i];
        for (size_t k = 0; k < series->n && limit > 0; k++, limit--) {
            struct jw w;
            if (form == FORM_NDJSON) {
                jw_init(&w, &rs->body, 0);
                put_point(&w, series, &series->points[k], true);
                buf_putc(&rs->body, '\n');
                continue;
            }
            csv_text(&csv, series->full_name);
            csv_text(&csv, slice_of(day_text(series->points[k].x, text)));
            csv_i64(&csv, age_of(series, series->points[k].x));
            csv_i64(&csv, series->points[k].y);
            csv_end(&csv);
        }
    }
}

/* A page without a repository offers the most starred ones. */
static bool offer(struct request *rq, struct err *err)
{
    struct top *top;
    if (!trends_top(rq->db, rq->arena, TOP_STARRED, STARS_OFFERED, 0, &top, &rq->n_offered, err))
        return false;
    rq->offered = top;
    return true;
}

bool handle_stars(struct request *rq, struct response *rs, struct err *err)
{
    struct param_errors errors = {0};
    struct stars stars;
    if (!stars_read(rq, &stars, &errors, err) ||
        (rq->view && !stars.n_series && !errors.n && !offer(rq, err)))
        return false;
    request_end_db(rq);
    if (errors.n)
        reply_param_errors(rq, rs, &errors);
    else if (rq->form == FORM_JSON)
        put_json(rq, rs, &stars);
    else
        put_table(rs, &stars, rq->form, stream_limit(rq));
    return true;
}

/* ---- the picture ---- */

static slice describe(struct arena *a, const struct stars *stars)
{
    AUTO_BUF text = {0};
    buf_printf(&text, "Stars by %s.", stars->by_age ? "days since creation" : "date");
    for (size_t i = 0; i < stars->n_series; i++) {
        const struct stars_series *s = &stars->series[i];
        buf_printf(&text, " %.*s: ", SLICE_ARG(s->full_name));
        if (s->n)
            buf_printf(&text, "%lld.", (long long)s->points[s->n - 1].y);
        else
            buf_puts(&text, "nothing was observed.");
    }
    slice copy = slice_from(arena_dup(a, buf_slice(&text)), text.len);
    return copy;
}

static void draw(struct request *rq, struct response *rs, const struct stars *stars, struct chart *chart)
{
    struct chart_series *series = arena_array(rq->arena, STARS_MAX_REPOSITORIES, sizeof *series);
    for (size_t i = 0; i < stars->n_series; i++) {
        const struct stars_series *s = &stars->series[i];
        for (size_t k = 0; k < s->n && stars->by_age; k++)
            s->points[k].x = age_of(s, s->points[k].x);
        series[i] = (struct chart_series){.name = s->full_name, .points = s->points, .n = s->n};
    }
    chart->series = series;
    chart->n_series = stars->n_series;
    chart->dates = !stars->by_age;
    chart->log = stars->log;
    chart->title = stars->n_series == 1
                       ? slice_of(arena_printf(rq->arena, "%.*s: stars", SLICE_ARG(series[0].name)))
                       : SLICE("Stars");
    chart->description = describe(rq->arena, stars);
    drawing_reply(rq, rs, chart);
}

bool handle_stars_svg(struct request *rq, struct response *rs, struct err *err)
{
    struct param_errors errors = {0};
    struct stars stars;
    struct chart chart = {0};
    if (!stars_read(rq, &stars, &errors, err))
        return false;
    request_end_db(rq);
    drawing_read(rq, &chart, &errors);
    if ((!stars.n_series || errors.n) &&
        !subject_all_shown(rq)) /* an error may say that a repository is not stored */
        reply_unauthorized(rq, rs);
    else if (errors.n)
        reply_param_errors(rq, rs, &errors);
    else
        draw(rq, rs, &stars, &chart);
    return true;
}

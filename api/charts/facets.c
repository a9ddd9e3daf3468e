/* The number of records with each value of a field: JSON, CSV and NDJSON. */
#include "schema/browse/facets.h"
#include "api/charts/columns.h"
#include "api/request/value.h"
#include "api/resources/list.h"
#include "api/resources/stream.h"
#include "api/spec/routes.h"
#include "schema/browse/composed.h"

#define DEFAULT_LIMIT 100
#define ALL_COLUMNS   3u

struct question {
    struct filters filters;
    struct browse_query query;
    enum facet facet;
    int64_t limit;
    unsigned chosen; /* of the columns, a bit each */
};

static void read_field(struct request *rq, struct question *q, struct param_errors *errors)
{
    slice name = slice_trim(params_get(&rq->params, "field"));
    AUTO_BUF text = {0};
    buf_puts(&text, "Choose from:");
    q->facet = N_FACETS;
    for (int i = 0; i < N_FACETS; i++) {
        if (facet_list((enum facet)i) != rq->route->list)
            continue;
        if (slice_eq(name, slice_of(facet_name((enum facet)i))))
            q->facet = (enum facet)i;
        buf_printf(&text, "%s %s", text.ptr[text.len - 1] == ':' ? "" : ",", facet_name((enum facet)i));
    }
    buf_putc(&text, '.');
    if (name.len == 0)
        q->facet = rq->route->list == BROWSE_DEVELOPERS ? FACET_LOCATION : FACET_LANGUAGE;
    if (q->facet == N_FACETS)
        param_errors_add(errors, SLICE("field"), arena_dup(rq->arena, buf_slice(&text)));
}

/* Of a page; as CSV and NDJSON they are all there (stream_limit). */
static void read_limit(struct request *rq, struct question *q, struct param_errors *errors)
{
    slice text = slice_trim(params_get(&rq->params, "limit"));
    int64_t unused;
    q->limit = DEFAULT_LIMIT;
    if (!text.len)
        return;
    if (stream_wanted(rq)) {
        if (!value_whole_up_to(text, 1, INT64_MAX, &unused))
            param_errors_add(errors, SLICE("limit"), "Enter a whole number above 0.");
    } else if (!value_whole(text, 1, FACETS_MAX_LIMIT, &q->limit)) {
        param_errors_add(errors, SLICE("limit"), "Enter a whole number from 1 to 1000.");
    }
}

static void put_value(struct jw *w, const struct facet_value *value, unsigned chosen)
{
    jw_object(w);
    if (chosen & 1)
        render_text(w, facets_columns[0], value->value);
    if (chosen & 2)
        jw_ki64(w, facets_columns[1], value->count);
    jw_end_object(w);
}

static void put_json(struct request *rq, struct response *rs, enum facet facet, const struct facets *facets)
{
    struct jw w;
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_kcstr(&w, "field", facet_name(facet));
    jw_ki64(&w, "total", facets->total);
    jw_kbool(&w, "capped", facets->capped);
    jw_ki64(&w, "distinct", facets->distinct);
    render_time(&w, "as_of", (struct maybe){facets->as_of_ms != 0, facets->as_of_ms});
    jw_karray(&w, "values");
    for (size_t i = 0; i < facets->n; i++)
        put_value(&w, &facets->values[i], ALL_COLUMNS);
    jw_end_array(&w);
    jw_end_object(&w);
}

/* ---- CSV and NDJSON: all values ---- */

struct table {
    unsigned chosen;
    bool begun;
};

static void put_csv_head(struct csv *csv, unsigned chosen)
{
    for (size_t i = 0; i < ARRAY_LEN(facets_columns); i++)
        if (chosen >> i & 1)
            csv_text(csv, slice_of(facets_columns[i]));
    csv_end(csv);
}

static void put_csv_row(struct csv *csv, const struct facet_value *value, unsigned chosen)
{
    if (chosen & 1)
        csv_text(csv, value->value);
    if (chosen & 2)
        csv_i64(csv, value->count);
    csv_end(csv);
}

static bool batch(struct stream *s, bool *over_out, struct err *err)
{
    struct table *table = s->own;
    struct facet_value *values = arena_array(s->rq.arena, FACETS_BATCH, sizeof *values);
    struct jw w;
    size_t n;
    if (!facets_stream_next(s->db, s->rq.arena, values, &n, err))
        return false;
    if (!table->begun && s->rq.form == FORM_CSV)
        put_csv_head(&s->csv, table->chosen);
    table->begun = true;
    for (size_t i = 0; i < n; i++) {
        if (s->rq.form == FORM_CSV) {
            put_csv_row(&s->csv, &values[i], table->chosen);
            continue;
        }
        jw_init(&w, s->out, 0);
        put_value(&w, &values[i], table->chosen);
        buf_putc(s->out, '\n');
    }
    *over_out = n < FACETS_BATCH;
    return true;
}

static bool answer_stream(struct request *rq, struct response *rs, struct question *q, struct err *err)
{
    struct stream *s = stream_begin(rq, rs, 0, err);
    if (!s)
        return err->code == ERR_NONE;
    if (s->db && !facets_stream(s->db, rq->arena, &q->query, q->filters.items, q->facet, s->left, err))
        return stream_give_up(s);
    struct table *table = arena_alloc(s->keep, sizeof *table);
    *table = (struct table){.chosen = q->chosen};
    s->begun = true; /* the columns are not those of the route's shape */
    stream_ready(s, rq, rs, batch, table);
    return true;
}

bool handle_facets(struct request *rq, struct response *rs, struct err *err)
{
    struct question *q = arena_alloc(rq->arena, sizeof *q);
    struct param_errors errors = {0};
    struct facets facets;
    read_field(rq, q, &errors);
    read_limit(rq, q, &errors);
    q->chosen = columns_read(rq, facets_columns, ARRAY_LEN(facets_columns), &errors);
    list_read_query(rq, &q->filters, &q->query, &errors);
    if (errors.n) {
        reply_param_errors(rq, rs, &errors);
        return true;
    }
    if (stream_wanted(rq))
        return answer_stream(rq, rs, q, err) || list_took_too_long(rq, rs, err);
    if (!browse_compose(rq->db, rq->arena, &q->query, q->filters.items, err) ||
        !facets_read(rq->db, rq->arena, &q->query, q->facet, q->limit, &facets, err))
        return list_took_too_long(rq, rs, err);
    request_end_db(rq);
    put_json(rq, rs, q->facet, &facets);
    return true;
}

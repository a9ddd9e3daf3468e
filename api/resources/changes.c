/* The feed of changes, oldest first, which a reader can leave and resume at any position; newest first for pages and ?before=. */
#include "schema/graph/changes.h"
#include "api/request/value.h"
#include "api/resources/events.h"
#include "api/resources/list.h"
#include "api/resources/stream.h"
#include "api/spec/routes.h"
#include "schema/browse/names.h"

#define CHANGES_DEFAULT 100
#define MAX_CHANGES     1000

struct changes_request {
    bool has_time;
    int64_t at_ms;
    struct changes_position from;
    int64_t written_us; /* of the row at `from`; 0: absent */
    bool backwards;     /* newest first, before this position: */
    struct changes_position before;
    int64_t before_us;              /* as written_us; 0: absent, or the end */
    slice types[CHANGES_MAX_TYPES]; /* none: all */
    size_t n_types;
    int n;
    field_set fields;
};

/* ---- parsing: false after an answer ---- */

static bool refuse(struct request *rq, struct response *rs, const char *parameter, const char *why)
{
    struct jw w;
    reply_json(rq, rs, &w);
    rs->status = 400;
    jw_object(&w);
    jw_karray(&w, parameter);
    jw_cstr(&w, why);
    jw_end_array(&w);
    jw_end_object(&w);
    return false;
}

/* "c12.3.1700000000000000": three items of row 12, written at that time (Unix us), were returned. The time may be omitted. */
static bool parse_cursor(slice text, struct changes_position *out, int64_t *written_us)
{
    slice id, taken;
    if (!slice_starts(text, SLICE("c")))
        return false;
    text = slice_from(text.ptr + 1, text.len - 1);
    return slice_split(&text, '.', &id) && slice_i64(id, 0, INT64_MAX - 1, &out->id) &&
           slice_split(&text, '.', &taken) && slice_i64(taken, 0, INT32_MAX, &out->taken) &&
           (!text.ptr || slice_i64(text, 1, INT64_MAX, written_us));
}

static bool parse_since(struct request *rq, struct response *rs, struct changes_request *out)
{
    slice text = params_get(&rq->params, "since"), last = request_header(rq, "Last-Event-ID");
    bool fraction, goes_on = rq->form == FORM_EVENTS && last.len;
    if (goes_on) /* an interrupted stream continues at its position */
        text = last;
    if (text.len == 0 || parse_cursor(text, &out->from, &out->written_us))
        return true;
    out->has_time = value_time(text, &out->at_ms, &fraction);
    return out->has_time || refuse(rq, rs, goes_on ? "Last-Event-ID" : "since",
                                   "Enter a valid date/time or the cursor of an answer.");
}

/* A person sees the newest changes first. */
static bool parse_before(struct request *rq, struct response *rs, struct changes_request *out)
{
    slice text = params_get(&rq->params, "before");
    out->backwards = rq->view || text.len;
    if (text.len && (rq->form == FORM_EVENTS || stream_wanted(rq)))
        return refuse(rq, rs, "before", "Only JSON and pages have changes newest first: leave it out.");
    if (text.len && !slice_eq(text, SLICE("end")))
        return parse_cursor(text, &out->before, &out->before_us) ||
               refuse(rq, rs, "before", "Enter the cursor of an answer, or end.");
    out->before = (struct changes_position){INT64_MAX - 1, INT32_MAX};
    return true;
}

static bool is_of_kind(const char *type, slice kind)
{
    return slice_starts(slice_of(type), kind) && type[kind.len] == '.';
}

/* "follow.new,follow.closed"; the types of `kind` if only that is given, those in both if both are. */
static bool parse_types(struct request *rq, struct response *rs, struct changes_request *out)
{
    slice wanted = params_get(&rq->params, "type"), kind = params_get(&rq->params, "kind"), one;
    bool named[CHANGES_MAX_TYPES] = {0};
    for (slice rest = wanted; slice_split(&rest, ',', &one);) {
        one = slice_trim(one);
        bool known = one.len == 0;
        for (size_t i = 0; i < n_change_types; i++) {
            bool same = slice_eq(one, slice_of(change_types[i]));
            named[i] |= same;
            known |= same;
        }
        if (!known)
            return refuse(rq, rs, "type", "Select valid choices: " CHANGE_TYPES_TEXT ".");
    }
    bool of_kind = kind.len == 0;
    for (size_t i = 0; i < n_change_types; i++) {
        bool fits = kind.len == 0 || is_of_kind(change_types[i], kind);
        of_kind |= fits;
        if ((wanted.len || kind.len) && fits && (wanted.len == 0 || named[i]))
            out->types[out->n_types++] = slice_of(change_types[i]);
    }
    if (!of_kind)
        return refuse(rq, rs, "kind", "Select a valid choice: developer, repository, follow or star.");
    if (out->n_types == 0 && (wanted.len || kind.len)) /* a type of another kind: nothing matches both */
        out->types[out->n_types++] = SLICE("");
    return true;
}

static bool parse(struct request *rq, struct response *rs, struct changes_request *out)
{
    int64_t n;
    struct param_errors errors = {0};
    *out = (struct changes_request){.n = CHANGES_DEFAULT, .fields = list_fields(rq, true, &errors)};
    if (errors.n && rq->form != FORM_EVENTS) {
        reply_param_errors(rq, rs, &errors);
        return false;
    }
    if (value_whole_up_to(params_get(&rq->params, "page_size"), 1, MAX_CHANGES, &n))
        out->n = (int)n;
    return parse_since(rq, rs, out) && parse_before(rq, rs, out) && parse_types(rq, rs, out);
}

/* ---- rendering ---- */

/* This request's URL with the cursor instead of its start. */
static void put_next(struct jw *w, const struct request *rq, const char *name, const char *cursor)
{
    struct param_list params = params_with(rq->arena, &rq->params, slice_of(name), slice_of(cursor));
    jw_kcstr(w, "next", link_with_params(rq, &params));
}

static void put_page(struct request *rq, struct response *rs, const struct changes_request *asked,
                     const struct db_rows *rows)
{
    struct changes_position at = asked->backwards ? asked->before : asked->from;
    struct change_record record;
    struct jw w;
    int64_t written_us = asked->backwards ? asked->before_us : asked->written_us;
    int n = rows->n > asked->n ? asked->n : rows->n;
    if (n) {
        change_from_row(rows, n - 1, &record);
        at = record.position;
        written_us = record.written_us;
    }
    const char *cursor = changes_cursor_text(rq->arena, at, written_us);
    reply_json(rq, rs, &w);
    jw_object(&w);
    put_next(&w, rq, asked->backwards ? "before" : "since", cursor);
    jw_kcstr(&w, "cursor", cursor);
    jw_kbool(&w, "more", rows->n > asked->n);
    jw_karray(&w, "results");
    for (int i = 0; i < n; i++) {
        change_from_row(rows, i, &record);
        if (!record.erased)
            render_record(&w, rq, SHAPE_CHANGE, asked->fields, &record);
    }
    jw_end_array(&w);
    jw_end_object(&w);
}

/* For the HTML page: names of the records, and when an edge ended. */
static bool look_up_names(struct request *rq, const struct db_rows *rows, struct err *err)
{
    size_t n = (size_t)rows->n, n_developers = 0, n_repositories = 0, n_edges = 0;
    int64_t *developers = arena_array(rq->arena, 2 * n, sizeof *developers);
    int64_t *repositories = arena_array(rq->arena, n, sizeof *repositories);
    struct edge_key *edges = arena_array(rq->arena, n, sizeof *edges);
    struct names *names = arena_alloc(rq->arena, sizeof *names);
    for (int i = 0; i < rows->n; i++) {
        struct change_record c;
        change_from_row(rows, i, &c);
        if (c.developer.known)
            developers[n_developers++] = c.developer.value;
        if (c.followed.known)
            developers[n_developers++] = c.followed.value;
        if (c.repository.known)
            repositories[n_repositories++] = c.repository.value;
        if (slice_eq(c.type, SLICE("follow.closed")))
            edges[n_edges++] = (struct edge_key){false, c.developer.value, c.followed.value};
        else if (slice_eq(c.type, SLICE("star.closed")))
            edges[n_edges++] = (struct edge_key){true, c.developer.value, c.repository.value};
    }
    rq->names = names;
    return names_read(rq->db, rq->arena, developers, n_developers, repositories, n_repositories, edges,
                      n_edges, names, err);
}

/* ---- all of it, as a stream ---- */

struct rest {
    struct changes_request asked;
    int64_t horizon;
};

static bool batch(struct stream *s, bool *over_out, struct err *err)
{
    struct rest *rest = s->own;
    struct change_record record;
    AUTO_ROWS rows = {0};
    if (!changes_page(s->db, rest->asked.from, rest->horizon, MAX_CHANGES, rest->asked.types,
                      rest->asked.n_types, &rows, err))
        return false;
    *over_out = rows.n <= MAX_CHANGES;
    for (int i = 0; i < rows.n && i < MAX_CHANGES && s->left; i++) {
        change_from_row(&rows, i, &record);
        rest->asked.from = record.position;
        if (!record.erased)
            stream_put(s, &record);
    }
    return true;
}

static bool answer_stream(struct request *rq, struct response *rs, const struct changes_request *asked,
                          int64_t horizon, struct err *err)
{
    struct stream *s = stream_begin(rq, rs, asked->fields, err);
    if (!s)
        return err->code == ERR_NONE;
    struct rest *rest = arena_alloc(s->keep, sizeof *rest);
    *rest = (struct rest){*asked, horizon}; /* the types are our own constants */
    stream_ready(s, rq, rs, batch, rest);
    return true;
}

static bool read_page(struct request *rq, const struct changes_request *asked, int64_t horizon,
                      struct db_rows *rows, struct err *err)
{
    return asked->backwards ? changes_before(rq->db, asked->before, asked->from, asked->n, asked->types,
                                             asked->n_types, rows, err)
                            : changes_page(rq->db, asked->from, horizon, asked->n, asked->types,
                                           asked->n_types, rows, err);
}

/* Whether the positions are some of this log. */
static bool check_positions(struct request *rq, const struct changes_request *asked, int64_t *horizon,
                            bool *known, struct err *err)
{
    if (!changes_check(rq->db, asked->from, asked->written_us, horizon, known, err))
        return false;
    return !*known || !asked->before_us ||
           changes_check(rq->db, asked->before, asked->before_us, horizon, known, err);
}

static bool begin_at_the_end(struct request *rq, struct changes_request *asked, int64_t horizon,
                             struct err *err)
{
    if (asked->backwards &&
        !changes_row(rq->db, horizon + 1, horizon, &asked->before, &asked->before_us, err))
        return false;
    asked->before.taken = INT32_MAX;
    return true;
}

bool handle_changes(struct request *rq, struct response *rs, struct err *err)
{
    struct changes_request asked;
    int64_t horizon;
    bool known;
    AUTO_ROWS rows = {0};
    if (!parse(rq, rs, &asked))
        return true;
    if (!check_positions(rq, &asked, &horizon, &known, err))
        return false;
    if (!known) {
        reply_detail(
            rq, rs, 410,
            "This cursor is not a position in this log: the database was restored from an older dump, "
            "or "
            "the "
            "changes up to that point were deleted (KEEP_CHANGES). Read the records again and continue "
            "with "
            "since=DATE of a day before the dump, or of today.");
        return true;
    }
    if (asked.before.id > horizon && !asked.before_us && !begin_at_the_end(rq, &asked, horizon, err))
        return false;
    if (asked.has_time && !changes_find(rq->db, asked.at_ms, horizon, &asked.from, &asked.written_us, err))
        return false;
    if (rq->form == FORM_EVENTS) {
        events_answer(rq, rs,
                      &(struct event_start){asked.from, asked.written_us, asked.types, asked.n_types});
        return true;
    }
    if (stream_wanted(rq))
        return answer_stream(rq, rs, &asked, horizon, err);
    if (!read_page(rq, &asked, horizon, &rows, err) || (rq->view && !look_up_names(rq, &rows, err)))
        return false;
    if (!asked.backwards && rows.n == 0 &&
        !changes_pass(rq->db, horizon, &asked.from, &asked.written_us, err))
        return false;
    put_page(rq, rs, &asked, &rows);
    return true;
}

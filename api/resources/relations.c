/* The edges of one record: followers/, following/, starred_repositories/, repositories/, stargazers/. */
#include "schema/browse/relations.h"
#include "api/request/value.h"
#include "api/resources/list.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "schema/browse/composed.h"
#include "schema/browse/stream.h"

/* Keys of a cursor: the time that orders the edges, and the id at the other end. */
static const enum browse_type key_types[] = {BROWSE_TIME, BROWSE_NUMBER};
#define N_KEYS ARRAY_LEN(key_types)
#define DAY_MS (24 * 60 * 60 * 1000)

struct edges {
    struct relation_query query;
    struct filters filters;
    struct paging paging;
    struct cursor cursor;
    field_set fields;
    uint64_t fingerprint;
    struct relation_edge items[BROWSE_MAX_HITS];
    size_t n;
};

static void read_as_of(struct request *rq, struct edges *e, struct param_errors *errors)
{
    bool fraction;
    slice text = slice_trim(params_get(&rq->params, "as_of"));
    if (text.len == 0)
        return;
    if (!(rq->route->takes & TAKES_AS_OF))
        param_errors_add(errors, SLICE("as_of"), "Former owners of repositories are not known.");
    else if (!value_time(text, &e->query.as_of_ms, &fraction))
        param_errors_add(errors, SLICE("as_of"), "Enter a valid date/time.");
    else
        e->query.past = true;
    if (e->query.past && slice_find(text, ':') < 0) /* a date counts to its end */
        e->query.as_of_ms += DAY_MS - 1;
    int64_t days = rq->api->cfg->keep_ended;
    if (e->query.past && days && e->query.as_of_ms < clock_wall_ms() - days * DAY_MS)
        param_errors_add(errors, SLICE("as_of"),
                         arena_printf(rq->arena,
                                      "Ended edges are kept for %lld days (KEEP_ENDED). Enter a later time.",
                                      (long long)days));
}

/* The time in effect: the present, for a day that is not over. */
static void tell_as_of(struct request *rq, struct response *rs, const struct edges *e)
{
    int64_t now = clock_wall_ms();
    if (e->query.past)
        response_header(rs, "X-As-Of",
                        clock_iso(e->query.as_of_ms < now ? e->query.as_of_ms : now,
                                  arena_alloc(rq->arena, CLOCK_ISO_SIZE)));
}

static void read_params(struct request *rq, struct edges *e, struct param_errors *errors)
{
    read_as_of(rq, e, errors);
    e->paging.by_cursor &= !stream_wanted(rq);
    e->fields = list_fields(rq, false, errors);
    list_read_query(rq, &e->filters, &e->query.records, errors);
    if (e->query.records.n_order && e->paging.by_cursor)
        param_errors_add(errors, SLICE("cursor"),
                         "With ?ordering=, read a relation by ?page=, not by cursor.");
    e->fingerprint = list_fingerprint(rq, false);
    if (e->query.past)
        e->fingerprint = hash64(e->fingerprint, params_get(&rq->params, "as_of"));
    list_read_cursor(rq, &e->paging, e->fingerprint, key_types, N_KEYS, &e->cursor, errors);
}

static struct relation_edge position_of(const struct cursor *cursor)
{
    return (struct relation_edge){.id = cursor->keys[1].number,
                                  .order_us = {!cursor->keys[0].null, cursor->keys[0].number}};
}

static void keys_of(const struct relation_edge *edge, struct browse_value keys_out[N_KEYS])
{
    keys_out[0] = (struct browse_value){.null = !edge->order_us.known, .number = edge->order_us.value};
    keys_out[1] = (struct browse_value){.number = edge->id};
}

static bool find_page(struct request *rq, struct edges *e, struct err *err)
{
    struct paging *p = &e->paging;
    enum cursor_way way = e->cursor.way;
    struct relation_edge after = position_of(&e->cursor);
    const struct relation_page page = {
        .n = p->size + 1,
        .skip = p->by_cursor ? 0 : (p->page - 1) * p->size,
        .after = way == CURSOR_AFTER || way == CURSOR_BEFORE ? &after : NULL,
        .backwards = way == CURSOR_BEFORE || way == CURSOR_END,
    };
    if (!relation_find(rq->db, &e->query, &page, e->items, &e->n, err))
        return false;
    bool more = (int64_t)e->n > p->size;
    if (more) {
        e->n--;
        if (page.backwards)
            memmove(e->items, e->items + 1, e->n * sizeof *e->items);
    }
    p->has_next = more;
    p->has_previous = p->page > 1;
    if (p->by_cursor) {
        struct browse_value first[N_KEYS], last[N_KEYS];
        struct list_ends ends = {.more = more};
        if (e->n) {
            keys_of(&e->items[0], first), keys_of(&e->items[e->n - 1], last);
            ends.first = first, ends.last = last;
        }
        list_link_cursors(rq, p, e->fingerprint, key_types, N_KEYS, way, &ends);
    }
    return true;
}

static bool write_page(struct request *rq, struct response *rs, struct edges *e, struct err *err)
{
    int64_t ids[BROWSE_MAX_HITS];
    AUTO_ROWS rows = {0};
    struct jw w;
    bool room;
    for (size_t i = 0; i < e->n; i++)
        ids[i] = e->items[i].id;
    if (!list_page_records(rq, rs, ids, e->n, e->fields, &rows, &room, err))
        return false;
    if (!room)
        return true;
    tell_as_of(rq, rs, e);
    reply_json(rq, rs, &w);
    paging_begin(&w, rq, rs, &e->paging);
    AUTO_ARENA a = arena_create();
    union edge_record record;
    size_t at = 0;
    for (int i = 0; i < rows.n; i++) {
        while (e->items[at].id !=
               db_i64(&rows, i, 0)) /* an edge whose record was deleted between the two statements */
            at++;
        list_edge_record(rq->route->shape, &e->items[at++], &rows, i, a, &record);
        render_record(&w, rq, rq->route->shape, e->fields, &record);
        arena_reset(a);
    }
    paging_end(&w);
    return true;
}

static bool answer_page(struct request *rq, struct response *rs, struct edges *e, struct err *err)
{
    struct paging *p = &e->paging;
    if (!browse_compose_texts(rq->db, rq->arena, &e->query.records, e->filters.items, err))
        return false;
    if (!relation_count(rq->db, &e->query, p->last ? BROWSE_NO_CAP : BROWSE_COUNT_CAP, &p->count, err))
        return false;
    if (p->last)
        paging_turn_to_last(p);
    if (p->count.n && !find_page(rq, e, err))
        return false;
    if (!paging_is_there(p, e->n)) {
        reply_detail(rq, rs, 404, "Invalid page.");
        return true;
    }
    return write_page(rq, rs, e, err);
}

static bool answer_stream(struct request *rq, struct response *rs, struct edges *e, struct err *err)
{
    struct stream *s;
    if (!browse_compose_texts(rq->db, rq->arena, &e->query.records, e->filters.items, err))
        return false;
    if (!(s = stream_begin(rq, rs, e->fields, err)))
        return err->code == ERR_NONE;
    if (s->db && !browse_stream_relation(s->db, &e->query, s->left, err))
        return stream_give_up(s);
    tell_as_of(rq, rs, e);
    stream_ready(s, rq, rs, list_stream_batch, NULL);
    return true;
}

static bool answer(struct request *rq, struct response *rs, enum relation relation, struct err *err)
{
    struct edges *e = arena_alloc(rq->arena, sizeof *e);
    struct param_errors errors = {0};
    bool of_repository = relation == RELATION_STARGAZERS, page_ok = paging_read(&rq->params, &e->paging);
    AUTO_ROWS subject = {0};
    e->query.relation = relation;
    read_params(rq, e, &errors);
    if (errors.n) {
        reply_param_errors(rq, rs, &errors);
        return true;
    }
    if (record_id_parse(rq->args[0], of_repository ? RECORD_REPOSITORY : RECORD_DEVELOPER,
                        &e->query.subject) &&
        !(of_repository ? browse_repositories(rq->db, &e->query.subject, 1, 0, &subject, err)
                        : browse_developers(rq->db, &e->query.subject, 1, 0, &subject, err)))
        return false;
    if (rq->view && subject.n) {
        slice name = db_text(&subject, 0, of_repository ? 3 : 1);
        rq->subject = arena_copy(rq->arena, name);
    }
    if (subject.n && stream_wanted(rq))
        return answer_stream(rq, rs, e, err) || list_took_too_long(rq, rs, err);
    if (subject.n == 0 || !page_ok) {
        reply_detail(rq, rs, 404, subject.n ? "Invalid page." : "Not found.");
        return true;
    }
    return answer_page(rq, rs, e, err) || list_took_too_long(rq, rs, err);
}

bool handle_followers(struct request *rq, struct response *rs, struct err *err)
{
    return answer(rq, rs, RELATION_FOLLOWERS, err);
}

bool handle_following(struct request *rq, struct response *rs, struct err *err)
{
    return answer(rq, rs, RELATION_FOLLOWING, err);
}

bool handle_starred(struct request *rq, struct response *rs, struct err *err)
{
    return answer(rq, rs, RELATION_STARRED, err);
}

bool handle_owned(struct request *rq, struct response *rs, struct err *err)
{
    return answer(rq, rs, RELATION_OWNED, err);
}

bool handle_stargazers(struct request *rq, struct response *rs, struct err *err)
{
    return answer(rq, rs, RELATION_STARGAZERS, err);
}

#include "api/resources/list.h"
#include "api/request/request_log.h"
#include "api/request/value.h"
#include "api/resources/capped_counts.h"
#include "api/runtime/large_answers.h"
#include "api/spec/filters.h"
#include "api/spec/ordering.h"
#include "api/spec/parameters.h"
#include "api/spec/routes.h"
#include "core/base/hash.h"
#include "core/log/log.h"
#include "schema/browse/composed.h"
#include "schema/browse/list_counts.h"
#include "schema/browse/stream.h"

/* This many changes not merged into the counts cost a millisecond per request. */
#define DELTAS_MAX 1000
/* From this number of relations, of at most a thousand each, a page may be large: 1 MB read, 7 MB written. */
#define LARGE_LISTS      80
#define RESERVE_FROM     (256u * 1024u) /* below, any number at once is small */
#define ANSWER_MAX_BYTES (64u * 1024u * 1024u)
#define RECORD_BYTES     4096u  /* without relations, of the longer ones */
#define RECORD_ON_PAGE   32768u /* of one in an HTML page, with the first of its relations */
#define ID_BYTES         12u    /* of an id, in the rows of a relation */

/* ---- parameters ---- */

struct listing {
    struct filters filters;
    struct browse_query query;
    struct paging paging;
    struct cursor cursor;
    field_set fields;
    enum browse_type types[BROWSE_MAX_KEYS];
    size_t n_types;
    uint64_t fingerprint;
};

/* Bytes of the white space at the front, by Unicode: a Japanese keyboard writes U+3000 between words. 0: there is none. */
static size_t space_length(slice text)
{
    static const char *const spaces[] = {" ",      "\t",       "\r",     "\n",     "\f",
                                         "\v",     "\xc2\x85", "\u00a0", "\u1680", "\u2028",
                                         "\u2029", "\u202f",   "\u205f", "\u3000"};
    for (size_t i = 0; i < ARRAY_LEN(spaces); i++)
        if (slice_starts(text, slice_of(spaces[i])))
            return strlen(spaces[i]);
    bool is_wide = slice_starts(text, SLICE("\xe2\x80")) && text.len > 2; /* U+2000 to U+200A */
    return is_wide && (unsigned char)text.ptr[2] <= 0x8a ? 3 : 0;
}

bool list_read_words(slice text, struct browse_query *query)
{
    slice rest = text;
    while (rest.len) {
        size_t length = 0, space = 0;
        while (length < rest.len && !(space = space_length(slice_from(rest.ptr + length, rest.len - length))))
            length++;
        slice word = slice_from(rest.ptr, length);
        rest = slice_from(rest.ptr + length + space, rest.len - length - space);
        if (word.len == 0)
            continue;
        if (query->n_words == BROWSE_MAX_WORDS)
            return false;
        query->words[query->n_words++] = word;
    }
    return true;
}

static void read_search(struct request *rq, struct browse_query *query, struct param_errors *errors)
{
    slice text = params_get(&rq->params, "search");
    if (slice_utf8_length(text) > SEARCH_MAX_CHARS)
        param_errors_add(errors, SLICE("search"), "Enter at most 200 characters.");
    else if (!list_read_words(text, query))
        param_errors_add(errors, SLICE("search"), "Enter at most 10 words.");
}

uint64_t list_fingerprint(const struct request *rq, bool matches)
{
    uint64_t h = hash64(0, rq->path);
    for (size_t i = 0; i < rq->params.n; i++) {
        const struct param *p = &rq->params.items[i];
        if (p->value.len && ((!matches && slice_eq(p->key, SLICE("ordering"))) ||
                             slice_eq(p->key, SLICE("search")) || filter_exists(rq->route->list, p->key)))
            h = hash64(hash64(h, p->key), p->value);
    }
    return h;
}

void list_read_cursor(struct request *rq, const struct paging *paging, uint64_t fingerprint,
                      const enum browse_type *types, size_t n_types, struct cursor *out,
                      struct param_errors *errors)
{
    const char *why;
    if (paging->by_cursor &&
        !list_cursor_read(rq->arena, paging->cursor, fingerprint, types, n_types, out, &why))
        param_errors_add(errors, SLICE("cursor"), why);
}

field_set list_fields(struct request *rq, bool embed, struct param_errors *errors)
{
    field_set set;
    slice parameter;
    const char *why;
    if (!fields_choose(rq->arena, rq->route->shape, &rq->params, embed, &set, &parameter, &why))
        param_errors_add(errors, parameter, why);
    return rq->view ? fields_of_view(rq->route->shape) : set;
}

void list_read_query(struct request *rq, struct filters *filters, struct browse_query *query,
                     struct param_errors *errors)
{
    const char *why;
    *query = (struct browse_query){.list = rq->route->list};
    filters_parse(rq->arena, rq->route->list, &rq->params, filters, errors);
    query->filters = filters->items;
    query->n_filters = filters->n;
    if (rq->sample.ptr && filters->n < ARRAY_LEN(filters->items)) {
        filters->items[filters->n++] =
            (struct browse_filter){BROWSE_GITHUB_ID, BROWSE_SAMPLE, DB_TEXT(rq->sample)};
        query->n_filters = filters->n;
    }
    read_search(rq, query, errors);
    if ((rq->route->takes & TAKES_ORDERING) &&
        !ordering_parse(rq->arena, rq->route->list, params_get(&rq->params, "ordering"), query->order,
                        &query->n_order, &why))
        param_errors_add(errors, SLICE("ordering"), why);
}

static void read_params(struct request *rq, struct listing *l, struct param_errors *errors)
{
    enum browse_column columns[BROWSE_MAX_KEYS];
    list_read_query(rq, &l->filters, &l->query, errors);
    l->fields = list_fields(rq, !stream_wanted(rq), errors);
    l->n_types = browse_keys(&l->query, columns);
    for (size_t i = 0; i < l->n_types; i++)
        l->types[i] = browse_column_type(columns[i]);
    l->fingerprint = list_fingerprint(rq, false);
    list_read_cursor(rq, &l->paging, l->fingerprint, l->types, l->n_types, &l->cursor, errors);
}

/* ---- records ---- */

unsigned list_relations(enum shape shape, field_set set)
{
    static const struct {
        const char *field;
        unsigned relation;
    } known[] = {{"followers", BROWSE_FOLLOWERS},
                 {"following", BROWSE_FOLLOWING},
                 {"starred_repositories", BROWSE_STARRED},
                 {"repositories", BROWSE_OWNED},
                 {"stargazers", BROWSE_STARGAZERS}};
    unsigned relations = 0;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (set & field_bit(shape, known[i].field))
            relations |= known[i].relation;
    return relations;
}

static bool is_repository(enum shape shape)
{
    return shape == SHAPE_REPOSITORY || shape == SHAPE_STARRED;
}

bool list_records(struct request *rq, const int64_t *ids, size_t n, field_set set, struct db_rows *rows_out,
                  struct err *err)
{
    unsigned relations = list_relations(rq->route->shape, set);
    return is_repository(rq->route->shape) ? browse_repositories(rq->db, ids, n, relations, rows_out, err)
                                           : browse_developers(rq->db, ids, n, relations, rows_out, err);
}

void list_render_row(struct jw *w, struct request *rq, field_set set, const struct db_rows *rows, int row,
                     struct arena *a)
{
    struct developer_record developer;
    struct repository_record repository;
    if (is_repository(rq->route->shape)) {
        repository_from_row(rows, row, a, &repository);
        render_record(w, rq, SHAPE_REPOSITORY, set, &repository);
    } else {
        developer_from_row(rows, row, a, &developer);
        render_record(w, rq, SHAPE_DEVELOPER, set, &developer);
    }
}

/* ---- large answers ---- */

static size_t answer_bytes(const struct request *rq, const struct db_rows *rows)
{
    size_t record = RECORD_BYTES + (rq->page ? RECORD_ON_PAGE : 0);
    size_t link =
        strlen(rq->base) + sizeof "\"/github/repositories//\"," - 1 + UUID_TEXT_SIZE + 4 * (size_t)rq->indent;
    size_t bytes = (size_t)rows->n * record +
                   browse_relation_bytes(rows, is_repository(rq->route->shape)) / ID_BYTES * link;
    if (rq->callback.len) /* JSONP copies it */
        bytes *= 2;
    return bytes < ANSWER_MAX_BYTES ? bytes : ANSWER_MAX_BYTES;
}

bool list_take_slot(struct request *rq, bool *taken_out, struct err *err)
{
    request_end_db(rq);
    *taken_out = large_answers_enter(rq);
    return !*taken_out || db_gate_acquire(rq->gate, &rq->db, err);
}

/* Returns the connection, and reserves memory for the answer. False after an answer, if there is none. */
static bool make_room(struct request *rq, struct response *rs, const struct db_rows *rows)
{
    size_t bytes = answer_bytes(rq, rows);
    request_end_db(rq);
    if (bytes < RESERVE_FROM || large_answers_reserve(rq, bytes))
        return true;
    reply_shed(rq, rs, LIST_NO_ROOM);
    return false;
}

static bool may_be_large(enum shape shape, field_set set, size_t n)
{
    return n * (size_t)__builtin_popcount(list_relations(shape, set)) >= LARGE_LISTS;
}

bool list_page_records(struct request *rq, struct response *rs, const int64_t *ids, size_t n, field_set set,
                       struct db_rows *rows_out, bool *room_out, struct err *err)
{
    *room_out = true;
    if (n == 0)
        return true;
    if (may_be_large(rq->route->shape, set, n) && !list_take_slot(rq, room_out, err))
        return false;
    if (!*room_out)
        reply_shed(rq, rs, LIST_NO_ROOM);
    else if (!list_records(rq, ids, n, set, rows_out, err))
        return false;
    else
        *room_out = make_room(rq, rs, rows_out);
    return true;
}

/* ---- pages ---- */

static char *write_cursor(struct request *rq, uint64_t fingerprint, const enum browse_type *types,
                          size_t n_types, enum cursor_way way, const struct browse_value *keys)
{
    struct cursor cursor = {.way = way};
    if (keys)
        memcpy(cursor.keys, keys, n_types * sizeof *keys);
    return list_cursor_write(rq->arena, fingerprint, &cursor, types, n_types);
}

void list_link_cursors(struct request *rq, struct paging *paging, uint64_t fingerprint,
                       const enum browse_type *types, size_t n_types, enum cursor_way way,
                       const struct list_ends *ends)
{
    bool backwards = way == CURSOR_BEFORE || way == CURSOR_END;
    /* In the direction of the previous page there is more, or was: an empty page links back. */
    paging->has_next = backwards ? way == CURSOR_BEFORE : ends->more;
    paging->has_previous = backwards ? ends->more : way == CURSOR_AFTER;
    if (paging->has_next)
        paging->next_cursor =
            ends->last ? write_cursor(rq, fingerprint, types, n_types, CURSOR_AFTER, ends->last) : "";
    if (paging->has_previous)
        paging->previous_cursor =
            ends->first ? write_cursor(rq, fingerprint, types, n_types, CURSOR_BEFORE, ends->first)
                        : write_cursor(rq, fingerprint, types, n_types, CURSOR_END, NULL);
    paging->end_cursor = write_cursor(rq, fingerprint, types, n_types, CURSOR_END, NULL);
}

static struct browse_page numbered_page(const struct paging *p, int64_t n)
{
    return (struct browse_page){.n = n, .skip = (p->page - 1) * p->size};
}

static void link_numbers(struct paging *p, bool more)
{
    p->has_next = more;
    p->has_previous = p->page > 1;
}

static bool find_page(struct request *rq, struct listing *l, struct browse_hits *hits, struct err *err)
{
    struct paging *p = &l->paging;
    enum cursor_way way = l->cursor.way;
    struct browse_position position;
    struct browse_page page = numbered_page(p, p->size + 1);
    memcpy(position.keys, l->cursor.keys, sizeof position.keys);
    if (p->by_cursor) {
        page.skip = 0;
        page.after = way == CURSOR_AFTER || way == CURSOR_BEFORE ? &position : NULL;
        page.backwards = way == CURSOR_BEFORE || way == CURSOR_END;
    }
    if (!browse_find(rq->db, rq->arena, &l->query, &page, &p->count, hits, err))
        return false;
    bool more = (int64_t)hits->n > p->size;
    if (more) { /* the extra one is the farthest */
        hits->n--;
        if (page.backwards) {
            memmove(hits->ids, hits->ids + 1, hits->n * sizeof *hits->ids);
            memmove(hits->positions, hits->positions + 1, hits->n * sizeof *hits->positions);
        }
    }
    if (p->by_cursor) {
        struct list_ends ends = {.more = more};
        if (hits->n)
            ends.first = hits->positions[0].keys, ends.last = hits->positions[hits->n - 1].keys;
        list_link_cursors(rq, p, l->fingerprint, l->types, l->n_types, way, &ends);
    } else {
        link_numbers(p, more);
    }
    return true;
}

static void fold_counts(struct request *rq, const struct browse_count *count)
{
    struct err err = {0};
    int64_t folded;
    if (count->pending_deltas <= DELTAS_MAX ||
        rq->api->read != rq->api->write) /* with a replica the scheduler does it */
        return;
    if (!list_counts_fold(rq->db, &folded, &err))
        log_warn("api.fold", L_STR("why", err.text));
}

/* Finds the count, if known, before the page. */
static bool count_first(struct request *rq, struct listing *l, struct err *err)
{
    uint64_t matches = list_fingerprint(rq, true);
    if (capped_counts_known(rq->api->capped_counts, matches))
        l->paging.count = (struct browse_count){.n = browse_cap(&l->query), .capped = true, .known = true};
    /* The last page can only be found by counting all. */
    return !l->paging.last || (browse_count(rq->db, &l->query, BROWSE_NO_CAP, &l->paging.count, err) &&
                               (paging_turn_to_last(&l->paging), true));
}

bool list_took_too_long(struct request *rq, struct response *rs, struct err *err)
{
    if (err->code != ERR_TIMEOUT)
        return false;
    log_warn("api.too_long", L_STR("route", request_log_route(rq)),
             L_STR("parameters", parameters_for_log(rq)));
    reply_detail(rq, rs, 503,
                 "This takes too long. Narrow it with another filter, a longer word, or read on by ?cursor= "
                 "instead of "
                 "?page=.");
    return true;
}

static bool find(struct request *rq, struct listing *l, struct browse_hits *hits, struct err *err)
{
    const struct paging asked = l->paging;
    for (int tries = 0; tries < 2; tries++) {
        l->paging = asked;
        if (!browse_compose(rq->db, rq->arena, &l->query, l->filters.items, err) ||
            !count_first(rq, l, err) || !find_page(rq, l, hits, err))
            return false;
        if (!browse_assumed_wrongly(&l->query))
            break;
    }
    return true;
}

/* Such a page is found and read at once. */
static bool is_newest_page(const struct request *rq, const struct listing *l)
{
    const struct paging *p = &l->paging;
    const struct browse_page page = numbered_page(p, p->size);
    return !p->by_cursor && !p->last && browse_is_newest_page(&l->query, &page) &&
           !may_be_large(rq->route->shape, l->fields, (size_t)p->size);
}

static bool read_newest(struct request *rq, struct response *rs, struct listing *l, struct db_rows *rows_out,
                        bool *found_out, struct err *err)
{
    const struct browse_page page = numbered_page(&l->paging, l->paging.size);
    unsigned relations = list_relations(rq->route->shape, l->fields);
    bool more;
    if (!browse_newest_page(rq->db, &l->query, &page, relations, &l->paging.count, rows_out, &more, err))
        return false;
    link_numbers(&l->paging, more);
    *found_out = paging_is_there(&l->paging, (size_t)rows_out->n);
    if (!*found_out) {
        reply_detail(rq, rs, 404, "Invalid page.");
        return true;
    }
    fold_counts(rq, &l->paging.count);
    *found_out = make_room(rq, rs, rows_out);
    return true;
}

/* *found_out false: after an answer. */
static bool read_found(struct request *rq, struct response *rs, struct listing *l, struct db_rows *rows_out,
                       bool *found_out, struct err *err)
{
    struct browse_hits *hits = arena_alloc(rq->arena, sizeof *hits);
    if (!find(rq, l, hits, err))
        return false;
    if (l->paging.count.capped)
        capped_counts_remember(rq->api->capped_counts, list_fingerprint(rq, true));
    *found_out = paging_is_there(&l->paging, hits->n);
    if (!*found_out) {
        reply_detail(rq, rs, 404, "Invalid page.");
        return true;
    }
    fold_counts(rq, &l->paging.count);
    return list_page_records(rq, rs, hits->ids, hits->n, l->fields, rows_out, found_out, err);
}

static bool answer(struct request *rq, struct response *rs, struct listing *l, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct jw w;
    bool found;
    if (is_newest_page(rq, l) ? !read_newest(rq, rs, l, &rows, &found, err)
                              : !read_found(rq, rs, l, &rows, &found, err))
        return false;
    if (!found)
        return true;
    reply_json(rq, rs, &w);
    paging_begin(&w, rq, rs, &l->paging);
    AUTO_ARENA record_arena = arena_create(); /* lists of ids, a record at a time */
    for (int i = 0; i < rows.n; i++) {
        list_render_row(&w, rq, l->fields, &rows, i, record_arena);
        arena_reset(record_arena);
    }
    paging_end(&w);
    return true;
}

static bool answer_stream(struct request *rq, struct response *rs, struct listing *l, struct err *err)
{
    struct stream *s = stream_begin(rq, rs, l->fields, err);
    if (!s)
        return err->code == ERR_NONE;
    if (s->db && !browse_stream_list(s->db, rq->arena, &l->query, l->filters.items, s->left, err))
        return stream_give_up(s);
    stream_ready(s, rq, rs, list_stream_batch, NULL);
    return true;
}

bool list_answer(struct request *rq, struct response *rs, struct err *err)
{
    struct listing *l = arena_alloc(rq->arena, sizeof *l);
    struct param_errors errors = {0};
    bool page_ok = paging_read(&rq->params, &l->paging);
    l->paging.by_cursor &= !stream_wanted(rq);
    read_params(rq, l, &errors);
    if (errors.n) {
        reply_param_errors(rq, rs, &errors);
        return true;
    }
    if (stream_wanted(rq))
        return answer_stream(rq, rs, l, err) || list_took_too_long(rq, rs, err);
    if (!page_ok) {
        reply_detail(rq, rs, 404, "Invalid page.");
        return true;
    }
    return answer(rq, rs, l, err) || list_took_too_long(rq, rs, err);
}

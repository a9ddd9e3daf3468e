/* list: the common parts of lists: parameters, count, page, records, envelope. */
#pragma once
#include "api/request/paging.h"
#include "api/request/param_errors.h"
#include "api/resources/render.h"
#include "api/resources/stream.h"
#include "api/spec/filters.h"
#include "schema/browse/relations.h"

/* The list of the request's route: filters, search, ordering, pages or cursors, fields. */
MUST_CHECK bool list_answer(struct request *rq, struct response *rs, struct err *err);

#define SEARCH_MAX_CHARS 200
/* Adds the words of a text; false: there are more than BROWSE_MAX_WORDS, of which the first were added. */
bool list_read_words(slice text, struct browse_query *query);
/* ?fields= and ?embed= for the request's shape; errors are added. */
field_set list_fields(struct request *rq, bool embed, struct param_errors *errors);
/* The relations that these fields need, as enum browse_relations. */
unsigned list_relations(enum shape shape, field_set set);
#define LIST_NO_ROOM                                                                                         \
    "The server is building too many large responses. Try again, or request fewer records a page, or use "   \
    "?embed=none."
/* Records as rows of browse_developers or browse_repositories. */
MUST_CHECK bool list_records(struct request *rq, const int64_t *ids, size_t n, field_set set,
                             struct db_rows *rows_out, struct err *err);
/* Takes a slot for a potentially large answer (large_answers.h). Returns the connection before it waits: there are fewer
 * connections than waiting requests. *taken_out false: no slot became free, and there is no connection. */
MUST_CHECK bool list_take_slot(struct request *rq, bool *taken_out, struct err *err);
/* The same for a page of records, which may be large (large_answers.h): waits for a slot, returns the connection, reserves
 * memory for the answer. *room_out: false after an answer, if there is no memory. */
MUST_CHECK bool list_page_records(struct request *rq, struct response *rs, const int64_t *ids, size_t n,
                                  field_set set, struct db_rows *rows_out, bool *room_out, struct err *err);
/* Writes a row of browse_developers or browse_repositories. */
void list_render_row(struct jw *w, struct request *rq, field_set set, const struct db_rows *rows, int row,
                     struct arena *a);

/* A batch of the list or relation of the stream's cursor (schema/browse/stream.h). */
bool list_stream_batch(struct stream *s, bool *over_out, struct err *err);
/* A record with the fields of its edge; in a list, without. */
union edge_record {
    struct developer_edge developer;
    struct repository_edge repository;
};
void list_edge_record(enum shape shape, const struct relation_edge *edge, const struct db_rows *rows, int row,
                      struct arena *a, union edge_record *out);

/* Filters, search and ordering of the route's list; the query borrows the filters. */
void list_read_query(struct request *rq, struct filters *filters, struct browse_query *query,
                     struct param_errors *errors);
/* Identifies the list: its cursors are invalid in other lists. matches: without its order. */
uint64_t list_fingerprint(const struct request *rq, bool matches);
/* "cursor" of the request, checked against the fingerprint; errors are added. */
void list_read_cursor(struct request *rq, const struct paging *paging, uint64_t fingerprint,
                      const enum browse_type *types, size_t n_types, struct cursor *out,
                      struct param_errors *errors);
/* The ends of a page: `first` and `last` are the keys of its first and last record, more: others follow. list_link_cursors()
 * fills the fields that paging_begin needs. */
struct list_ends {
    const struct browse_value *first, *last; /* n_types keys each; NULL if the page is empty */
    bool more;
};
void list_link_cursors(struct request *rq, struct paging *paging, uint64_t fingerprint,
                       const enum browse_type *types, size_t n_types, enum cursor_way way,
                       const struct list_ends *ends);
/* Answers for a statement that took too long and says what to do; false: err is another one. */
bool list_took_too_long(struct request *rq, struct response *rs, struct err *err);

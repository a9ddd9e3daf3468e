/* list: what the three lists share: filters, count, page, envelope. */
#pragma once
#include "api/request.h"
#include "schema/browse.h"

/* Writes record `row` of the page. */
typedef void list_render(struct jw *w, struct request *rq, const struct db_rows *rows, int row,
                         struct arena *a);

MUST_CHECK bool list_answer(struct request *rq, struct response *rs, enum browse_list list,
                            list_render *render, struct err *err);

/* link: absolute hyperlinks. */
#pragma once
#include "api/request/request.h"
#include "core/uuid/uuid.h"
#include "schema/browse/browse.h"

/* The request's URL with these parameters instead; in its arena. */
char *link_with_params(const struct request *rq, const struct param_list *params);
/* base + path as a JSON string; path is trusted. */
void link_put(struct jw *w, const struct request *rq, const char *path);
/* The record's address, or one below it; path is trusted. */
void link_put_below(struct jw *w, const struct request *rq, enum record_kind kind, int64_t github_id,
                    const char *path);
/* "key": [addresses]. */
void link_put_list(struct jw *w, const struct request *rq, const char *key, enum record_kind kind,
                   struct ids ids);

/* render: records as JSON objects, in the order of their shape's table (api/spec/fields.h). Pure. */
#pragma once
#include "api/request/link.h"
#include "api/spec/fields.h"
#include "core/base/csv.h"

#define ALL_FIELDS UINT64_MAX

/* record: the struct of the shape's table: struct developer_record, repository_record, developer_edge, repository_edge,
 * rate_limit_record, job_record, change_record. Only the fields in `set` are written. */
void render_record(struct jw *w, const struct request *rq, enum shape shape, field_set set,
                   const void *record);
/* The same inside an object of the caller's. */
void render_members(struct jw *w, const struct request *rq, enum shape shape, field_set set,
                    const void *record);

/* The same as a CSV record: lists are JSON, other values text, null is empty. */
void render_csv(struct csv *csv, const struct request *rq, enum shape shape, field_set set,
                const void *record);
/* The names of the fields. */
void render_csv_head(struct csv *csv, enum shape shape, field_set set);

/* "key": value or null */
void render_text(struct jw *w, const char *key, slice text);
void render_number(struct jw *w, const char *key, struct maybe value);
void render_time(struct jw *w, const char *key, struct maybe value);

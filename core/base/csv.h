/* csv: fields of comma-separated values (RFC 4180): CRLF ends a record; text is quoted where it holds a comma, a quote or a line
 * end, or is empty, so that it differs from a null, which is nothing at all (except in a record of a single null, which would be an
 * empty line). */
#pragma once
#include "core/base/buf.h"
#include <stdint.h>

struct csv {
    struct buf *out;
    bool open;    /* a field of this record was written */
    size_t begun; /* where this record begins in `out` */
};
void csv_init(struct csv *c, struct buf *out);
void csv_text(struct csv *c, slice text); /* ptr NULL: null */
void csv_i64(struct csv *c, int64_t value);
void csv_null(struct csv *c);
void csv_end(struct csv *c); /* of the record */

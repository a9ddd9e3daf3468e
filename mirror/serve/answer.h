/* answer: an outcome as sent to one client: by its conditions, range, encoding and base address. Pure, but notes ETags that it makes weak
 * (cache/weakened.h). */
#pragma once
#include "mirror/request/exchange.h"

struct answer {
    int status;
    struct fields fields; /* without Content-Length, which the server writes */
    struct body *body;    /* the caller releases it; NULL: none */
    size_t from, len;     /* the part of it that is sent */
    enum label label;
    struct buf text; /* what some fields point into */
    struct rate_view_room rates;
};

/* Reads method, path, head, fields, takes_gzip, base, credential_hash and mirror of ex. */
void answer_build(const struct exchange *ex, const struct outcome *o, struct answer *out);
void answer_finish(struct answer *a);

/* One range of bytes (RFC 9110 section 14.1.2) of a body of len. */
enum range { RANGE_WHOLE, RANGE_PART, RANGE_UNSATISFIABLE };
enum range range_parse(const char *text, size_t len, size_t *from_out, size_t *len_out);

#include "api/request/request.h"

slice request_header(const struct request *rq, const char *name)
{
    slice wanted = slice_of(name);
    for (size_t i = 0; i < rq->n_headers; i++)
        if (slice_eq_nocase(rq->headers[i].name, wanted))
            return rq->headers[i].value;
    return (slice){NULL, 0};
}

bool request_begin_db(struct request *rq, struct err *err)
{
    return rq->db || db_gate_acquire(rq->gate, &rq->db, err);
}

void request_end_db(struct request *rq)
{
    if (rq->db)
        db_gate_release(rq->gate, rq->db);
    rq->db = NULL;
}

bool request_is(const struct request *rq, const char *method)
{
    return slice_eq(rq->method, slice_of(method));
}

bool request_is_for_a_page(const struct request *rq)
{
    if (slice_eq(request_header(rq, "Sec-Fetch-Dest"), SLICE("image")))
        return true;
    return slice_eq(request_header(rq, "Sec-Fetch-Site"), SLICE("cross-site")) &&
           !slice_eq(request_header(rq, "Sec-Fetch-Mode"), SLICE("navigate"));
}

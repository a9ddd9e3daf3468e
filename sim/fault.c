/* fault.c: what goes wrong on purpose. Which request is hit depends only on the seed and its number. */
#include "sim/server.h"

static const char page_502[] =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
static const char page_unicorn[] =
    "<!DOCTYPE html>\n<html>\n  <head><title>Unicorn! &middot; GitHub</title></head>\n"
    "  <body><h1>Unicorn!</h1><p>We had issues producing the response to your "
    "request.</p></body>\n</html>\n";

enum fault_kind fault_draw(struct server *sv)
{
    const struct settings *s = &sv->options.settings;
    if (s->fault_rate <= 0 || !s->fault_kinds)
        return FAULT_NONE;
    pthread_mutex_lock(&sv->fault_lock);
    uint64_t dice = rng_next(&sv->fault_rng), which = rng_next(&sv->fault_rng);
    pthread_mutex_unlock(&sv->fault_lock);
    if ((double)(dice >> 11) / 9007199254740992.0 >= s->fault_rate)
        return FAULT_NONE;
    uint64_t nth = which % (uint64_t)__builtin_popcount(s->fault_kinds);
    for (int kind = 0; kind < N_FAULTS; kind++)
        if (s->fault_kinds >> kind & 1 && nth-- == 0)
            return (enum fault_kind)kind;
    return FAULT_NONE;
}

bool fault_replaces(struct request *rq)
{
    switch (rq->fault) {
    case FAULT_500:
        answer_text(rq, 500, "application/json; charset=utf-8", "{\"message\":\"Server Error\"}");
        return true;
    case FAULT_502:
        answer_text(rq, 502, "text/html", page_502);
        return true;
    case FAULT_503:
        answer_text(rq, 503, "text/html; charset=utf-8", page_unicorn);
        return true;
    case FAULT_HTML200:
        answer_text(rq, 200, "text/html; charset=utf-8", page_unicorn);
        return true;
    case FAULT_429:
        answer_secondary(rq, 429);
        return true;
    case FAULT_403:
        answer_secondary(rq, 403);
        return true;
    case FAULT_RESET:
    case FAULT_HANG:
        answer_text(rq, 0, "text/plain", "");
        return true;
    default:
        return false;
    }
}

/* An object where a list is due, or the other way round, under the headers of the right answer. */
static void wrong_type(struct request *rq)
{
    bool list = rq->answer.body->text.len && rq->answer.body->text.data[0] == '[';
    struct quota quota = rq->answer.quota;
    bool has_quota = rq->answer.has_quota;
    int64_t charged = rq->answer.charged;
    answer_text(rq, 200, "application/json; charset=utf-8", list ? "{}" : "[]");
    rq->answer.quota = quota;
    rq->answer.has_quota = has_quota;
    rq->answer.charged = charged;
}

static void truncate_text(struct request *rq)
{
    struct buf half = {0};
    buf_add(&half, rq->answer.body->text.data, rq->answer.body->text.len / 2);
    struct body *body = body_create(&half);
    body_release(rq->server->bodies, rq->answer.body);
    rq->answer.body = body;
}

void fault_spoils(struct request *rq)
{
    if (rq->answer.status != 200) {
        rq->fault = FAULT_NONE;
        return;
    }
    if (rq->fault == FAULT_WRONGTYPE)
        wrong_type(rq);
    if (rq->fault == FAULT_TRUNCATED)
        truncate_text(rq);
}

#include "api/request/problems.h"

void problems_add(struct problems *problems, slice parameter, const char *message)
{
    if (problems->n < PROBLEMS_MAX)
        problems->items[problems->n++] = (struct problem){parameter, message};
}

void reply_problems(struct request *rq, struct response *rs, const struct problems *problems)
{
    struct jw w;
    reply_json(rq, rs, &w);
    rs->status = 400;
    jw_object(&w);
    for (size_t i = 0; i < problems->n; i++) {
        jw_key(&w, arena_dup(rq->arena, problems->items[i].parameter));
        jw_array(&w);
        jw_cstr(&w, problems->items[i].message);
        jw_end_array(&w);
    }
    jw_end_object(&w);
}

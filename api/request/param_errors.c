#include "api/request/param_errors.h"

void param_errors_add(struct param_errors *errors, slice parameter, const char *message)
{
    if (errors->n < MAX_PARAM_ERRORS)
        errors->items[errors->n++] = (struct param_error){parameter, message};
}

void reply_param_errors(struct request *rq, struct response *rs, const struct param_errors *errors)
{
    struct jw w;
    reply_json(rq, rs, &w);
    rs->status = 400;
    jw_object(&w);
    for (size_t i = 0; i < errors->n; i++) {
        jw_key(&w, arena_dup(rq->arena, errors->items[i].parameter));
        jw_array(&w);
        jw_cstr(&w, errors->items[i].message);
        jw_end_array(&w);
    }
    jw_end_object(&w);
}

#include "api/request/param_errors.h"

void param_errors_add(struct param_errors *errors, slice parameter, const char *message)
{
    for (size_t i = 0; i < errors->n; i++)
        if (slice_eq(errors->items[i].parameter, parameter) && strcmp(errors->items[i].message, message) == 0)
            return;
    if (errors->n < MAX_PARAM_ERRORS)
        errors->items[errors->n++] = (struct param_error){parameter, message};
}

static size_t find_first(const struct param_errors *errors, slice parameter)
{
    size_t i = 0;
    while (!slice_eq(errors->items[i].parameter, parameter))
        i++;
    return i;
}

void reply_param_errors(struct request *rq, struct response *rs, const struct param_errors *errors)
{
    struct jw w;
    reply_json(rq, rs, &w);
    rs->status = 400;
    jw_object(&w);
    for (size_t i = 0; i < errors->n; i++) {
        slice name = errors->items[i].parameter;
        if (find_first(errors, name) < i)
            continue;
        jw_karray(&w, arena_dup(rq->arena, name));
        for (size_t k = i; k < errors->n; k++)
            if (slice_eq(errors->items[k].parameter, name))
                jw_cstr(&w, errors->items[k].message);
        jw_end_array(&w);
    }
    jw_end_object(&w);
}

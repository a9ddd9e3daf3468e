/* param_errors: all errors of the parameters at once: {"followers_count": ["Enter a number."], …}. */
#pragma once
#include "api/request/request.h"

#define MAX_PARAM_ERRORS 60

struct param_error {
    slice parameter;
    const char *message;
};
struct param_errors {
    struct param_error items[MAX_PARAM_ERRORS];
    size_t n;
};
/* Once for each parameter and message. */
void param_errors_add(struct param_errors *errors, slice parameter, const char *message);
/* 400. */
void reply_param_errors(struct request *rq, struct response *rs, const struct param_errors *errors);

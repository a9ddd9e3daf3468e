/* problems: what was wrong with the parameters, all of it at once: {"followers_count": ["Enter a number."], …}. */
#pragma once
#include "api/request/request.h"

#define PROBLEMS_MAX 60

struct problem {
    slice parameter;
    const char *message;
};
struct problems {
    struct problem items[PROBLEMS_MAX];
    size_t n;
};
void problems_add(struct problems *problems, slice parameter, const char *message);
/* 400. */
void reply_problems(struct request *rq, struct response *rs, const struct problems *problems);

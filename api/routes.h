/* routes: every address the API answers, as one table: serving, the Allow header, metrics and documentation read it. */
#pragma once
#include "api/request.h"
#include "schema/browse.h"

enum route_flags {
    ROUTE_OPEN = 1,       /* needs no credentials */
    ROUTE_NEGOTIATES = 2, /* JSON by Accept and ?format= */
    ROUTE_READS = 4,      /* gets a connection for reading */
    ROUTE_WRITES = 8,     /* gets a connection to the primary */
    ROUTE_POST = 16,      /* takes POST beside GET; POST gets a connection to the primary */
};

struct route {
    const char *path; /* "{…}" stands for one segment */
    unsigned flags;
    bool (*get)(struct request *rq, struct response *rs, struct err *err);
    bool (*post)(struct request *rq, struct response *rs, struct err *err);
    const char *summary;
};

extern const struct route routes[];
extern const size_t n_routes;

/* NULL when nothing answers there. args_out: decoded, in the arena. */
const struct route *route_find(struct arena *a, slice path, slice args_out[ROUTE_MAX_ARGS]);
const char *route_allow(const struct route *route);

/* ---- handlers: false with err for what is not the client's doing ---- */
bool handle_home(struct request *rq, struct response *rs, struct err *err);
bool handle_root(struct request *rq, struct response *rs, struct err *err);
bool handle_health(struct request *rq, struct response *rs, struct err *err);
bool handle_metrics(struct request *rq, struct response *rs, struct err *err);
bool handle_developers(struct request *rq, struct response *rs, struct err *err);
bool handle_developer(struct request *rq, struct response *rs, struct err *err);
bool handle_repositories(struct request *rq, struct response *rs, struct err *err);
bool handle_repository(struct request *rq, struct response *rs, struct err *err);
bool handle_rate_limits(struct request *rq, struct response *rs, struct err *err);
bool handle_rate_limit(struct request *rq, struct response *rs, struct err *err);
bool handle_tasks(struct request *rq, struct response *rs, struct err *err);
bool handle_tasks_post(struct request *rq, struct response *rs, struct err *err);

/* request: what a handler gets and fills, free of the HTTP library. Both live for one request, in its arena.
 * A handler is parse (pure) -> query (schema) -> render (pure); the wrapper around it (dispatch.c) has done address,
 * credentials, method, content negotiation and the query string before, and turns an error into an answer after. */
#pragma once
#include "api/gate.h"
#include "api/params.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/config/config.h"
#include "core/json/jw.h"
#include "schema/db/db.h"

struct auth;
struct many;
struct metrics;
struct route;

/* One a process; read-only after start but for what guards itself. */
struct api {
    const struct config *cfg;
    struct gate *read, *write; /* the same one without a replica */
    struct auth *auth;
    struct metrics *metrics;
    struct many *many;
    const char *public_base; /* PUBLIC_URL without a slash at the end; NULL: links follow the Host header */
    char listen_base[300];   /* the address listened on, for requests without a Host header */
};

#define ROUTE_MAX_ARGS 2

struct request {
    struct api *api;
    struct arena *arena;
    /* from the wire */
    slice method, path, query;                       /* path and query as they came, not decoded */
    slice accept, authorization, host, content_type; /* ptr NULL: no such header */
    slice body;
    bool host_needed; /* HTTP/1.1 */
    bool body_cut;    /* it was longer than what was kept */
    char client[64];  /* address without port */
    /* found by the wrapper */
    const struct route *route;  /* NULL: no such path */
    slice args[ROUTE_MAX_ARGS]; /* what stands at {…} in the path, decoded */
    struct param_list params;
    int indent;
    const char *base; /* "http://host:port", no slash at the end; safe inside a JSON string */
    slice user;
    bool read_only;
    struct db *db; /* for routes that ask for one */
};

struct response_header {
    const char *name, *value;
};

struct response {
    int status;
    const char *content_type;
    struct buf body;
    struct response_header headers[24];
    size_t n_headers;
};

#define BODY_MAX_BYTES (64u * 1024u)
#define URL_MAX_BYTES  (8u * 1024u)

void response_header(struct response *rs, const char *name,
                     const char *value); /* value must live in the arena */
/* {"detail": text} under a status. */
void reply_detail(struct request *rq, struct response *rs, int status, const char *text);
/* What went wrong inside, as an answer that gives nothing away; logs it. */
void reply_error(struct request *rq, struct response *rs, const struct err *err);
/* Starts a 200 in JSON. */
void reply_json(struct request *rq, struct response *rs, struct jw *w);

/* Answers any request: never fails, always leaves a status. Called on the server's threads. */
void dispatch(struct request *rq, struct response *rs);

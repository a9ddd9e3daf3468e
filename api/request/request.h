/* request: what a handler receives and fills, independent of the HTTP library. Both live for one request, in its arena.
 * A handler is parse (pure) -> query (schema) -> render (pure); the wrapper around it (dispatch.c) has done address,
 * credentials, method, content negotiation and the query string before, and turns an error into an answer after. */
#pragma once
#include "api/request/negotiate.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/config/config.h"
#include "core/json/jw.h"
#include "schema/db/db.h"
#include "schema/db/db_gate.h"

struct auth;
struct event_hub;
struct event_stream;
struct connections;
struct large_answers;
struct capped_counts;
struct names;
struct metrics;
struct network;
struct route;
struct origin;
struct strict;
struct body_stream;

/* One per process; read-only after the start, except members that are thread-safe themselves. */
struct api {
    const struct config *_Atomic cfg; /* may be replaced (api/renew.h); earlier ones stay valid */
    struct db_gate *read, *write;     /* the same one without a replica */
    struct readiness *readiness;
    _Atomic bool demo; /* its records are made up (runtime/demo_look.h) */
    struct auth *auth; /* NULL: API_AUTH=none */
    struct metrics *metrics;
    struct capped_counts *capped_counts;
    struct large_answers *large_answers;
    const struct origin *_Atomic origin; /* as cfg */
    struct connections *connections;
    struct event_hub *events;
    char listen_base[300]; /* the address listened on, for requests without a Host header */
};

#define ROUTE_MAX_ARGS 2

struct header {
    slice name, value;
};

struct request {
    struct api *api;
    struct arena *arena;
    /* from the wire */
    slice method, path, query;    /* path and query as received, not decoded */
    const struct header *headers; /* read them with request_header() */
    size_t n_headers;
    slice body;                 /* at most BODY_MAX_BYTES and one byte: then it is longer */
    bool host_needed;           /* HTTP/1.1 */
    const struct strict *fault; /* its violation of HTTP; NULL: none that is refused */
    const struct network *peer; /* the peer: the client, or a proxy */
    int64_t waited_ms;          /* from its arrival until a thread was free */
    size_t head_room;           /* bytes available for the answer's headers */
    /* set by the wrapper */
    const char *scheme;         /* "http", "https" */
    slice host;                 /* as the client sent it; ptr NULL: not sent */
    char client[64];            /* address without port; of IPv6 the network (/64) */
    const struct route *route;  /* NULL: no such path */
    const char *pattern;        /* the route's path, for logs; NULL: no such path */
    slice args[ROUTE_MAX_ARGS]; /* the values of {…} in the path, decoded */
    struct param_list params;
    int indent;
    slice callback;       /* of JSONP; len 0: none was requested */
    enum reply_form form; /* JSON, or another format of the route */
    bool anonymous;       /* no credentials for a ROUTE_PUBLIC address: the handler decides */
    bool judged;          /* its preconditions, if it writes */
    bool page;            /* for a browser: the JSON becomes a page in the end */
    bool view;            /* with page: a view of tables and text; false (?view=json): the JSON itself */
    const char *ignored;  /* names of parameters that the route does not take (spec/query.h); NULL: none */
    const char *base;     /* "http://host:port", no slash at the end; safe inside a JSON string */
    slice user;
    const char
        *made; /* by a handler, which may run again: to be the same then; in the arena. NULL: nothing yet */
    bool read_only;
    bool bearer;   /* came with a token */
    slice session; /* the cookie that identified `user`; ptr NULL: none did */
    const struct names
        *names;   /* of records that the answer mentions by id (schema/browse/names.h); NULL: not looked up */
    slice sample; /* of a list of a sample's members: the sample's name; ptr NULL: another list */
    const struct top *offered; /* by a star chart without a repository (report/trends.h) */
    size_t n_offered;
    slice subject;        /* of a relation: the login or name of its record; ptr NULL: not known */
    struct db *db;        /* for routes that need one */
    struct db_gate *gate; /* where it came from, or comes from */
    bool large_slot;      /* has a slot (large_answers.h) */
    size_t reserved;      /* bytes reserved for the answer until it is counted as being sent */
};

struct response_header {
    const char *name, *value;
};

struct response {
    int status;
    const char *content_type;
    struct buf body;
    struct event_stream *events; /* instead of a body; NULL: none. Owned (resources/events.h) */
    struct body_stream *stream;  /* instead of a body; NULL: none. Owned (body_stream.h) */
    struct response_header headers[32];
    size_t n_headers;
    bool shed; /* refused because of load */
};

#define BODY_MAX_BYTES (16u * 1024u) /* thousands of clients may send one at once */
#define URL_MAX_BYTES  (8u * 1024u)

/* The header's value; ptr NULL without. Repeated ones are joined by commas. */
slice request_header(const struct request *rq, const char *name);
bool request_is(const struct request *rq, const char *method);
/* Whether the browser says that it loads this for a page: as a picture, or for a page of another site (www.w3.org/TR/fetch-metadata). A
 * Basic challenge would ask that page's readers for a password of this server. Programs send no such header. */
bool request_is_for_a_page(const struct request *rq);

void response_header(struct response *rs, const char *name,
                     const char *value); /* value must live in the arena */
/* The same, replacing an existing one. */
void response_replace(struct response *rs, const char *name, const char *value);
/* NULL: not set. */
const char *response_get(const struct response *rs, const char *name);
/* Adds a request header that the answer depends on to Vary. */
void response_vary(struct request *rq, struct response *rs, const char *name);
/* {"detail": text} under a status. */
void reply_detail(struct request *rq, struct response *rs, int status, const char *text);
/* 503: too much load. */
void reply_shed(struct request *rq, struct response *rs, const char *why);
/* Gets a connection from rq->gate, if the request has none. Errors: as db_gate_acquire(). */
MUST_CHECK bool request_begin_db(struct request *rq, struct err *err);
/* Returns the connection to the pool: the request runs no more statements. */
void request_end_db(struct request *rq);
/* An internal error, as an answer without details; logs it. */
void reply_error(struct request *rq, struct response *rs, const struct err *err);
/* Starts a 200 of another type; the text goes into rs->body. */
void reply_text(struct response *rs, const char *content_type);
/* 401: no credentials. Its challenge is not for what a page loads. */
void reply_unauthorized(struct request *rq, struct response *rs);
/* A redirect that may not be cached; the address is trusted, and in the arena. */
void reply_see_other(struct response *rs, const char *address);
/* Starts a 200 in JSON. */
void reply_json(struct request *rq, struct response *rs, struct jw *w);

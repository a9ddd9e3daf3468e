/* The wrapper around every handler, and the order in which a request is checked: size of the address, Host, overload, CORS,
 * missing slash, credentials, method, origin, rights, body size, parameters, format of the answer, database, preconditions. finish.c completes the
 * answer. */
#include "api/serve/dispatch.h"
#include "api/html/page.h"
#include "api/request/cors.h"
#include "api/request/jsonp.h"
#include "api/request/negotiate.h"
#include "api/request/origin.h"
#include "api/request/request_log.h"
#include "api/resources/former_ids.h"
#include "api/resources/list.h"
#include "api/runtime/connections.h"
#include "api/runtime/large_answers.h"
#include "api/runtime/metrics.h"
#include "api/runtime/readiness.h"
#include "api/serve/authenticate.h"
#include "api/serve/finish.h"
#include "api/serve/precondition.h"
#include "api/spec/filters.h"
#include "api/spec/query.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include "http/strict.h"
#include <stdatomic.h>

#define LARGE_BYTES   (64u * 1024u)
#define WAITED_MAX_MS 5000 /* clients that waited longer have mostly gone */

static bool is_read(const struct request *rq)
{
    return request_is(rq, "GET") || request_is(rq, "HEAD");
}

/* ---- steps: true continues, false has answered ---- */

static void refuse_host(struct request *rq, struct response *rs)
{
    dispatch_refuse(
        rq, rs, 400,
        arena_printf(
            rq->arena,
            "Invalid Host header: \"%.*s\" is not a name of this server. Set ALLOWED_HOSTS to the names it "
            "is reached by.",
            SLICE_ARG(rq->host)));
}

static bool find_base(struct request *rq, struct response *rs)
{
    const struct origin *origin = rq->api->origin;
    bool any = !origin->hosts.n && !origin->hosts.local_only;
    if (origin->public_base && any) { /* links use PUBLIC_URL for any Host */
        rq->base = origin->public_base;
        return true;
    }
    switch (hosts_check(&origin->hosts, rq->host)) {
    case HOST_OK:
        rq->base = arena_printf(rq->arena, "%s://%.*s", rq->scheme, SLICE_ARG(rq->host));
        break;
    case HOST_ABSENT:
        if (!rq->host_needed)
            rq->base = rq->api->listen_base;
        else
            dispatch_refuse(rq, rs, 400, "A Host header is required.");
        break;
    case HOST_INVALID:
        dispatch_refuse(rq, rs, 400, "Invalid Host header.");
        break;
    case HOST_FOREIGN:
        if (dispatch_is_health(rq))
            rq->base = rq->api->listen_base;
        else
            refuse_host(rq, rs);
        break;
    }
    if (rq->base && origin->public_base)
        rq->base = origin->public_base;
    return rq->base != NULL;
}

/* Refusals cost next to nothing, so the queue is soon short again. */
static bool have_time(struct request *rq, struct response *rs)
{
    if (rq->waited_ms <= WAITED_MAX_MS || dispatch_is_health(rq))
        return true;
    reply_shed(rq, rs, "Too many requests are waiting. Try again.");
    return false;
}

/* A small answer fits into the kernel's buffer; a large one stays in memory until it is read. */
static void check_room(struct request *rq, struct response *rs)
{
    if (rs->body.len <= LARGE_BYTES || rs->body.len <= rq->reserved)
        return;
    size_t missing = rs->body.len - rq->reserved;
    if (connections_reserve(rq->api->connections, missing))
        rq->reserved += missing;
    else
        reply_shed(rq, rs, LIST_NO_ROOM);
}

/* "/github/developers" leads to "/github/developers/", with its query; only if that is one of our routes, so never to another host. */
static bool add_slash(struct request *rq, struct response *rs)
{
    slice args[ROUTE_MAX_ARGS];
    if (rq->route || slice_ends(rq->path, SLICE("/")))
        return true;
    slice prefix = page_prefix(rq);
    char *with_slash = arena_printf(rq->arena, "%.*s/", SLICE_ARG(rq->path));
    if (!route_find(rq->arena, slice_of(with_slash), args))
        return true;
    rs->status =
        is_read(rq) ? 301 : 308; /* a client may turn the method of a 301 into GET (RFC 9110 15.4.2) */
    rs->content_type = "text/html; charset=utf-8";
    response_header(rs, "Location",
                    arena_printf(rq->arena, "%.*s%s%s%.*s", SLICE_ARG(prefix), with_slash,
                                 rq->query.len ? "?" : "", SLICE_ARG(rq->query)));
    return false;
}

/* Answers OPTIONS: describes the route and its parameters. */
static void describe(struct request *rq, struct response *rs)
{
    struct jw w;
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_kcstr(&w, "name", rq->route->path);
    jw_kcstr(&w, "description", rq->route->summary);
    jw_key(&w, "renders");
    jw_array(&w);
    jw_cstr(&w, rq->route->flags & ROUTE_NEGOTIATES ? "application/json" : "text/plain");
    jw_end_array(&w);
    jw_end_object(&w);
}

/* Browsers add stored credentials to the requests of any page, whatever its origin. */
static bool is_foreign(const struct request *rq)
{
    return cors_is_foreign(request_header(rq, "Origin"), request_header(rq, "Sec-Fetch-Site"),
                           slice_of(rq->base), slice_of(rq->scheme), rq->host);
}

/* A list, in which empty elements do not count (RFC 9110 5.6.1). */
static bool is_encoded(slice codings)
{
    slice one;
    while (slice_split(&codings, ',', &one)) {
        one = slice_trim(one);
        if (one.len && !slice_eq_nocase(one, SLICE("identity")))
            return true;
    }
    return false;
}

static bool check_body(struct request *rq, struct response *rs)
{
    slice coding = slice_trim(request_header(rq, "Content-Encoding"));
    if (is_encoded(coding)) {
        response_header(rs, "Accept-Encoding", "identity"); /* RFC 9110 15.5.16 */
        dispatch_refuse(rq, rs, 415,
                        arena_printf(rq->arena,
                                     "Unsupported Content-Encoding \"%.*s\". Send the body without one.",
                                     coding.len > 60 ? 60 : (int)coding.len, coding.ptr));
        return false;
    }
    if (rq->body.len <= BODY_MAX_BYTES)
        return true;
    dispatch_refuse(rq, rs, 413,
                    arena_printf(rq->arena, "The body is larger than %u bytes.", BODY_MAX_BYTES));
    return false;
}

static bool check_method(struct request *rq, struct response *rs)
{
    const char *writes = route_writes(rq->route);
    bool post = writes && request_is(rq, writes);
    response_header(rs, "Allow", route_allow(rq->route));
    if (request_is(rq, "OPTIONS")) {
        describe(rq, rs);
        return false;
    }
    if (!post && !(is_read(rq) && rq->route->get)) {
        dispatch_refuse(rq, rs, 405,
                        arena_printf(rq->arena, "Method \"%.*s\" not allowed.",
                                     rq->method.len > 40 ? 40 : (int)rq->method.len, rq->method.ptr));
        return false;
    }
    if (post && is_foreign(rq)) {
        dispatch_refuse(rq, rs, 403, "A page of another origin may not send this.");
        return false;
    }
    if ((post || (rq->route->flags & ROUTE_WRITERS)) && rq->read_only && !(rq->route->flags & ROUTE_PEOPLE)) {
        dispatch_refuse(rq, rs, 403, "You do not have permission to perform this action.");
        return false;
    }
    return !post || check_body(rq, rs);
}

/* JSONP cannot set headers, so Accept is ignored. An invalid name is refused later. */
static slice callback_of(const struct request *rq)
{
    return is_read(rq) ? params_get(&rq->params, "callback") : (slice){NULL, 0};
}

/* A query that is refused. */
struct refused {
    const char *why;
    struct param_list params; /* its readable part */
};

/* The format requested by Accept, ?format= and ?callback=. First of all, since refusals have that format, too. */
static enum negotiated find_form(struct request *rq, struct refused *refused_out)
{
    *refused_out = (struct refused){0};
    if (!params_parse(rq->arena, rq->query, &rq->params, &refused_out->why)) {
        refused_out->params = rq->params;
        rq->params = (struct param_list){0};
    } else if (rq->route) {
        query_join_lists(rq);
    }
    slice callback = callback_of(rq), accept = callback.len ? (slice){NULL, 0} : request_header(rq, "Accept");
    bool acceptable;
    if (jsonp_name_ok(callback))
        rq->callback = callback;
    if (is_read(rq) && rq->route)
        rq->form = negotiate_form(accept, &rq->params, route_forms(rq->route), &acceptable);
    if (rq->form != FORM_JSON) /* a refusal is JSON, whatever the requested format */
        return acceptable ? NEGOTIATED_JSON : NEGOTIATED_NOT_ACCEPTABLE;
    enum negotiated form = negotiate(accept, &rq->params, &rq->indent, &rq->page);
    /* A request that chooses fields gets these. */
    bool chosen = params_get(&rq->params, "embed").len ||
                  (params_get(&rq->params, "fields").len && rq->route && (rq->route->takes & TAKES_FIELDS));
    rq->view = rq->page && !chosen && !slice_eq(params_get(&rq->params, "view"), SLICE("json"));
    return form;
}

/* The errors of filters are reported under their names. */
static void refuse_params(struct request *rq, struct response *rs, const struct refused *refused)
{
    struct param_errors errors = {0};
    struct filters *filters = arena_alloc(rq->arena, sizeof *filters);
    if (rq->route->takes & TAKES_FILTERS)
        filters_parse(rq->arena, rq->route->list, &refused->params, filters, &errors);
    if (errors.n)
        reply_param_errors(rq, rs, &errors);
    else
        dispatch_refuse(rq, rs, 400, refused->why);
}

static bool check_form(struct request *rq, struct response *rs, enum negotiated form,
                       const struct refused *refused)
{
    bool negotiates = (rq->route->flags & ROUTE_NEGOTIATES) != 0;
    slice callback = negotiates ? callback_of(rq) : (slice){NULL, 0};
    if (refused->why) {
        refuse_params(rq, rs, refused);
        return false;
    }
    if (!negotiates && !((rq->route->takes & TAKES_FORMAT) && params_get(&rq->params, "format").len))
        return true;
    /* A browser sends stored credentials with scripts of any page; and without a login, only this check keeps such a page from reading
     * data that is meant for this machine. */
    if (callback.len && (!rq->api->auth || rq->user.len) && is_foreign(rq)) {
        rq->callback = (slice){NULL, 0};
        dispatch_refuse(rq, rs, 403, "A page of another origin may not load this.");
        return false;
    }
    if (callback.len && !rq->callback.len) {
        dispatch_refuse(
            rq, rs, 400,
            "callback: expected the name of a function: a letter, \"_\" or \"$\", then up to 63 of those, "
            "digits and \".\".");
        return false;
    }
    if (callback.len && rq->form != FORM_JSON) {
        dispatch_refuse(rq, rs, 400,
                        arena_printf(rq->arena,
                                     "callback: expected an answer in JSON, got format=%s. Omit one of them.",
                                     form_name(rq->form)));
        return false;
    }
    switch (form) {
    case NEGOTIATED_JSON:
        return true;
    case NEGOTIATED_PAGE:
        return !request_is(rq, "GET") || !page_tidy(rq, rs);
    case NEGOTIATED_NO_SUCH_FORMAT:
        dispatch_refuse(rq, rs, 404, "Not found.");
        break;
    case NEGOTIATED_NOT_ACCEPTABLE:
        dispatch_refuse(rq, rs, 406, "Could not satisfy the request Accept header.");
        break;
    }
    return false;
}

/* ---- the handler, with a connection if it needs one ---- */

typedef bool handler_fn(struct request *rq, struct response *rs, struct err *err);

static bool run_routed(handler_fn *handler, struct request *rq, struct response *rs, struct err *err)
{
    bool answered;
    if (!former_ids_redirect(rq, rs, &answered, err) || answered)
        return answered;
    /* Once: the first run of a handler that is repeated after a lost connection may have changed what would be compared. */
    if (!is_read(rq) && !rq->judged && (!precondition_of_write(rq, rs, &answered, err) || answered))
        return answered;
    rq->judged = true;
    return handler(rq, rs, err);
}

/* The server may have restarted since the connection was opened: the same handle opens a new one. A replica ends a statement that
 * conflicts with its replay (SQLSTATE 40001). Repeating is safe, since writes of handlers are coalesced by their keys. */
static bool run_with(struct db_gate *gate, handler_fn *handler, struct request *rq, struct response *rs,
                     struct err *err)
{
    rq->gate = gate;
    if (!(rq->route->flags & ROUTE_SHORT) && !request_begin_db(rq, err))
        return false;
    size_t n_headers = rs->n_headers;
    bool ok = run_routed(handler, rq, rs, err);
    if (!ok && db_may_pass(err) && rq->db) {
        rs->n_headers = n_headers;
        if (err->code == ERR_DB_RETRY)
            rq->judged = false; /* nothing was changed, and another may have changed what was compared */
        err_clear(err);
        ok = run_routed(handler, rq, rs, err);
    }
    request_end_db(rq);
    return ok;
}

/* Once a minute, since every read comes here then. */
static void tell_replica_away(const struct err *err)
{
    static _Atomic int64_t next_ms;
    int64_t now = clock_mono_ms(), next = atomic_load(&next_ms);
    if (now >= next && atomic_compare_exchange_strong(&next_ms, &next, now + 60000))
        log_warn("api.replica_away", L_STR("why", err->text), L_STR("note", "the primary is used instead"));
}

/* Reads for the replica use the primary while the replica is unavailable or keeps refusing. */
static bool run_handler(struct request *rq, struct response *rs, struct err *err)
{
    struct api *api = rq->api;
    bool reads = is_read(rq), writes = !reads || (rq->route->flags & ROUTE_WRITES);
    handler_fn *handler = reads ? rq->route->get : rq->route->post;
    if (!writes && !(rq->route->flags & ROUTE_READS))
        return handler(rq, rs, err);
    size_t n_headers = rs->n_headers;
    if (run_with(writes ? api->write : api->read, handler, rq, rs, err))
        return true;
    if (writes || api->read == api->write || !db_may_pass(err))
        return false;
    tell_replica_away(err);
    rs->n_headers = n_headers;
    err_clear(err);
    return run_with(api->write, handler, rq, rs, err);
}

/* A missing table means that the database has another schema, or none after it was dropped and created again. If it has the right one
 * by now, it has been migrated meanwhile. */
static bool run_on_schema(struct request *rq, struct response *rs, struct err *err)
{
    size_t n_headers = rs->n_headers;
    if (run_handler(rq, rs, err))
        return true;
    if (db_trouble_of(err) != DB_NO_SCHEMA)
        return false;
    if (readiness_ask(rq->api->readiness) != READY)
        return err_set(err, ERR_SCHEMA, "%s", err->text);
    rs->n_headers = n_headers;
    err_clear(err);
    return run_handler(rq, rs, err);
}

/* The start of the next request is unknown, so the connection is closed. */
static bool check_fault(struct request *rq, struct response *rs)
{
    if (!rq->fault)
        return true;
    response_header(rs, "Connection", "close");
    dispatch_refuse(rq, rs, rq->fault->status, rq->fault->why);
    return false;
}

static void answer(struct request *rq, struct response *rs)
{
    struct err err = {0};
    struct refused refused;
    enum negotiated form = NEGOTIATED_JSON;
    if (!check_fault(rq, rs))
        return;
    rq->route = route_find(rq->arena, rq->path, rq->args);
    rq->pattern = rq->route ? rq->route->path : NULL;
    form = find_form(rq, &refused);
    if (!find_base(rq, rs) || !have_time(rq, rs))
        return;
    if (cors_is_preflight(rq) && rq->api->auth) {
        cors_answer_preflight(rs);
        return;
    }
    if (slice_eq(rq->path, SLICE("*"))) { /* OPTIONS of the server as a whole (RFC 9110 9.3.7) */
        rs->status = 204;
        response_header(rs, "Allow", "GET, HEAD, POST, DELETE, OPTIONS");
        return;
    }
    if (!add_slash(rq, rs) || !dispatch_authenticate(rq, rs))
        return;
    if (!rq->route) {
        dispatch_refuse(rq, rs, 404, "Not found.");
        return;
    }
    if (!check_method(rq, rs) || !check_form(rq, rs, form, &refused) || !query_check(rq, rs))
        return;
    if (!run_on_schema(rq, rs, &err))
        reply_error(rq, rs, &err);
    check_room(rq, rs);
}

void dispatch(struct request *rq, struct response *rs)
{
    int64_t begun_us = clock_mono_us();
    response_header(rs, "X-Content-Type-Options", "nosniff");
    origin_find_client(rq->api->origin, rq->peer, rq);
    if (rq->api->auth)
        cors_headers(rs);
    answer(rq, rs);
    if (!rq->route || (rq->route->flags & ROUTE_NEGOTIATES) || rs->status >= 400)
        response_vary(rq, rs, "Accept");
    finish(rq, rs);
    large_answers_leave(rq);
    int64_t took_us = clock_mono_us() - begun_us;
    metrics_count(rq->api->metrics, rq->route, rs->status, took_us, rs->body.len);
    if (rs->shed)
        metrics_shed(rq->api->metrics);
    log_debug("api.request", L_SLICE("method", rq->method), L_STR("route", request_log_route(rq)),
              L_I64("status", rs->status), L_I64("bytes", rs->body.len), L_I64("us", took_us),
              L_SLICE("user", request_log_user(rq->user)));
}

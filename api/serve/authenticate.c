#include "api/serve/authenticate.h"
#include "api/auth/auth.h"
#include "api/html/sign_in.h"
#include "api/runtime/readiness.h"
#include "api/spec/routes.h"

/* Browsers that navigate to a page get a form, and readers of another page nothing: a Basic challenge would open a prompt of the browser's
 * own. A 401 has a challenge in any case (RFC 9110, 15.5.2). */
static const char *challenge(const struct request *rq)
{
    if (sign_in_is_shown(rq) || request_is_for_a_page(rq))
        return "Bearer realm=\"gitomatic\"";
    return rq->bearer ? "Basic realm=\"gitomatic\", Bearer realm=\"gitomatic\", error=\"invalid_token\""
                      : "Basic realm=\"gitomatic\"";
}

void dispatch_refuse(struct request *rq, struct response *rs, int status, const char *why)
{
    if (status == 401)
        response_header(rs, "WWW-Authenticate", challenge(rq));
    reply_detail(rq, rs, status, why);
}

/* Health checks use any name or address, and get no links. */
bool dispatch_is_health(const struct request *rq)
{
    return slice_starts(rq->path, SLICE("/health/"));
}

static bool is_database_away(struct request *rq)
{
    return fault_is_of_database(readiness_ask(rq->api->readiness));
}

/* A missing table: see run_on_schema() in dispatch.c. */
static enum auth_outcome check(struct request *rq, struct auth_request *asked, int *retry_s_out,
                               struct err *err)
{
    enum auth_outcome outcome = auth_check(rq->api->auth, asked, rq->arena, retry_s_out, err);
    if (outcome != AUTH_ERROR || db_trouble_of(err) != DB_NO_SCHEMA)
        return outcome;
    if (readiness_ask(rq->api->readiness) != READY) {
        err_set(err, ERR_SCHEMA, "%s", err->text);
        return outcome;
    }
    err_clear(err);
    return auth_check(rq->api->auth, asked, rq->arena, retry_s_out, err);
}

/* open: the route needs no credentials. True: the request goes on. */
static bool answer_outcome(struct request *rq, struct response *rs, enum auth_outcome outcome, bool open,
                           int retry_s, const struct err *err)
{
    switch (outcome) {
    case AUTH_OK:
        return true;
    case AUTH_NONE:
        dispatch_refuse(rq, rs, 401, "Authentication credentials were not provided.");
        return false;
    case AUTH_MALFORMED:
        dispatch_refuse(rq, rs, 401, "Invalid basic header. Credentials not correctly base64 encoded.");
        return false;
    case AUTH_WRONG:
        dispatch_refuse(rq, rs, 401, rq->bearer ? "Invalid token." : "Invalid username/password.");
        return false;
    case AUTH_TOO_OFTEN:
        response_header(rs, "Retry-After", arena_printf(rq->arena, "%d", retry_s));
        dispatch_refuse(
            rq, rs, 429,
            arena_printf(rq->arena, "Request was throttled. Expected available in %d seconds.", retry_s));
        return false;
    case AUTH_BUSY:
        if (open)
            return true;
        response_header(rs, "Retry-After", "1");
        dispatch_refuse(rq, rs, 503, "Too many credentials are being checked. Try again.");
        return false;
    case AUTH_ERROR:
        break;
    }
    if (!open)
        reply_error(rq, rs, err);
    return open;
}

bool dispatch_authenticate(struct request *rq, struct response *rs)
{
    int retry_s = 0;
    struct err err = {0};
    struct auth_request asked = {.header = request_header(rq, "Authorization"), .client = rq->client};
    bool open = rq->route && (rq->route->flags & ROUTE_OPEN);
    if (!asked.header.ptr && !dispatch_is_health(rq))
        asked.session = sign_in_session(rq);
    bool any = asked.header.ptr || asked.session.ptr;
    bool public =
        rq->route && (rq->route->flags & ROUTE_PUBLIC) && rq->api->cfg->public_charts && rq->api->auth;
    if (public && !any) {
        rq->anonymous = true;
        return true;
    }
    bool asset = open && (rq->route->flags & (ROUTE_ASSET | ROUTE_PEOPLE)) == ROUTE_ASSET;
    /* Wrong credentials are refused even where none are needed, so that clients notice at once. */
    if (!rq->api->auth || (open && !any) || (asset && !asked.header.ptr))
        return true;
    if (dispatch_is_health(rq) && readiness_ask(rq->api->readiness) != READY)
        return true; /* unknown, and a check may take long */
    bool known = rq->route && (rq->route->flags & ROUTE_FIGURES) && asked.header.ptr &&
                 is_database_away(rq) && auth_knows(rq->api->auth, &asked, rq->arena);
    enum auth_outcome outcome = known ? AUTH_OK : check(rq, &asked, &retry_s, &err);
    if (asked.session.ptr && outcome == AUTH_WRONG) {
        rq->anonymous = public;
        if (open || public)
            return true;
        dispatch_refuse(rq, rs, 401, "The session has ended. Sign in again.");
        return false;
    }
    if (outcome == AUTH_OK)
        rq->session = asked.session;
    rq->user = asked.name;
    rq->read_only = asked.read_only;
    rq->bearer = asked.bearer;
    return answer_outcome(rq, rs, outcome, open, retry_s, &err);
}

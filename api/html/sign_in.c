#include "api/html/sign_in.h"
#include "api/auth/auth.h"
#include "api/html/escape.h"
#include "api/spec/query.h"
#include "api/spec/routes.h"
#include "schema/access/sessions.h"
#include "schema/access/users.h"
#include <sodium.h>

/* "gitomatic_session", or with the port of PUBLIC_URL or the Host header. */
static const char *cookie_name(const struct request *rq)
{
    const char *host = strstr(rq->base, "://") + 3;
    const char *end = host + strcspn(host, "/"), *port = end;
    while (port > host && port[-1] >= '0' && port[-1] <= '9')
        port--;
    if (port == end || port == host || port[-1] != ':')
        return "gitomatic_session";
    return arena_printf(rq->arena, "gitomatic_session_%.*s", (int)(end - port), port);
}

slice sign_in_session(const struct request *rq)
{
    const slice name = slice_of(arena_printf(rq->arena, "%s=", cookie_name(rq)));
    slice rest = request_header(rq, "Cookie"), one;
    while (slice_split(&rest, ';', &one)) {
        one = slice_trim(one);
        if (slice_starts(one, name))
            return slice_from(one.ptr + name.len, one.len - name.len);
    }
    return (slice){NULL, 0};
}

bool sign_in_is_shown(const struct request *rq)
{
    return rq->api->auth && rq->page && !rq->user.len && request_is(rq, "GET") &&
           slice_eq(request_header(rq, "Sec-Fetch-Mode"), SLICE("navigate")) &&
           !request_header(rq, "Authorization").ptr;
}

slice sign_in_here(const struct request *rq)
{
    return slice_of(arena_printf(rq->arena, "%.*s%s%.*s", SLICE_ARG(rq->path), rq->query.len ? "?" : "",
                                 SLICE_ARG(rq->query)));
}

/* A path on this server, so that no link to the form redirects elsewhere: browsers read "//host" and "/\host" as another host.
 * Control characters could end a header. */
static slice checked_next(slice next)
{
    const slice home = SLICE("/");
    if (next.len == 0 || next.len > URL_MAX_BYTES || next.ptr[0] != '/' ||
        (next.len > 1 && (next.ptr[1] == '/' || next.ptr[1] == '\\')))
        return home;
    for (size_t i = 0; i < next.len; i++)
        if (next.ptr[i] <= ' ' || next.ptr[i] >= 0x7f || next.ptr[i] == '\\')
            return home;
    return next;
}

void sign_in_form(struct buf *out, const struct request *rq, slice name, slice next)
{
    slice prefix = page_prefix(rq);
    buf_printf(out, "<form class=\"sign-in\" method=\"post\" action=\"%.*s/login/\">", SLICE_ARG(prefix));
    buf_puts(out, "<input type=\"hidden\" name=\"next\"");
    html_attribute(out, "value", checked_next(next));
    buf_puts(
        out,
        "><label><span>User name</span><input type=\"text\" name=\"username\" required maxlength=\"100\" "
        "autocomplete=\"username\" spellcheck=\"false\" autocapitalize=\"none\"");
    html_attribute(out, "value", name);
    /* The cursor is where the next thing is typed. */
    buf_printf(out,
               "%s></label><label><span>Password</span><input type=\"password\" name=\"password\" required "
               "maxlength=\"1024\" autocomplete=\"current-password\"%s></label>",
               name.len ? "" : " autofocus", name.len ? " autofocus" : "");
    buf_puts(out, "<p class=\"buttons\"><button>Sign in</button></p>"
                  "<p class=\"hint\">Create users, and set a new password for one, with <code>gitomatic user "
                  "add NAME</code>.</p></form>");
}

void sign_in_page(struct request *rq, struct response *rs, int status, slice name, slice next, slice why)
{
    struct buf *out = &rs->body;
    buf_reset(out);
    rs->status = status;
    page_headers(rs, page_policy(rq, false));
    response_header(rs, "Cache-Control", "no-store");
    page_begin(out, rq, SLICE("Sign in"), "style.css");
    buf_puts(out, "</head><body>");
    page_navigation(out, rq);
    buf_puts(out, "<main class=\"narrow\"><h1>Sign in</h1><p class=\"about\">This server shows its part of "
                  "GitHub to its users.</p>");
    if (why.len)
        html_between(out, "<p class=\"alert\" role=\"alert\">", why, "</p>");
    sign_in_form(out, rq, name, next);
    buf_puts(out, "</main>");
    page_end(out, rq);
}

static void lead_to(struct request *rq, struct response *rs, slice next)
{
    slice prefix = page_prefix(rq);
    reply_see_other(rs, arena_printf(rq->arena, "%.*s%.*s", SLICE_ARG(prefix), SLICE_ARG(next)));
}

bool handle_sign_in(struct request *rq, struct response *rs, struct err *err)
{
    slice next = checked_next(params_get(&rq->params, "next"));
    (void)err;
    if (page_may_read(rq))
        lead_to(rq, rs, next);
    else
        sign_in_page(rq, rs, 200, SLICE(""), next, (slice){NULL, 0});
    return true;
}

/* Path: all our addresses and no others, so that a proxy's other services never see the cookie. */
static void put_cookie(struct request *rq, struct response *rs, const char *token, int64_t seconds)
{
    slice prefix = page_prefix(rq);
    bool secure = strcmp(rq->scheme, "https") == 0 || slice_starts(slice_of(rq->base), SLICE("https:"));
    response_header(rs, "Set-Cookie",
                    arena_printf(rq->arena, "%s=%s; Path=%.*s/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
                                 cookie_name(rq), token, SLICE_ARG(prefix), (long long)seconds,
                                 secure ? "; Secure" : ""));
    response_header(rs, "Cache-Control", "no-store");
}

static void refuse(struct request *rq, struct response *rs, int status, slice name, slice next,
                   const char *why)
{
    if (rq->page) {
        sign_in_page(rq, rs, status, name, next, slice_of(why));
        if (status == 401)
            response_header(rs, "WWW-Authenticate", "Bearer realm=\"gitomatic\"");
        return;
    }
    if (status == 401)
        response_header(rs, "WWW-Authenticate", "Basic realm=\"gitomatic\"");
    reply_detail(rq, rs, status, why);
}

/* As in a Basic header, so that there is one way of checking them. */
static char *as_header(struct arena *a, slice name, slice password)
{
    size_t n = name.len + 1 + password.len;
    char *both = arena_alloc(a, n); /* byte for byte: a password may contain a NUL */
    memcpy(both, name.ptr, name.len);
    both[name.len] = ':';
    memcpy(both + name.len + 1, password.ptr, password.len);
    size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_ORIGINAL);
    char *header = arena_alloc(a, sizeof "Basic " + size);
    memcpy(header, "Basic ", 6);
    sodium_bin2base64(header + 6, size, (const unsigned char *)both, n, sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(both, n);
    return header;
}

static bool sign_in(struct request *rq, struct response *rs, slice name, slice password, slice next,
                    struct err *err)
{
    const char *token = NULL;
    int retry_s = 0;
    struct auth_request asked = {.header = slice_of(as_header(rq->arena, name, password)),
                                 .client = rq->client};
    request_end_db(rq);
    switch (auth_sign_in(rq->api->auth, &asked, rq->arena, &token, &retry_s, err)) {
    case AUTH_OK:
        put_cookie(rq, rs, token, SESSION_SECONDS);
        lead_to(rq, rs, next);
        return true;
    case AUTH_TOO_OFTEN:
        response_header(rs, "Retry-After", arena_printf(rq->arena, "%d", retry_s));
        refuse(rq, rs, 429, name, next,
               arena_printf(rq->arena, "Too many failed logins. Try again in %d seconds.", retry_s));
        return true;
    case AUTH_BUSY:
        response_header(rs, "Retry-After", "1");
        refuse(rq, rs, 503, name, next, "Too many passwords are being checked. Try again.");
        return true;
    case AUTH_ERROR:
        return false;
    default:
        refuse(rq, rs, 401, name, next, "Wrong user name or password.");
        return true;
    }
}

bool handle_sign_in_post(struct request *rq, struct response *rs, struct err *err)
{
    static const char *const fields[] = {"username", "!password", "next", NULL};
    struct param_list form, unknown;
    if (!query_read_form(rq, rs, fields, &form, &unknown) || !query_check_body(rq, rs, &unknown))
        return true;
    slice name = params_get(&form, "username"), password = params_get(&form, "password");
    slice next = checked_next(params_get(&form, "next"));
    if (!rq->api->auth)
        lead_to(rq, rs, next);
    else if (!user_name_ok(name) || password.len == 0 || password.len > USER_PASSWORD_MAX)
        refuse(rq, rs, 401, name, next, "Wrong user name or password.");
    else
        return sign_in(rq, rs, name, password, next, err);
    return true;
}

/* A link must not sign users out, so there is a button. */
bool handle_sign_out(struct request *rq, struct response *rs, struct err *err)
{
    struct buf *out = &rs->body;
    slice prefix = page_prefix(rq);
    (void)err;
    if (!rq->session.ptr) {
        lead_to(rq, rs, SLICE("/"));
        return true;
    }
    buf_reset(out);
    rs->status = 200;
    page_headers(rs, page_policy(rq, false));
    page_begin(out, rq, SLICE("Sign out"), "style.css");
    buf_puts(out, "</head><body>");
    page_navigation(out, rq);
    buf_printf(out,
               "<main class=\"narrow\"><h1>Sign out</h1><form class=\"sign-in\" method=\"post\" "
               "action=\"%.*s/logout/\">"
               "<p>This ends your session in this browser.</p><p class=\"buttons\"><button>Sign "
               "out</button></p></form></main>",
               SLICE_ARG(prefix));
    page_end(out, rq);
    return true;
}

bool handle_sign_out_post(struct request *rq, struct response *rs, struct err *err)
{
    slice session = sign_in_session(rq);
    if (rq->api->auth && session.ptr && !auth_sign_out(rq->api->auth, session, rq->db, err))
        return false;
    put_cookie(rq, rs, "", 0);
    lead_to(rq, rs, SLICE("/"));
    return true;
}

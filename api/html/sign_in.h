/* sign_in: the sign-in form, and the session's cookie. */
#pragma once
#include "api/html/frame.h"

/* The session's token in the Cookie header; ptr NULL: none. The cookie's name contains the port of PUBLIC_URL, else of the address that
 * the browser uses, unless it is the scheme's own: "gitomatic_session_8000". Browsers send cookies to every port of a host (RFC 6265, 8.5), so servers on
 * two ports would overwrite each other's. */
slice sign_in_session(const struct request *rq);
/* Whether a refusal (401) shows the form: a browser navigates to a page, without credentials. */
bool sign_in_is_shown(const struct request *rq);
/* next: where to go afterwards, "/…" below the prefix. */
void sign_in_form(struct buf *out, const struct request *rq, slice name, slice next);
/* The page with the form. why: the reason of a refusal; ptr NULL: none. */
void sign_in_page(struct request *rq, struct response *rs, int status, slice name, slice next, slice why);
/* The present address, to return to. */
slice sign_in_here(const struct request *rq);

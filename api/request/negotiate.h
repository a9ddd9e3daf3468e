/* negotiate: which form an answer takes (RFC 9110, 12): JSON, compact or indented, or a page for people. Pure.
 * JSON wherever Accept does not clearly prefer text/html, as browsers do; ?format= decides over it. */
#pragma once
#include "api/request/params.h"

enum negotiated {
    NEGOTIATED_JSON,
    NEGOTIATED_PAGE,
    NEGOTIATED_NOT_ACCEPTABLE, /* 406: Accept leaves nothing we have */
    NEGOTIATED_NO_SUCH_FORMAT, /* 404: ?format= names something else */
};

/* What else than JSON and pages an answer may be. Events have no end, so only Accept asks for them. */
enum reply_form { FORM_JSON, FORM_CSV, FORM_NDJSON, FORM_GEXF, FORM_GRAPHML, FORM_EVENTS, N_FORMS };
/* As ?format= names it, and its media type. */
const char *form_name(enum reply_form form);
const char *form_type(enum reply_form form);
/* The form of `offered` (a bit each, 1 << FORM_CSV, …) that ?format= names, or that Accept prefers to both JSON and a page;
 * FORM_JSON: none of them, see negotiate(). *acceptable_out: false where Accept refuses the one that ?format= names. */
enum reply_form negotiate_form(slice accept, const struct param_list *params, unsigned offered,
                               bool *acceptable_out);

/* accept.ptr NULL: anything goes. *indent_out: 0 is compact, else 1 to 8. *page_out: whether a refusal, too, is best a
 * page. */
enum negotiated negotiate(slice accept, const struct param_list *params, int *indent_out, bool *page_out);

/* negotiate: the format of an answer (RFC 9110, 12): JSON, compact or indented, or an HTML page. Pure. JSON unless Accept
 * clearly prefers text/html, as browsers do; ?format= overrides it. */
#pragma once
#include "api/request/params.h"

enum negotiated {
    NEGOTIATED_JSON,
    NEGOTIATED_PAGE,
    NEGOTIATED_NOT_ACCEPTABLE, /* 406: Accept allows none of our formats */
    NEGOTIATED_NO_SUCH_FORMAT, /* 404: ?format= names something else */
};

/* Formats other than JSON and pages. Events have no end, so only Accept selects them. */
enum reply_form { FORM_JSON, FORM_CSV, FORM_NDJSON, FORM_GEXF, FORM_GRAPHML, FORM_EVENTS, N_FORMS };
/* Its name in ?format=, and its media type. */
const char *form_name(enum reply_form form);
const char *form_type(enum reply_form form);
/* The format among `offered` (a bit each, 1 << FORM_CSV, …) that ?format= names, or that Accept prefers to both JSON and a
 * page; FORM_JSON: none of them, see negotiate(). *acceptable_out: false if Accept refuses the one that ?format= names. */
enum reply_form negotiate_form(slice accept, const struct param_list *params, unsigned offered,
                               bool *acceptable_out);

/* accept.ptr NULL: any format. *indent_out: 0 is compact, else 1 to 8. *page_out: whether a refusal should be a page, too.
 * */
enum negotiated negotiate(slice accept, const struct param_list *params, int *indent_out, bool *page_out);

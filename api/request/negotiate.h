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

/* accept.ptr NULL: anything goes. *indent_out: 0 is compact, else 1 to 8. *page_out: whether a refusal, too, is best a
 * page. */
enum negotiated negotiate(slice accept, const struct param_list *params, int *indent_out, bool *page_out);

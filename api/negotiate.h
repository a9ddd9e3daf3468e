/* negotiate: which form an answer takes. JSON is all there is so far, compact or indented. Pure. */
#pragma once
#include "api/params.h"

enum negotiated {
    NEGOTIATED,
    NEGOTIATED_NOT_ACCEPTABLE, /* 406: Accept leaves nothing we have */
    NEGOTIATED_NO_SUCH_FORMAT, /* 404: ?format= names something else */
};

/* accept.ptr NULL: anything goes. *indent_out: 0 is compact, else 1 to 8. */
enum negotiated negotiate(slice accept, const struct param_list *params, int *indent_out);

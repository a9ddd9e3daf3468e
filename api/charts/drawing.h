/* drawing: what the pictures share: ?width=, height=, theme=, who may see one, and how long it is kept. */
#pragma once
#include "api/charts/chart_svg.h"
#include "api/request/param_errors.h"

void drawing_read(const struct request *rq, struct chart *out, struct param_errors *errors);
/* 200 with the picture. For a reader without credentials anybody may keep it for an hour; else the reader alone for five minutes. */
void drawing_reply(const struct request *rq, struct response *rs, const struct chart *chart);

/* drawing: common parts of pictures: ?width=, height=, theme=, access and caching. */
#pragma once
#include "api/charts/chart_svg.h"
#include "api/request/param_errors.h"

void drawing_read(const struct request *rq, struct chart *out, struct param_errors *errors);
/* 200 with the picture. Without credentials any cache may store it for an hour; with credentials only the client, for five
 * minutes. */
void drawing_reply(const struct request *rq, struct response *rs, const struct chart *chart);

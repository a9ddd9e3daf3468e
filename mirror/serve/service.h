/* service: the mirror's own paths: /healthz, /readyz, /metrics, /_webhook; and a browser's
 * preflight at any address. */
#pragma once
#include "mirror/request/exchange.h"

/* NULL: the target is GitHub's. */
struct page *service_answer(struct exchange *ex);

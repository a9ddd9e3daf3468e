/* webhook: what GitHub tells of changes (POST /_webhook), signed with GITHUB_WEBHOOK_SECRET. Pure. */
#pragma once
#include "mirror/flight/invalidate.h"

/* X-Hub-Signature-256: HMAC-SHA-256 of the body, compared in constant time. */
bool webhook_is_signed(const char *secret, slice body, const char *signature);
/* What the event touches: everything it names (names.h), also by a former name. False: not JSON, or not an object. */
bool webhook_globs(slice body, const char *upstream, struct globs *out);

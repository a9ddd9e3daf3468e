/* webhook: GitHub's webhooks (POST /_webhook), signed with GITHUB_WEBHOOK_SECRET. Pure. */
#pragma once
#include "mirror/flight/invalidate.h"

/* X-Hub-Signature-256: HMAC-SHA-256 of the body, compared in constant time. */
bool webhook_is_signed(const char *secret, slice body, const char *signature);
/* The pages that an event affects: everything it names (names.h), also by former names. False: not JSON, or not an object. */
bool webhook_globs(slice body, const char *upstream, struct globs *out);

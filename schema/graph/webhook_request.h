/* webhook_request: what a webhook is asked to send, from a command's flags or a request's body. */
#pragma once
#include "schema/graph/webhooks.h"

#define WEBHOOK_MAX_FILTERS  32
#define WEBHOOK_SECRET_CHARS 40 /* of one that is made */
#define WEBHOOK_SECRET_MIN   16
#define WEBHOOK_SECRET_MAX   255

/* Whether a client's secret has WEBHOOK_SECRET_MIN to WEBHOOK_SECRET_MAX characters of UTF-8, none of them a control character. */
bool webhook_secret_fits(slice secret);

struct webhook_request {
    slice types[CHANGES_MAX_TYPES];
    int64_t developers[WEBHOOK_MAX_FILTERS], repositories[WEBHOOK_MAX_FILTERS];
    size_t n_types, n_developers, n_repositories;
};
/* Names of types, separated by commas; empty: all. ERR_BAD_PARAM: one is not a type. */
MUST_CHECK bool webhook_request_types(struct webhook_request *rq, slice text, struct err *err);
/* developer=LOGIN or repository=OWNER/NAME. ERR_BAD_PARAM: it is neither, or one too many; ERR_NOT_FOUND: no stored record has that name. */
MUST_CHECK bool webhook_request_filter(struct webhook_request *rq, struct db *db, struct arena *a, slice text,
                                       struct err *err);
/* Borrows them all. */
struct webhook_new webhook_requested(const struct webhook_request *rq, const char *url, const char *secret);

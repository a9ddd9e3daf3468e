/* target: the target of a request line. Pure. */
#pragma once
#include "core/base/attr.h"
#include <stdint.h>

/* A request's path and query below the API: the raw target without "/api/v3". *graphql_out for /graphql and /api/graphql.
 * False if it is not a path of GitHub's: not absolute, or with a dot segment in any spelling (gh_url_has_dots). */
bool target_path(const char *target, const char **path_out, bool *enterprise_out, bool *graphql_out);
/* Query parameters that hold a secret: such a request is neither stored nor logged. */
bool target_has_secret(const char *target);
/* How many items a list may have on a full page, by ?per_page= (docs.github.com, "Using pagination in the REST API" and "List notifications
 * for the authenticated user"): of several values the smallest, since servers differ in which they take. */
int64_t target_page_size(const char *path);

/* window: the window of GitHub's quota that an answer's rate headers name (docs.github.com, "Rate limits for the REST API": a window lasts
 * an hour). Pure functions, except for this computer's clock where an answer has no Date. No errors. */
#pragma once
#include "core/model/quota.h"
#include "github/fetch.h"
#include "github/resource.h"

/* Whether the headers name a window of the resource: if so, how long it lasts from the answer on. */
bool gh_names_window(const struct gh_headers *headers, enum gh_resource resource, int64_t *reset_in_ms_out);
/* Into the report, unless that has a newer answer. The headers name a window. asked_ms: when the request was sent (monotonic). */
void gh_window_observe(struct quota_report *report, const struct gh_headers *headers, int64_t asked_ms);

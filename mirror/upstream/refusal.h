/* refusal: the answer to a request that is not sent because a limit is in force. It equals GitHub's answer, so that clients
 * recognise their rate-limit error: PyGithub 1.55 reads the message, go-github before 2026 the status
 * 403 with X-RateLimit-Remaining: 0 or the fragment of documentation_url, octokit the message and Retry-After or
 * X-RateLimit-Reset. Source: docs.github.com, "Rate limits for the REST API" and "Rate limits and query limits for the
 * GraphQL API". Pure. */
#pragma once
#include "mirror/cache/page.h"
#include "mirror/upstream/rate_view.h"

/* Primary: 403, the X-RateLimit fields with 0 left, no Retry-After; of GraphQL 200 with an error of type RATE_LIMITED.
 * Secondary: 403, Retry-After, no X-RateLimit field (as recorded in 2018 and 2026). bucket: used if GitHub has not named it. */
struct page *refusal_page(const struct closure *closure, const char *bucket, bool anonymous);

/* GitHub's own answer with a limit of a lent credential, for a client that was lent it: the same status and fields, but another text, since
 * GitHub's names the owner of the credential, or the address of this machine ("API rate limit exceeded for user ID 1."). Of status 200 it
 * is an answer of GraphQL, whose error has the type RATE_LIMITED if the limit is primary. */
struct page *refusal_without_names(const struct page *answer, bool secondary, bool anonymous);

/* hydrate: up to 100 stubs as one GraphQL query, and its answer in REST's shape. Pure.
 * docs.github.com "Rate limits and query limits for the GraphQL API"; databaseId is a 32-bit Int there, so ids come from the
 * stubs and databaseId is only a check. Fields without a counterpart (has_pages, an organisation's followers) are omitted
 * from the item, and so keep the values from lists; `_weak` holds values that must not replace known ones. */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/model/stub.h"
#include "github/graphql_error.h"

#define GH_HYDRATE_MAX 100

/* The body to POST, for developers, repositories or both. `email` only when the token's scopes have user:email or
 * read:user. lacking: fields that this server lacks, omitted; NULL: none. */
void gh_hydrate_query(const struct stub *stubs, size_t n, bool email, const struct gh_fields *lacking,
                      struct buf *body_out);
/* Whether x-oauth-scopes allows email in a query. */
bool gh_scopes_allow_email(slice scopes);

enum gh_hydrate_result {
    GH_HYDRATED,             /* each stub's state is set, each buffer is a JSON array of the found ones */
    GH_HYDRATE_SMALLER,      /* too much for one query: halve the batch */
    GH_HYDRATE_SLOW,         /* took too long: halve the batch, and wait if that does not help */
    GH_HYDRATE_NO_EMAIL,     /* INSUFFICIENT_SCOPES: repeat without email */
    GH_HYDRATE_LACKS_FIELDS, /* *lacking_out names them: repeat without them */
    GH_HYDRATE_REFUSED,      /* GraphQL refuses this credential, or is not GitHub's: use REST */
    GH_HYDRATE_FAILED,       /* GitHub has problems, or the body is invalid: retry in minutes */
};
/* Reads an answer of status 200 that is not a limit according to gh_classify. */
enum gh_hydrate_result gh_hydrate_read(slice body, struct stub *stubs, size_t n, struct buf *developers_out,
                                       struct buf *repositories_out, int64_t *cost_out,
                                       struct gh_fields *lacking_out);

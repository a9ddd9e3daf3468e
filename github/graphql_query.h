/* graphql_query: removes fields and types that a server lacks from one of this program's queries. Pure. */
#pragma once
#include "core/base/buf.h"
#include "github/graphql_error.h"

/* Copies the query. A field is removed with its alias, arguments and selection, and an empty selection with its field. A
 * type is removed with its fragments and all their spreads.
 * query: GraphQL as in github/hydrate_*.graphql (no comments, strings or directives). A field without a type is removed
 * wherever its name occurs. */
void gh_graphql_without(slice query, const struct gh_fields *lacking, struct buf *out);

/* graphql_query: one of our own queries, without fields and types a server does not have. Pure. */
#pragma once
#include "core/base/buf.h"
#include "github/graphql_error.h"

/* Copies the query. A field goes with its alias, arguments and selection; a selection that is left empty goes with its field.
 * A type goes with its fragments, wherever they are spread.
 * query: GraphQL as github/hydrate_*.graphql has it (no comments, no strings, no directives). A field whose type is not given
 * goes wherever its name stands. */
void gh_graphql_without(slice query, const struct gh_fields *lacking, struct buf *out);

/* graphql_readonly: whether a GraphQL request only reads. Pure, and cautious: anything that is not certainly a query counts
 * as a mutation. */
#pragma once
#include "core/base/slice.h"

/* document: the text of "query". True when every definition in it is a query, a shorthand query or a fragment, and there is
 * at least one query (GraphQL specification of October 2021, sections 2.2 to 2.4). Strings, block strings and comments
 * are skipped; brackets must balance. */
bool graphql_is_readonly(slice document);

/* snapshot graph: the neighbourhood of a developer, for programs that draw graphs. Follows are used in both directions,
 * stars from developer to repository and back. */
#pragma once
#include "schema/db/db.h"

struct graph_request {
    const char *login;
    int depth; /* edges from the seed to the farthest node; 0: only the seed */
    bool follows, stars;
};

/* Opens a REPEATABLE READ transaction, which the caller ends with db_rollback, and finds the nodes. ERR_USAGE: unknown login. */
MUST_CHECK bool graph_begin(struct db *db, const struct graph_request *request, struct err *err);
/* Statements for db_copy_out, in COPY's text format, in a fixed order.
 * Nodes: id (d and the GitHub id of a developer, r of a repository), kind, name, depth, followers or stargazers (\N: not known). */
const char *graph_nodes_copy(void);
/* Edges among the nodes, also those between two of the same depth: source, target, kind (follows, stars). In the arena. */
const char *graph_edges_copy(const struct graph_request *request, struct arena *a);

/* graph: the neighbourhood of a developer as GEXF 1.3 (Gephi) or GraphML (igraph, networkx, yEd), streamed. Directed:
 * follows from follower to followed, stars from developer to repository. */
#pragma once
#include "core/base/err.h"
#include "schema/snapshot/graph.h"

enum graph_form { GRAPH_GEXF, GRAPH_GRAPHML };

/* By the end of the file's name: .gexf or .graphml. */
bool graph_form_of(const char *path, enum graph_form *out);
/* The file must not exist yet; an incomplete one is removed. stopped: true ends it with ERR_STOPPING; or NULL.
 * is_demo: the file says that the records are made up. */
MUST_CHECK bool graph_export(struct db *db, const char *path, enum graph_form form,
                             const struct graph_request *request, bool is_demo, bool (*stopped)(void),
                             int64_t *n_nodes_out, int64_t *n_edges_out, struct err *err);

/* network: the developers and repositories one or two steps around a developer, and all edges among them. The only caller of
 * network.sql.
 *
 * Each step adds the records connected by an edge in either direction: of one record at most NETWORK_EDGES_EACH edges of a
 * kind and direction, the newest; records with the most edges to those already included come first. */
#pragma once
#include "core/uuid/uuid.h"
#include "schema/browse/browse.h"

#define NETWORK_MAX_DEPTH  2
#define NETWORK_MAX_LIMIT  2000
#define NETWORK_MAX_EDGES  50000
#define NETWORK_EDGES_EACH 2000 /* read per record; a tenth of it from the second step on */

struct network_node {
    enum record_kind kind;
    int64_t github_id;
    slice name; /* login or full name */
    int depth;
    struct maybe followers_count; /* of developers */
};
struct network_edge {
    int64_t source, target; /* a developer; a developer or repository */
    bool star;
};
struct network_query {
    int64_t github_id;
    int depth;
    int64_t limit; /* nodes, including the developer */
    bool follows, stars;
};
struct network {
    bool found;
    struct network_node *nodes; /* by depth; the developer first */
    size_t n_nodes;
    struct network_edge *edges;
    size_t n_edges;
    bool
        complete; /* false: there are more nodes than limit, more edges than NETWORK_MAX_EDGES, or a record has more edges than were read */
};
MUST_CHECK bool network_read(struct db *db, struct arena *a, const struct network_query *query,
                             struct network *out, struct err *err);

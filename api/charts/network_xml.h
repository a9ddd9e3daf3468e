/* network_xml: a network as GEXF 1.3 (Gephi) and as GraphML (igraph, networkx, yEd). Pure. */
#pragma once
#include "api/request/request.h"
#include "schema/browse/network.h"

void network_gexf(struct response *rs, const char *base, const struct network *network);
void network_graphml(struct response *rs, const char *base, const struct network *network);

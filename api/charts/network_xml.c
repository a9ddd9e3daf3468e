#include "api/charts/network_xml.h"
#include "api/charts/xml.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static const char *kind_name(enum record_kind kind)
{
    return kind == RECORD_DEVELOPER ? "developer" : "repository";
}

static void put_id(struct buf *out, enum record_kind kind, int64_t github_id)
{
    char id[UUID_TEXT_SIZE];
    buf_puts(out, record_id_format(kind, github_id, id));
}

static void put_url(struct buf *out, const char *base, const struct network_node *node)
{
    xml_text(out, slice_of(base), 0);
    buf_printf(out, "/github/%s/", node->kind == RECORD_DEVELOPER ? "developers" : "repositories");
    put_id(out, node->kind, node->github_id);
    buf_putc(out, '/');
}

static void put_ends(struct buf *out, const struct network_edge *edge)
{
    buf_puts(out, " source=\"");
    put_id(out, RECORD_DEVELOPER, edge->source);
    buf_puts(out, "\" target=\"");
    put_id(out, edge->star ? RECORD_REPOSITORY : RECORD_DEVELOPER, edge->target);
    buf_putc(out, '"');
}

void network_gexf(struct response *rs, const char *base, const struct network *network)
{
    struct buf *out = &rs->body;
    reply_text(rs, "application/gexf+xml; charset=utf-8");
    buf_printf(out,
               DECLARATION "<gexf xmlns=\"http://gexf.net/1.3\" version=\"1.3\"><meta><creator>gitomatic</creator><description>%s"
                           "</description></meta><graph defaultedgetype=\"directed\"><attributes class=\"node\">"
                           "<attribute id=\"kind\" title=\"kind\" type=\"string\"/><attribute id=\"depth\" title=\"depth\" type=\"integer\"/>"
                           "<attribute id=\"followers_count\" title=\"followers_count\" type=\"long\"/>"
                           "<attribute id=\"url\" title=\"url\" type=\"anyURI\"/></attributes><attributes class=\"edge\">"
                           "<attribute id=\"kind\" title=\"kind\" type=\"string\"/></attributes><nodes>\n",
               network->complete ? "complete" : "cut: there is more");
    for (size_t i = 0; i < network->n_nodes; i++) {
        const struct network_node *node = &network->nodes[i];
        buf_puts(out, "<node id=\"");
        put_id(out, node->kind, node->github_id);
        buf_puts(out, "\" label=\"");
        xml_text(out, node->name, 0);
        buf_printf(out, "\"><attvalues><attvalue for=\"kind\" value=\"%s\"/><attvalue for=\"depth\" value=\"%d\"/>",
                   kind_name(node->kind), node->depth);
        if (node->followers_count.known)
            buf_printf(out, "<attvalue for=\"followers_count\" value=\"%lld\"/>", (long long)node->followers_count.value);
        buf_puts(out, "<attvalue for=\"url\" value=\"");
        put_url(out, base, node);
        buf_puts(out, "\"/></attvalues></node>\n");
    }
    buf_puts(out, "</nodes><edges>\n");
    for (size_t i = 0; i < network->n_edges; i++) {
        buf_printf(out, "<edge id=\"%zu\"", i);
        put_ends(out, &network->edges[i]);
        buf_printf(out, "><attvalues><attvalue for=\"kind\" value=\"%s\"/></attvalues></edge>\n",
                   network->edges[i].star ? "star" : "follow");
    }
    buf_puts(out, "</edges></graph></gexf>\n");
}

void network_graphml(struct response *rs, const char *base, const struct network *network)
{
    struct buf *out = &rs->body;
    reply_text(rs, "application/graphml+xml; charset=utf-8");
    buf_printf(out,
               DECLARATION "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
                           "<key id=\"complete\" for=\"graph\" attr.name=\"complete\" attr.type=\"boolean\"/>"
                           "<key id=\"kind\" for=\"node\" attr.name=\"kind\" attr.type=\"string\"/>"
                           "<key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>"
                           "<key id=\"depth\" for=\"node\" attr.name=\"depth\" attr.type=\"int\"/>"
                           "<key id=\"followers_count\" for=\"node\" attr.name=\"followers_count\" attr.type=\"long\"/>"
                           "<key id=\"url\" for=\"node\" attr.name=\"url\" attr.type=\"string\"/>"
                           "<key id=\"edge_kind\" for=\"edge\" attr.name=\"kind\" attr.type=\"string\"/>"
                           "<graph edgedefault=\"directed\"><data key=\"complete\">%s</data>\n",
               network->complete ? "true" : "false");
    for (size_t i = 0; i < network->n_nodes; i++) {
        const struct network_node *node = &network->nodes[i];
        buf_puts(out, "<node id=\"");
        put_id(out, node->kind, node->github_id);
        buf_printf(out, "\"><data key=\"kind\">%s</data><data key=\"name\">", kind_name(node->kind));
        xml_text(out, node->name, 0);
        buf_printf(out, "</data><data key=\"depth\">%d</data>", node->depth);
        if (node->followers_count.known)
            buf_printf(out, "<data key=\"followers_count\">%lld</data>", (long long)node->followers_count.value);
        buf_puts(out, "<data key=\"url\">");
        put_url(out, base, node);
        buf_puts(out, "</data></node>\n");
    }
    for (size_t i = 0; i < network->n_edges; i++) {
        buf_printf(out, "<edge id=\"e%zu\"", i);
        put_ends(out, &network->edges[i]);
        buf_printf(out, "><data key=\"edge_kind\">%s</data></edge>\n", network->edges[i].star ? "star" : "follow");
    }
    buf_puts(out, "</graph></graphml>\n");
}

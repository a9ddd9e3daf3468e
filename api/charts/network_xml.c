#include "api/charts/network_xml.h"
#include "api/charts/xml.h"
#include "api/spec/words.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static const char *kind_name(enum record_kind kind)
{
    return words_item(WORDS_NODE_KIND, kind == RECORD_REPOSITORY);
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

/* What differs between the two formats. A value is open NAME between TEXT close. */
struct xml_format {
    const char *type, *head, *complete, *cut, *edges, *end;
    const char *open, *between, *close;
    const char *values_begin, *values_end; /* around the values of a node or an edge */
    const char *edge_id, *edge_kind;
    bool has_label; /* a node's name is an attribute, not a value */
};

static const struct xml_format gexf = {
    .type = "application/gexf+xml; charset=utf-8",
    .head = DECLARATION
    "<gexf xmlns=\"http://gexf.net/1.3\" version=\"1.3\"><meta><creator>gitomatic</creator><description>%s"
    "</description></meta><graph defaultedgetype=\"directed\"><attributes class=\"node\">"
    "<attribute id=\"kind\" title=\"kind\" type=\"string\"/><attribute id=\"depth\" title=\"depth\" "
    "type=\"integer\"/>"
    "<attribute id=\"followers_count\" title=\"followers_count\" type=\"long\"/>"
    "<attribute id=\"url\" title=\"url\" type=\"anyURI\"/></attributes><attributes class=\"edge\">"
    "<attribute id=\"kind\" title=\"kind\" type=\"string\"/></attributes><nodes>\n",
    .complete = "complete",
    .cut = "cut: not complete",
    .edges = "</nodes><edges>\n",
    .end = "</edges></graph></gexf>\n",
    .open = "<attvalue for=\"",
    .between = "\" value=\"",
    .close = "\"/>",
    .values_begin = "<attvalues>",
    .values_end = "</attvalues>",
    .edge_id = "",
    .edge_kind = "kind",
    .has_label = true,
};

static const struct xml_format graphml = {
    .type = "application/graphml+xml; charset=utf-8",
    .head = DECLARATION
    "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
    "<key id=\"complete\" for=\"graph\" attr.name=\"complete\" attr.type=\"boolean\"/>"
    "<key id=\"kind\" for=\"node\" attr.name=\"kind\" attr.type=\"string\"/>"
    "<key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>"
    "<key id=\"depth\" for=\"node\" attr.name=\"depth\" attr.type=\"int\"/>"
    "<key id=\"followers_count\" for=\"node\" attr.name=\"followers_count\" attr.type=\"long\"/>"
    "<key id=\"url\" for=\"node\" attr.name=\"url\" attr.type=\"string\"/>"
    "<key id=\"edge_kind\" for=\"edge\" attr.name=\"kind\" attr.type=\"string\"/>"
    "<graph edgedefault=\"directed\"><data key=\"complete\">%s</data>\n",
    .complete = "true",
    .cut = "false",
    .edges = "",
    .end = "</graph></graphml>\n",
    .open = "<data key=\"",
    .between = "\">",
    .close = "</data>",
    .values_begin = "",
    .values_end = "",
    .edge_id = "e",
    .edge_kind = "edge_kind",
};

static void put_value(struct buf *out, const struct xml_format *format, const char *name, slice text)
{
    buf_printf(out, "%s%s%s", format->open, name, format->between);
    xml_text(out, text, 0);
    buf_puts(out, format->close);
}

static void put_number(struct buf *out, const struct xml_format *format, const char *name, int64_t n)
{
    buf_printf(out, "%s%s%s%lld%s", format->open, name, format->between, (long long)n, format->close);
}

static void put_node(struct buf *out, const struct xml_format *format, const char *base,
                     const struct network_node *node)
{
    buf_puts(out, "<node id=\"");
    put_id(out, node->kind, node->github_id);
    if (format->has_label) {
        buf_puts(out, "\" label=\"");
        xml_text(out, node->name, 0);
    }
    buf_printf(out, "\">%s", format->values_begin);
    put_value(out, format, "kind", slice_of(kind_name(node->kind)));
    if (!format->has_label)
        put_value(out, format, "name", node->name);
    put_number(out, format, "depth", node->depth);
    if (node->followers_count.known)
        put_number(out, format, "followers_count", node->followers_count.value);
    buf_printf(out, "%surl%s", format->open, format->between);
    put_url(out, base, node);
    buf_printf(out, "%s%s</node>\n", format->close, format->values_end);
}

static void put_network(struct response *rs, const struct xml_format *format, const char *base,
                        const struct network *network)
{
    struct buf *out = &rs->body;
    reply_text(rs, format->type);
    buf_printf(out, format->head, network->complete ? format->complete : format->cut);
    for (size_t i = 0; i < network->n_nodes; i++)
        put_node(out, format, base, &network->nodes[i]);
    buf_puts(out, format->edges);
    for (size_t i = 0; i < network->n_edges; i++) {
        buf_printf(out, "<edge id=\"%s%zu\"", format->edge_id, i);
        put_ends(out, &network->edges[i]);
        buf_printf(out, ">%s", format->values_begin);
        put_value(out, format, format->edge_kind,
                  slice_of(words_item(WORDS_EDGE_KIND, network->edges[i].star)));
        buf_printf(out, "%s</edge>\n", format->values_end);
    }
    buf_puts(out, format->end);
}

void network_gexf(struct response *rs, const char *base, const struct network *network)
{
    put_network(rs, &gexf, base, network);
}

void network_graphml(struct response *rs, const char *base, const struct network *network)
{
    put_network(rs, &graphml, base, network);
}

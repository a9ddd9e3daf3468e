/* The network around a developer, and the quota over time: a drawing by script, and all of it as tables. */
#include "api/html/view.h"
#include "api/spec/routes.h"

/* "6769…" to its place in nodes: their ids are texts of one length. */
static const json_t *node_of(const json_t *nodes, slice id)
{
    for (size_t i = 0; i < json_array_size(nodes); i++)
        if (slice_eq(json_text(json_array_get(nodes, i), "id"), id))
            return json_array_get(nodes, i);
    return NULL;
}

static void put_node(struct buf *out, const json_t *node)
{
    buf_puts(out, "<a");
    html_attribute(out, "href", json_text(node, "url"));
    buf_puts(out, "><bdi>");
    html_text(out, json_text(node, "name"));
    buf_puts(out, "</bdi></a>");
}

static void put_nodes(struct buf *out, const json_t *nodes)
{
    buf_puts(out, "<h2>Developers and repositories</h2>");
    part_table(out, "Nodes", SLICE("Name|Kind|#Steps away|#Followers"));
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *node = json_array_get(nodes, i);
        buf_puts(out, "<tr><th scope=\"row\">");
        put_node(out, node);
        buf_puts(out, "</th><td>");
        html_text(out, json_text(node, "kind"));
        buf_puts(out, "</td>");
        part_count_cell(out, node, "depth");
        part_count_cell(out, node, "followers_count");
        buf_puts(out, "</tr>");
    }
    part_table_end(out);
}

static void put_edges(struct buf *out, const json_t *nodes, const json_t *edges)
{
    buf_puts(out, "<details><summary>Follows and stars</summary>");
    part_table(out, "Edges", SLICE("From|Edge|To"));
    for (size_t i = 0; i < json_array_size(edges) && i < 1000; i++) {
        const json_t *edge = json_array_get(edges, i);
        const json_t *from = node_of(nodes, json_text(edge, "source")),
                     *to = node_of(nodes, json_text(edge, "target"));
        buf_puts(out, "<tr><th scope=\"row\">");
        put_node(out, from);
        buf_puts(out, "</th><td>");
        html_text(out, json_text(edge, "kind"));
        buf_puts(out, "</td><td>");
        put_node(out, to);
        buf_puts(out, "</td></tr>");
    }
    part_table_end(out);
    if (json_array_size(edges) > 1000)
        buf_puts(out, "<p class=\"hint\">Only the first 1,000 are listed.</p>");
    buf_puts(out, "</details>");
}

void network_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root)
{
    static const char *const scripts[] = {"d3-dispatch.min.js", "d3-quadtree.min.js", "d3-timer.min.js",
                                          "d3-force.min.js",    "network.js",         NULL};
    const json_t *nodes = json_object_get(root, "nodes"), *edges = json_object_get(root, "edges");
    slice name = json_text(json_array_get(nodes, 0), "name");
    view_begin(out, rq, SLICE("Network"), scripts);
    page_breadcrumb(out, rq);
    buf_puts(out, "<h1><bdi>");
    html_text(out, name);
    buf_puts(out, "</bdi>: network</h1>");
    if (strstr(rq->route->path, "{id}"))
        tabs_put(out, rq, RECORD_DEVELOPER, rq->args[0]);
    page_notices(out, rs);
    if (!json_is_true(json_object_get(root, "complete")))
        buf_puts(out, "<p class=\"notice\">There is more than this: the network was cut. A higher limit "
                      "shows more.</p>");
    page_forms(out, rq, false);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\"><p class=\"about\">");
    part_number(out, (int64_t)json_array_size(nodes));
    buf_puts(out, " nodes, ");
    part_number(out, (int64_t)json_array_size(edges));
    buf_puts(out, " edges · <a href=\"");
    page_address(out, rq, "format", SLICE("gexf"));
    buf_puts(out, "\">GEXF</a> · <a href=\"");
    page_address(out, rq, "format", SLICE("graphml"));
    buf_puts(out, "\">GraphML</a> · <a href=\"");
    page_address(out, rq, "format", SLICE("json"));
    buf_puts(out, "\">JSON</a></p><div class=\"network\" data-url=\"");
    page_address(out, rq, "format", SLICE("json"));
    buf_puts(out, "\" data-label=\"Network: the same is in the tables below\"></div>");
    put_nodes(out, nodes);
    put_edges(out, nodes, edges);
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}

/* ---- quota over time ---- */

void samples_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root, slice title)
{
    const json_t *samples = json_object_get(root, "samples");
    size_t n = json_array_size(samples), shown = 0;
    (void)title;
    view_begin(out, rq, SLICE("Quota over time"), NULL);
    page_breadcrumb(out, rq);
    buf_puts(out, "<h1>Quota over time</h1>");
    page_notices(out, rs);
    page_forms(out, rq, false);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    if (n == 0)
        buf_puts(out, "<p class=\"empty\">No sample yet: one is kept every five minutes.</p>");
    else
        part_table(out, "Samples", SLICE("When|Credential|Resource|Left|#People|#Discovery|#Mirror"));
    for (size_t i = n; i-- > 0 && shown < 300; shown++) {
        const json_t *s = json_array_get(samples, i), *spent = json_object_get(s, "spent");
        int64_t left = 0, limit = 0;
        buf_puts(out, "<tr><td>");
        part_time(out, json_text(s, "at"), true);
        buf_puts(out, "</td><td>");
        html_text(out, json_text(s, "credential"));
        buf_puts(out, "</td><td>");
        html_text(out, json_text(s, "resource"));
        buf_puts(out, "</td><td>");
        if (json_whole(s, "rate_remaining", &left) && json_whole(s, "rate_limit", &limit))
            part_bar(out, left, limit);
        part_count(out, s, "rate_remaining");
        static const char *const by[] = {"people", "discovery", "mirror"};
        buf_puts(out, "</td>");
        for (size_t k = 0; k < ARRAY_LEN(by); k++)
            part_count_cell(out, spent, by[k]);
        buf_puts(out, "</tr>");
    }
    if (n)
        part_table_end(out);
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}

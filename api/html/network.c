/* The network around a developer: a drawing by script, and the same as tables. */
#include "api/html/view.h"
#include "api/spec/routes.h"

/* "6769…" to its index in nodes: their ids are texts of one length. */
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
    html_between(out, "><bdi>", json_text(node, "name"), "</bdi></a>");
}

static void put_nodes(struct buf *out, const json_t *nodes)
{
    buf_puts(out,
             "<h2>Nodes</h2><p class=\"hint\">Nearest first. At the same distance, developers come before "
             "repositories, and those with the most edges to nearer nodes come first.</p><div class=\"scroll "
             "tall\" tabindex=\"0\" role=\"group\" "
             "aria-label=\"Nodes\"><table><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Kind</th>"
             "<th scope=\"col\" class=\"number\">Steps away</th><th scope=\"col\" "
             "class=\"number\">Followers</th></tr></thead><tbody>");
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *node = json_array_get(nodes, i);
        buf_puts(out, "<tr><th scope=\"row\">");
        put_node(out, node);
        html_between(out, "</th><td>", json_text(node, "kind"), "</td>");
        part_count_cell(out, node, "depth");
        part_count_cell(out, node, "followers_count");
        buf_puts(out, "</tr>");
    }
    part_table_end(out);
}

static void put_edges(struct buf *out, const json_t *nodes, const json_t *edges)
{
    buf_puts(out, "<details><summary>Edges</summary><div class=\"scroll tall\" tabindex=\"0\" "
                  "role=\"group\" aria-label=\"Edges\"><table><thead><tr><th scope=\"col\">From</th>"
                  "<th scope=\"col\">Edge</th><th scope=\"col\">To</th></tr></thead><tbody>");
    for (size_t i = 0; i < json_array_size(edges) && i < 1000; i++) {
        const json_t *edge = json_array_get(edges, i);
        const json_t *from = node_of(nodes, json_text(edge, "source")),
                     *to = node_of(nodes, json_text(edge, "target"));
        buf_puts(out, "<tr><th scope=\"row\">");
        put_node(out, from);
        html_between(out, "</th><td>", json_text(edge, "kind"), "</td><td>");
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
    rq->subject = arena_copy(rq->arena, name);
    view_begin(out, rq, SLICE("Network"), scripts);
    page_breadcrumb(out, rq);
    part_heading(out, rq, RECORD_DEVELOPER, json_text(json_array_get(nodes, 0), "url"), "Network");
    page_notices(out, rs);
    if (!json_is_true(json_object_get(root, "complete")))
        buf_puts(out, "<p class=\"notice\">The network was cut and is not complete. A higher limit "
                      "shows more.</p>");
    page_forms(out, rq, false);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\"><p class=\"about\">");
    part_number(out, (int64_t)json_array_size(nodes));
    buf_puts(out, " nodes, ");
    part_number(out, (int64_t)json_array_size(edges));
    buf_puts(out, " edges · ");
    page_formats(out, rq, SLICE("GEXF|GraphML|JSON"));
    buf_puts(out, "</p><div class=\"network\" data-url=\"");
    page_address(out, rq, "format", SLICE("json"));
    buf_puts(out, "\" data-label=\"Network: the same is in the tables below\"></div><p class=\"hint legend\" "
                  "hidden>Orange: this developer; blue: "
                  "developers; green: repositories. Solid: follows; dashed: stars. Point at one, or go "
                  "to it with the arrow keys, to see its neighbours; scroll, + or − zooms, dragging moves, a "
                  "click or Enter opens its page.</p>");
    put_nodes(out, nodes);
    put_edges(out, nodes, edges);
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}

#include "export/graph.h"
#include "core/base/buf.h"
#include "export/manifest.h"
#include <stdio.h>

#define LOOK_EVERY   1000 /* nodes or edges, for a request to stop */
#define NODE_COLUMNS 5
#define EDGE_COLUMNS 3

/* The text around the rows. */
static const struct form {
    const char *begin, *note[2], *head, *between, *foot; /* note: around DEMO_NOTE, of a demo */
} forms[] = {
    [GRAPH_GEXF] = {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<gexf xmlns=\"http://gexf.net/1.3\" version=\"1.3\">\n"
                    "<meta><creator>gitomatic</creator>",
                    {"<description>", "</description>"},
                    "</meta>\n"
                    "<graph defaultedgetype=\"directed\" mode=\"static\">\n"
                    "<attributes class=\"node\">\n"
                    "<attribute id=\"kind\" title=\"kind\" type=\"string\"/>\n"
                    "<attribute id=\"depth\" title=\"depth\" type=\"integer\"/>\n"
                    "<attribute id=\"count\" title=\"count\" type=\"long\"/>\n"
                    "</attributes>\n"
                    "<attributes class=\"edge\">\n"
                    "<attribute id=\"kind\" title=\"kind\" type=\"string\"/>\n"
                    "</attributes>\n<nodes>\n",
                    "</nodes>\n<edges>\n",
                    "</edges>\n</graph>\n</gexf>\n"},
    [GRAPH_GRAPHML] = {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
                       {"<desc>", "</desc>\n"},
                       "<key id=\"label\" for=\"node\" attr.name=\"label\" attr.type=\"string\"/>\n"
                       "<key id=\"kind\" for=\"node\" attr.name=\"kind\" attr.type=\"string\"/>\n"
                       "<key id=\"depth\" for=\"node\" attr.name=\"depth\" attr.type=\"int\"/>\n"
                       "<key id=\"count\" for=\"node\" attr.name=\"count\" attr.type=\"long\"/>\n"
                       "<key id=\"edge_kind\" for=\"edge\" attr.name=\"kind\" attr.type=\"string\"/>\n"
                       "<graph edgedefault=\"directed\">\n",
                       "",
                       "</graph>\n</graphml>\n"},
};

struct drawing {
    enum graph_form form;
    bool is_demo;
    struct sink *sink;
    struct buf line;
    int64_t rows;
    bool (*stopped)(void); /* or NULL */
};

bool graph_form_of(const char *path, enum graph_form *out)
{
    slice name = slice_of(path);
    *out = slice_ends(name, SLICE(".gexf")) ? GRAPH_GEXF : GRAPH_GRAPHML;
    return *out == GRAPH_GEXF || slice_ends(name, SLICE(".graphml"));
}

/* Decodes COPY's escapes. Characters that XML 1.0 (2.2) forbids become U+FFFD. */
static void put_text(struct buf *b, slice raw)
{
    static const char names[] = "bfnrtv\\", bytes[] = "\b\f\n\r\t\v\\";
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.len - i > 2 && memcmp(raw.ptr + i, "\xef\xbf", 2) == 0 &&
            (unsigned char)raw.ptr[i + 2] >= 0xbe) {
            buf_puts(b, "\xef\xbf\xbd");
            i += 2;
            continue;
        }
        const char *at = raw.ptr[i] == '\\' && i + 1 < raw.len ? strchr(names, raw.ptr[++i]) : NULL;
        char c = at ? bytes[at - names] : raw.ptr[i];
        if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\n' || c == '\r' || c == '\t')
            buf_printf(b, "&#%d;", c);
        else if ((unsigned char)c < 0x20)
            buf_puts(b, "\xef\xbf\xbd");
        else
            buf_putc(b, c);
    }
}

/* `format` with each @ replaced by the next field. */
static void put_fields(struct buf *b, const char *format, const slice *fields)
{
    for (; *format; format++)
        if (*format == '@')
            put_text(b, *fields++);
        else
            buf_putc(b, *format);
}

static void put_value(struct drawing *d, const char *key, slice value)
{
    if (slice_eq(value, SLICE("\\N")))
        return;
    const slice fields[] = {slice_of(key), value};
    put_fields(&d->line,
               d->form == GRAPH_GEXF ? "<attvalue for=\"@\" value=\"@\"/>" : "<data key=\"@\">@</data>",
               fields);
}

static bool flush_line(struct drawing *d, struct err *err)
{
    if (++d->rows % LOOK_EVERY == 0 && d->stopped && d->stopped())
        return err_set(err, ERR_STOPPING, "interrupted");
    bool ok = sink_put(d->sink, buf_slice(&d->line), err);
    buf_reset(&d->line);
    return ok;
}

static bool read_fields(slice row, slice *fields, int n, struct err *err)
{
    slice rest = slice_from(row.ptr, row.len - 1);
    int i = 0;
    while (i < n && slice_split(&rest, '\t', &fields[i]))
        i++;
    return i == n || err_set(err, ERR_INTERNAL, "a row of the graph has %d fields, expected %d", i, n);
}

static bool take_node(void *context, slice row, struct err *err)
{
    struct drawing *d = context;
    slice f[NODE_COLUMNS];
    if (!read_fields(row, f, NODE_COLUMNS, err))
        return false;
    const slice head[] = {f[0], f[2]};
    bool gexf = d->form == GRAPH_GEXF;
    put_fields(&d->line, gexf ? "<node id=\"@\" label=\"@\"><attvalues>" : "<node id=\"@\">", head);
    if (!gexf)
        put_value(d, "label", f[2]);
    put_value(d, "kind", f[1]);
    put_value(d, "depth", f[3]);
    put_value(d, "count", f[4]);
    buf_puts(&d->line, gexf ? "</attvalues></node>\n" : "</node>\n");
    return flush_line(d, err);
}

static bool take_edge(void *context, slice row, struct err *err)
{
    struct drawing *d = context;
    slice f[EDGE_COLUMNS];
    if (!read_fields(row, f, EDGE_COLUMNS, err))
        return false;
    bool gexf = d->form == GRAPH_GEXF;
    if (gexf)
        buf_printf(&d->line, "<edge id=\"%lld\"", (long long)d->rows);
    else
        buf_puts(&d->line, "<edge");
    put_fields(&d->line, " source=\"@\" target=\"@\">", f);
    buf_puts(&d->line, gexf ? "<attvalues>" : "");
    put_value(d, gexf ? "kind" : "edge_kind", f[2]); /* GraphML shares keys between nodes and edges */
    buf_puts(&d->line, gexf ? "</attvalues></edge>\n" : "</edge>\n");
    return flush_line(d, err);
}

static bool put_head(struct drawing *d, const struct form *form, struct err *err)
{
    buf_puts(&d->line, form->begin);
    if (d->is_demo)
        buf_printf(&d->line, "%s" DEMO_NOTE "%s", form->note[0], form->note[1]);
    buf_puts(&d->line, form->head);
    bool ok = sink_put(d->sink, buf_slice(&d->line), err);
    buf_reset(&d->line);
    return ok;
}

static bool draw(struct db *db, struct drawing *d, const struct graph_request *request, int64_t *n_nodes_out,
                 int64_t *n_edges_out, struct err *err)
{
    AUTO_ARENA a = arena_create();
    const struct form *form = &forms[d->form];
    bool ok = put_head(d, form, err) && db_copy_out(db, graph_nodes_copy(), take_node, d, err);
    *n_nodes_out = d->rows;
    d->rows = 0;
    ok = ok && sink_put(d->sink, slice_of(form->between), err) &&
         db_copy_out(db, graph_edges_copy(request, a), take_edge, d, err) &&
         sink_put(d->sink, slice_of(form->foot), err);
    *n_edges_out = d->rows;
    return ok;
}

bool graph_export(struct db *db, const char *path, enum graph_form form, const struct graph_request *request,
                  bool is_demo, bool (*stopped)(void), int64_t *n_nodes_out, int64_t *n_edges_out,
                  struct err *err)
{
    struct drawing d = {.form = form, .is_demo = is_demo, .stopped = stopped};
    struct sink_end end;
    if (!graph_begin(db, request, err))
        return false;
    bool ok = sink_open(path, false, &d.sink, err);
    if (ok) {
        buf_init(&d.line, 0);
        ok = draw(db, &d, request, n_nodes_out, n_edges_out, err);
        if (ok)
            ok = sink_close(d.sink, &end, err);
        else
            sink_drop(d.sink);
        buf_finish(&d.line);
    }
    db_rollback(db);
    return ok;
}

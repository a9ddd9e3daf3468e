/* What a route takes, as forms: what a list can be searched, ordered and filtered by, and what can be posted. */
#include "api/filters.h"
#include "api/form.h"
#include "api/html.h"
#include "api/page.h"
#include "api/parameters.h"

static slice given(const struct request *rq, const char *name)
{
    return params_get(&rq->params, name);
}

static void put_option(struct buf *out, const char *value, const char *text, slice chosen)
{
    buf_printf(out, "<option value=\"%s\"%s>%s</option>", value,
               slice_eq(chosen, slice_of(value)) ? " selected" : "", text);
}

static void put_input(struct buf *out, const char *type, const char *name, slice value, const char *more)
{
    buf_printf(
        out,
        "<input type=\"%s\" name=\"%s\" autocomplete=\"off\" spellcheck=\"false\" autocapitalize=\"none\"",
        type, name);
    html_attribute(out, "value", value);
    buf_puts(out, more);
    buf_putc(out, '>');
}

/* ---- filters ---- */

static void put_flag(struct buf *out, const char *name, slice chosen)
{
    buf_printf(out, "<select name=\"%s\">", name);
    put_option(out, "", "any", chosen);
    put_option(out, "true", "true", chosen);
    put_option(out, "false", "false", chosen);
    buf_puts(out, "</select>");
}

static const char *hint(enum browse_type type)
{
    return type == BROWSE_TIME     ? " placeholder=\"2020-01-31\""
           : type == BROWSE_NUMBER ? " inputmode=\"numeric\""
                                   : "";
}

static void put_filter(struct buf *out, const struct request *rq, enum browse_column column,
                       const struct filter_lookup *lookup)
{
    enum browse_type type = browse_column_type(column);
    char *name = arena_printf(rq->arena, "%s%s", browse_column_name(column), lookup->suffix);
    buf_printf(out, "<label><span>%s</span>", lookup->about);
    if (type == BROWSE_BOOL || lookup->op == BROWSE_ISNULL)
        put_flag(out, name, given(rq, name));
    else
        put_input(out, "text", name, given(rq, name), hint(type));
    buf_puts(out, "</label>");
}

/* How many filters are set. */
static size_t put_filters(struct buf *out, const struct request *rq, enum browse_list list)
{
    size_t n, n_lookups, n_set = 0;
    const struct filter_field *fields = filter_fields(list, &n);
    const struct filter_lookup *lookups = filter_lookups(&n_lookups);
    for (size_t i = 0; i < n; i++) {
        const char *field = browse_column_name(fields[i].column);
        buf_printf(out, "<fieldset><legend>%s</legend>", field);
        for (size_t k = 0; k < n_lookups; k++) {
            if (!(fields[i].lookups & lookups[k].lookup))
                continue;
            put_filter(out, rq, fields[i].column, &lookups[k]);
            n_set += given(rq, arena_printf(rq->arena, "%s%s", field, lookups[k].suffix)).len > 0;
        }
        buf_puts(out, "</fieldset>");
    }
    return n_set;
}

static void put_parameter(struct buf *out, const struct request *rq, const struct parameter *p,
                          const char *label)
{
    buf_printf(out, "<label><span>%s</span>", label);
    put_input(out, p->takes == TAKES_SEARCH ? "search" : "text", p->name, given(rq, p->name),
              p->type == PARAMETER_NUMBER ? " inputmode=\"numeric\""
              : p->type == PARAMETER_TIME ? " placeholder=\"2020-01-31\""
                                          : "");
    buf_puts(out, "</label>");
}

static void put_find_form(struct buf *out, const struct request *rq)
{
    static const struct {
        const char *name, *label;
    } inputs[] = {{"search", "Search"},   {"page_size", "Per page"}, {"fields", "Fields"},
                  {"embed", "Relations"}, {"as_of", "As of"},        {"since", "Since"}};
    const struct route *route = rq->route;
    slice prefix = page_prefix(rq);
    buf_puts(out, "<form class=\"find\" method=\"get\" role=\"search\" action=\"");
    html_text(out, prefix);
    html_text(out, rq->path);
    buf_puts(out, "\">");
    if (given(rq, "format").len)
        put_input(out, "hidden", "format", given(rq, "format"), "");
    buf_puts(out, "<div class=\"row\">");
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++)
        for (size_t k = 0; k < n_parameters; k++)
            if ((parameters[k].takes & route->takes) && strcmp(parameters[k].name, inputs[i].name) == 0)
                put_parameter(out, rq, &parameters[k], inputs[i].label);
    buf_puts(out, "<span class=\"buttons\"><button>Show</button> <a href=\"");
    html_text(out, prefix);
    html_text(out, rq->path);
    buf_puts(out, "\">Clear</a></span></div>");
    if (route->takes & TAKES_FILTERS) {
        struct buf filters;
        buf_init(&filters, 0);
        size_t n_set = put_filters(&filters, rq, route->list);
        buf_printf(out, "<details%s><summary>Filters", n_set ? " open" : "");
        if (n_set)
            buf_printf(out, ": %zu set", n_set);
        buf_puts(out, "</summary><div class=\"filters\">");
        buf_put(out, filters.ptr, filters.len);
        buf_puts(out, "</div></details>");
        buf_finish(&filters);
    }
    buf_puts(out, "</form>");
}

/* ---- what can be posted ---- */

/* What was sent, if it could be read: a form that was refused comes back as it was. */
static struct param_list posted(const struct request *rq)
{
    struct param_list form = {0};
    const char *why;
    if (!slice_eq(rq->method, SLICE("POST")) ||
        form_parse(rq->arena, request_header(rq, "Content-Type"), rq->body, &form, &why) != FORM_OK)
        return (struct param_list){0};
    return form;
}

static void put_body_form(struct buf *out, const struct request *rq, const struct body *body)
{
    struct param_list form = posted(rq);
    buf_puts(out, "<form class=\"post\" method=\"post\" action=\"");
    html_text(out, page_prefix(rq));
    html_text(out, rq->path);
    buf_puts(out, "\"><div class=\"row\">");
    for (size_t i = 0; i < body->n_fields; i++) {
        const struct body_field *field = &body->fields[i];
        slice value = params_get(&form, field->name);
        buf_printf(out, "<label><span>%s</span>", field->name);
        if (field->values) {
            buf_printf(out, "<select name=\"%s\">", field->name);
            for (size_t k = 0; field->values[k]; k++)
                put_option(out, field->values[k], field->values[k], value);
            buf_puts(out, "</select>");
        } else {
            put_input(out, "text", field->name, value, "");
        }
        buf_printf(out, "<small>%s</small></label>", field->about);
    }
    buf_printf(out, "<span class=\"buttons\"><button>%s</button></span></div></form>", body->verb);
}

void page_forms(struct buf *out, const struct request *rq)
{
    const struct body *body = rq->route ? body_of(rq->route) : NULL;
    if (!rq->user.len && !(rq->route && (rq->route->flags & ROUTE_OPEN)))
        return; /* nobody who may use them */
    if (rq->route && (rq->route->takes & (TAKES_FILTERS | TAKES_PAGES)))
        put_find_form(out, rq);
    if (body && !rq->read_only)
        put_body_form(out, rq, body);
}

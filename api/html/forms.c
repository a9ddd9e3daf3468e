/* Forms for the parameters and bodies of a route: search, order and filters of lists, and requests by POST. */
#include "api/html/escape.h"
#include "api/html/page.h"
#include "api/html/parts.h"
#include "api/request/form.h"
#include "api/spec/filters.h"
#include "api/spec/labels.h"
#include "api/spec/ordering.h"
#include "api/spec/parameters.h"
#include "schema/graph/changes.h"
#include <ctype.h>

static slice given(const struct request *rq, const char *name)
{
    return params_get(&rq->params, name);
}

static void put_words(struct buf *out, const char *name, bool title)
{
    const char *words = label_words(slice_of(name));
    /* Labels begin with a capital letter: they name fields, not values of the same name. */
    if (words && (title || !isupper((unsigned char)*words)))
        buf_puts(out, words);
    else if (title)
        part_title(out, slice_of(name));
    else
        part_words(out, slice_of(name));
}

/* "organisation", and for an order "most followers first". */
static const char *value_words(const struct request *rq, const struct parameter *p, const char *value)
{
    AUTO_BUF text = {0};
    struct browse_order order[BROWSE_MAX_ORDER];
    size_t n;
    const char *why;
    if (p && p->takes == TAKES_ORDERING &&
        ordering_parse(rq->arena, rq->route->list, slice_of(value), order, &n, &why) && n)
        return label_order(rq->arena, order[0].column, order[0].descending);
    put_words(&text, value, false);
    char *words = arena_dup(rq->arena, buf_slice(&text));
    return words;
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
    if (type == BROWSE_BOOL || lookup->op == BROWSE_ISNULL || lookup->op == BROWSE_ISEMPTY)
        put_flag(out, name, given(rq, name));
    else
        put_input(out, "text", name, given(rq, name), hint(type));
    buf_puts(out, "</label>");
}

/* "name contains Ada": a filter that is set. */
static void put_set(struct buf *out, const char *field, const struct filter_lookup *lookup, slice value)
{
    buf_printf(out, "%s<b>%s</b> %s ", out->len ? "; " : ": ", field, lookup->about);
    html_text(out, value);
}

/* ---- the most used fields, before the rest ---- */

static const char *const developer_front[] = {"location__icontains", "company__icontains", "type",
                                              "followers_count__gte", NULL};
static const char *const repository_front[] = {"language", "topics", "stargazers_count__gte", "archived",
                                               NULL};
static const char *const no_front[] = {NULL};

static const char *const *front_of(const struct request *rq)
{
    if (!rq->view || !(rq->route->takes & TAKES_FILTERS))
        return no_front;
    return rq->route->list == BROWSE_DEVELOPERS     ? developer_front
           : rq->route->list == BROWSE_REPOSITORIES ? repository_front
                                                    : no_front;
}

static bool is_front(const struct request *rq, const char *name)
{
    for (const char *const *front = front_of(rq); *front; front++)
        if (strcmp(*front, name) == 0)
            return true;
    return false;
}

/* set: the active ones. */
static void put_filters(struct buf *out, struct buf *set, const struct request *rq, enum browse_list list)
{
    size_t n, n_lookups;
    const struct filter_field *fields = filter_fields(list, &n);
    const struct filter_lookup *lookups = filter_lookups(&n_lookups);
    for (size_t i = 0; i < n; i++) {
        const char *field = browse_column_name(fields[i].column);
        buf_printf(out, "<fieldset><legend>%s</legend>", field);
        for (size_t k = 0; k < n_lookups; k++) {
            if (!(fields[i].lookups & lookups[k].lookup) ||
                is_front(rq, arena_printf(rq->arena, "%s%s", field, lookups[k].suffix)))
                continue;
            put_filter(out, rq, fields[i].column, &lookups[k]);
            slice value = given(rq, arena_printf(rq->arena, "%s%s", field, lookups[k].suffix));
            if (value.len)
                put_set(set, field, &lookups[k], value);
        }
        buf_puts(out, "</fieldset>");
    }
}

static const char *usual_value(const struct request *rq, const struct parameter *p)
{
    if (p->takes == TAKES_FACET)
        return rq->route->list == BROWSE_DEVELOPERS ? "location" : "language";
    if (p->takes == TAKES_ORDERING)
        return "-created_at";
    return p->value(rq->route, 0);
}

/* Several values, or an invalid one, become an option of their own. */
static void end_select(struct buf *out, slice chosen, bool listed)
{
    if (!listed)
        html_between(out, "<option selected>", chosen, "</option>");
    buf_puts(out, "</select>");
}

static void put_choice(struct buf *out, const struct request *rq, const struct parameter *p)
{
    slice chosen = given(rq, p->name);
    const char *value;
    buf_printf(out, "<select name=\"%s\">", p->name);
    bool listed = chosen.len == 0;
    /* Edges have an order that no value names. */
    bool of_edges = p->takes == TAKES_ORDERING && (rq->route->takes & TAKES_AS_OF);
    bool first = p->takes == TAKES_COMPARED || p->takes == TAKES_HISTORY || p->takes == TAKES_FACET ||
                 (p->takes == TAKES_ORDERING && !of_edges);
    put_option(out, "",
               of_edges && rq->route->shape == SHAPE_FOLLOW ? "newest follow first"
               : of_edges                                   ? "newest star first"
               : p->takes == TAKES_EMBED                    ? "as usual"
               : p->takes == TAKES_NETWORK                  ? "all"
               : first                                      ? value_words(rq, p, usual_value(rq, p))
                                                            : "any",
               chosen);
    for (size_t i = 0; (value = p->value(rq->route, i)); i++) {
        listed |= slice_eq(chosen, slice_of(value));
        if (!first || strcmp(value, usual_value(rq, p)) != 0 || slice_eq(chosen, slice_of(value)))
            put_option(out, value, value_words(rq, p, value), chosen);
    }
    end_select(out, chosen, listed);
}

/* The position in a list and the format of the answer have links of their own. */
static bool is_input(const struct parameter *p)
{
    static const char *const others[] = {"page",     "cursor", "before", "format",
                                         "callback", "indent", "strict", "view"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(p->name, others[i]) == 0)
            return false;
    return true;
}

/* "created_at__gte" as "Requested since". */
static void put_label(struct buf *out, const char *name)
{
    put_words(out, name, true);
}

/* Parameters without use in a table. */
static bool is_for_json(const struct parameter *p)
{
    return p->takes == TAKES_FIELDS || p->takes == TAKES_EMBED || (p->takes & TAKES_LIMIT) ||
           strcmp(p->name, "fields") == 0;
}

/* From a parameter's schema: its default, or else its first example, as what an empty input means or could hold. */
static const char *placeholder(const struct request *rq, const struct parameter *p)
{
    static const char *const keys[] = {"\"default\":", "\"examples\":[\"", "\"examples\":["};
    for (size_t i = 0; p->schema && i < ARRAY_LEN(keys); i++) {
        const char *at = strstr(p->schema, keys[i]);
        if (at)
            return arena_printf(rq->arena, " placeholder=\"%.*s\"",
                                (int)strcspn(at + strlen(keys[i]), ",\"}]"), at + strlen(keys[i]));
    }
    return "";
}

static void put_parameter_label(struct buf *out, const struct parameter *p)
{
    if (strcmp(p->name, "limit") != 0)
        put_label(out, p->name);
    else
        buf_puts(out, p->takes == TAKES_NETWORK ? "Nodes, at most"
                      : p->takes == TAKES_FACET ? "Values, at most"
                                                : "Records, at most");
}

/* GitHub's types of accounts. */
static void put_type(struct buf *out, const char *name, slice chosen)
{
    static const struct {
        const char *value, *text;
    } types[] = {{"", "any"}, {"User", "user"}, {"Organization", "organisation"}, {"Bot", "bot"}};
    bool listed = false;
    buf_printf(out, "<select name=\"%s\">", name);
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        listed |= slice_eq(chosen, slice_of(types[i].value));
        put_option(out, types[i].value, types[i].text, chosen);
    }
    end_select(out, chosen, listed);
}

static void put_front(struct buf *out, const struct request *rq)
{
    for (const char *const *front = front_of(rq); *front; front++) {
        buf_puts(out, "<label><span>");
        put_label(out, *front);
        buf_puts(out, "</span>");
        if (strcmp(*front, "archived") == 0)
            put_flag(out, *front, given(rq, *front));
        else if (strcmp(*front, "type") == 0)
            put_type(out, *front, given(rq, *front));
        else
            put_input(out, "text", *front, given(rq, *front), "");
        buf_puts(out, "</label>");
    }
}

/* search: only the words, or all but them: what narrows a list comes before its presentation. */
static size_t put_parameters(struct buf *out, const struct request *rq, bool search)
{
    size_t n = 0;
    for (size_t i = 0; i < n_parameters; i++) {
        const struct parameter *p = &parameters[i];
        if (!is_input(p) || (p->takes == TAKES_SEARCH) != search || !parameter_fits(p, rq->route) ||
            (rq->view && is_for_json(p)))
            continue;
        n++;
        buf_puts(out, strcmp(p->name, "repo") == 0 ? "<label class=\"broad\"><span>" : "<label><span>");
        put_parameter_label(out, p);
        buf_puts(out, "</span>");
        if (p->value)
            put_choice(out, rq, p);
        else
            put_input(out, p->takes == TAKES_SEARCH ? "search" : "text", p->name, given(rq, p->name),
                      placeholder(rq, p));
        buf_puts(out, "</label>");
    }
    return n;
}

static void put_find_form(struct buf *out, const struct request *rq, bool refused)
{
    slice prefix = page_prefix(rq);
    AUTO_BUF inputs = {0};
    AUTO_BUF filters = {0};
    AUTO_BUF set = {0};
    size_t n = put_parameters(&inputs, rq, true);
    put_front(&inputs, rq);
    n += put_parameters(&inputs, rq, false);
    if (rq->route->takes & TAKES_FILTERS)
        put_filters(&filters, &set, rq, rq->route->list);
    if (rq->view && n == 1 && !filters.len && parameter_find(rq->route, SLICE("page_size")))
        n = 0; /* a form for nothing else */
    if (n || filters.len) {
        buf_puts(out, "<form class=\"find\" method=\"get\" role=\"search\" action=\"");
        html_text(out, prefix);
        html_text(out, rq->path);
        buf_puts(out, "\">");
        if (given(rq, "format").len)
            put_input(out, "hidden", "format", given(rq, "format"), "");
        if (given(rq, "view").len)
            put_input(out, "hidden", "view", given(rq, "view"), "");
        buf_puts(out, "<div class=\"row\">");
        buf_put(out, inputs.ptr, inputs.len);
        buf_puts(out, "<span class=\"buttons\"><button>Show</button> <a href=\"");
        html_text(out, prefix);
        html_text(out, rq->path);
        buf_puts(out, "\">Clear</a></span></div>");
        if (filters.len) {
            buf_printf(out, "<details%s><summary><b>%s</b>", refused && set.len ? " open" : "",
                       *front_of(rq) ? "More filters" : "Filters");
            if (!rq->view) /* in views, chips name them */
                buf_put(out, set.ptr, set.len);
            buf_puts(out, "</summary><div class=\"filters\">");
            buf_put(out, filters.ptr, filters.len);
            buf_puts(out, "</div></details>");
        }
        buf_puts(out, "</form>");
    }
}

/* ---- bodies ---- */

/* The fields that were sent, if valid: a refused form keeps its input. */
static struct param_list posted(const struct request *rq)
{
    struct param_list form = {0};
    const char *why;
    if (!slice_eq(rq->method, SLICE("POST")) || form_parse(rq->arena, request_header(rq, "Content-Type"),
                                                           rq->body, NULL, &form, NULL, &why) != FORM_OK)
        return (struct param_list){0};
    return form;
}

/* A field that only some tasks take: it is folded. */
static bool is_special(const struct body_field *field)
{
    return slice_starts(slice_of(field->about), SLICE("of sample")) ||
           slice_starts(slice_of(field->about), SLICE("of census"));
}

/* Shorter than what the API's documentation says of them. */
static void put_hint(struct buf *out, const struct body_field *field)
{
    static const struct {
        const char *name, *text;
    } hints[] = {
        {"name", ""},
        {"username", "Of the developer, or the repository’s owner; or a github.com address."},
        {"repo_name", "Only for a full repository sync: its name, owner/name or a github.com address."},
        {"kind", ""},
        {"n", "Of a sample: up to 1,000,000."},
        {"seed", "Of a sample: a number; the same one draws the same ids."},
        {"sample_name", "Of a sample. Default: made from kind, number and seed."},
        {"from", "Of a census: the first id. Default: 1."},
        {"to", "Of a census: the last id. Default: no limit."},
        {"url", "Where changes are sent: http or https, not into a private network."},
        {"types", "Of changes, separated by commas. Default: all."},
        {"filter", "developer=LOGIN or repository=OWNER/NAME, separated by commas: only changes about these. "
                   "Default: all."},
        {"secret", "Signs what is sent: 16 to 255 characters. Default: a new one, shown once."}};
    for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
        if (strcmp(hints[i].name, field->name) == 0) {
            buf_puts(out, hints[i].text);
            return;
        }
    }
    html_cstr(out, field->about);
}

static void put_body_field(struct buf *out, const struct request *rq, const struct body_field *field,
                           slice value)
{
    buf_puts(out, "<label><span>");
    put_label(out, field->name);
    buf_puts(out, "</span>");
    if (field->value && !field->schema) {
        buf_printf(out, "<select name=\"%s\">", field->name);
        for (size_t k = 0; field->value(k); k++)
            put_option(out, field->value(k), value_words(rq, NULL, field->value(k)), value);
        buf_puts(out, "</select>");
    } else {
        put_input(out, "text", field->name, value, "");
    }
    buf_puts(out, "<small>");
    put_hint(out, field);
    buf_puts(out, "</small></label>");
}

/* The types that its field takes, if it has one. */
static void put_types(struct buf *out, const struct body *body)
{
    for (size_t i = 0; i < body->n_fields; i++)
        if (strcmp(body->fields[i].name, "types") == 0)
            for (size_t k = 0; k < n_change_types; k++)
                buf_printf(out, "%s<code>%s</code>%s",
                           k ? ", " : "<p class=\"hint\">The types: ", change_types[k],
                           k + 1 == n_change_types ? "</p>" : "");
}

static void put_body_form(struct buf *out, const struct request *rq, const struct body *body)
{
    struct param_list form = posted(rq);
    size_t special = 0;
    buf_puts(out, "<form class=\"post\" method=\"post\" action=\"");
    html_text(out, page_prefix(rq));
    html_text(out, rq->path);
    buf_puts(out, "\"><div class=\"row\">");
    for (size_t i = 0; i < body->n_fields; i++)
        if (body->fields[i].of_programs)
            continue;
        else if (!is_special(&body->fields[i]))
            put_body_field(out, rq, &body->fields[i], params_get(&form, body->fields[i].name));
        else
            special++;
    buf_printf(out, "<span class=\"buttons\"><button>%s</button></span></div>", body->verb);
    put_types(out, body);
    if (special) {
        buf_printf(out, "<details%s><summary>For a sample or a census</summary><div class=\"row\">",
                   form.n ? " open" : "");
        for (size_t i = 0; i < body->n_fields; i++)
            if (is_special(&body->fields[i]))
                put_body_field(out, rq, &body->fields[i], params_get(&form, body->fields[i].name));
        buf_puts(out, "</div></details>");
    }
    buf_puts(out, "</form>");
}

/* Buttons for the actions on a record. */
void page_actions(struct buf *out, const struct request *rq, const char *state)
{
    const struct route *action;
    if (!page_may_write(rq))
        return;
    buf_puts(out, "<div class=\"actions\">");
    for (size_t i = 0; (action = route_action(rq->route, i)); i++) {
        const struct body *body = body_of(action);
        if (!body || (state && body->in_state && !body->in_state(state)))
            continue;
        char *path =
            arena_printf(rq->arena, "%.*s%s", SLICE_ARG(rq->path), action->path + strlen(rq->route->path));
        if (body->final)
            buf_printf(out, "<details class=\"sure\"><summary>%s…</summary><p>This cannot be undone.</p>",
                       body->verb);
        part_button(out, rq, path, body->verb, false, NULL);
        buf_puts(out, body->final ? "</details>" : "");
    }
    buf_puts(out, "</div>");
}

void page_forms(struct buf *out, const struct request *rq, bool refused)
{
    const struct body *body = rq->route ? body_of(rq->route) : NULL;
    if (!rq->route || (rq->route->flags & ROUTE_PEOPLE) || !page_may_read(rq))
        return; /* the reader may not use them */
    if (rq->route->get)
        put_find_form(out, rq, refused);
    if (rq->read_only)
        return;
    if (body && body->n_fields)
        put_body_form(out, rq, body);
    if (strchr(rq->route->path, '{'))
        page_actions(out, rq, NULL);
}

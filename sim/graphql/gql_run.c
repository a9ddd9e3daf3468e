/* gql_run.c: executes a checked query, writing the answer as it goes. */
#include "sim/graphql/gql.h"

#include <stdlib.h>

#define MAX_FIELDS 128
#define MAX_SETS   12 /* selections of one key that are merged */

/* One key of an object in the answer: the field, and every set selected under it. */
struct collected {
    const struct gql_selection *field;
    const struct gql_selection *sets[MAX_SETS];
    uint32_t n_sets;
};

struct collection {
    struct collected items[MAX_FIELDS];
    uint32_t n;
};

static json_t *substitute(const struct gql_run *run, json_t *v)
{
    json_t *item;
    size_t i;
    const char *key;
    if (json_is_array(v)) {
        json_t *copy = json_array();
        json_array_foreach(v, i, item) json_array_append_new(copy, substitute(run, item));
        return copy;
    }
    if (!json_is_object(v))
        return json_incref(v);
    const json_t *variable = json_object_get(v, "$");
    if (variable) {
        json_t *given = json_object_get(run->variables, json_string_value(variable));
        return given ? json_incref(given) : json_null();
    }
    json_t *copy = json_object();
    json_object_foreach(v, key, item) json_object_set_new(copy, key, substitute(run, item));
    return copy;
}

json_t *gql_arguments(const struct gql_run *run, json_t *args)
{
    return args ? substitute(run, args) : json_object();
}

static bool is_true(const struct gql_run *run, json_t *condition)
{
    json_t *v = substitute(run, condition);
    bool yes = json_is_true(v);
    json_decref(v);
    return yes;
}

static bool gql_included(const struct gql_run *run, const struct gql_selection *s)
{
    return !(s->skip && is_true(run, s->skip)) && !(s->include && !is_true(run, s->include));
}

static void add_path(struct buf *b, const struct gql_path *path)
{
    if (path->up)
        add_path(b, path->up);
    buf_str(b, path->up ? "," : "");
    if (path->key)
        buf_json(b, path->key);
    else
        buf_printf(b, "%u", path->index);
}

void gql_error(struct gql_run *run, const char *type, const char *message)
{
    struct buf *b = &run->errors;
    buf_str(b, b->len ? ",{" : "{");
    if (type) {
        BUF_LIT(b, "\"type\":");
        buf_json(b, type);
        BUF_LIT(b, ",");
    }
    if (run->path) {
        BUF_LIT(b, "\"path\":[");
        add_path(b, run->path);
        BUF_LIT(b, "],");
    }
    buf_printf(b, "\"locations\":[{\"line\":%d,\"column\":%d}],\"message\":", run->at ? run->at->line : 1,
               run->at ? run->at->column : 1);
    buf_json(b, message);
    BUF_LIT(b, "}");
}

static void collect_field(struct collection *c, const struct gql_selection *s)
{
    uint32_t i = 0;
    while (i < c->n && strcmp(c->items[i].field->key, s->key) != 0)
        i++;
    if (i == MAX_FIELDS)
        return;
    if (i == c->n)
        c->items[c->n++] = (struct collected){.field = s};
    struct collected *item = &c->items[i];
    if (s->child && item->n_sets < MAX_SETS)
        item->sets[item->n_sets++] = s->child;
}

static void collect(const struct gql_run *run, struct collection *c, const struct gql_selection *set,
                    enum gql_type type)
{
    for (const struct gql_selection *s = set; s; s = s->next) {
        if (!gql_included(run, s))
            continue;
        if (s->kind == SEL_FIELD) {
            collect_field(c, s);
            continue;
        }
        const struct gql_definition *f = s->kind == SEL_SPREAD ? gql_fragment(run->document, s->name) : NULL;
        const char *condition = f ? f->on : s->name;
        if (!condition || gql_type_fits(type, gql_type_named(condition)))
            collect(run, c, f ? f->selections : s->child, type);
    }
}

static void run_object(struct gql_run *run, const struct gql_object *o,
                       const struct gql_selection *const *sets, uint32_t n_sets, struct buf *out);

static void run_list(struct gql_run *run, const struct gql_field *f, const struct gql_object *o, json_t *args,
                     const struct collected *item, struct buf *out)
{
    struct gql_object *objects = NULL;
    uint32_t n = f->list(run, o, args, &objects);
    BUF_LIT(out, "[");
    for (uint32_t i = 0; i < n; i++) {
        struct gql_path here = {.up = run->path, .index = i};
        run->path = &here;
        buf_str(out, i ? "," : "");
        if (objects[i].type == T_SCALAR)
            BUF_LIT(out, "null");
        else
            run_object(run, &objects[i], item->sets, item->n_sets, out);
        run->path = here.up;
    }
    BUF_LIT(out, "]");
    free(objects);
}

static void run_scalar(struct gql_run *run, const struct gql_field *f, const struct gql_object *o,
                       json_t *args, struct buf *out)
{
    const char *record = o->type == T_REPO ? (const char *)&run->world->repos[o->index]
                                           : (const char *)&run->world->users[o->index];
    const void *at = record + f->at;
    switch (f->source) {
    case SRC_TEXT:
        buf_json(out, *(const char *const *)at);
        return;
    case SRC_INT:
        buf_i64(out, *(const int32_t *)at);
        return;
    case SRC_BOOL:
        buf_bool(out, *(const bool *)at);
        return;
    case SRC_TIME:
        buf_time(out, *(const int64_t *)at);
        return;
    case SRC_CALL:
        f->call(run, o, args, out);
        return;
    default:
        buf_str(out, f->constant ? f->constant : "null");
    }
}

static void run_field(struct gql_run *run, const struct gql_object *o, const struct collected *item,
                      struct buf *out)
{
    const struct gql_selection *s = item->field;
    if (strcmp(s->name, "__typename") == 0) {
        buf_json(out, gql_type_name(o->type));
        return;
    }
    const struct gql_field *f = gql_field(o->type, s->name);
    if (!f) {
        BUF_LIT(out, "null");
        return;
    }
    run->at = s;
    json_t *args = gql_arguments(run, s->args);
    struct gql_object next = {0};
    if (f->source == SRC_LIST)
        run_list(run, f, o, args, item, out);
    else if (f->source != SRC_OBJECT)
        run_scalar(run, f, o, args, out);
    else if (f->object(run, o, args, &next))
        run_object(run, &next, item->sets, item->n_sets, out);
    else
        BUF_LIT(out, "null");
    json_decref(args);
}

static void run_object(struct gql_run *run, const struct gql_object *o,
                       const struct gql_selection *const *sets, uint32_t n_sets, struct buf *out)
{
    struct collection *c = xalloc(sizeof *c);
    for (uint32_t i = 0; i < n_sets; i++)
        collect(run, c, sets[i], o->type);
    BUF_LIT(out, "{");
    for (uint32_t i = 0; i < c->n; i++) {
        struct gql_path here = {.up = run->path, .key = c->items[i].field->key};
        run->path = &here;
        buf_str(out, i ? "," : "");
        buf_json(out, here.key);
        BUF_LIT(out, ":");
        run_field(run, o, &c->items[i], out);
        run->path = here.up;
    }
    BUF_LIT(out, "}");
    free(c);
}

void gql_execute(struct gql_run *run, struct buf *out)
{
    const struct gql_object root = {.type = run->operation->is_mutation ? T_MUTATION : T_QUERY};
    const struct gql_selection *sets[] = {run->operation->selections};
    run_object(run, &root, sets, 1, out);
}

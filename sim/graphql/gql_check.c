/* gql_check.c: refuses a query as GitHub does before running any of it, and prices it.
 *
 * The price counts the requests needed to fill every connection that has first or last, a hundred to the
 * point, at least one. Inside types that are not imitated nothing is checked: they never match here. */
#include "sim/graphql/gql.h"

#define MAX_NODES 500000

static void add_location(struct buf *b, const struct gql_selection *s)
{
    buf_printf(b, ",\"locations\":[{\"line\":%d,\"column\":%d}]", s ? s->line : 1, s ? s->column : 1);
}

static void undefined_field(struct gql_run *run, const struct gql_selection *s, enum gql_type on)
{
    struct buf *b = &run->errors;
    buf_printf(b, "%s{\"path\":[\"query%s%s\",", b->len ? "," : "", run->operation->name ? " " : "",
               run->operation->name ? run->operation->name : "");
    buf_json(b, s->name);
    BUF_LIT(b, "],\"extensions\":{\"code\":\"undefinedField\",\"typeName\":");
    buf_json(b, gql_type_name(on));
    BUF_LIT(b, ",\"fieldName\":");
    buf_json(b, s->name);
    BUF_LIT(b, "}");
    add_location(b, s);
    buf_printf(b, ",\"message\":\"Field '%s' doesn't exist on type '%s'\"}", s->name, gql_type_name(on));
}

static void refuse(struct gql_run *run, const struct gql_selection *s, const char *type, const char *message)
{
    run->at = s;
    gql_error(run, type, message);
}

static bool has_email_scope(const char *scopes)
{
    for (const char *p = scopes; *p;) {
        p += strspn(p, ", ");
        size_t n = strcspn(p, ", ");
        if ((n == 4 && !strncmp(p, "user", 4)) || (n == 10 && !strncmp(p, "user:email", 10)) ||
            (n == 9 && !strncmp(p, "read:user", 9)))
            return true;
        p += n;
    }
    return false;
}

static bool check_nodes_argument(struct gql_run *run, const struct gql_selection *s, json_t *args,
                                 int64_t *times)
{
    char message[100];
    json_t *ids = json_object_get(args, "ids");
    if (!json_is_array(ids)) {
        refuse(run, s, "argumentNotAccepted", "Field 'nodes' is missing required arguments: ids");
        return false;
    }
    *times = (int64_t)json_array_size(ids);
    run->n_ids += *times;
    run->node_count += *times;
    if (*times <= 100)
        return true;
    snprintf(message, sizeof message, "You may not provide more than 100 node ids; you provided %lld.",
             (long long)*times);
    run->fatal = true;
    refuse(run, s, "ARGUMENT_LIMIT", message);
    return false;
}

static bool reads_items(const struct gql_selection *s)
{
    for (const struct gql_selection *c = s->child; c; c = c->next)
        if (c->kind == SEL_FIELD && (!strcmp(c->name, "nodes") || !strcmp(c->name, "edges")))
            return true;
    return false;
}

/* A connection under `times` parents: bounds of first and last, and what it adds to the price. */
static bool check_connection(struct gql_run *run, const struct gql_selection *s, json_t *args, int64_t *times)
{
    char message[160];
    json_t *first = json_object_get(args, "first"), *last = json_object_get(args, "last");
    json_t *bound = json_is_integer(first) ? first : last;
    if (!json_is_integer(bound)) {
        if (!reads_items(s))
            return true;
        snprintf(message, sizeof message,
                 "You must provide a `first` or `last` value to properly paginate the `%s` connection.",
                 s->name);
        refuse(run, s, "MISSING_PAGINATION_BOUNDARIES", message);
        return false;
    }
    int64_t n = json_integer_value(bound);
    if (n < 1 || n > 100) {
        snprintf(message, sizeof message,
                 "Requesting %lld records on the `%s` connection exceeds the `first` limit of "
                 "100 records.",
                 (long long)n, s->name);
        refuse(run, s, "EXCESSIVE_PAGINATION", message);
        return false;
    }
    run->n_requests += *times;
    run->node_count += *times * n;
    *times *= n;
    return true;
}

static bool check_set(struct gql_run *run, const struct gql_selection *set, enum gql_type on, int64_t times,
                      int depth);

static bool check_field(struct gql_run *run, const struct gql_selection *s, enum gql_type on, int64_t times,
                        int depth)
{
    if (strcmp(s->name, "__typename") == 0)
        return true;
    const struct gql_field *f = gql_field(on, s->name);
    if (!f) {
        undefined_field(run, s, on);
        return false;
    }
    if (on == T_USER && !strcmp(s->name, "email") && !has_email_scope(run->rq->caller.scopes)) {
        refuse(run, s, "INSUFFICIENT_SCOPES",
               "Your token has not been granted the required scopes to execute this query. The 'email' field "
               "requires "
               "one of the following scopes: ['user:email', 'read:user'].");
        return false;
    }
    if (f->returns == T_SCALAR)
        return true;
    if (!s->child) {
        char message[160];
        snprintf(message, sizeof message,
                 "Field must have selections (field '%.40s' returns %s but has no selections.)", s->name,
                 gql_type_name(f->returns));
        refuse(run, s, NULL, message);
        return false;
    }
    json_t *args = gql_arguments(run, s->args);
    bool ok = true;
    if (on == T_QUERY && !strcmp(s->name, "nodes"))
        ok = check_nodes_argument(run, s, args, &times);
    else if (f->returns == T_COUNT || f->returns == T_TOPICS)
        ok = check_connection(run, s, args, &times);
    else if (on == T_QUERY && f->returns != T_RATE_LIMIT)
        run->node_count++;
    json_decref(args);
    return ok && check_set(run, s->child, f->returns, times, depth + 1);
}

static bool check_fragment(struct gql_run *run, const struct gql_selection *s, enum gql_type on,
                           int64_t times, int depth)
{
    const struct gql_definition *f = s->kind == SEL_SPREAD ? gql_fragment(run->document, s->name) : NULL;
    if (s->kind == SEL_SPREAD && !f) {
        char message[120];
        snprintf(message, sizeof message, "Fragment %.60s was used, but not defined", s->name);
        refuse(run, s, NULL, message);
        return false;
    }
    const char *condition = f ? f->on : s->name;
    enum gql_type type = condition ? gql_type_named(condition) : on;
    if (type == T_SCALAR)
        return true;
    return check_set(run, f ? f->selections : s->child, type, times, depth + 1);
}

static bool check_set(struct gql_run *run, const struct gql_selection *set, enum gql_type on, int64_t times,
                      int depth)
{
    bool ok = true;
    if (depth > 20) { /* also ends fragments that include themselves */
        refuse(run, set, NULL, "Query has depth of more than 20, which exceeds max depth");
        return false;
    }
    for (const struct gql_selection *s = set; s; s = s->next) {
        bool fine = s->kind == SEL_FIELD ? check_field(run, s, on, times, depth)
                                         : check_fragment(run, s, on, times, depth);
        ok = ok && fine;
        if (run->fatal || run->errors.len > 4096)
            return false;
    }
    return ok;
}

bool gql_check(struct gql_run *run)
{
    if (!check_set(run, run->operation->selections, run->operation->is_mutation ? T_MUTATION : T_QUERY, 1, 0))
        return false;
    run->cost = run->n_requests > 149 ? (run->n_requests + 50) / 100 : 1;
    if (run->node_count > MAX_NODES) {
        char message[160];
        snprintf(message, sizeof message,
                 "This query requests up to %lld possible nodes which exceeds the maximum limit of 500,000.",
                 (long long)run->node_count);
        refuse(run, run->operation->selections, "MAX_NODE_LIMIT_EXCEEDED", message);
        return false;
    }
    return true;
}

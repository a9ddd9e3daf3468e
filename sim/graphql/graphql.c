/* graphql.c: POST /graphql. Reads the request, charges points, runs the query, and shows GitHub's refusals. */
#include "sim/graphql/gql.h"

#define DOCS "https://docs.github.com/graphql"

/* With HTTP 200: GraphQL reports errors in the body. */
static void answer_errors(struct request *rq, const char *data, const struct buf *errors)
{
    struct buf b = {0};
    BUF_LIT(&b, "{");
    if (data)
        buf_printf(&b, "\"data\":%s,", data);
    BUF_LIT(&b, "\"errors\":[");
    buf_add(&b, errors->data, errors->len);
    BUF_LIT(&b, "]}");
    answer_json(rq, 200, &b);
}

static void answer_one_error(struct request *rq, const char *data, const char *type, const char *message)
{
    struct gql_run run = {.rq = rq};
    gql_error(&run, type, message);
    answer_errors(rq, data, &run.errors);
    buf_finish(&run.errors);
}

static const struct gql_definition *pick_operation(const struct gql_document *d, const char *wanted)
{
    const struct gql_definition *found = NULL;
    for (const struct gql_definition *op = d->definitions; op; op = op->next) {
        if (op->is_fragment)
            continue;
        if (wanted && op->name && strcmp(op->name, wanted) == 0)
            return op;
        if (!wanted && found)
            return NULL;
        if (!wanted)
            found = op;
    }
    return found;
}

/* Refuses more ids than the configured maximum. True: it has answered. */
static bool overloaded(struct request *rq, const struct gql_run *run)
{
    const struct settings *s = &rq->server->options.settings;
    if (s->graphql_timeout_above && run->n_ids > s->graphql_timeout_above) {
        answer_text(
            rq, 502, "text/html",
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway"
            "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n");
        return true;
    }
    if (!s->graphql_max_nodes || run->n_ids <= s->graphql_max_nodes)
        return false;
    struct buf data = {0};
    BUF_LIT(&data, "{\"nodes\":[");
    for (int64_t i = 0; i < run->n_ids; i++)
        buf_str(&data, i ? ",null" : "null");
    BUF_LIT(&data, "]}");
    answer_one_error(rq, data.data, "RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.");
    buf_finish(&data);
    return true;
}

static void run_query(struct request *rq, struct gql_run *run)
{
    struct server *sv = rq->server;
    if (!gql_check(run)) {
        answer_errors(rq, run->fatal ? "null" : NULL, &run->errors);
        return;
    }
    if (run->cost > 1) { /* one point was charged when the request was admitted */
        accounts_charge(sv->accounts, &rq->caller, &sv->options.settings, RES_GRAPHQL, run->cost - 1,
                        &rq->answer.quota);
        rq->answer.charged = run->cost;
    }
    if (overloaded(rq, run))
        return;
    struct buf b = {0};
    BUF_LIT(&b, "{\"data\":");
    gql_execute(run, &b);
    if (run->errors.len) {
        BUF_LIT(&b, ",\"errors\":[");
        buf_add(&b, run->errors.data, run->errors.len);
        BUF_LIT(&b, "]");
    }
    BUF_LIT(&b, "}");
    answer_json(rq, 200, &b);
}

static json_t *variables_of(const struct gql_definition *op, const json_t *given)
{
    json_t *all = json_deep_copy(op->defaults);
    if (json_is_object(given))
        json_object_update(all, (json_t *)given);
    return all;
}

static void run_text(struct request *rq, const char *text, const char *operation_name,
                     const json_t *variables)
{
    struct gql_document document;
    char err[160];
    int line = 1, column = 1;
    struct gql_run run = {.rq = rq, .world = &rq->server->world, .document = &document};
    const char *next =
        MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, "X-Github-Next-Global-ID");
    run.new_ids = next && strcmp(next, "1") == 0;
    if (!gql_parse(text, &document, err, sizeof err, &line, &column)) {
        struct gql_selection at = {.line = line, .column = column};
        run.at = &at;
        gql_error(&run, NULL, err);
        answer_errors(rq, NULL, &run.errors);
    } else {
        run.operation = pick_operation(&document, operation_name);
        bool served =
            run.operation && (run.operation->is_query || (run.operation->is_mutation && rq->writes));
        if (!served) {
            answer_one_error(rq, NULL, NULL,
                             !run.operation ? "An operation name is required"
                                            : "Only queries and mutations are served here");
        } else {
            run.variables = variables_of(run.operation, variables);
            run_query(rq, &run);
        }
    }
    json_decref(run.variables);
    buf_finish(&run.errors);
    gql_document_finish(&document);
}

static bool admitted(struct request *rq)
{
    struct answer *a = &rq->answer;
    const struct settings *s = &rq->server->options.settings;
    enum admission got =
        accounts_admit(rq->server->accounts, &rq->caller, s, RES_GRAPHQL, 1, request_points(rq), &a->quota);
    a->has_quota = !s->no_limits;
    a->charged = got == ADMIT;
    if (got == ADMIT_SECONDARY)
        answer_secondary(rq, 403);
    if (got == ADMIT_EXHAUSTED) {
        char message[120];
        snprintf(message, sizeof message, "API rate limit already exceeded for user ID %lld.",
                 (long long)rq->caller.user_id);
        answer_one_error(rq, NULL, "RATE_LIMITED", message);
    }
    return got == ADMIT;
}

void graphql_request(struct request *rq)
{
    if (!rq->caller.authenticated) {
        answer_error(rq, 401,
                     rq->caller.bad_credentials ? "Bad credentials"
                                                : "This endpoint requires you to be authenticated.",
                     DOCS "/guides/forming-calls-with-graphql#authenticating-with-graphql");
        return;
    }
    if (!admitted(rq))
        return;
    json_error_t error;
    json_t *body = rq->upload.data && !rq->upload_too_big
                       ? json_loadb(rq->upload.data, rq->upload.len, JSON_ALLOW_NUL, &error)
                       : NULL;
    const char *text = json_string_value(json_object_get(body, "query"));
    if (!json_is_object(body))
        answer_error(rq, 400, "Problems parsing JSON", DOCS);
    else if (!text)
        answer_one_error(rq, NULL, NULL, "A query attribute must be specified and must be a string.");
    else
        run_text(rq, text, json_string_value(json_object_get(body, "operationName")),
                 json_object_get(body, "variables"));
    json_decref(body);
}

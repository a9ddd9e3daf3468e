/* The parts of the OpenAPI document that paths refer to. */
#include "api/spec/openapi.h"
#include "api/spec/query.h"
#include "api/spec/schemas.h"
#include "api/spec/words.h"

/* clang-format off */
const struct openapi_error openapi_errors[] = {
    {400, "BadRequest",        "a parameter has an invalid value, or is unknown with strict=1, and the messages are under its name; or the request is invalid", "BadFilter", NULL},
    {401, "Unauthorized",      "credentials are missing or wrong",                               "Detail", "WWW-Authenticate"},
    {403, "Forbidden",         "the credentials are read-only, or the request comes from a page of another origin",                             "Detail", NULL},
    {404, "NotFound",          "no such record or page, or no such format",                   "Detail", NULL},
    {406, "NotAcceptable",     "no media type or coding of Accept or Accept-Encoding is available",              "Detail", NULL},
    {409, "Conflict",          "the state of the job does not allow it, or there are too many webhooks",                    "Detail", NULL},
    {410, "Gone",              "the cursor is not in this feed, for example after a restore from an older dump", "Detail", NULL},
    {412, "PreconditionFailed", "If-Match or If-None-Match is false: nothing was done",          "Detail", NULL},
    {413, "ContentTooLarge",   "the body is larger than 16,384 bytes",                        "Detail", NULL},
    {414, "UriTooLong",        "the URL is longer than 8,192 bytes, or too long for links", "Detail", NULL},
    {415, "UnsupportedType",   "the body is neither a form nor JSON",                         "Detail", NULL},
    {429, "TooManyRequests",   "too many failed logins",                                    "Detail", "Retry-After"},
    {500, "ServerError",       "internal error; see the server's log",                   "Detail", NULL},
    {503, "Unavailable",       "the database is unreachable, restarting, read-only, exhausted, without its schema or too slow, or refuses the login, or the server is overloaded",   "Detail", "Retry-After"},
};
const size_t n_openapi_errors = ARRAY_LEN(openapi_errors);
/* Other answers to the same statuses. */
static const struct openapi_error more_errors[] = {
    {304, "NotModified",       "not modified: the ETag matches If-None-Match", NULL, "ETag"},
    {503, "NotReady",          "the database is unreachable, or its schema is missing or not this program's", "Readiness", "Retry-After"},
    {406, "TaskRefused",       "the task is invalid, or no media type of Accept is available", "TaskRefused", NULL},
};

/* Schemas without a table of fields. */
static const struct {
    const char *name, *schema;
} schemas[] = {
    {"Time", SCHEMA_TIME},
    {"Readiness", "{\"type\":\"object\",\"required\":[\"database\",\"schema\"],\"properties\":{\"database\":{\"enum\":[\"ok\",\"unreachable\",\"restarting\",\"refused\",\"exhausted\",\"busy\"]},"
                  "\"schema\":{\"enum\":[\"ok\",\"unknown\",\"wrong\"]},\"detail\":{\"type\":\"string\",\"description\":\"what is wrong\"}}}"},
    {"Detail", "{\"type\":\"object\",\"required\":[\"detail\"],\"properties\":{\"detail\":{\"type\":\"string\",\"description\":\"what was wrong\"}}}"},
    {"BadFilter", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Detail\"},{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":"
                  "{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}}}]}"},
    {"TaskAccepted", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/TaskEstimate\"},{\"type\":\"object\",\"required\":[\"success\",\"job\",\"url\"],\"properties\":{\"success\":{\"const\":\"yes\"},"
                     "\"job\":{\"type\":\"integer\",\"description\":\"number of its job\"},"
                     "\"url\":{\"type\":\"string\",\"format\":\"uri\",\"description\":\"that job, as in Location\"},\"note\":{\"type\":\"string\",\"description\":\"of a sample with fewer ids than requested\"}}}]}"},
    {"TaskEstimate", "{\"type\":\"object\",\"required\":[\"dry_run\",\"cost\",\"ends_at\"],\"properties\":{\"dry_run\":{\"const\":true},\"cost\":"
                     "{\"type\":\"object\",\"description\":\"units of each quota, least and most\",\"required\":[\"core\",\"graphql\"],\"properties\":{"
                     "\"core\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":2,\"maxItems\":2},\"graphql\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":2,\"maxItems\":2}}},"
                     "\"ends_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"note\":{\"type\":\"string\",\"description\":\"of a sample with fewer ids than requested\"}}}"},
    {"WebhookAdded", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/WebhookDetail\"},{\"type\":\"object\",\"required\":[\"id\",\"url\",\"secret\"],"
                     "\"additionalProperties\":true,\"properties\":{\"id\":{\"type\":\"integer\"},\"url\":{\"type\":\"string\"},\"secret\":{\"type\":\"string\","
                     "\"description\":\"signs what is sent, if none was given; shown only in this answer\"}}}]}"},
    {"TaskRefused", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Detail\"},{\"type\":\"object\",\"required\":[\"success\",\"error\"],\"properties\":"
                    "{\"success\":{\"const\":\"no\"},\"error\":{\"type\":\"string\",\"description\":\"what was wrong, and what was expected\"}}}]}"},
};

static const struct {
    const char *name, *about, *schema;
    bool optional;
} headers[] = {
    {"Link", "URLs of the neighbouring pages: rel next, prev, first, last; a single page has none",
     "{\"type\":\"string\"}", true},
    {IGNORED_PARAMETERS, "names of ignored parameters, which this path does not take", "{\"type\":\"string\"}", true},
    {"X-As-Of", "which moment as_of meant", "{\"type\":\"string\",\"format\":\"date-time\"}", true},
    {"X-Total-Count", "as count; csv and ndjson have none", "{\"type\":\"integer\"}", true},
    {"X-Total-Count-Capped", "as count_capped: there are more", "{\"const\":\"true\"}", true},
    {"ETag", "strong; changes with the answer", "{\"type\":\"string\"}", false},
    {"StreamOrETag", "strong; changes with the answer; csv and ndjson have none", "{\"type\":\"string\"}", true},
    {"Content-Disposition", "of csv and ndjson: the name of a file", "{\"type\":\"string\"}", true},
    {"Retry-After", "seconds to wait", "{\"type\":\"integer\"}", false},
    {"WWW-Authenticate", "how to authenticate", "{\"type\":\"string\"}", false},
};

static const struct {
    const char *type, *format, *pattern;
} field_types[] = {
    [FIELD_ID] = {"string", "uuid", NULL},      [FIELD_DIGITS] = {"string", NULL, "^[0-9]+$"},
    [FIELD_TEXT] = {"string", NULL, NULL},      [FIELD_NUMBER] = {"integer", "int64", NULL},
    [FIELD_TIME] = {"string", "date-time", NULL}, [FIELD_BOOL] = {"boolean", NULL, NULL}, [FIELD_FRACTION] = {"number", NULL, NULL},
    [FIELD_LINK] = {"string", "uri", NULL},     [FIELD_LINKS] = {"string", "uri", NULL},
    [FIELD_PATH] = {"string", "uri", NULL},     [FIELD_NUMBERED] = {"string", "uri", NULL},
    [FIELD_TEXTS] = {"string", NULL, NULL},     [FIELD_DAY] = {"string", "date", NULL},
        [FIELD_OBJECT] = {NULL, NULL, NULL},
};
/* clang-format on */

void openapi_ref(struct jw *w, const char *kind, const char *name)
{
    AUTO_BUF path = {0};
    buf_printf(&path, "#/components/%s/%s", kind, name);
    jw_object(w);
    jw_kstr(w, "$ref", buf_slice(&path));
    jw_end_object(w);
}

void openapi_schema_ref(struct jw *w, const char *name)
{
    jw_key(w, "schema");
    openapi_ref(w, "schemas", name);
}

/* ---- schemas ---- */

static void put_about(struct jw *w, const struct field *field)
{
    AUTO_BUF about = {0};
    buf_puts(&about, field->about);
    if (field->presence == FIELD_OPT_IN)
        buf_puts(&about, "; only if ?fields= names it");
    jw_kstr(w, "description", buf_slice(&about));
}

static void put_words_ref(struct jw *w, enum words words)
{
    AUTO_BUF path = {0};
    buf_printf(&path, "#/components/schemas/%s", words_name(words));
    jw_kstr(w, "$ref", buf_slice(&path));
}

static void put_field(struct jw *w, enum shape shape, const struct field *field)
{
    enum words words = words_of_field(shape, field->name);
    bool list = field->type == FIELD_LINKS || field->type == FIELD_TEXTS;
    jw_key(w, field->name);
    if (field->type == FIELD_OBJECT) {
        openapi_object(w, field->name);
        return;
    }
    jw_object(w);
    if (list) {
        jw_kraw(w, "type", field->presence == FIELD_SET ? SLICE("\"array\"") : SLICE("[\"array\",\"null\"]"));
        jw_kobject(w, "items");
    }
    jw_key(w, "type");
    if (field->presence != FIELD_SET && !list) {
        jw_array(w);
        jw_cstr(w, field_types[field->type].type);
        jw_cstr(w, "null");
        jw_end_array(w);
    } else {
        jw_cstr(w, field_types[field->type].type);
    }
    if (field_types[field->type].format)
        jw_kcstr(w, "format", field_types[field->type].format);
    if (field_types[field->type].pattern)
        jw_kcstr(w, "pattern", field_types[field->type].pattern);
    if (words != WORDS_NONE)
        put_words_ref(w, words);
    if (list)
        jw_end_object(w);
    put_about(w, field);
    jw_end_object(w);
}

/* Fields are required if no route with this shape can omit them. */
static bool is_whole(enum shape shape)
{
    for (size_t i = 0; i < n_routes; i++)
        if (routes[i].shape == shape && (routes[i].takes & (TAKES_FIELDS | TAKES_EMBED)))
            return false;
    return true;
}

static void put_shape(struct jw *w, enum shape shape)
{
    size_t n;
    const struct field *fields = fields_of(shape, &n);
    jw_kobject(w, shape_name(shape));
    jw_kcstr(w, "type", "object");
    if (is_whole(shape)) {
        jw_karray(w, "required");
        for (size_t i = 0; i < n; i++)
            jw_cstr(w, fields[i].name);
        jw_end_array(w);
    } else {
        jw_kcstr(w, "description",
                 "All fields are present unless ?fields= or ?embed= omit them; those that say so, only "
                 "if ?fields= names them.");
    }
    jw_kobject(w, "properties");
    for (size_t i = 0; i < n; i++)
        put_field(w, shape, &fields[i]);
    jw_end_object(w);
    jw_end_object(w);
}

static void put_named(struct jw *w, const char *stem, const char *ending)
{
    AUTO_BUF name = {0};
    buf_printf(&name, "%s%s", stem, ending);
    buf_putc(&name, '\0');
    jw_key(w, name.ptr);
}

/* The schema of a list, up to its own members; end_list() adds "results". */
static void begin_list(struct jw *w, enum shape shape, const char *name, slice required)
{
    put_named(w, shape_name(shape), name);
    jw_object(w);
    jw_kcstr(w, "type", "object");
    jw_kraw(w, "required", required);
    jw_kobject(w, "properties");
}

static void end_list(struct jw *w, enum shape shape)
{
    jw_kobject(w, "results");
    jw_kcstr(w, "type", "array");
    jw_key(w, "items");
    openapi_ref(w, "schemas", shape_name(shape));
    jw_end_object(w);
    jw_end_object(w);
    jw_end_object(w);
}

static void put_feed(struct jw *w, enum shape shape)
{
    begin_list(w, shape, "Feed", SLICE("[\"next\",\"cursor\",\"more\",\"results\"]"));
    jw_kraw(
        w, "next",
        SLICE(
            "{\"type\":\"string\",\"format\":\"uri\",\"description\":\"where to continue, now or later\"}"));
    jw_kraw(w, "cursor", SLICE("{\"type\":\"string\",\"description\":\"the same, for ?since=\"}"));
    jw_kraw(w, "more", SLICE("{\"type\":\"boolean\",\"description\":\"more items are available\"}"));
    end_list(w, shape);
}

/* {"count", "next", "previous", "results"}, a feed, or a bare list. */
static void put_lists(struct jw *w, enum shape shape)
{
    unsigned takes = 0, flags = 0;
    for (size_t i = 0; i < n_routes; i++) {
        if (routes[i].shape != shape)
            continue;
        takes |= routes[i].takes;
        flags |= routes[i].flags;
    }
    if (takes & TAKES_SINCE)
        put_feed(w, shape);
    if (takes & TAKES_PAGES) {
        begin_list(w, shape, "Page", SLICE("[\"count\",\"next\",\"previous\",\"results\"]"));
        jw_kraw(w, "count", SLICE("{\"type\":\"integer\",\"description\":\"records in all pages\"}"));
        jw_kraw(
            w, "next",
            SLICE("{\"type\":[\"string\",\"null\"],\"format\":\"uri\",\"description\":\"the page after\"}"));
        jw_kraw(
            w, "previous",
            SLICE("{\"type\":[\"string\",\"null\"],\"format\":\"uri\",\"description\":\"the page before\"}"));
        if (takes & TAKES_CURSOR) {
            jw_kraw(w, "count_capped",
                    SLICE("{\"type\":\"boolean\",\"description\":\"true: there are more than count\"}"));
        }
        end_list(w, shape);
    }
    if (flags & ROUTE_BARE_LIST) {
        put_named(w, shape_name(shape), "List");
        jw_object(w);
        jw_kcstr(w, "type", "array");
        jw_key(w, "items");
        openapi_ref(w, "schemas", shape_name(shape));
        jw_end_object(w);
    }
}

static bool is_served(enum shape shape)
{
    for (size_t i = 0; i < n_routes; i++)
        if (routes[i].shape == shape)
            return shape != SHAPE_NONE;
    return false;
}

static void put_words(struct jw *w, enum words words)
{
    jw_key(w, words_name(words));
    jw_object(w);
    jw_kcstr(w, "type", "string");
    jw_key(w, "enum");
    jw_array(w);
    for (size_t i = 0; words_item(words, i); i++)
        jw_cstr(w, words_item(words, i));
    jw_end_array(w);
    jw_end_object(w);
}

static void put_schemas(struct jw *w)
{
    jw_kobject(w, "schemas");
    for (int shape = 0; shape < N_SHAPES; shape++) {
        if (!is_served((enum shape)shape))
            continue;
        put_shape(w, (enum shape)shape);
        put_lists(w, (enum shape)shape);
    }
    for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
        jw_kraw(w, schemas[i].name, slice_of(schemas[i].schema));
    }
    for (int words = 0; words < N_WORDS; words++)
        put_words(w, (enum words)words);
    jw_end_object(w);
}

/* ---- answers and the rest ---- */

static void put_error(struct jw *w, const struct openapi_error *e)
{
    jw_kobject(w, e->name);
    jw_kcstr(w, "description", e->about);
    if (e->header) {
        jw_kobject(w, "headers");
        jw_key(w, e->header);
        openapi_ref(w, "headers", e->header);
        jw_end_object(w);
    }
    if (e->schema) {
        jw_kobject(w, "content");
        jw_kobject(w, "application/json");
        openapi_schema_ref(w, e->schema);
        jw_end_object(w);
        jw_kraw(w, "text/html",
                SLICE("{\"schema\":{\"type\":\"string\",\"description\":\"the same as a page\"}}"));
        jw_end_object(w);
    }
    jw_end_object(w);
}

static void put_responses(struct jw *w)
{
    jw_kobject(w, "responses");
    for (size_t i = 0; i < n_openapi_errors; i++)
        put_error(w, &openapi_errors[i]);
    for (size_t i = 0; i < ARRAY_LEN(more_errors); i++)
        put_error(w, &more_errors[i]);
    jw_end_object(w);
    jw_kobject(w, "headers");
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        jw_kobject(w, headers[i].name);
        jw_kcstr(w, "description", headers[i].about);
        if (!headers[i].optional)
            jw_kbool(w, "required", true);
        jw_kraw(w, "schema", slice_of(headers[i].schema));
        jw_end_object(w);
    }
    jw_end_object(w);
}

void openapi_components(struct jw *w)
{
    jw_kobject(w, "components");
    put_schemas(w);
    openapi_shared_parameters(w);
    put_responses(w);
    jw_kraw(w, "securitySchemes",
            SLICE("{\"basic\":{\"type\":\"http\",\"scheme\":\"basic\"},"
                  "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    jw_end_object(w);
}

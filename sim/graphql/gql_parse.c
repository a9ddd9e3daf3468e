/* gql_parse.c: GraphQL text to a document, by recursive descent with a bound on depth. */
#include "sim/graphql/gql.h"

#include <ctype.h>
#include <stdlib.h>

#define MAX_DEPTH 40

struct parser {
    const char *start, *p;
    int depth;
    bool failed;
    const char *expected;
};

static void skip_ignored(struct parser *ps)
{
    for (;;) {
        ps->p += strspn(ps->p, " \t\r\n,");
        if (*ps->p != '#')
            return;
        ps->p += strcspn(ps->p, "\r\n");
    }
}

static void *fail(struct parser *ps, const char *expected)
{
    if (!ps->failed)
        ps->expected = expected;
    ps->failed = true;
    return NULL;
}

static bool peek(struct parser *ps, char c)
{
    skip_ignored(ps);
    return !ps->failed && *ps->p == c;
}

static bool take(struct parser *ps, char c)
{
    if (!peek(ps, c))
        return false;
    ps->p++;
    return true;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static char *name(struct parser *ps)
{
    skip_ignored(ps);
    if (ps->failed || !is_name(*ps->p) || isdigit((unsigned char)*ps->p))
        return fail(ps, "a name");
    const char *from = ps->p;
    while (is_name(*ps->p))
        ps->p++;
    char *copy = xalloc((size_t)(ps->p - from) + 1);
    memcpy(copy, from, (size_t)(ps->p - from));
    return copy;
}

static bool take_word(struct parser *ps, const char *word)
{
    skip_ignored(ps);
    size_t n = strlen(word);
    if (ps->failed || strncmp(ps->p, word, n) != 0 || is_name(ps->p[n]))
        return false;
    ps->p += n;
    return true;
}

static json_t *value(struct parser *ps);

static json_t *string_value(struct parser *ps)
{
    if (strncmp(ps->p, "\"\"\"", 3) == 0) {
        const char *end = strstr(ps->p + 3, "\"\"\"");
        if (!end)
            return fail(ps, "the end of a string");
        json_t *s = json_stringn(ps->p + 3, (size_t)(end - ps->p - 3));
        ps->p = end + 3;
        return s;
    }
    /* Escapes are those of JSON. */
    size_t used = 0;
    json_error_t error;
    json_t *s = json_loads(ps->p, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &error);
    if (!json_is_string(s)) {
        json_decref(s);
        return fail(ps, "a string");
    }
    used = (size_t)error.position;
    ps->p += used;
    return s;
}

static json_t *number_value(struct parser *ps)
{
    char *end;
    json_t *v = json_integer(strtoll(ps->p, &end, 10));
    if (*end == '.' || *end == 'e' || *end == 'E') {
        json_decref(v);
        v = json_real(strtod(ps->p, &end));
    }
    if (end == ps->p) {
        json_decref(v);
        return fail(ps, "a value");
    }
    ps->p = end;
    return v;
}

/* name: value pairs up to a closing character. */
static json_t *pairs(struct parser *ps, char close)
{
    json_t *object = json_object();
    while (!ps->failed && !take(ps, close)) {
        char *key = name(ps);
        json_t *v = take(ps, ':') ? value(ps) : fail(ps, "':'");
        if (key && v)
            json_object_set(object, key, v);
        json_decref(v);
        free(key);
    }
    return object;
}

static json_t *list_value(struct parser *ps)
{
    json_t *list = json_array();
    while (!ps->failed && !take(ps, ']'))
        json_array_append_new(list, value(ps));
    return list;
}

static json_t *value(struct parser *ps)
{
    json_t *v = NULL;
    if (++ps->depth > MAX_DEPTH)
        fail(ps, "less depth");
    skip_ignored(ps);
    char c = *ps->p;
    if (ps->failed) {
        v = NULL;
    } else if (c == '$') {
        ps->p++;
        char *variable = name(ps);
        v = variable ? json_pack("{s:s}", "$", variable) : NULL;
        free(variable);
    } else if (c == '"') {
        v = string_value(ps);
    } else if (c == '[') {
        ps->p++;
        v = list_value(ps);
    } else if (c == '{') {
        ps->p++;
        v = pairs(ps, '}');
    } else if (c == '-' || isdigit((unsigned char)c)) {
        v = number_value(ps);
    } else {
        char *word = name(ps);
        v = !word                    ? NULL
            : !strcmp(word, "true")  ? json_true()
            : !strcmp(word, "false") ? json_false()
            : !strcmp(word, "null")  ? json_null()
                                     : json_string(word);
        free(word);
    }
    ps->depth--;
    return v;
}

static void directives(struct parser *ps, struct gql_selection *s)
{
    while (take(ps, '@')) {
        char *which = name(ps);
        json_t *args = take(ps, '(') ? pairs(ps, ')') : NULL;
        json_t *condition = json_incref(json_object_get(args, "if"));
        json_t **place = which && !strcmp(which, "skip")      ? &s->skip
                         : which && !strcmp(which, "include") ? &s->include
                                                              : NULL;
        if (place && !*place)
            *place = condition;
        else
            json_decref(condition);
        json_decref(args);
        free(which);
    }
}

static struct gql_selection *selections(struct parser *ps);

static void place_of(const struct parser *ps, const char *at, int *line, int *column)
{
    *line = 1;
    *column = 1;
    for (const char *p = ps->start; p < at; p++) {
        *column = *p == '\n' ? 1 : *column + 1;
        *line += *p == '\n';
    }
}

static void field(struct parser *ps, struct gql_selection *s)
{
    s->key = name(ps);
    if (take(ps, ':'))
        s->name = name(ps);
    else
        s->name = s->key ? xstrdup(s->key) : NULL;
    if (take(ps, '('))
        s->args = pairs(ps, ')');
    directives(ps, s);
    if (peek(ps, '{'))
        s->child = selections(ps);
}

static struct gql_selection *selection(struct parser *ps)
{
    struct gql_selection *s = xalloc(sizeof *s);
    skip_ignored(ps);
    place_of(ps, ps->p, &s->line, &s->column);
    if (strncmp(ps->p, "...", 3) != 0) {
        field(ps, s);
        return s;
    }
    ps->p += 3;
    s->kind = SEL_INLINE;
    if (take_word(ps, "on")) {
        s->name = name(ps);
    } else if (!peek(ps, '{') && !peek(ps, '@')) {
        s->kind = SEL_SPREAD;
        s->name = name(ps);
    }
    directives(ps, s);
    if (s->kind == SEL_INLINE)
        s->child = selections(ps);
    return s;
}

static struct gql_selection *selections(struct parser *ps)
{
    struct gql_selection *first = NULL, **last = &first;
    if (++ps->depth > MAX_DEPTH || !take(ps, '{'))
        fail(ps, "'{'");
    while (!ps->failed && !take(ps, '}')) {
        *last = selection(ps);
        last = &(*last)->next;
    }
    ps->depth--;
    return first;
}

/* The type of a variable is read over: values are checked where they are used. */
static void skip_type(struct parser *ps)
{
    while (take(ps, '['))
        continue;
    free(name(ps));
    while (take(ps, '!') || take(ps, ']'))
        continue;
}

static void variable_definitions(struct parser *ps, struct gql_definition *d)
{
    while (!ps->failed && !take(ps, ')')) {
        char *variable = take(ps, '$') ? name(ps) : fail(ps, "'$'");
        if (!take(ps, ':'))
            fail(ps, "':'");
        skip_type(ps);
        json_t *v = take(ps, '=') ? value(ps) : json_null();
        if (variable && v)
            json_object_set(d->defaults, variable, v);
        json_decref(v);
        free(variable);
    }
}

static struct gql_definition *definition(struct parser *ps)
{
    struct gql_definition *d = xalloc(sizeof *d);
    d->defaults = json_object();
    if (take_word(ps, "fragment")) {
        d->is_fragment = true;
        d->name = name(ps);
        d->on = take_word(ps, "on") ? name(ps) : fail(ps, "'on'");
    } else if (!peek(ps, '{')) {
        d->is_query = take_word(ps, "query");
        d->is_mutation = !d->is_query && take_word(ps, "mutation");
        if (!d->is_query && !d->is_mutation && !take_word(ps, "subscription"))
            fail(ps, "query, mutation, fragment or '{'");
        if (!peek(ps, '{') && !peek(ps, '(') && !peek(ps, '@'))
            d->name = name(ps);
        if (take(ps, '('))
            variable_definitions(ps, d);
    } else {
        d->is_query = true;
    }
    d->selections = selections(ps);
    return d;
}

bool gql_parse(const char *text, struct gql_document *out, char *err, size_t err_size, int *line, int *column)
{
    struct parser ps = {.start = text, .p = text};
    struct gql_definition **last = &out->definitions;
    *out = (struct gql_document){0};
    do {
        *last = definition(&ps);
        last = &(*last)->next;
        skip_ignored(&ps);
    } while (!ps.failed && *ps.p);
    if (ps.failed) {
        place_of(&ps, ps.p, line, column);
        snprintf(err, err_size, "Parse error, expected %s", ps.expected);
    }
    return !ps.failed;
}

static void free_selections(struct gql_selection *s)
{
    while (s) {
        struct gql_selection *next = s->next;
        free_selections(s->child);
        json_decref(s->args);
        json_decref(s->skip);
        json_decref(s->include);
        free(s->key);
        free(s->name);
        free(s);
        s = next;
    }
}

void gql_document_finish(struct gql_document *d)
{
    while (d->definitions) {
        struct gql_definition *next = d->definitions->next;
        free_selections(d->definitions->selections);
        json_decref(d->definitions->defaults);
        free(d->definitions->name);
        free(d->definitions->on);
        free(d->definitions);
        d->definitions = next;
    }
}

const struct gql_definition *gql_fragment(const struct gql_document *d, const char *fragment)
{
    for (const struct gql_definition *f = d->definitions; f; f = f->next)
        if (f->is_fragment && f->name && strcmp(f->name, fragment) == 0)
            return f;
    return NULL;
}

#include "github/graphql_error.h"
#include "github/error_words.h"
#include <ctype.h>

static bool says_any(const char *text, const char *const *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (says(text, parts[i]))
            return true;
    return false;
}

/* ---- a field the schema does not have ---- */

/* The text in quotes after `before`: "Field 'x' doesn't exist on type 'Y'". */
static void take_quoted(const char *message, const char *before, char *out, size_t size)
{
    const char *at = strcasestr(message, before);
    if (!at)
        return;
    at += strlen(before);
    char quote = *at;
    const char *end = quote == '\'' || quote == '"' || quote == '`' ? strchr(at + 1, quote) : NULL;
    if (end && (size_t)(end - at - 1) < size) {
        memcpy(out, at + 1, (size_t)(end - at - 1));
        out[end - at - 1] = '\0';
    }
}

static void take_text(const char *text, char *out, size_t size)
{
    if (strlen(text) < size)
        memcpy(out, text, strlen(text) + 1);
}

static bool is_about_a_field(const char *code, const char *message)
{
    static const char *const codes[] = {"undefinedField", "argumentNotAccepted",
                                        "argumentLiteralsIncompatible", "missingRequiredArguments",
                                        "selectionMismatch"},
                             *const words[] = {"doesn't exist on type", "doesn't accept argument",
                                               "cannot query field", "has an invalid value"};
    return says_any(code, codes, ARRAY_LEN(codes)) || says_any(message, words, ARRAY_LEN(words));
}

/* ---- a type the schema does not have ---- */

static bool is_about_a_type(const char *code, const char *message)
{
    static const char *const words[] = {"no such type", "unknown type", "can't be spread inside"};
    return says(code, "undefinedType") || says(code, "cannotSpreadFragment") ||
           says_any(message, words, ARRAY_LEN(words));
}

static size_t name_length(const char *text)
{
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || text[n] == '_')
        n++;
    return n;
}

/* "No such type Organization, so it can't be a fragment condition", "Fragment O on Organization can't be spread inside Node",
 * 'Unknown type "Organization".' */
static struct gh_field type_of(const json_t *error)
{
    static const char *const before[] = {"such type ", "unknown type ", " on "};
    struct gh_field type = {"", ""};
    const char *message = text_of(error, "message"), *at;
    take_text(text_of(json_object_get(error, "extensions"), "typeName"), type.type, sizeof type.type);
    for (size_t i = 0; i < ARRAY_LEN(before) && !type.type[0]; i++) {
        if (!(at = strcasestr(message, before[i])))
            continue;
        at += strlen(before[i]);
        at += *at == '"' || *at == '\'' || *at == '`';
        if (name_length(at) < sizeof type.type)
            memcpy(type.type, at, name_length(at));
    }
    return type;
}

/* If an answer names no field, or one that identifies nodes, the query cannot be repeated without it. */
static bool can_be_left_out(const struct gh_field *field)
{
    static const char *const needed[] = {"nodes", "id", "login", "nameWithOwner", "__typename"};
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (strcmp(field->name, needed[i]) == 0)
            return false;
    return field->name[0] != '\0';
}

/* The query asks for three types of nodes, and any of them may be left to REST. */
static bool type_can_be_left_out(const struct gh_field *type)
{
    return strcmp(type->type, "User") == 0 || strcmp(type->type, "Organization") == 0 ||
           strcmp(type->type, "Repository") == 0;
}

static struct gh_field field_of(const json_t *error)
{
    struct gh_field field = {"", ""};
    const json_t *extensions = json_object_get(error, "extensions");
    const char *message = text_of(error, "message");
    take_quoted(message, "field ", field.name, sizeof field.name);
    take_quoted(message, "on type ", field.type, sizeof field.type);
    if (!field.name[0])
        take_text(text_of(extensions, "fieldName"), field.name, sizeof field.name);
    if (!field.type[0] && strcmp(text_of(extensions, "typeName"), "Field") != 0)
        take_text(text_of(extensions, "typeName"), field.type, sizeof field.type);
    return field;
}

static bool is_same(const struct gh_field *a, const struct gh_field *b)
{
    return strcmp(a->type, b->type) == 0 && strcmp(a->name, b->name) == 0;
}

bool gh_fields_add(struct gh_fields *into, const struct gh_fields *more)
{
    size_t before = into->n;
    for (size_t i = 0; i < more->n; i++) {
        size_t at = 0;
        while (at < into->n && !is_same(&into->items[at], &more->items[i]))
            at++;
        if (at == into->n && into->n < GH_FIELDS_MAX)
            into->items[into->n++] = more->items[i];
    }
    return into->n > before;
}

/* ---- one error ---- */

/* About the query, not about one of its nodes: path ["nodes", i, …]. */
static bool is_about_all(const json_t *error)
{
    return !json_is_integer(json_array_get(json_object_get(error, "path"), 1));
}

static enum gh_graphql_verdict verdict_of(const json_t *error, bool has_nodes, struct gh_fields *lacking)
{
    static const char *const too_much[] = {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED",
                                           "ARGUMENT_LIMIT", "COMPLEXITY"},
                             *const slow[] = {"timeout", "timed out", "in time"};
    const char *type = text_of(error, "type"), *message = text_of(error, "message"),
               *code = text_of(json_object_get(error, "extensions"), "code");
    if (says_any(type, too_much, ARRAY_LEN(too_much)) || says_any(code, too_much, ARRAY_LEN(too_much)))
        return GH_GRAPHQL_SMALLER;
    if (strcmp(type, "INSUFFICIENT_SCOPES") == 0)
        return GH_GRAPHQL_NO_EMAIL;
    if (has_nodes)
        return GH_GRAPHQL_OK;
    if (is_about_a_field(code, message)) {
        struct gh_fields one = {1, {field_of(error)}};
        if (!can_be_left_out(&one.items[0]))
            return GH_GRAPHQL_REFUSED;
        gh_fields_add(lacking, &one);
        return GH_GRAPHQL_LACKS_FIELDS;
    }
    if (is_about_a_type(code, message)) {
        struct gh_fields one = {1, {type_of(error)}};
        if (!type_can_be_left_out(&one.items[0]))
            return GH_GRAPHQL_REFUSED;
        gh_fields_add(lacking, &one);
        return GH_GRAPHQL_LACKS_FIELDS;
    }
    if (strcmp(type, "FORBIDDEN") == 0)
        return is_about_all(error) ? GH_GRAPHQL_REFUSED : GH_GRAPHQL_SMALLER;
    if (!*type && says(message, "Something went wrong"))
        return GH_GRAPHQL_SMALLER;
    if (says_any(type, slow, ARRAY_LEN(slow)) || says_any(message, slow, ARRAY_LEN(slow)))
        return GH_GRAPHQL_SLOW;
    return GH_GRAPHQL_OK; /* it does not matter for the query */
}

enum gh_graphql_verdict gh_graphql_judge(const json_t *errors, bool has_nodes, struct gh_fields *lacking_out)
{
    /* Of several errors the one that says most about the next query counts. */
    static const enum gh_graphql_verdict order[] = {GH_GRAPHQL_SMALLER, GH_GRAPHQL_NO_EMAIL,
                                                    GH_GRAPHQL_REFUSED, GH_GRAPHQL_LACKS_FIELDS,
                                                    GH_GRAPHQL_SLOW};
    bool seen[GH_GRAPHQL_FAILED + 1] = {false};
    size_t at;
    json_t *error;
    lacking_out->n = 0;
    json_array_foreach(errors, at, error) seen[verdict_of(error, has_nodes, lacking_out)] = true;
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        if (seen[order[i]])
            return order[i];
    return has_nodes ? GH_GRAPHQL_OK : GH_GRAPHQL_FAILED;
}

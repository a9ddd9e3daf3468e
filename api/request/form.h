/* form: a request's body as keys and values: urlencoded, multipart/form-data (text fields) or a JSON object of strings.
 * The last of a repeated key wins, but the fields of a list are joined by commas; unknown fields may hold anything. Pure. */
#pragma once
#include "api/request/params.h"

enum form_outcome {
    FORM_OK,
    FORM_BAD,         /* 400; *why_out is the reason, in the arena */
    FORM_UNSUPPORTED, /* 415 */
};
#define FORM_UNKNOWN_MAX 50 /* unknown_out has one more if there were more */
/* An empty body is an empty form, whatever its type says. JSON null counts as absent. */
#define FORM_NUMBER  '#'
#define FORM_BOOLEAN '?'
#define FORM_LIST    '*'
#define FORM_SECRET  '!'
/* known: names of the accepted fields, ending in NULL; NULL: any. "#n": in JSON, n may also be a whole number; "?b": in
 * JSON, b may also be true or false; "*l": l is a list of texts separated by commas, may be repeated in a form, and in JSON
 * may also be a list of strings; "!s": *why_out does not repeat what s holds. unknown_out, unless NULL: the names of the other fields, with empty values. */
enum form_outcome form_parse(struct arena *a, slice content_type, slice body, const char *const *known,
                             struct param_list *out, struct param_list *unknown_out, const char **why_out);

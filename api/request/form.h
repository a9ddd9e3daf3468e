/* form: a request's body as keys and values: urlencoded, multipart/form-data (text fields) or a JSON object of strings.
 * The last of a repeated key wins; unknown fields are ignored, whatever they hold. Pure. */
#pragma once
#include "api/request/params.h"

enum form_outcome {
    FORM_OK,
    FORM_BAD,         /* 400; *why_out says what, in the arena */
    FORM_UNSUPPORTED, /* 415 */
};
/* An empty body is an empty form, whatever its type says. JSON null counts as absent. */
#define FORM_NUMBER '#'
/* known: names of the fields that are taken, ending in NULL; NULL: any. "#n": in JSON, n may also be a whole number. */
enum form_outcome form_parse(struct arena *a, slice content_type, slice body, const char *const *known,
                             struct param_list *out, const char **why_out);

/* error_words: the texts of GitHub's errors, which say more than their status codes. Pure. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

/* "" if it is no text. */
static inline const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* In any case of letters. */
static inline bool says(const char *text, const char *part)
{
    return strcasestr(text, part) != NULL;
}

/* field_types: the type of value that GitHub gives under a key, in users and repositories wherever they occur in an answer. Pure.
 * Keys have one meaning in all of them, so no table per kind is needed. Null is a value of every type. */
#pragma once
#include "core/base/slice.h"

#define FIELD_NUMBER_MAX 999999999999999999ll /* 18 digits, which are counted and not read */

enum field_type {
    FIELD_ANY,       /* not read, or of no plain type */
    FIELD_ID,        /* an integer from 1 to FIELD_NUMBER_MAX */
    FIELD_LOGIN,     /* a text: login_plausible (names.h) */
    FIELD_FULL_NAME, /* a text: full_name_plausible */
    FIELD_TIME,      /* a text: field_time_ok. Every key that ends in "_at" */
    FIELD_TEXT,
    FIELD_COUNT, /* an integer from 0 to FIELD_NUMBER_MAX */
    FIELD_FLAG,
};

enum field_type field_type_of(slice key);

/* A moment as RFC 3339 writes it: "2011-01-25T18:44:36Z", also with a fraction of the second or an offset; years from 1. PostgreSQL
 * takes many more texts for times: "20200101", "yesterday", those of years with five digits. */
bool field_time_ok(slice text);

/* JSON Schemas of what requests hold, as fragments of the OpenAPI document: each accepts what its reader accepts (named
 * beside it). Patterns are ECMA 262 without look-around. */
#pragma once

#define TYPED(type, more) "{\"type\":\"" type "\"" more "}"
#define PATTERN(regex)    ",\"pattern\":\"" regex "\""

/* api/request/params.c: no NUL. */
#define SCHEMA_TEXT TYPED("string", PATTERN("^[^\\\\u0000]*$"))
/* Of a parameter that may not be blank, with examples (api/spec/query.c). */
#define SCHEMA_WORDS(more)                                                                                   \
    TYPED("string", PATTERN("^[^\\\\u0000]*[^\\\\u0000 \\\\t\\\\n\\\\v\\\\f\\\\r][^\\\\u0000]*$") more)
#define EXAMPLES(list) ",\"examples\":[" list "]"

/* api/request/value.c: value_time(). Year, month, day; then "T" or a space, hour, minute, second, fraction, and an offset. */
#define YEAR        "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
#define LEAP_YEAR   "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
#define FIRST_28    "-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|1[0-9]|2[0-8])"
#define THE_29TH    "-(?:0?[13-9]|1[0-2])-(?:29|30)"
#define THE_31ST    "-(?:0?[13578]|1[02])-31"
#define DATE        "(?:" YEAR "(?:" FIRST_28 "|" THE_29TH "|" THE_31ST ")|" LEAP_YEAR "-0?2-29)"
#define SECONDS     "(?::[0-5]?[0-9](?:[.,][0-9]{1,12})?)?"
#define OFFSET      "(?:[Zz]|[-+ ](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?"
#define CLOCK       "(?:[Tt ](?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]" SECONDS OFFSET ")?"
#define TRIMMED     "[ \\\\t\\\\r\\\\n]*"
#define SCHEMA_TIME TYPED("string", PATTERN("^" TRIMMED DATE CLOCK TRIMMED "$"))
/* The same by reference: the document holds it once. */
#define A_TIME                                                                                               \
    "{\"type\":\"string\",\"$ref\":\"#/components/schemas/Time\"" EXAMPLES(                                  \
        "\"2020-01-31\",\"2020-01-31T12:00:00Z\"") "}"

/* api/resources/changes.c */
#define POSITION "c[0-9]{1,19}\\\\.[0-9]{1,10}(?:\\\\.[1-9][0-9]{0,17})?"
#define SCHEMA_SINCE                                                                                         \
    "{\"type\":\"string\",\"anyOf\":[{\"$ref\":\"#/components/schemas/Time\"},{\"pattern\":\"^" POSITION     \
    "$\"}]" EXAMPLES("\"2026-01-31\"") "}"
#define SCHEMA_BEFORE TYPED("string", PATTERN("^(?:end|" POSITION ")$") EXAMPLES("\"end\""))

/* api/resources/list.c: list_read_words(), white space as Unicode has it. */
#define SPACE                                                                                                \
    "\\\\t-\\\\r "                                                                                           \
    "\\\\u0085\\\\u00a0\\\\u1680\\\\u2000-\\\\u200a\\\\u2028\\\\u2029\\\\u202f\\\\u205f\\\\u3000"
#define SCHEMA_SEARCH                                                                                        \
    TYPED("string", ",\"maxLength\":200" PATTERN("^[" SPACE "]*(?:[^\\\\u0000" SPACE "]+(?:[" SPACE          \
                                                 "]+|$)){0,10}$") EXAMPLES("\"linux kernel\""))

/* api/request/cursor.c */
#define SCHEMA_CURSOR TYPED("string", PATTERN("^[A-Za-z0-9_-]*$"))
/* api/resources/jobs.c */
#define SCHEMA_NUMBER TYPED("integer", ",\"format\":\"int64\",\"minimum\":0")

/* A number above 0; beyond `most` it counts as `most`, which the description says (api/request/paging.c). */
#define SCHEMA_COUNT(otherwise) TYPED("integer", ",\"minimum\":1,\"default\":" otherwise)
#define SCHEMA_FROM(least, most, otherwise)                                                                  \
    TYPED("integer", ",\"minimum\":" least ",\"maximum\":" most ",\"default\":" otherwise)
#define SCHEMA_FLAG         TYPED("boolean", ",\"default\":false")
#define SCHEMA_ENUM(values) TYPED("string", ",\"enum\":[" values "]")

/* Elements without text do not count, but one must have text. */
#define HAS_TEXT ",\"contains\":{\"pattern\":\"[^ \\\\t\\\\r\\\\n]\"}"

/* core/model/names.c: repo_read(). */
#define REPO "(?:[A-Za-z0-9.+@:/]*[/:])?[A-Za-z0-9_-]{1,39}(?:\\\\[bot\\\\])?/[A-Za-z0-9._-]{1,104}/?"
#define SCHEMA_REPOS                                                                                         \
    "{\"type\":\"array\",\"items\":" TYPED("string", PATTERN("^" TRIMMED "(?:" REPO ")?" TRIMMED             \
                                                             "$")) ",\"minItems\":1,\"maxItems\":8" HAS_TEXT \
                                                                   "}"

/* api/spec/filters.c: set_values(). */
#define SCHEMA_VALUE TYPED("string", PATTERN("^[^\\\\u0000,]*$")) /* commas separate values */
#define SCHEMA_VALUES(items, more)                                                                           \
    "{\"type\":\"array\",\"items\":" items ",\"minItems\":1,\"maxItems\":100" more "}"

/* ---- fields of bodies: what follows "type": in their schemas (api/request/form.c). Null counts as absent, and so does "". */
#define FIELD_WORD        "[\"string\",\"null\"]"
#define FIELD_LIKE(regex) FIELD_WORD PATTERN("^(?:" regex ")?$")
/* A whole number, as a number or as a text of digits. */
#define FIELD_WHOLE(least, more, digits)                                                                     \
    "[\"integer\",\"string\",\"null\"],\"format\":\"int64\",\"minimum\":" least more PATTERN("^(?:" digits   \
                                                                                             ")?$")
#define FIELD_FLAG                                                                                           \
    "[\"boolean\",\"string\",\"null\"]" PATTERN("^(?:[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[01])?$")
/* A list, or a text that separates them by commas. */
#define FIELD_WORDS(more) "[\"array\",\"string\",\"null\"],\"items\":" TYPED("string", "") more

/* fields: the fields of answers, one table per shape. Serving, ?fields=, ?embed= and documentation read it. Pure.
 * A list's shape is that of its items. */
#pragma once
#include "api/request/params.h"
#include "core/uuid/uuid.h"
#include <stdint.h>

/* Shapes, each with its name in the documentation. */
#define SHAPES(X)                                                                                            \
    X(NONE, "")                                                                                              \
    X(ROOT, "Root")                                                                                          \
    X(DEVELOPER, "Developer")                                                                                \
    X(REPOSITORY, "Repository")                                                                              \
    X(FOLLOW, "Follow")       /* an item of followers/ and following/ */                                     \
    X(STARRED, "Starred")     /* an item of starred_repositories/ */                                         \
    X(STARGAZER, "Stargazer") /* an item of stargazers/ */                                                   \
    X(RATE_LIMIT, "RateLimit")                                                                               \
    X(TASK, "Task")                                                                                          \
    X(JOB, "Job")                                                                                            \
    X(JOB_DETAIL, "JobDetail")                                                                               \
    X(STATS, "Stats")                                                                                        \
    X(CHANGE, "Change")                                                                                      \
    X(HISTORY, "History")                                                                                    \
    X(STARS, "Stars")                                                                                        \
    X(FACETS, "Facets")                                                                                      \
    X(NETWORK, "Network")                                                                                    \
    X(QUOTA_HISTORY, "QuotaHistory")                                                                         \
    X(SAMPLE, "Sample")                                                                                      \
    X(WEBHOOK, "Webhook")                                                                                    \
    X(WEBHOOK_DETAIL, "WebhookDetail")

enum shape {
#define X(id, name) SHAPE_##id,
    SHAPES(X)
#undef X
        N_SHAPES
};
const char *shape_name(enum shape shape);

enum field_type {
    FIELD_ID,     /* a record id (UUID) */
    FIELD_DIGITS, /* a GitHub id: a string of digits */
    FIELD_TEXT,
    FIELD_TEXTS,  /* a list of texts */
    FIELD_NUMBER, /* a whole number */
    FIELD_TIME,   /* YYYY-MM-DDTHH:MM:SSZ */
    FIELD_DAY,    /* YYYY-MM-DD; written by the handler */
    FIELD_BOOL,
    FIELD_FRACTION, /* a number from 0 to 1; written by the handler */
    FIELD_LINK,     /* the address of a record followed by `path` */
    FIELD_LINKS,    /* a list of addresses of records: a relation, omitted by ?embed=none */
    FIELD_PATH,     /* an address of its own: `path` */
    FIELD_NUMBERED, /* the address of a record with a number instead of an id: path, number, slash */
    FIELD_OBJECT,   /* an object or a list, written by the handler; `about` describes it */
};

enum field_presence {
    FIELD_SET, /* never null */
    FIELD_NULLABLE,
    FIELD_OPT_IN, /* only if ?fields= names it; may be null */
};

struct field {
    const char *name;
    enum field_type type;
    enum field_presence presence;
    const char *about;
    /* for serving */
    /* Offset of the value in the shape's record (FIELD_LINK: the GitHub id): text is a slice, a list of texts struct texts,
     * lists are struct ids, others are struct maybe. */
    unsigned short at;
    enum record_kind kind; /* of FIELD_ID, FIELD_LINK, FIELD_LINKS */
    const char *path;
};
/* In the order in which they are written. NULL and 0 for SHAPE_NONE. At most 64. */
const struct field *fields_of(enum shape shape, size_t *n_out);

/* Columns of the CSV and NDJSON of answers that are no lists of records. */
extern const char *const facets_columns[2], *const quota_columns[8];

/* Fields of a shape, a bit each, in the table's order. */
typedef uint64_t field_set;
/* Bit of the field with that name; 0 if the shape has none. */
field_set field_bit(enum shape shape, const char *name);

/* The fields of HTML tables and pages: all but the relations. */
field_set fields_of_view(enum shape shape);

/* The fields that ?fields= (names, separated by commas) and ?embed= (all, none) select; `embed` is the default. Opt-in
 * fields are included only by name. Relations are omitted with embed=none, and if that is the default, unless ?fields= names
 * them. False with the parameter and a sentence (in the arena) for a name the shape does not have. */
MUST_CHECK bool fields_choose(struct arena *a, enum shape shape, const struct param_list *params, bool embed,
                              field_set *set_out, slice *parameter_out, const char **why_out);

/* words: the sets of words that answers, parameters and bodies take values from. Each set is the table of the code that uses it; those
 * without another home are here. The OpenAPI document has a schema for each. Pure. */
#pragma once
#include "api/spec/fields.h"

#define WORDS(X)                                                                                             \
    X(JOB_STATE, "JobState")                                                                                 \
    X(JOB_KIND, "JobKind")                                                                                   \
    X(TASK_NAME, "TaskName") /* that POST /github/tasks/ takes */                                            \
    X(NEED, "Need")          /* of a task's field */                                                         \
    X(CHANGE_TYPE, "ChangeType")                                                                             \
    X(SAMPLE_KIND, "SampleKind")                                                                             \
    X(WEBHOOK_STATE, "WebhookState")                                                                         \
    X(INTERVAL, "Interval")                                                                                  \
    X(AXIS, "Axis")                                                                                          \
    X(SCALE, "Scale")                                                                                        \
    X(FACET, "Facet")                                                                                        \
    X(NODE_KIND, "NodeKind")                                                                                 \
    X(EDGE_KIND, "EdgeKind")

enum words {
#define X(id, name) WORDS_##id,
    WORDS(X)
#undef X
        N_WORDS,
    WORDS_NONE
};
/* The name of its schema. */
const char *words_name(enum words words);
/* Number 0, 1, …; NULL at the end. */
const char *words_item(enum words words, size_t number);
/* Those that a field's value is one of; WORDS_NONE: any text. */
enum words words_of_field(enum shape shape, const char *field);

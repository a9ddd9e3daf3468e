#include "api/spec/words.h"
#include "core/base/day.h"
#include "core/model/job.h"
#include "core/model/names.h"
#include "schema/browse/facets.h"
#include "schema/graph/changes.h"
#include "schema/graph/webhooks.h"

static const char *const needs[] = {"required", "n/a"}, *const axes[] = {"date", "age"},
                         *const scales[] = {"linear", "log"},
                         *const node_kinds[] = {"developer", "repository"},
                         *const edge_kinds[] = {"follow", "star"};

const char *words_name(enum words words)
{
    static const char *const names[] = {
#define X(id, name) name,
        WORDS(X)
#undef X
    };
    return names[words];
}

#define ITEM(table) (number < ARRAY_LEN(table) ? (table)[number] : NULL)

const char *words_item(enum words words, size_t number)
{
    switch (words) {
    case WORDS_JOB_STATE:
        return number < JOB_N_STATES ? job_state_name((enum job_state)number) : NULL;
    case WORDS_JOB_KIND:
        return number < JOB_N_KINDS ? job_kind_name((enum job_kind)number) : NULL;
    case WORDS_TASK_NAME:
        return job_task_name(number);
    case WORDS_NEED:
        return ITEM(needs);
    case WORDS_CHANGE_TYPE:
        return number < n_change_types ? change_types[number] : NULL;
    case WORDS_SAMPLE_KIND:
        return record_kind_words(number);
    case WORDS_WEBHOOK_STATE:
        return ITEM(webhook_states);
    case WORDS_INTERVAL:
        return number < DAY_N_INTERVALS ? day_interval_name((enum day_interval)number) : NULL;
    case WORDS_AXIS:
        return ITEM(axes);
    case WORDS_SCALE:
        return ITEM(scales);
    case WORDS_FACET:
        return number < N_FACETS ? facet_name((enum facet)number) : NULL;
    case WORDS_NODE_KIND:
        return ITEM(node_kinds);
    case WORDS_EDGE_KIND:
        return ITEM(edge_kinds);
    case N_WORDS:
    case WORDS_NONE:
        break;
    }
    return NULL;
}

enum words words_of_field(enum shape shape, const char *field)
{
    static const struct {
        enum shape shape;
        const char *field;
        enum words words;
    } fields[] = {
        {SHAPE_JOB, "state", WORDS_JOB_STATE},
        {SHAPE_JOB, "kind", WORDS_JOB_KIND},
        {SHAPE_JOB_DETAIL, "state", WORDS_JOB_STATE},
        {SHAPE_JOB_DETAIL, "kind", WORDS_JOB_KIND},
        {SHAPE_TASK, "name", WORDS_TASK_NAME},
        {SHAPE_TASK, "username", WORDS_NEED},
        {SHAPE_TASK, "repo_name", WORDS_NEED},
        {SHAPE_CHANGE, "type", WORDS_CHANGE_TYPE},
        {SHAPE_SAMPLE, "kind", WORDS_SAMPLE_KIND},
        {SHAPE_WEBHOOK, "state", WORDS_WEBHOOK_STATE},
        {SHAPE_WEBHOOK, "types", WORDS_CHANGE_TYPE},
        {SHAPE_WEBHOOK_DETAIL, "state", WORDS_WEBHOOK_STATE},
        {SHAPE_WEBHOOK_DETAIL, "types", WORDS_CHANGE_TYPE},
        {SHAPE_HISTORY, "interval", WORDS_INTERVAL},
        {SHAPE_STARS, "by", WORDS_AXIS},
        {SHAPE_STARS, "scale", WORDS_SCALE},
        {SHAPE_FACETS, "field", WORDS_FACET},
    };
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (fields[i].shape == shape && strcmp(fields[i].field, field) == 0)
            return fields[i].words;
    return WORDS_NONE;
}

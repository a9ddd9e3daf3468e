#include "api/spec/labels.h"
#include "core/base/attr.h"

static const struct {
    const char *name, *words;
} in_words[] = {
    {"url", "URL"},
    {"search", "Words"},
    {"ordering", "Order"},
    {"page_size", "Rows a page"},
    {"as_of", "As of"},
    {"repo", "Repositories (owner/name, …)"},
    {"by", "Along"},
    {"age", "age in days"},
    {"log", "logarithmic"},
    {"field", "Counted by"},
    {"depth", "Steps away"},
    {"subject", "Subject"},
    {"task", "Task number"},
    {"since", "Since"},
    {"type", "Type"},
    {"created_at__gte", "Requested since"},
    {"created_at__lte", "Requested until"},
    {"finished_at__gte", "Ended since"},
    {"finished_at__lte", "Ended until"},
    {"location__icontains", "Location has"},
    {"company__icontains", "Company has"},
    {"topics", "Topic"},
    {"followers_count__gte", "Followers, at least"},
    {"stargazers_count__gte", "Stars, at least"},
    {"username", "Login"},
    {"repo_name", "Repository"},
    {"n", "Ids to draw"},
    {"name", "What"},
};

const char *label_words(slice name)
{
    for (size_t i = 0; i < ARRAY_LEN(in_words); i++)
        if (slice_eq(name, slice_of(in_words[i].name)))
            return in_words[i].words;
    return NULL;
}

#include "api/spec/labels.h"

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

/* What is counted. */
static const char *counted(enum browse_column column)
{
    static const char *const things[BROWSE_N_COLUMNS] = {
        [BROWSE_FOLLOWERS_COUNT] = "followers",
        [BROWSE_PUBLIC_REPOS] = "repositories",
        [BROWSE_PUBLIC_GISTS] = "gists",
        [BROWSE_STARGAZERS_COUNT] = "stars",
        [BROWSE_SUBSCRIBERS_COUNT] = "people watching", /* watchers_count are stars at GitHub */
        [BROWSE_OPEN_ISSUES_COUNT] = "issues"};
    return things[column];
}

const char *label_order(struct arena *a, enum browse_column column, bool descending)
{
    if (column == BROWSE_CREATED_AT)
        return descending ? "newest first" : "oldest first";
    if (column == BROWSE_UPDATED_AT)
        return descending ? "last updated first" : "least recently updated first";
    if (column == BROWSE_FOLLOWING_COUNT)
        return descending ? "following most first" : "following fewest first";
    if (counted(column))
        return arena_printf(a, "%s %s first", descending ? "most" : "fewest", counted(column));
    char *name = arena_strdup(a, browse_column_name(column));
    for (char *c = name; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return arena_printf(a, "by %s%s", name, descending ? ", descending" : "");
}

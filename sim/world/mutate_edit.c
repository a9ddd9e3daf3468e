#include "sim/world/mutate_edit.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

bool mutate_made_of(const char *text, const char *more)
{
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr(more, *text))
            return false;
    return true;
}

struct editable {
    const char *key;
    size_t at;
    enum { EDIT_TEXT, EDIT_BOOL } kind;
};

#define U(field) offsetof(struct user, field)
#define R(field) offsetof(struct repo, field)
static const struct editable user_members[] = {{"name", U(name), EDIT_TEXT},
                                               {"company", U(company), EDIT_TEXT},
                                               {"blog", U(blog), EDIT_TEXT},
                                               {"email", U(email), EDIT_TEXT},
                                               {"location", U(location), EDIT_TEXT},
                                               {"bio", U(bio), EDIT_TEXT},
                                               {"description", U(bio), EDIT_TEXT},
                                               {"twitter_username", U(twitter), EDIT_TEXT},
                                               {"site_admin", U(site_admin), EDIT_BOOL}};
static const struct editable repo_members[] = {{"description", R(description), EDIT_TEXT},
                                               {"homepage", R(homepage), EDIT_TEXT},
                                               {"language", R(language), EDIT_TEXT},
                                               {"default_branch", R(default_branch), EDIT_TEXT},
                                               {"topics", R(topics), EDIT_TEXT},
                                               {"archived", R(archived), EDIT_BOOL},
                                               {"disabled", R(disabled), EDIT_BOOL},
                                               {"has_issues", R(has_issues), EDIT_BOOL},
                                               {"has_wiki", R(has_wiki), EDIT_BOOL},
                                               {"has_pages", R(has_pages), EDIT_BOOL},
                                               {"has_projects", R(has_projects), EDIT_BOOL},
                                               {"has_downloads", R(has_downloads), EDIT_BOOL}};

static const struct editable *member_named(const struct editable *members, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(members[i].key, key) == 0)
            return &members[i];
    return NULL;
}

/* All members are checked before any is changed. */
static bool edit(struct world *w, void *record, const json_t *set, const struct editable *members, size_t n,
                 const char **expected_out)
{
    json_t *v;
    const char *key;
    *expected_out = "an object of members and values";
    if (!json_is_object(set))
        return false;
    *expected_out = "members that can be edited, with values that fit";
    json_object_foreach((json_t *)set, key, v)
    {
        const struct editable *e = member_named(members, n, key);
        bool fits = e && (e->kind == EDIT_BOOL ? json_is_boolean(v) : json_is_string(v) || json_is_null(v));
        if (fits && strcmp(key, "topics") == 0)
            fits = json_is_string(v) && mutate_made_of(json_string_value(v), "-,");
        if (!fits || (json_is_null(v) && strcmp(key, "blog") == 0))
            return false;
    }
    json_object_foreach((json_t *)set, key, v)
    {
        const struct editable *e = member_named(members, n, key);
        void *place = (char *)record + e->at;
        if (e->kind == EDIT_BOOL)
            *(bool *)place = json_is_true(v);
        else
            *(const char **)place = world_dup(w, json_string_value(v));
    }
    return true;
}

bool mutate_edit_user(struct world *w, struct user *user, const json_t *set, const char **expected_out)
{
    return edit(w, user, set, user_members, sizeof user_members / sizeof *user_members, expected_out);
}

bool mutate_edit_repo(struct world *w, struct repo *repo, const json_t *set, const char **expected_out)
{
    return edit(w, repo, set, repo_members, sizeof repo_members / sizeof *repo_members, expected_out);
}

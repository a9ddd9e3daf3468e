/* render_repo.c: repositories as JSON. Key order and key sets follow recorded answers. */
#include "sim/content/render.h"
#include "sim/world/node_id.h"

void render_repo_node_id(struct buf *b, const struct repo *r, bool force_new)
{
    node_id_write(b, NODE_REPO, r->id, r->legacy_node && !force_new);
}

static const char *const url_keys[][2] = {
    {"url", ""},
    {"forks_url", "/forks"},
    {"keys_url", "/keys{/key_id}"},
    {"collaborators_url", "/collaborators{/collaborator}"},
    {"teams_url", "/teams"},
    {"hooks_url", "/hooks"},
    {"issue_events_url", "/issues/events{/number}"},
    {"events_url", "/events"},
    {"assignees_url", "/assignees{/user}"},
    {"branches_url", "/branches{/branch}"},
    {"tags_url", "/tags"},
    {"blobs_url", "/git/blobs{/sha}"},
    {"git_tags_url", "/git/tags{/sha}"},
    {"git_refs_url", "/git/refs{/sha}"},
    {"trees_url", "/git/trees{/sha}"},
    {"statuses_url", "/statuses/{sha}"},
    {"languages_url", "/languages"},
    {"stargazers_url", "/stargazers"},
    {"contributors_url", "/contributors"},
    {"subscribers_url", "/subscribers"},
    {"subscription_url", "/subscription"},
    {"commits_url", "/commits{/sha}"},
    {"git_commits_url", "/git/commits{/sha}"},
    {"comments_url", "/comments{/number}"},
    {"issue_comment_url", "/issues/comments{/number}"},
    {"contents_url", "/contents/{+path}"},
    {"compare_url", "/compare/{base}...{head}"},
    {"merges_url", "/merges"},
    {"archive_url", "/{archive_format}{/ref}"},
    {"downloads_url", "/downloads"},
    {"issues_url", "/issues{/number}"},
    {"pulls_url", "/pulls{/number}"},
    {"milestones_url", "/milestones{/number}"},
    {"notifications_url", "/notifications{?since,all,participating}"},
    {"labels_url", "/labels{/name}"},
    {"releases_url", "/releases{/id}"},
    {"deployments_url", "/deployments"},
};

struct shown {
    const struct world *w;
    const struct view *v;
    const struct repo *r;
    const struct user *owner;
};

static void path(struct buf *b, const struct shown *s)
{
    buf_str(b, s->owner->login);
    BUF_LIT(b, "/");
    buf_str(b, s->r->name);
}

/* ,"key":"<before>owner/name<after>" */
static void path_field(struct buf *b, const struct shown *s, const char *key, const char *before,
                       const char *after)
{
    BUF_LIT(b, ",\"");
    buf_str(b, key);
    BUF_LIT(b, "\":\"");
    buf_str(b, before);
    path(b, s);
    buf_str(b, after);
    BUF_LIT(b, "\"");
}

static void string_field(struct buf *b, const char *key, const char *value)
{
    BUF_LIT(b, ",\"");
    buf_str(b, key);
    BUF_LIT(b, "\":");
    buf_json(b, value);
}

static void bool_field(struct buf *b, const char *key, bool value)
{
    BUF_LIT(b, ",\"");
    buf_str(b, key);
    buf_str(b, value ? "\":true" : "\":false");
}

static void count_field(struct buf *b, const char *key, int64_t value)
{
    BUF_LIT(b, ",\"");
    buf_str(b, key);
    BUF_LIT(b, "\":");
    buf_i64(b, value);
}

static void license_field(struct buf *b, const struct license *l)
{
    BUF_LIT(b, ",\"license\":");
    if (!l) {
        BUF_LIT(b, "null");
        return;
    }
    BUF_LIT(b, "{\"key\":");
    buf_json(b, l->key);
    string_field(b, "name", l->name);
    string_field(b, "spdx_id", l->spdx_id);
    string_field(b, "url", l->url);
    string_field(b, "node_id", l->node_id);
    BUF_LIT(b, "}");
}

void render_topics(struct buf *b, const struct repo *r)
{
    BUF_LIT(b, "[");
    for (const char *p = r->topics; *p;) {
        size_t n = strcspn(p, ",");
        buf_str(b, p == r->topics ? "\"" : ",\"");
        buf_add(b, p, n);
        BUF_LIT(b, "\"");
        p += n + (p[n] == ',');
    }
    BUF_LIT(b, "]");
}

/* Everything up to the URL templates: all that /repositories shows. */
static void identity_open(struct buf *b, const struct shown *s)
{
    buf_reserve(b, 5200);
    BUF_LIT(b, "{\"id\":");
    buf_i64(b, s->r->id);
    BUF_LIT(b, ",\"node_id\":\"");
    render_repo_node_id(b, s->r, false);
    BUF_LIT(b, "\"");
    string_field(b, "name", s->r->name);
    path_field(b, s, "full_name", "", "");
    bool_field(b, "private", s->r->is_private);
    BUF_LIT(b, ",\"owner\":");
    render_user_summary(b, s->w, s->v, s->r->owner);
    path_field(b, s, "html_url", "https://github.com/", "");
    string_field(b, "description", s->r->description);
    bool_field(b, "fork", s->r->is_fork);
    for (size_t i = 0; i < sizeof url_keys / sizeof *url_keys; i++) {
        BUF_LIT(b, ",\"");
        buf_str(b, url_keys[i][0]);
        BUF_LIT(b, "\":\"");
        buf_str(b, s->v->base);
        BUF_LIT(b, "/repos/");
        path(b, s);
        buf_str(b, url_keys[i][1]);
        BUF_LIT(b, "\"");
    }
}

static void dates_and_clones(struct buf *b, const struct shown *s)
{
    BUF_LIT(b, ",\"created_at\":");
    buf_time(b, s->r->created_at);
    BUF_LIT(b, ",\"updated_at\":");
    buf_time(b, s->r->updated_at);
    BUF_LIT(b, ",\"pushed_at\":");
    buf_time(b, s->r->pushed_at);
    path_field(b, s, "git_url", "git://github.com/", ".git");
    path_field(b, s, "ssh_url", "git@github.com:", ".git");
    path_field(b, s, "clone_url", "https://github.com/", ".git");
    path_field(b, s, "svn_url", "https://github.com/", "");
}

static void minimal_open(struct buf *b, const struct shown *s)
{
    const struct repo *r = s->r;
    identity_open(b, s);
    dates_and_clones(b, s);
    string_field(b, "homepage", r->homepage);
    count_field(b, "size", r->size_kib);
    count_field(b, "stargazers_count", r->n_stars);
    count_field(b, "watchers_count", r->n_stars);
    string_field(b, "language", r->language);
    bool_field(b, "has_issues", r->has_issues);
    bool_field(b, "has_projects", r->has_projects);
    if (!s->v->version_2026)
        bool_field(b, "has_downloads", r->has_downloads);
    bool_field(b, "has_wiki", r->has_wiki);
    bool_field(b, "has_pages", r->has_pages);
    bool_field(b, "has_discussions", r->has_discussions);
    count_field(b, "forks_count", r->n_forks);
    string_field(b, "mirror_url", r->mirror_url);
    bool_field(b, "archived", r->archived);
    bool_field(b, "disabled", r->disabled);
    count_field(b, "open_issues_count", r->n_open_issues);
    license_field(b, r->license);
    bool_field(b, "allow_forking", true);
    bool_field(b, "is_template", r->is_template);
    BUF_LIT(b, ",\"web_commit_signoff_required\":false,\"has_pull_requests\":true,"
               "\"pull_request_creation_policy\":\"all\",\"topics\":");
    render_topics(b, r);
    string_field(b, "visibility", r->is_private ? "private" : "public");
    count_field(b, "forks", r->n_forks);
    count_field(b, "open_issues", r->n_open_issues);
    count_field(b, "watchers", r->n_stars);
    string_field(b, "default_branch", r->default_branch);
}

static void permissions(struct buf *b, const struct shown *s)
{
    if (!s->v->authenticated)
        return;
    bool mine = s->r->owner == s->v->self;
    buf_printf(b, ",\"permissions\":{\"admin\":%s,\"maintain\":%s,\"push\":%s,\"triage\":%s,\"pull\":true}",
               mine ? "true" : "false", mine ? "true" : "false", mine ? "true" : "false",
               mine ? "true" : "false");
}

static struct shown show(const struct world *w, const struct view *v, uint32_t repo)
{
    const struct repo *r = &w->repos[repo];
    return (struct shown){w, v, r, &w->users[r->owner]};
}

void render_repo_reduced(struct buf *b, const struct world *w, const struct view *v, uint32_t repo)
{
    struct shown s = show(w, v, repo);
    identity_open(b, &s);
    BUF_LIT(b, "}");
}

void render_repo_minimal(struct buf *b, const struct world *w, const struct view *v, uint32_t repo)
{
    struct shown s = show(w, v, repo);
    minimal_open(b, &s);
    permissions(b, &s);
    BUF_LIT(b, "}");
}

/* A parent in this world is shown in its present state, another recorded one as it was recorded. */
static void ancestor(struct buf *b, const struct shown *s, const char *key, uint32_t repo, const char *raw)
{
    bool known = repo != NONE && !s->w->repos[repo].gone;
    if (!known && !raw)
        return;
    BUF_LIT(b, ",\"");
    buf_str(b, key);
    BUF_LIT(b, "\":");
    if (known)
        render_repo_minimal(b, s->w, s->v, repo);
    else
        buf_str(b, raw);
}

void render_repo_detail(struct buf *b, const struct world *w, const struct view *v, uint32_t repo)
{
    struct shown s = show(w, v, repo);
    minimal_open(b, &s);
    permissions(b, &s);
    buf_str(b, v->authenticated ? ",\"temp_clone_token\":\"\"" : ",\"temp_clone_token\":null");
    BUF_LIT(b, ",\"custom_properties\":{}");
    if (s.owner->type == TYPE_ORG) {
        BUF_LIT(b, ",\"organization\":");
        render_user_summary(b, w, v, s.r->owner);
    }
    ancestor(b, &s, "parent", s.r->parent, s.r->parent_raw);
    ancestor(b, &s, "source", s.r->source, s.r->source_raw);
    count_field(b, "network_count", s.r->n_network);
    count_field(b, "subscribers_count", s.r->n_subscribers);
    BUF_LIT(b, "}");
}

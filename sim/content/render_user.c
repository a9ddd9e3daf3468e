/* render_user.c: accounts as JSON. Key order and key sets follow recorded answers. */
#include "sim/content/render.h"
#include "sim/world/node_id.h"

static const char *type_name(const struct user *u)
{
    return u->type == TYPE_ORG ? "Organization" : u->type == TYPE_BOT ? "Bot" : "User";
}

void render_user_node_id(struct buf *b, const struct user *u, bool force_new)
{
    node_id_write(b, user_node_kind(u), u->id, u->legacy_node && !force_new);
}

static void avatar(struct buf *b, const struct user *u)
{
    if (u->avatar_url)
        buf_json(b, u->avatar_url);
    else
        buf_printf(b, "\"https://avatars.githubusercontent.com/u/%lld?v=4\"", (long long)u->id);
}

/* ,"key":"<base>/users/<login><tail>" */
static void user_url(struct buf *b, const struct view *v, const struct user *u, const char *key,
                     const char *tail)
{
    BUF_LIT(b, ",\"");
    buf_str(b, key);
    BUF_LIT(b, "\":\"");
    buf_str(b, v->base);
    BUF_LIT(b, "/users/");
    buf_str(b, u->login);
    buf_str(b, tail);
    BUF_LIT(b, "\"");
}

/* The 18 keys every user object starts with, and user_view_type; the brace stays open. */
static void summary_open(struct buf *b, const struct view *v, const struct user *u)
{
    static const char *const urls[][2] = {{"followers_url", "/followers"},
                                          {"following_url", "/following{/other_user}"},
                                          {"gists_url", "/gists{/gist_id}"},
                                          {"starred_url", "/starred{/owner}{/repo}"},
                                          {"subscriptions_url", "/subscriptions"},
                                          {"organizations_url", "/orgs"},
                                          {"repos_url", "/repos"},
                                          {"events_url", "/events{/privacy}"},
                                          {"received_events_url", "/received_events"}};
    buf_reserve(b, 1200);
    BUF_LIT(b, "{\"login\":");
    buf_json(b, u->login);
    BUF_LIT(b, ",\"id\":");
    buf_i64(b, u->id);
    BUF_LIT(b, ",\"node_id\":\"");
    render_user_node_id(b, u, false);
    BUF_LIT(b, "\",\"avatar_url\":");
    avatar(b, u);
    BUF_LIT(b, ",\"gravatar_id\":\"\"");
    user_url(b, v, u, "url", "");
    BUF_LIT(b, ",\"html_url\":\"https://github.com/");
    buf_str(b, u->login);
    BUF_LIT(b, "\"");
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        user_url(b, v, u, urls[i][0], urls[i][1]);
    BUF_LIT(b, ",\"type\":\"");
    buf_str(b, type_name(u));
    BUF_LIT(b, "\",\"user_view_type\":\"public\",\"site_admin\":");
    buf_bool(b, u->site_admin);
}

void render_user_summary(struct buf *b, const struct world *w, const struct view *v, uint32_t user)
{
    summary_open(b, v, &w->users[user]);
    BUF_LIT(b, "}");
}

static void string_field(struct buf *b, const char *key, const char *value)
{
    BUF_LIT(b, ",\"");
    buf_str(b, key);
    BUF_LIT(b, "\":");
    buf_json(b, value);
}

static void count_field(struct buf *b, const char *key, int64_t value)
{
    BUF_LIT(b, ",\"");
    buf_str(b, key);
    BUF_LIT(b, "\":");
    buf_i64(b, value);
}

static void counts_and_dates(struct buf *b, const struct user *u)
{
    count_field(b, "public_repos", u->n_repos);
    count_field(b, "public_gists", u->n_gists);
    count_field(b, "followers", u->n_followers);
    count_field(b, "following", u->n_following);
    BUF_LIT(b, ",\"created_at\":");
    buf_time(b, u->created_at);
    BUF_LIT(b, ",\"updated_at\":");
    buf_time(b, u->updated_at);
}

void render_user_detail(struct buf *b, const struct world *w, const struct view *v, uint32_t user)
{
    const struct user *u = &w->users[user];
    summary_open(b, v, u);
    string_field(b, "name", u->name);
    string_field(b, "company", u->company);
    string_field(b, "blog", u->blog);
    string_field(b, "location", u->location);
    /* Addresses are shown only to authenticated callers. */
    string_field(b, "email", v->authenticated ? u->email : NULL);
    BUF_LIT(b, ",\"hireable\":");
    buf_str(b, u->hireable < 0 ? "null" : u->hireable ? "true" : "false");
    string_field(b, "bio", u->bio);
    string_field(b, "twitter_username", u->twitter);
    counts_and_dates(b, u);
    if (v->self == user)
        BUF_LIT(
            b, ",\"private_gists\":1,\"total_private_repos\":2,\"owned_private_repos\":2,\"disk_usage\":4096,"
               "\"collaborators\":0,\"two_factor_authentication\":true,\"plan\":{\"name\":\"free\","
               "\"space\":976562499,\"collaborators\":0,\"private_repos\":10000}");
    BUF_LIT(b, "}");
}

static void org_url(struct buf *b, const struct view *v, const struct user *u, const char *key,
                    const char *tail)
{
    buf_printf(b, ",\"%s\":\"%s/orgs/%s%s\"", key, v->base, u->login, tail);
}

static void org_open(struct buf *b, const struct view *v, const struct user *u)
{
    BUF_LIT(b, "{\"login\":");
    buf_json(b, u->login);
    count_field(b, "id", u->id);
    BUF_LIT(b, ",\"node_id\":\"");
    render_user_node_id(b, u, false);
    BUF_LIT(b, "\"");
    org_url(b, v, u, "url", "");
    org_url(b, v, u, "repos_url", "/repos");
    org_url(b, v, u, "events_url", "/events");
    org_url(b, v, u, "hooks_url", "/hooks");
    org_url(b, v, u, "issues_url", "/issues");
    org_url(b, v, u, "members_url", "/members{/member}");
    org_url(b, v, u, "public_members_url", "/public_members{/member}");
    BUF_LIT(b, ",\"avatar_url\":");
    avatar(b, u);
    string_field(b, "description", u->bio);
}

void render_org_full(struct buf *b, const struct world *w, const struct view *v, uint32_t user)
{
    const struct user *u = &w->users[user];
    org_open(b, v, u);
    string_field(b, "name", u->name);
    string_field(b, "company", u->company);
    string_field(b, "blog", u->blog);
    string_field(b, "location", u->location);
    string_field(b, "email", v->authenticated ? u->email : NULL);
    string_field(b, "twitter_username", u->twitter);
    BUF_LIT(b, ",\"is_verified\":false,\"has_organization_projects\":true,\"has_repository_projects\":true");
    BUF_LIT(b, ",\"html_url\":\"https://github.com/");
    buf_str(b, u->login);
    BUF_LIT(b, "\"");
    counts_and_dates(b, u);
    BUF_LIT(b, ",\"archived_at\":null,\"type\":\"Organization\"}");
}

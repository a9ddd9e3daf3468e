/* rest_content.c: the content of a repository, in the media types that GitHub offers. */
#include "sim/content/content.h"
#include "sim/rest/routes.h"

#include <sodium.h>
#include <stdlib.h>

#define DOCS "https://docs.github.com/rest/"

/* application/vnd.github.raw, …raw+json, …v3.raw: the word counts, at its position. */
static bool wants(const struct request *rq, const char *word)
{
    size_t n = strlen(word);
    const char *p = rq->accept ? strstr(rq->accept, "application/vnd.github.") : NULL;
    if (!p)
        return false;
    p += strlen("application/vnd.github.");
    if (strncmp(p, "v3.", 3) == 0)
        p += 3;
    return strncmp(p, word, n) == 0 && (!p[n] || strchr("+,; ", p[n]));
}

/* A repository that is not empty; NONE after answering. */
static uint32_t find_filled(struct request *rq, bool commits)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE || content_n_commits(&rq->server->world.repos[repo]))
        return repo;
    if (commits)
        answer_error(rq, 409, "Git Repository is empty.", DOCS "commits/commits");
    else
        answer_error(rq, 404, "This repository is empty.", DOCS "repos/contents#get-repository-content");
    return NONE;
}

static void repo_url(struct buf *b, const struct request *rq, uint32_t repo)
{
    const struct world *w = &rq->server->world;
    buf_printf(b, "%s/repos/%s/%s", rq->view.base, w->users[w->repos[repo].owner].login, w->repos[repo].name);
}

static void add_escaped_path(struct buf *b, const char *path)
{
    for (; *path; path++)
        if (strchr(" #?%", *path))
            buf_printf(b, "%%%02X", (unsigned)(unsigned char)*path);
        else
            buf_add(b, path, 1);
}

/* The members of an entry up to _links, without the braces' end. */
static void entry_open(struct buf *b, const struct request *rq, uint32_t repo, const char *path,
                       const char *type, size_t size)
{
    const struct repo *r = &rq->server->world.repos[repo];
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    struct buf url = {0};
    char sha[41];
    content_sha(r, path, 0, sha);
    repo_url(&url, rq, repo);
    BUF_LIT(b, "{\"name\":");
    buf_json(b, name);
    BUF_LIT(b, ",\"path\":");
    buf_json(b, path);
    buf_printf(b, ",\"sha\":\"%s\",\"size\":%zu,\"type\":\"%s\",\"url\":\"%s/contents/", sha, size, type,
               url.data);
    add_escaped_path(b, path);
    buf_printf(b, "?ref=%s\",\"git_url\":\"%s/git/%s/%s\",\"html_url\":\"https://github.com/",
               r->default_branch, url.data, *type == 'd' ? "trees" : "blobs", sha);
    add_escaped_path(b, path);
    BUF_LIT(b, "\",\"download_url\":");
    if (*type == 'd') {
        BUF_LIT(b, "null");
    } else {
        BUF_LIT(b, "\"https://raw.githubusercontent.com/");
        add_escaped_path(b, path);
        BUF_LIT(b, "\"");
    }
    buf_printf(b, ",\"_links\":{\"self\":\"%s/contents/", url.data);
    add_escaped_path(b, path);
    buf_printf(b, "?ref=%s\",\"git\":\"%s/git/%s/%s\",\"html\":\"https://github.com/", r->default_branch,
               url.data, *type == 'd' ? "trees" : "blobs", sha);
    add_escaped_path(b, path);
    BUF_LIT(b, "\"}");
    buf_finish(&url);
}

/* Base64 in lines of 60, as Git forges do. */
static void add_base64(struct buf *b, const struct buf *data)
{
    size_t max = sodium_base64_encoded_len(data->len, sodium_base64_VARIANT_ORIGINAL);
    char *text = xalloc(max);
    sodium_bin2base64(text, max, (const unsigned char *)data->data, data->len,
                      sodium_base64_VARIANT_ORIGINAL);
    BUF_LIT(b, "\"");
    for (size_t i = 0, n = strlen(text); i < n; i += 60) {
        buf_add(b, text + i, n - i < 60 ? n - i : 60);
        BUF_LIT(b, "\\n");
    }
    BUF_LIT(b, "\"");
    free(text);
}

static void show_file(struct request *rq, uint32_t repo, const struct content_file *f)
{
    const struct world *w = &rq->server->world;
    struct buf data = {0}, b = {0};
    int64_t at = w->repos[repo].updated_at;
    content_write(&data, w, repo, f);
    if (wants(rq, "raw")) {
        answer_media(rq, "application/vnd.github.raw+json; charset=utf-8", &data, f->binary, at);
        return;
    }
    if (wants(rq, "html") && !f->binary) {
        buf_finish(&data);
        content_html(&b, w, repo);
        answer_media(rq, "application/vnd.github.html+json; charset=utf-8", &b, false, at);
        return;
    }
    entry_open(&b, rq, repo, f->path, "file", data.len);
    BUF_LIT(&b, ",\"content\":");
    add_base64(&b, &data);
    BUF_LIT(&b, ",\"encoding\":\"base64\"}");
    buf_finish(&data);
    answer_object(rq, &b, at);
}

/* The entries right below a folder ("" is the root). False when there is none. */
static bool show_folder(struct request *rq, uint32_t repo, const char *folder)
{
    struct buf b = {0};
    char last[64] = "";
    size_t n = strlen(folder);
    BUF_LIT(&b, "[");
    for (uint32_t i = 0; i < N_CONTENT_FILES; i++) {
        const char *path = content_file(i)->path, *rest = path + n + (n > 0);
        if (strncmp(path, folder, n) != 0 || (n && path[n] != '/'))
            continue;
        const char *slash = strchr(rest, '/');
        char entry[64];
        snprintf(entry, sizeof entry, "%.*s", (int)(slash ? slash - path : (long)strlen(path)), path);
        if (strcmp(entry, last) == 0)
            continue;
        snprintf(last, sizeof last, "%s", entry);
        buf_str(&b, b.len > 1 ? "," : "");
        entry_open(&b, rq, repo, entry, slash ? "dir" : "file", slash ? 0 : 1000);
        BUF_LIT(&b, "}");
    }
    if (b.len == 1) {
        buf_finish(&b);
        return false;
    }
    BUF_LIT(&b, "]");
    answer_object(rq, &b, 0);
    return true;
}

void get_readme(struct request *rq)
{
    uint32_t repo = find_filled(rq, false);
    if (repo != NONE)
        show_file(rq, repo, content_find("README.md"));
}

void get_contents(struct request *rq)
{
    uint32_t repo = find_filled(rq, false);
    struct buf path = {0};
    if (repo == NONE)
        return;
    buf_str(&path, "");
    for (uint32_t i = rq->name_segments + 1; i < rq->n_segments; i++)
        buf_printf(&path, "%s%s", path.len ? "/" : "", rq->segments[i]);
    const struct content_file *f = content_find(path.data);
    if (f)
        show_file(rq, repo, f);
    else if (!show_folder(rq, repo, path.data))
        answer_not_found(rq);
    buf_finish(&path);
}

static void add_person(struct buf *b, const struct user *u, int64_t at)
{
    BUF_LIT(b, "{\"name\":");
    buf_json(b, u->name ? u->name : u->login);
    buf_printf(b, ",\"email\":\"%lld+%s@users.noreply.github.com\",\"date\":", (long long)u->id, u->login);
    buf_time(b, at);
    BUF_LIT(b, "}");
}

/* Commit 0 is the newest; each is a day before the one before. Without the closing brace. */
static void commit_open(struct buf *b, const struct request *rq, uint32_t repo, uint32_t n)
{
    const struct world *w = &rq->server->world;
    const struct repo *r = &w->repos[repo];
    const struct user *owner = &w->users[r->owner];
    int64_t at = (r->pushed_at ? r->pushed_at : r->created_at) - (int64_t)n * 86400;
    char sha[41], tree[41], parent[41];
    struct buf url = {0};
    repo_url(&url, rq, repo);
    content_sha(r, "commit", n, sha);
    content_sha(r, "tree", n, tree);
    content_sha(r, "commit", n + 1, parent);
    buf_printf(b, "{\"sha\":\"%s\",\"node_id\":\"C_kwDO%.12s\",\"commit\":{\"author\":", sha, sha);
    add_person(b, owner, at);
    BUF_LIT(b, ",\"committer\":");
    add_person(b, owner, at);
    buf_printf(b,
               ",\"message\":\"Change %u\",\"tree\":{\"sha\":\"%s\",\"url\":\"%s/git/trees/%s\"},"
               "\"url\":\"%s/git/commits/%s\",\"comment_count\":0,\"verification\":{\"verified\":false,"
               "\"reason\":\"unsigned\",\"signature\":null,\"payload\":null,\"verified_at\":null}},",
               content_n_commits(r) - n, tree, url.data, tree, url.data, sha);
    buf_printf(b, "\"url\":\"%s/commits/%s\",\"html_url\":\"https://github.com/%s/%s/commit/%s\",", url.data,
               sha, owner->login, r->name, sha);
    buf_printf(b, "\"comments_url\":\"%s/commits/%s/comments\",\"author\":", url.data, sha);
    render_user_summary(b, w, &rq->view, r->owner);
    BUF_LIT(b, ",\"committer\":");
    render_user_summary(b, w, &rq->view, r->owner);
    BUF_LIT(b, ",\"parents\":[");
    if (n + 1 < content_n_commits(r))
        buf_printf(
            b,
            "{\"sha\":\"%s\",\"url\":\"%s/commits/%s\",\"html_url\":\"https://github.com/%s/%s/commit/%s\"}",
            parent, url.data, parent, owner->login, r->name, parent);
    BUF_LIT(b, "]");
    buf_finish(&url);
}

void list_commits(struct request *rq)
{
    uint32_t repo = find_filled(rq, true);
    if (repo == NONE)
        return;
    struct page page = page_read(rq, content_n_commits(&rq->server->world.repos[repo]));
    struct buf b = {0};
    char path[64];
    BUF_LIT(&b, "[");
    for (uint32_t i = page.first; i < page.end; i++) {
        buf_str(&b, i > page.first ? "," : "");
        commit_open(&b, rq, repo, i);
        BUF_LIT(&b, "}");
    }
    BUF_LIT(&b, "]");
    snprintf(path, sizeof path, "/repositories/%lld/commits", (long long)rq->server->world.repos[repo].id);
    answer_list(rq, &b, path, &page);
}

static void add_patch(struct buf *b, uint32_t number)
{
    buf_printf(b,
               "diff --git a/README.md b/README.md\nindex 1111111..2222222 100644\n--- a/README.md\n"
               "+++ b/README.md\n@@ -1 +1 @@\n-Version %u\n+Version %u\n",
               number - 1, number);
}

static void show_commit(struct request *rq, uint32_t repo, uint32_t n)
{
    const struct world *w = &rq->server->world;
    const struct repo *r = &w->repos[repo];
    struct buf b = {0};
    char sha[41], blob[41];
    uint32_t number = content_n_commits(r) - n;
    content_sha(r, "commit", n, sha);
    content_sha(r, "blob", n, blob);
    if (wants(rq, "diff")) {
        add_patch(&b, number);
        answer_media(rq, "application/vnd.github.diff; charset=utf-8", &b, false, 0);
    } else if (wants(rq, "patch")) {
        buf_printf(&b, "From %s Mon Sep 17 00:00:00 2001\nSubject: [PATCH] Change %u\n\n---\n", sha, number);
        add_patch(&b, number);
        answer_media(rq, "application/vnd.github.patch; charset=utf-8", &b, false, 0);
    } else if (wants(rq, "sha")) {
        buf_str(&b, sha);
        answer_media(rq, "application/vnd.github.sha; charset=utf-8", &b, false, 0);
    } else {
        commit_open(&b, rq, repo, n);
        buf_printf(&b,
                   ",\"stats\":{\"total\":2,\"additions\":1,\"deletions\":1},\"files\":[{\"sha\":\"%s\","
                   "\"filename\":"
                   "\"README.md\",\"status\":\"modified\",\"additions\":1,\"deletions\":1,\"changes\":2,",
                   blob);
        BUF_LIT(
            &b,
            "\"blob_url\":\"https://github.com/\",\"raw_url\":\"https://github.com/\",\"contents_url\":\"");
        repo_url(&b, rq, repo);
        buf_printf(&b,
                   "/contents/README.md?ref=%s\",\"patch\":\"@@ -1 +1 @@\\n-Version %u\\n+Version %u\"}]}",
                   sha, number - 1, number);
        answer_object(rq, &b, 0);
    }
}

/* By its SHA, at least 7 digits, or by the name of the default branch. */
void get_commit(struct request *rq)
{
    uint32_t repo = find_filled(rq, true);
    if (repo == NONE)
        return;
    const struct repo *r = &rq->server->world.repos[repo];
    const char *ref = rq->segments[rq->name_segments + 1];
    size_t len = strlen(ref);
    for (uint32_t n = 0; n < content_n_commits(r); n++) {
        char sha[41];
        content_sha(r, "commit", n, sha);
        if ((len >= 7 && strncmp(sha, ref, len) == 0) || (n == 0 && strcmp(ref, r->default_branch) == 0)) {
            show_commit(rq, repo, n);
            return;
        }
    }
    answer_error(rq, 422, "No commit found for SHA: (unknown)", DOCS "commits/commits#get-a-commit");
}

/* Redirects to the download host, which never gets the API's credentials. */
static void answer_download(struct request *rq, uint32_t repo, const char *kind, const char *tail)
{
    const struct world *w = &rq->server->world;
    const struct repo *r = &w->repos[repo];
    struct answer *a = &rq->answer;
    char token[40] = "";
    if (r->is_private)
        snprintf(token, sizeof token, "?token=%s", download_token(r).text);
    int n = snprintf(a->location, sizeof a->location, "%s/%s/%s/%s/%s%s",
                     *rq->server->download_base ? rq->server->download_base : "https://codeload.github.com",
                     w->users[r->owner].login, r->name, kind, tail, token);
    if (n < 0 || (size_t)n >= sizeof a->location) {
        *a->location = '\0';
        answer_not_found(rq);
        return;
    }
    struct buf none = {0};
    answer_media(rq, "text/html;charset=utf-8", &none, false, 0);
    a->status = 302;
}

static void redirect_archive(struct request *rq, const char *kind)
{
    uint32_t repo = find_repo(rq);
    if (repo == NONE)
        return;
    struct buf tail = {0};
    if (rq->n_segments == rq->name_segments + 1)
        buf_printf(&tail, "refs/heads/%s", rq->server->world.repos[repo].default_branch);
    for (uint32_t i = rq->name_segments + 1; i < rq->n_segments; i++)
        buf_printf(&tail, "%s%s", tail.len ? "/" : "", rq->segments[i]);
    answer_download(rq, repo, kind, tail.data);
    buf_finish(&tail);
}

void get_zipball(struct request *rq)
{
    redirect_archive(rq, "legacy.zip");
}

void get_tarball(struct request *rq)
{
    redirect_archive(rq, "legacy.tar.gz");
}

/* One asset, whose id is the repository's. As application/octet-stream a redirect or, where so set, its bytes. */
void get_asset(struct request *rq)
{
    uint32_t repo = find_filled(rq, false);
    int64_t id;
    if (repo == NONE)
        return;
    const struct repo *r = &rq->server->world.repos[repo];
    if (!read_id(rq->segments[rq->name_segments + 2], &id) || id != r->id) {
        answer_not_found(rq);
        return;
    }
    struct buf b = {0};
    if (request_accepts(rq, "application/octet-stream")) {
        if (!rq->server->options.settings.stream_assets) {
            answer_download(rq, repo, "asset", ASSET_NAME);
            return;
        }
        content_asset(&b, r);
        answer_media(rq, "application/octet-stream", &b, true, r->updated_at);
        return;
    }
    BUF_LIT(&b, "{\"url\":\"");
    repo_url(&b, rq, repo);
    buf_printf(&b,
               "/releases/assets/%lld\",\"id\":%lld,\"node_id\":\"RA_kwDO%lld\",\"name\":\"" ASSET_NAME "\",",
               (long long)id, (long long)id, (long long)id);
    BUF_LIT(&b, "\"label\":null,\"uploader\":");
    render_user_summary(&b, &rq->server->world, &rq->view, r->owner);
    BUF_LIT(&b,
            ",\"content_type\":\"application/x-xz\",\"state\":\"uploaded\",\"size\":200000,\"digest\":null,"
            "\"download_count\":7,\"created_at\":");
    buf_time(&b, r->created_at);
    BUF_LIT(&b, ",\"updated_at\":");
    buf_time(&b, r->updated_at);
    BUF_LIT(&b, ",\"browser_download_url\":\"https://github.com/releases/download/" ASSET_NAME "\"}");
    answer_object(rq, &b, r->updated_at);
}

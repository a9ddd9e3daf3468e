/* download.c: the host archives and release assets are downloaded from; a stand-in for codeload.github.com.
 *
 * It has no credentials: a private repository's address has a token, and an Authorization header received here is a client's
 * mistake, which is counted. */
#include "sim/content/content.h"
#include "sim/serve/server.h"

struct download_token download_token(const struct repo *r)
{
    struct download_token t;
    char sha[41];
    content_sha(r, "download", 0, sha);
    snprintf(t.text, sizeof t.text, "%.20s", sha);
    return t;
}

static bool may_download(const struct request *rq, const struct repo *r)
{
    const char *token = request_query(rq, "token");
    return !r->is_private || (token && strcmp(token, download_token(r).text) == 0);
}

static void find_download(struct request *rq)
{
    const struct world *w = &rq->server->world;
    uint32_t repo = rq->n_segments >= 4 ? world_repo_by_name(w, rq->segments[0], rq->segments[1]) : NONE;
    struct buf b = {0};
    const char *type = "application/zip";
    if (repo == NONE || !may_download(rq, &w->repos[repo])) {
        answer_text(rq, 404, "text/plain; charset=utf-8", "404: Not Found");
        return;
    }
    if (strcmp(rq->segments[2], "legacy.zip") == 0) {
        archive_zip(&b, w, repo);
    } else if (strcmp(rq->segments[2], "legacy.tar.gz") == 0) {
        archive_tar_gz(&b, w, repo);
        type = "application/x-gzip";
    } else if (strcmp(rq->segments[2], "asset") == 0) {
        content_asset(&b, &w->repos[repo]);
        type = "application/octet-stream";
    } else {
        answer_text(rq, 404, "text/plain; charset=utf-8", "404: Not Found");
        return;
    }
    answer_media(rq, type, &b, true, 0);
}

void download_request(struct request *rq)
{
    __atomic_add_fetch(&rq->server->counters.downloads, 1, __ATOMIC_RELAXED);
    if (rq->authorization)
        __atomic_add_fetch(&rq->server->counters.downloads_with_authorization, 1, __ATOMIC_RELAXED);
    find_download(rq);
    answer_conditions(rq);
}

/* Plans a request by its fields: cached or passed through, with which credential, and under which cache key. */
#include "mirror/request/exchange.h"
#include "mirror/cache/immutable.h"
#include "mirror/cache/written.h"
#include "mirror/request/graphql_readonly.h"
#include "mirror/request/target.h"
#include "mirror/request/uploads.h"
#include "mirror/upstream/access.h"
#include "mirror/upstream/lent_credentials.h"
#include <jansson.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_QUERY_BYTES (1024u * 1024u) /* a longer GraphQL request is passed on unread */

static bool refuse(struct exchange *ex, struct page *page)
{
    ex->outcome = outcome_create(page, UPSTREAM_ANSWERED);
    return false;
}

/* ---- GraphQL ---- */

/* The request in one form, whatever the order of its members; NULL unless it certainly only reads. */
static char *canonical_query(slice body)
{
    json_error_t ignored;
    char *text = NULL;
    json_auto_t *root = body.len && body.len <= MAX_QUERY_BYTES
                            ? json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, &ignored)
                            : NULL;
    const json_t *query = json_object_get(root, "query");
    if (json_is_string(query) &&
        graphql_is_readonly(slice_from(json_string_value(query), json_string_length(query))))
        text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    return text;
}

/* A condition that a cache does not evaluate (RFC 9111, 4.3.2): GitHub does. If-None-Match of a POST is one, too. A lent credential
 * may be another one than that of the client's ETag, which GitHub would then never find unchanged: If-Match is ignored. */
static bool has_condition_for_github(const struct exchange *ex)
{
    bool of_origin = fields_get(&ex->fields, "If-Match") || fields_get(&ex->fields, "If-Unmodified-Since");
    return (of_origin && !ex->lent) || (ex->graphql && fields_get(&ex->fields, "If-None-Match"));
}

/* The forwarded fields that the answer depends on; for GraphQL also the field that enables features. */
static void collect_varying(struct exchange *ex)
{
    const char *named = fields_get(&ex->fields, "Connection");
    ex->varying.n = 0;
    for (size_t i = 0; i < ex->fields.n; i++) {
        const char *name = ex->fields.items[i].name;
        bool varies = field_varies(name) || (ex->graphql && strcasecmp(name, "GraphQL-Features") == 0);
        if (varies && field_has_plain_name(name) && !field_lists(named, name))
            fields_add(&ex->varying, name, ex->fields.items[i].value);
    }
}

static bool plan_graphql(struct exchange *ex)
{
    unsigned char text[KEY_BYTES];
    if (ex->lent && strcmp(ex->method, "POST") != 0)
        return refuse(ex, page_message(401, 0, "Requires authentication"));
    char *query = strcmp(ex->method, "POST") == 0 ? canonical_query(buf_slice(&ex->body)) : NULL;
    if (!query) {
        if (ex->lent) /* requests that may write use the client's own credential */
            return refuse(
                ex,
                page_message(401, 0, "Requires authentication: only reads may use the mirror's credential"));
        return true;
    }
    collect_varying(ex);
    text_key(slice_of(query), &ex->varying, text);
    free(query);
    ex->varying.n = 0;
    resource_key(ex->mirror->graphql, false, ex->resource);
    for (size_t i = 0; i < KEY_BYTES; i++)
        ex->resource[i] ^= text[i];
    page_key(ex->resource, ex->credential_hash, &ex->varying, ex->key);
    ex->only_reads = true;
    ex->fresh_ms = ex->mirror->cfg->mirror_graphql_fresh_seconds * 1000;
    ex->kind = ex->directives.no_store || has_condition_for_github(ex) ? EX_PASS : EX_GRAPHQL;
    return true;
}

/* ---- credential ---- */

/* Lends a credential of the mirror to a client without one, for reads. */
static void plan_credential(struct exchange *ex)
{
    struct mirror *m = ex->mirror;
    bool may_read = strcmp(ex->method, "GET") == 0 || ex->head || ex->graphql;
    ex->lent = NULL;
    ex->identity = ex->authorization;
    if (ex->authorization || !m->lent_credentials || !may_read || access_is_apps_path(ex->path))
        return;
    ex->lent = lent_credentials_pick(m->lent_credentials,
                                     ex->graphql ? "graphql" : resource_of_path(ex->path), ex->resource);
    ex->identity = ex->lent->identity;
}

/* ---- the plan ---- */

static bool is_uncached(const char *path)
{
    return strncmp(path, "/rate_limit", 11) == 0 && (!path[11] || path[11] == '?' || path[11] == '/');
}

static void plan_page(struct exchange *ex)
{
    ex->kind = EX_PAGE;
    const struct config *cfg = ex->mirror->cfg;
    ex->fresh_ms = cfg->mirror_fresh_seconds * 1000;
    if (path_is_immutable(ex->path) && cfg->mirror_immutable_seconds > cfg->mirror_fresh_seconds)
        ex->fresh_ms = cfg->mirror_immutable_seconds * 1000;
    collect_varying(ex);
    page_key(ex->resource, ex->credential_hash, &ex->varying, ex->key);
}

bool exchange_plan(struct exchange *ex)
{
    char url[20000];
    struct mirror *m = ex->mirror;
    bool gets = strcmp(ex->method, "GET") == 0 || ex->head;
    ex->kind = EX_PASS;
    ex->only_reads = gets || strcmp(ex->method, "OPTIONS") == 0;
    if (!target_path(ex->target, &ex->path, &ex->enterprise, &ex->graphql))
        return refuse(ex, page_message(400, 0, "the request's target is not a path of GitHub's API"));
    ex->uploads = is_upload_path(ex->path, &ex->path);
    if (ex->uploads && !*m->uploads)
        return refuse(
            ex, page_message(404, 0, "uploads are not supported with the server that GITHUB_API_URL names"));
    int n = snprintf(url, sizeof url, "%s%s", ex->uploads ? m->uploads : m->upstream, ex->path);
    if (n < 0 || (size_t)n >= sizeof url)
        return refuse(ex, page_message(414, 0, "the request's target is too long"));
    resource_key(url, agent_wants_indent(fields_get(&ex->fields, "User-Agent")), ex->resource);
    plan_credential(ex);
    credential_hash_of(&m->secret, ex->identity, ex->credential_hash);
    writer_hash_of(&m->secret, ex->identity, ex->credential_hash, ex->writer_hash);
    if (ex->graphql)
        return plan_graphql(ex);
    if (m->lent_credentials && !ex->authorization && !ex->lent)
        return refuse(ex, page_message(401, 0,
                                       "Requires authentication: only reads, except an app's about itself, "
                                       "may use the mirror's credential"));
    if (gets && !ex->uploads && !ex->directives.no_store && !is_uncached(ex->path) &&
        !target_has_secret(ex->target) && !ex->body.len && !has_condition_for_github(ex))
        plan_page(ex);
    return true;
}

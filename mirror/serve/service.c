#include "mirror/serve/service.h"
#include "core/config/reload.h"
#include "core/log/exposition.h"
#include "http/tls.h"
#include "mirror/flight/flight.h"
#include "mirror/serve/cors.h"
#include "mirror/serve/webhook.h"
#include "mirror/store/db_workers.h"
#include "mirror/upstream/upstream_health.h"

#define TEXT_TYPE "Content-Type: text/plain; charset=utf-8\nCache-Control: no-store\n"

static struct page *text(int status, slice body)
{
    return page_create(status, SLICE(TEXT_TYPE), body);
}

/* It only shows that the process answers, so that an unavailable database causes no restart. */
static struct page *healthz(struct exchange *ex)
{
    (void)ex;
    return text(200, SLICE("OK"));
}

static struct page *readyz(struct exchange *ex)
{
    const struct mirror *m = ex->mirror;
    if (atomic_load(&m->draining))
        return text(503, SLICE("stopping\n"));
    const char *trouble = db_workers_trouble(m->db_workers);
    if (!trouble)
        return text(200, SLICE("ok\n"));
    AUTO_BUF out = {0};
    buf_printf(&out, "%s: requests pass through, nothing is cached\n", trouble);
    return text(503, buf_slice(&out));
}

static struct page *metrics(struct exchange *ex)
{
    struct mirror *m = ex->mirror;
    struct gh_passthrough_stats passthrough;
    size_t memory_pages, memory_bytes;
    int64_t pages, bytes;
    AUTO_BUF out = {0};
    db_workers_cache_size(m->db_workers, &pages, &bytes);
    memory_cache_size(m->memory_cache, &memory_pages, &memory_bytes);
    gh_passthrough_stats(m->passthrough, &passthrough);
    mirror_metrics_write(m->metrics, &out);
    exposition_single(&out, "github_mirror_cache_size", "gauge", "cache size in bytes", bytes);
    exposition_single(&out, "github_mirror_cached_objects", "gauge", "number of cached objects", pages);
    exposition_single(&out, "gitomatic_mirror_memory_bytes", "gauge", "Pages held in memory, in bytes.",
                      (int64_t)memory_bytes);
    exposition_single(&out, "gitomatic_mirror_memory_pages", "gauge", "Pages held in memory.",
                      (int64_t)memory_pages);
    exposition_single(&out, "gitomatic_mirror_upstream_requests_total", "counter", "Requests sent to GitHub.",
                      (int64_t)passthrough.requests);
    exposition_single(&out, "gitomatic_mirror_upstream_in_flight", "gauge", "Requests to GitHub in flight.",
                      passthrough.in_flight);
    exposition_single(&out, "gitomatic_mirror_online", "gauge", "1: GitHub can be reached.",
                      upstream_is_online(m->upstream_health));
    exposition_single(&out, "gitomatic_mirror_database_up", "gauge", "1: the database can be reached.",
                      db_workers_are_up(m->db_workers));
    exposition_single(&out, "gitomatic_config_last_reload_successful", "gauge",
                      "1: the settings in use are those of the last SIGHUP, or of the start; 0: it was "
                      "refused.",
                      !reload_was_refused());
    if (tls_expires_s())
        exposition_single(&out, "gitomatic_tls_certificate_expiry_timestamp_seconds", "gauge",
                          "When the certificate that is served ends.", tls_expires_s());
    return page_create(
        200, SLICE("Content-Type: text/plain; version=0.0.4; charset=utf-8\nCache-Control: no-store\n"),
        buf_slice(&out));
}

static struct page *webhook(struct exchange *ex)
{
    struct mirror *m = ex->mirror;
    const char *secret = m->cfg->github_webhook_secret;
    if (!secret)
        return page_message(404, 0, "webhooks are off: GITHUB_WEBHOOK_SECRET is not set");
    if (strcmp(ex->method, "POST") != 0)
        return page_message(405, 0, "expected a POST with a webhook of GitHub");
    if (!webhook_is_signed(secret, buf_slice(&ex->body), fields_get(&ex->fields, "X-Hub-Signature-256")))
        return page_message(403, 0,
                            "X-Hub-Signature-256 does not match the body: check GITHUB_WEBHOOK_SECRET");
    struct globs *globs = globs_create();
    if (!webhook_globs(buf_slice(&ex->body), m->upstream, globs)) {
        globs_destroy(globs);
        return page_message(400, 0,
                            "expected a JSON object: set the webhook's content type to application/json");
    }
    invalidate_pages(m, globs);
    return page_message(200, 0, "the changed pages will be revalidated");
}

static const struct {
    const char *path;
    struct page *(*answer)(struct exchange *ex);
} services[] = {{"/healthz", healthz}, {"/readyz", readyz}, {"/metrics", metrics}, {"/_webhook", webhook}};

#define METHODS "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

/* OPTIONS of the server as a whole (RFC 9110 9.3.7), and what this server must not forward (7.6.2). */
static bool is_for_this_server(const struct exchange *ex)
{
    const char *hops = fields_get(&ex->fields, "Max-Forwards");
    return strcmp(ex->target, "*") == 0 ||
           (hops && strcmp(hops, "0") == 0 && strcmp(ex->method, "OPTIONS") == 0);
}

struct page *service_answer(struct exchange *ex)
{
    if (is_for_this_server(ex))
        return page_create(204, SLICE("Allow: " METHODS "\n"), SLICE(""));
    if (strcmp(ex->method, "TRACE") == 0 ||
        strcmp(ex->method, "TRACK") == 0) { /* they return the credential */
        struct page *page = page_message(405, 0, "%s is not allowed", ex->method);
        fields_add(&page->fields, "Allow", METHODS);
        return page;
    }
    size_t len = strcspn(ex->target, "?");
    struct page *preflight = cors_preflight(ex->method, &ex->fields);
    if (preflight)
        return preflight;
    for (size_t i = 0; i < ARRAY_LEN(services); i++)
        if (strlen(services[i].path) == len && strncmp(ex->target, services[i].path, len) == 0)
            return services[i].answer(ex);
    return NULL;
}

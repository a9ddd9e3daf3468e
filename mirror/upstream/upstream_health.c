#include "mirror/upstream/upstream_health.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define FAILING_MS      1000   /* between checks while GitHub fails */
#define UNREACHED_TIMES 3      /* in a row: offline */
#define BELIEVE_MS      300000 /* an outage, without a valid answer since */
#define DEFAULT_STATUS  "https://www.githubstatus.com/api/v2/components.json"

struct upstream_health {
    struct mirror *mirror;
    const char *status_url; /* NULL: none */
    char probe_url[1100];   /* costs no quota */
    _Atomic bool outage, unreachable, failing;
    _Atomic int unreached; /* probes in a row */
    _Atomic int64_t outage_told_ms;
    struct gh_call status, probe;
    _Atomic bool status_out, probe_out;
    int64_t status_at_ms, probe_at_ms;
};

struct upstream_health *upstream_health_create(struct mirror *m)
{
    struct upstream_health *w = xcalloc(1, sizeof *w);
    w->mirror = m;
    snprintf(w->probe_url, sizeof w->probe_url, "%s/rate_limit", m->upstream);
    w->status_url = m->cfg->github_status_url;
    if (!w->status_url && strcmp(m->upstream, "https://api.github.com") == 0)
        w->status_url = DEFAULT_STATUS;
    return w;
}

void upstream_health_destroy(struct upstream_health *w)
{
    if (!w)
        return;
    gh_call_finish(&w->status);
    gh_call_finish(&w->probe);
    free(w);
}

bool upstream_is_online(const struct upstream_health *w)
{
    return !atomic_load_explicit(&w->outage, memory_order_relaxed) &&
           !atomic_load_explicit(&w->unreachable, memory_order_relaxed);
}

static void set(struct upstream_health *w, _Atomic bool *flag, bool value, const char *why)
{
    bool before = upstream_is_online(w);
    atomic_store(flag, value);
    bool after = upstream_is_online(w);
    if (before && !after)
        log_warn("github.offline", L_STR("why", why));
    else if (!before && after)
        log_info("github.online");
}

void upstream_health_note(struct upstream_health *w, bool reached, bool good)
{
    atomic_store(&w->failing, !good);
    if (!reached)
        return;
    atomic_store(&w->unreached, 0);
    if (atomic_load(&w->unreachable))
        set(w, &w->unreachable, false, NULL);
}

/* ---- the status page ---- */

enum outage_word outage_read(slice json)
{
    enum outage_word word = STATUS_UNKNOWN;
    json_error_t ignored;
    json_auto_t *root = json_loadb(json.ptr, json.len, 0, &ignored);
    json_t *one;
    size_t i;
    json_array_foreach(json_object_get(root, "components"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        const char *status = json_string_value(json_object_get(one, "status"));
        if (name && status && strcasecmp(name, "API Requests") == 0)
            word = strcmp(status, "major_outage") == 0 ? STATUS_DOWN : STATUS_UP;
    }
    return word;
}

static void on_status(struct gh_call *call)
{
    struct upstream_health *w = call->owner;
    enum outage_word word = call->status == 200 ? outage_read(buf_slice(&call->bytes)) : STATUS_UNKNOWN;
    if (word == STATUS_UNKNOWN)
        log_debug("github.status_unclear", L_I64("status", call->status), L_STR("error", call->error));
    else
        set(w, &w->outage, word == STATUS_DOWN, "the status page says API Requests: major_outage");
    if (word == STATUS_DOWN)
        atomic_store(&w->outage_told_ms, clock_mono_ms());
    atomic_store(&w->status_out, false);
}

/* Any answer of the API without a credential: it is reachable. */
static void on_probe(struct gh_call *call)
{
    struct upstream_health *w = call->owner;
    if (call->failure == GH_PASSTHROUGH_OK || call->failure == GH_PASSTHROUGH_TOO_BIG) {
        upstream_health_note(w, true, call->status < 500);
    } else if (atomic_fetch_add(&w->unreached, 1) + 1 >= UNREACHED_TIMES) {
        set(w, &w->unreachable, true, "the API can't be reached");
    }
    atomic_store(&w->probe_out, false);
}

/* ---- the clock ---- */

static void ask(struct upstream_health *w, struct gh_call *call, _Atomic bool *out, const char *url,
                void (*done)(struct gh_call *))
{
    static const char *const headers[] = {"User-Agent: gitomatic/" GITOMATIC_VERSION,
                                          "Accept: application/json", NULL};
    if (atomic_exchange(out, true))
        return;
    call->method = "GET";
    call->url = url;
    call->headers = headers;
    call->body = (slice){NULL, 0};
    call->done = done;
    call->owner = w;
    gh_passthrough_submit(w->mirror->passthrough, call);
}

void upstream_health_tick(struct upstream_health *w)
{
    int64_t now = clock_mono_ms(), every_ms = w->mirror->cfg->github_status_seconds * 1000;
    bool failing = atomic_load(&w->failing) || !upstream_is_online(w);
    if (failing && every_ms > FAILING_MS) {
        every_ms = FAILING_MS;
        if (w->status_at_ms > now + every_ms)
            w->status_at_ms = now + every_ms;
    }
    if (atomic_load(&w->outage) && now - atomic_load(&w->outage_told_ms) > BELIEVE_MS)
        set(w, &w->outage, false, NULL);
    if (w->status_url && now >= w->status_at_ms) {
        w->status_at_ms = now + every_ms;
        ask(w, &w->status, &w->status_out, w->status_url, on_status);
    }
    if ((atomic_load(&w->failing) || atomic_load(&w->unreachable)) && now >= w->probe_at_ms) {
        w->probe_at_ms = now + FAILING_MS;
        ask(w, &w->probe, &w->probe_out, w->probe_url, on_probe);
    }
}

#include "api/renew.h"
#include "api/request/origin.h"
#include "core/base/memory.h"
#include "core/config/reload.h"
#include "http/tls.h"
#include <stdlib.h>

/* An origin is stored with its settings: requests may still read it. */
struct made {
    const struct config *cfg;
    struct arena *arena;
    struct origin origin;
    struct made *next;
};

struct renewal {
    struct api *api;
    const struct config *first_cfg;
    const struct origin *first_origin;
    struct made *made;
};

bool renewal_read_tls(const struct config *cfg, struct tls_files *out, struct err *err)
{
    return tls_read((struct tls_setting){"TLS_CERT_FILE", cfg->tls_cert_file},
                    (struct tls_setting){"TLS_KEY_FILE", cfg->tls_key_file}, out, err);
}

static const struct origin *origin_of(struct renewal *r, const struct config *cfg, struct err *err)
{
    if (cfg == r->first_cfg)
        return r->first_origin;
    for (const struct made *m = r->made; m; m = m->next)
        if (m->cfg == cfg)
            return &m->origin;
    struct made *m = xcalloc(1, sizeof *m);
    m->cfg = cfg;
    m->arena = arena_create();
    if (!origin_init(&m->origin, cfg, m->arena, err)) {
        arena_destroy(m->arena);
        free(m);
        return NULL;
    }
    m->next = r->made;
    r->made = m;
    return &m->origin;
}

static bool take(void *owner, const struct config *cfg, struct err *err)
{
    struct renewal *r = owner;
    struct tls_files tls;
    if (!renewal_read_tls(cfg, &tls, err))
        return false;
    const struct origin *origin = origin_of(r, cfg, err);
    bool ok = origin && (!tls.key || tls_use(&tls, err));
    tls_finish(&tls);
    if (!ok)
        return false;
    r->api->origin = origin;
    r->api->cfg = cfg;
    return true;
}

struct renewal *renewal_start(struct api *api)
{
    struct renewal *r = xcalloc(1, sizeof *r);
    *r = (struct renewal){.api = api, .first_cfg = api->cfg, .first_origin = api->origin};
    reload_attend(take, r);
    return r;
}

void renewal_stop(struct renewal *r)
{
    reload_leave();
    r->api->cfg = r->first_cfg;
    r->api->origin = r->first_origin;
    while (r->made) {
        struct made *next = r->made->next;
        arena_destroy(r->made->arena);
        free(r->made);
        r->made = next;
    }
    free(r);
}

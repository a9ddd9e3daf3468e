#include "github/token_ends.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include "core/model/quota.h"
#include <stdatomic.h>
#include <stdlib.h>

#define MAX_PUT  64 /* a heartbeat is bounded */
#define AGAIN_MS 86400000

struct gh_token_ends {
    const struct gh_credentials *credentials;
    _Atomic int64_t *ends_ms; /* Unix; 0: not known to end */
    int64_t *logged_ms;       /* monotonic; 0: never */
};

struct gh_token_ends *gh_token_ends_create(const struct gh_credentials *credentials)
{
    struct gh_token_ends *t = xcalloc(1, sizeof *t);
    t->credentials = credentials;
    t->ends_ms = xcalloc(credentials->most, sizeof *t->ends_ms);
    t->logged_ms = xcalloc(credentials->most, sizeof *t->logged_ms);
    return t;
}

void gh_token_ends_destroy(struct gh_token_ends *t)
{
    if (!t)
        return;
    free(t->ends_ms);
    free(t->logged_ms);
    free(t);
}

void gh_token_ends_note(struct gh_token_ends *t, const struct gh_credential *c,
                        const struct gh_headers *headers)
{
    if (headers && headers->token_ends_ms > 0 && !c->app) /* an installation's token is renewed each hour */
        atomic_store(&t->ends_ms[c->position], headers->token_ends_ms);
}

static void warn_of(struct gh_token_ends *t, const struct gh_credential *c, int64_t ends_ms)
{
    char at[CLOCK_ISO_SIZE];
    int64_t now = clock_mono_ms(), *logged = &t->logged_ms[c->position];
    if (ends_ms - clock_wall_ms() >= TOKEN_ENDS_SOON_MS || (*logged && now < *logged + AGAIN_MS))
        return;
    *logged = now;
    log_warn("credential.expires", L_STR("credential", c->label), L_STR("at", clock_iso(ends_ms, at)),
             L_STR("todo", TOKEN_ENDS_REMEDY));
}

void gh_token_ends_put(struct gh_token_ends *t, struct jw *w)
{
    int n_put = 0;
    jw_kobject(w, "token_ends");
    for (size_t i = 0; i < t->credentials->n && n_put < MAX_PUT; i++) {
        const struct gh_credential *c = &t->credentials->items[i];
        int64_t ends_ms = atomic_load(&t->ends_ms[c->position]);
        if (!ends_ms)
            continue;
        warn_of(t, c, ends_ms);
        jw_ki64(w, c->label, ends_ms / 1000);
        n_put++;
    }
    jw_end_object(w);
}

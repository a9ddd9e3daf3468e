#include "api/render.h"

void render_rate_limit(struct jw *w, const struct request *rq, const struct rate_limit_record *r)
{
    char *path = arena_printf(rq->arena, "/github/rate_limit/%lld/", (long long)r->number);
    jw_object(w);
    jw_key(w, "url");
    link_put(w, rq, path);
    jw_ki64(w, "rate_limit", r->rate_limit);
    render_number(w, "rate_remaining", r->rate_remaining);
    render_number(w, "rate_reset_raw", r->rate_reset_raw);
    render_time(w, "rate_reset", r->rate_reset);
    jw_end_object(w);
}

/* truth.c: the whole world at once, which tests compare with a client's data. */
#include "sim/content/render.h"
#include "sim/world/mutate.h"

static void comma(struct buf *b)
{
    if (b->data[b->len - 1] != '[')
        BUF_LIT(b, ",");
}

static void add_follows(struct buf *b, const struct world *w)
{
    for (uint32_t i = 0; i < w->n_users; i++) {
        const struct index_list *l = &w->users[i].following;
        for (uint32_t k = 0; k < l->n; k++) {
            comma(b);
            buf_printf(b, "[%lld,%lld]", (long long)w->users[i].id, (long long)w->users[l->items[k]].id);
        }
    }
}

static void add_stars(struct buf *b, const struct world *w)
{
    for (uint32_t i = 0; i < w->n_users; i++) {
        const struct star_list *l = &w->users[i].starred;
        for (uint32_t k = 0; k < l->n; k++) {
            comma(b);
            buf_printf(b, "[%lld,%lld,", (long long)w->users[i].id, (long long)w->repos[l->items[k].peer].id);
            buf_time(b, l->items[k].at);
            BUF_LIT(b, "]");
        }
    }
}

static void add_gone(struct buf *b, const struct world *w)
{
    BUF_LIT(b, "{\"users\":[");
    for (uint32_t i = 0; i < w->n_users; i++) {
        if (!w->users[i].gone)
            continue;
        comma(b);
        buf_i64(b, w->users[i].id);
    }
    BUF_LIT(b, "],\"repos\":[");
    for (uint32_t i = 0; i < w->n_repos; i++) {
        if (!w->repos[i].gone || w->repos[i].block != BLOCK_NONE)
            continue;
        comma(b);
        buf_i64(b, w->repos[i].id);
    }
    BUF_LIT(b, "],\"blocked\":[");
    for (uint32_t i = 0; i < w->n_repos; i++) {
        if (w->repos[i].block == BLOCK_NONE)
            continue;
        comma(b);
        buf_i64(b, w->repos[i].id);
    }
    BUF_LIT(b, "]}");
}

void truth_render(struct buf *b, const struct world *w, const char *base)
{
    struct view view = {.base = base, .authenticated = true, .self = NONE};
    buf_printf(b, "{\"generation\":%llu,\"users\":[", (unsigned long long)w->generation);
    for (uint32_t i = 0; i < w->n_users; i++) {
        if (w->users[i].gone)
            continue;
        comma(b);
        render_user_detail(b, w, &view, i);
    }
    BUF_LIT(b, "],\"repos\":[");
    for (uint32_t i = 0; i < w->n_repos; i++) {
        if (w->repos[i].gone)
            continue;
        comma(b);
        render_repo_detail(b, w, &view, i);
    }
    BUF_LIT(b, "],\"follows\":[");
    add_follows(b, w);
    BUF_LIT(b, "],\"stars\":[");
    add_stars(b, w);
    BUF_LIT(b, "],\"gone\":");
    add_gone(b, w);
    BUF_LIT(b, "}");
}

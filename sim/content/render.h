/* render: users and repositories as the JSON GitHub's REST API shows.
 *
 * Pure: reads the world under the caller's lock and appends to a buffer. `base` is the
 * beginning of url fields (no slash at its end). `view` is the caller: bodies differ for anonymous callers and owners. */
#ifndef GITOMATIC_SIM_RENDER_H
#define GITOMATIC_SIM_RENDER_H

#include "sim/world/world.h"

struct view {
    const char *base;
    bool authenticated;
    bool version_2026; /* API version 2026-03-10: without has_downloads */
    uint32_t self;     /* the account of the token, NONE when it has none in this world */
};

/* Whether this caller may see that the repository exists. */
static inline bool repo_visible(const struct repo *r, const struct view *v)
{
    return !r->is_private || r->owner == v->self;
}

void render_user_summary(struct buf *b, const struct world *w, const struct view *v, uint32_t user);
void render_user_detail(struct buf *b, const struct world *w, const struct view *v, uint32_t user);
void render_org_full(struct buf *b, const struct world *w, const struct view *v, uint32_t user);

/* The list shape; the reduced one of /repositories; the detail with its parents. */
void render_repo_minimal(struct buf *b, const struct world *w, const struct view *v, uint32_t repo);
void render_repo_reduced(struct buf *b, const struct world *w, const struct view *v, uint32_t repo);
void render_repo_detail(struct buf *b, const struct world *w, const struct view *v, uint32_t repo);
void render_topics(struct buf *b, const struct repo *r);

void render_user_node_id(struct buf *b, const struct user *u, bool force_new);
void render_repo_node_id(struct buf *b, const struct repo *r, bool force_new);

#endif

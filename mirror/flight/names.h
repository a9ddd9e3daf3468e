/* names: the pages of GitHub that show an object which a path or JSON names: by name, by id, and in lists. Used for webhooks
 * and writes. Each unnecessary page costs a 304; a missing one would be out of date as long as it counts as fresh. Pure. */
#pragma once
#include "mirror/flight/invalidate.h"
#include <jansson.h>

/* ---- objects ---- */

/* The page at a path, with any query, and the pages below it. */
void globs_of_tree(struct globs *globs, const char *upstream, const char *format, ...) PRINTF_LIKE(3, 4);
/* A user or an organization; login or id may be missing (NULL, 0). */
void globs_of_account(struct globs *globs, const char *upstream, const char *login, int64_t id);
/* A repository, and the lists that show it, its issues or its events. */
void globs_of_repository(struct globs *globs, const char *upstream, const char *full_name, int64_t id);
/* Lists of the organizations and teams that someone is a member of. */
void globs_of_memberships(struct globs *globs, const char *upstream);

/* ---- JSON ---- */

/* Everything in it, however deep: repositories, accounts, teams, installations, and every address of the API. */
void globs_of_json(struct globs *globs, const char *upstream, const json_t *json);
/* The former names in the payload of a renamed or transferred object. */
void globs_of_former_names(struct globs *globs, const char *upstream, const json_t *payload);

/* ---- writes (writes.c) ---- */

/* A write at that path (as gh_url_canonical gives it), with that body (NULL: not JSON): the page, pages below it, the collections above it, and the same objects under
 * their other names. */
void globs_of_write(struct globs *globs, const char *upstream, const char *path, const json_t *body);

/* names: which pages of GitHub show a thing that a path or a JSON object names: by name, by id, and in the lists that hold it.
 * Shared by webhooks and by writes. Too many pages cost a 304 each, too few would be wrong for as long as a page counts as
 * fresh. Pure. */
#pragma once
#include "mirror/flight/invalidate.h"
#include <jansson.h>

/* login or id may be missing (NULL, 0). */
void globs_of_account(struct globs *globs, const char *upstream, const char *login, int64_t id);
void globs_of_repository(struct globs *globs, const char *upstream, const char *full_name, int64_t id);
/* Everything in it, however deep: repositories, accounts, teams, installations, and every address of the API. */
void globs_of_json(struct globs *globs, const char *upstream, const json_t *json);
/* Below a renamed or transferred thing's payload: what it was called before. */
void globs_of_former_names(struct globs *globs, const char *upstream, const json_t *payload);
/* A write at that path: the page, what is below it, the collections above it, and the same things under their other names. */
void globs_of_write(struct globs *globs, const char *upstream, const char *path);

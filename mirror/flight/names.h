/* names: the pages of GitHub that show an object which a path or JSON names: by name, by id, and in lists. Used for webhooks
 * and writes. Each unnecessary page costs a 304; a missing one would be out of date as long as it counts as fresh. Pure. */
#pragma once
#include "mirror/flight/invalidate.h"
#include <jansson.h>

/* Everything in it, however deep: repositories, accounts, teams, installations, and every address of the API. */
void globs_of_json(struct globs *globs, const char *upstream, const json_t *json);
/* The former names in the payload of a renamed or transferred object. */
void globs_of_former_names(struct globs *globs, const char *upstream, const json_t *payload);
/* A write at that path: the page, pages below it, the collections above it, and the same objects under their other names. */
void globs_of_write(struct globs *globs, const char *upstream, const char *path);

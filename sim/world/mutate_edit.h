/* mutate_edit: the members of users and repositories that the ops edit_user and edit_repo may set. */
#pragma once
#include "sim/world/mutate.h"

/* Only letters, digits and the characters of `more`. */
bool mutate_made_of(const char *text, const char *more);
/* All members are checked before any is changed. False: *expected_out describes a valid `set`. */
bool mutate_edit_user(struct world *w, struct user *user, const json_t *set, const char **expected_out);
bool mutate_edit_repo(struct world *w, struct repo *repo, const json_t *set, const char **expected_out);

/* stored_part: what of GitHub's answer about records is stored as their data_source. Pure.
 *
 * Two thirds of a repository in REST's form are addresses that end in `_url` and consist of its `url` or `html_url` and a fixed rest
 * (forks_url is url + "/forks"; GitHub's documentation of "Get a repository" and "Get a user" lists all). They say nothing new, GraphQL's
 * answers do not have them, and the database spends more time on reading, merging and comparing them than on the rest. So they are
 * omitted before a text is sent, from a record and from those inside (owner, organization, parent, source, template_repository). html_url,
 * avatar_url and mirror_url stay, as does `url`. gitomatic_without_addresses() (migration 0095) does the same with what earlier versions
 * stored. */
#pragma once
#include "core/base/arena.h"
#include "core/base/slice.h"

/* Of an item or an array of them. The text itself if there is nothing to omit or its structure is not that of JSON; else a copy in the
 * arena. */
slice stored_part(slice json, struct arena *a);

/* The same of one repository of a list, and without the fields that are true for the viewer only. False, and nothing in *out: one of its
 * keys has an escape, so that it cannot be compared. */
MUST_CHECK bool stored_part_of_listed(slice repository, struct arena *a, slice *out);

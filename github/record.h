/* record: which values GitHub may give for a user or a repository, key by key, as jansson values. Pure.
 * A key whose value is not as GitHub documents it is removed, so that the value of another answer stays. Keys that this program does
 * not read stay as received, except for known keys (core/model/field_types.h) in them. `_weak` (hydrate.h) holds the same keys and is read likewise. */
#pragma once
#include "core/base/slice.h"
#include <jansson.h>

/* Numbers that no 64-bit integer or double holds make jansson refuse the whole text: they become [], which is no number. NULL: not JSON, and
 * *why_out says why (where given). The caller frees the value. */
json_t *gh_record_parse(slice json, json_error_t *why_out);

/* False when the object has no usable id and name. listed: the id alone is enough, as in a list. */
bool gh_record_user(json_t *record, bool listed);
bool gh_record_repository(json_t *record, bool listed);

/* Removes known keys whose value has another type, at any depth. */
void gh_record_drop_misfits(json_t *value);

/* Whether it can be stored as a count: an integer from 0. */
bool gh_record_is_count(const json_t *value);

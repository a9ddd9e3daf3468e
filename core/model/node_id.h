/* node_id: GitHub's global node ids, as a pure function of the kind of a record and its number, in both forms.
 *
 * Old: base64 of "0", the length of the name of the type, ":", the name, and the id: "04:User1" is MDQ6VXNlcjE=. New: a prefix of
 * the kind and base64url, without padding, of the msgpack array [0, id] in its shortest form
 * (https://github.com/msgpack/msgpack/blob/master/spec.md): U_kgAB is user 1. GitHub accepts both, and answers NOT_FOUND where the
 * kind does not fit the record (cli/cli#10583). */
#pragma once
#include "core/base/slice.h"

enum node_kind { NODE_USER, NODE_ORGANIZATION, NODE_BOT, NODE_REPOSITORY, N_NODE_KINDS };

#define NODE_ID_SIZE 64 /* room for either form and its NUL */

/* github_id is positive. Returns out. */
char *node_id_legacy(enum node_kind kind, int64_t github_id, char out[NODE_ID_SIZE]);
char *node_id_new(enum node_kind kind, int64_t github_id, char out[NODE_ID_SIZE]);
/* Reads either form, exactly as it is written by these functions. False for anything else. */
MUST_CHECK bool node_id_read(slice text, enum node_kind *kind_out, int64_t *github_id_out);

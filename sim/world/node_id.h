/* node_id: GitHub's global ids, both spellings, as a pure function of kind and number.
 *
 * Old: base64 of "04:User583231". New: U_, O_, R_ or BOT_ and base64url of the msgpack array [0, id] in its shortest form. */
#ifndef GITOMATIC_SIM_NODE_ID_H
#define GITOMATIC_SIM_NODE_ID_H

#include "sim/world/world.h"

enum node_kind { NODE_NONE, NODE_USER, NODE_ORG, NODE_REPO, NODE_BOT };

static inline enum node_kind user_node_kind(const struct user *u)
{
    return u->type == TYPE_ORG ? NODE_ORG : u->type == TYPE_BOT ? NODE_BOT : NODE_USER;
}

void node_id_write(struct buf *b, enum node_kind kind, int64_t id, bool legacy);

/* Reads either spelling, exactly as it is written above. NODE_NONE for anything else. */
enum node_kind node_id_read(const char *text, int64_t *id_out);

#endif

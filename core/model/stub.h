/* stub: a developer or repository known only from a list, on its way to a full record. */
#pragma once
#include "core/uuid/uuid.h"

enum stub_state {
    STUB_PENDING,
    STUB_FOUND,
    STUB_MISSING,
    STUB_UNSURE, /* GraphQL could not decide: use the detail request */
};

struct stub {
    enum record_kind kind;
    int64_t github_id;
    const char *name;    /* login or owner/name */
    const char *node_id; /* NULL: none */
    bool rest; /* GraphQL could not decide, or its name may belong to another now: request it by id */
    int tries; /* failed ones */
    bool full; /* already a full record that is not gone: a 304 is enough */
    enum stub_state state; /* in the batch under way */
    bool owner_unknown;    /* of a repository found in it: only its stored row can show the owner */
};

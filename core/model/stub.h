/* stub: a developer or repository known only from a list, on its way to a full record. */
#pragma once
#include "core/uuid/uuid.h"

enum stub_state {
    STUB_PENDING,
    STUB_FOUND,
    STUB_MISSING,
    STUB_UNSURE, /* GraphQL could not tell: ask the detail call */
};

struct stub {
    enum record_kind kind;
    int64_t github_id;
    const char *name;      /* login or owner/name */
    const char *node_id;   /* NULL: none */
    bool rest;             /* GraphQL could not tell, or its name may be another's now: ask by id */
    int tries;             /* that failed */
    bool full;             /* a full record already, that is not gone: an answer of 304 would do */
    enum stub_state state; /* in the batch under way */
    bool owner_untold;     /* of a repository found in it: only its stored row can show the owner */
};

/* names: logins and names of records by id, and when edges ended. The only caller of names.sql. Lives in
 * the arena. */
#pragma once
#include "core/uuid/uuid.h"
#include "schema/db/db.h"

struct edge_key {
    bool star; /* else a follow */
    int64_t one, other;
};
struct name_entry {
    enum record_kind kind;
    int64_t github_id;
    slice name;
};
struct ended_entry {
    struct edge_key edge;
    int64_t after_ms, before_ms;
};
struct names {
    struct name_entry *names;
    struct ended_entry *ended;
    size_t n_names, n_ended;
};

/* developers, repositories: ids, repeated ones too. edges: ended ones. */
MUST_CHECK bool names_read(struct db *db, struct arena *a, const int64_t *developers, size_t n_developers,
                           const int64_t *repositories, size_t n_repositories, const struct edge_key *edges,
                           size_t n_edges, struct names *out, struct err *err);
/* ptr NULL: not known; names may be NULL. */
slice names_get(const struct names *names, enum record_kind kind, int64_t github_id);
/* NULL: not known. */
const struct ended_entry *names_ended(const struct names *names, struct edge_key edge);

/* doctor: facts of a server and its database, for `gitomatic doctor`. Each function is one read. */
#pragma once
#include "schema/db/db.h"

struct doctor_server {
    int64_t version_num;                             /* 150018 for 15.18 */
    const char *version, *encoding, *collate, *role; /* of the database; the present role */
    bool in_recovery;                                /* a replica */
    int64_t connections_allowed, connections_used, connections_ours;
    bool may_create; /* in the current schema */
    bool has_trgm, trgm_available;
    int64_t size; /* bytes */
    bool fsync;
    const char *trgm_schema; /* NULL: pg_trgm does not exist */
    bool trgm_reached;       /* that schema is in the search path */
    bool read_only;          /* transactions are, by a setting or as on a replica */
    int64_t tables_refused;  /* of those in the current schema, which the role may not read and write */
};
/* What someone changed in this program's schema, or withheld from the role. Lists have the first names and say how many more there are;
 * NULL: none. */
struct doctor_objects {
    const char *missing;  /* "index developers_login, trigger stars.changes_deleted and 3 more" */
    const char *refused;  /* the server's words about the first statement that it does not take, or NULL */
    const char *secured;  /* tables whose row level security applies to the role */
    bool secured_refused; /* their statements fail, as row_security is off */
    const char *sequences, *functions; /* which the role may not use */
};
/* Only on a database with this program's schema. Strings are in the arena. */
MUST_CHECK bool doctor_objects(struct db *db, struct arena *a, struct doctor_objects *out, struct err *err);
/* Strings are in the arena. Works without a schema. */
MUST_CHECK bool doctor_server(struct db *db, struct arena *a, struct doctor_server *out, struct err *err);
/* Versions of the rules by which the database's indexes of texts are sorted: when they were made, and of the server's library now. NULL: they
 * have none. Strings are in the arena. PostgreSQL 15 or newer; works without a schema. */
MUST_CHECK bool doctor_collation(struct db *db, struct arena *a, const char **made_with_out,
                                 const char **present_out, struct err *err);
/* *lag_ms_out: -1: not known, as it has replayed nothing since it started. */
MUST_CHECK bool doctor_replica(struct db *db, bool *in_recovery_out, int64_t *lag_ms_out, struct err *err);

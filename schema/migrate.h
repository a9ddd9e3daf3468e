/* migrate: brings a database to this program's schema.
 * Safe when several run at once (an advisory lock); each migration is one transaction with its checksum. The table
 * schema_migrations is dbmate's, with two columns more, so either tool goes on where the other stopped. */
#pragma once
#include "schema/db/db.h"
#include <stdio.h>

/* ERR_SCHEMA when the database holds a version this program does not know, or one whose text has changed since. */
MUST_CHECK bool schema_migrate(struct db *db, int *n_applied_out, struct err *err);
/* Prints a line a migration: version, name, applied when or pending. *current_out: nothing is pending. */
MUST_CHECK bool schema_status(struct db *db, FILE *out, bool *current_out, struct err *err);
/* For processes at start: ERR_SCHEMA, saying which and what to do, unless the schema is exactly this program's. */
MUST_CHECK bool schema_check(struct db *db, struct err *err);

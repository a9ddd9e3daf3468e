/* migrate: brings a database to this program's schema.
 * Safe when several run at once (an advisory lock); each migration is one transaction with its checksum. The table
 * schema_migrations is dbmate's, with two more columns, so either tool continues where the other stopped. */
#pragma once
#include "schema/db/db.h"
#include <stdio.h>

/* ERR_SCHEMA if the database has a version that this program does not know, or one with another text. */
MUST_CHECK bool schema_migrate(struct db *db, int *n_applied_out, struct err *err);
/* Prints a line per migration: version, name, applied when or pending. *current_out: nothing is pending. */
MUST_CHECK bool schema_status(struct db *db, FILE *out, bool *current_out, struct err *err);
/* For processes at their start: ERR_SCHEMA, with the version and what to do, unless the schema is exactly this program's. */
MUST_CHECK bool schema_check(struct db *db, struct err *err);

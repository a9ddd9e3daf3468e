/* census_pages: pages of /users and /repositories, which name all there are. */
#pragma once
#include "core/uuid/uuid.h"
#include "schema/db/db.h"

/* Saves a page: new accounts or repositories (and owners) become stubs that nobody is asked to hydrate. In the job's transaction. ERR_DB class
 * 22: a value of the wrong type, to be cleaned. */
MUST_CHECK bool census_save(struct db *db, enum record_kind kind, slice json, int64_t task_id,
                            struct err *err);

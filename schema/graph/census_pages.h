/* census_pages: pages of /users and /repositories, which list all accounts and repositories. */
#pragma once
#include "core/uuid/uuid.h"
#include "schema/db/db.h"

/* Saves a page: new accounts or repositories (and owners) become stubs that are not queued for hydration. In the job's
 * transaction. ERR_DB class
 * 22: a value of the wrong type, to be cleaned. */
MUST_CHECK bool census_save(struct db *db, enum record_kind kind, slice json, int64_t task_id,
                            struct err *err);

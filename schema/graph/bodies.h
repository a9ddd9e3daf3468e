/* bodies: stored bodies of pages, to compute the ETag of the same page for another token. The only caller of bodies.sql.
 * As observed (github/docs#34689), GitHub's ETag is a hash of Accept, Authorization and the body. */
#pragma once
#include "schema/db/db.h"

#define BODIES_KEPT_DAYS 90 /* without use; replaced bodies are deleted at once */

/* etag: as stored with the page. *body_out: as received (gzip or plain), borrowed from rows; ptr NULL: none is stored. */
MUST_CHECK bool bodies_find(struct db *db, const char *etag, struct db_rows *rows, slice *body_out,
                            struct err *err);
/* A transaction of its own. replaced: the ETag the page had before; NULL: none. plain: the decoded body; a body that names a
 * forgotten person is not stored. */
MUST_CHECK bool bodies_keep(struct db *db, const char *etag, const char *replaced, slice body, slice plain,
                            struct err *err);

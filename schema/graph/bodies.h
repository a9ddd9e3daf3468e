/* bodies: bodies of pages, kept to compute the ETag that the same page has for another token. The only caller of bodies.sql.
 * github-api.md, "Conditional requests": the ETag is a hash of Accept, Authorization and the body. */
#pragma once
#include "schema/db/db.h"

#define BODIES_KEPT_DAYS 90 /* unused; what a newer body replaces goes at once */

/* etag: as remembered with the page. *body_out: as it came (gzip or plain), borrowed from rows; ptr NULL: none is kept. */
MUST_CHECK bool bodies_find(struct db *db, const char *etag, struct db_rows *rows, slice *body_out,
                            struct err *err);
/* A transaction of its own. replaced: the ETag the page had before; NULL: none. plain: the decoded body; one that names somebody
 * forgotten is not kept. */
MUST_CHECK bool bodies_keep(struct db *db, const char *etag, const char *replaced, slice body, slice plain,
                            struct err *err);

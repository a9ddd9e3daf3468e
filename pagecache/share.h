/* share: stores pages for the mirror that other processes fetched. On the connection's thread. */
#pragma once
#include "pagecache/key.h"
#include "schema/db/db.h"

struct shared_page {
    const char *url;                    /* absolute, as requested */
    const char *accept, *authorization; /* as sent; NULL: none */
    const char *identity;               /* of the credential (gh_credential); NULL: none */
    const char *api_version, *user_agent;
    slice head;         /* GitHub's header lines, each ended by LF */
    slice bytes, plain; /* the body as received, and decoded */
};

/* Stores the page and notifies mirrors that their copy is older. Skips pages without a validator, with a too long URL, with
 * incomplete JSON, or that may not be stored. In its own transaction unless the caller has one open. */
MUST_CHECK bool share_page(struct db *db, const struct secret *secret, const struct shared_page *page,
                           struct err *err);

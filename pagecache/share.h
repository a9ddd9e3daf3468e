/* share: a page somebody other than the mirror fetched, kept for the mirror. */
#pragma once
#include "pagecache/key.h"
#include "schema/db/db.h"

struct shared_page {
    const char *url;                    /* absolute, as it was asked for */
    const char *accept, *authorization; /* as sent; NULL: none */
    const char *identity;               /* whose page it is (gh_credential); NULL: nobody's */
    const char *api_version, *user_agent;
    slice head;         /* GitHub's header lines, each ended by LF */
    slice bytes, plain; /* the body as it came, and decoded */
};

/* Stores it as GitHub has just sent it, and tells mirrors that theirs is older. A page without a validator, whose
 * address is too long, that is no whole JSON or forbids to be kept is left out. One transaction of its own unless the caller has one open. */
MUST_CHECK bool share_page(struct db *db, const struct secret *secret, const struct shared_page *page,
                           struct err *err);

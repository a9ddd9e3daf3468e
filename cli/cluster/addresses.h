/* addresses: DIR/addresses of a data folder: where its `gitomatic up` is reached, for other commands. Written at each start; the
 * file remains after `up` has ended. */
#pragma once
#include "core/base/err.h"

#define ADDRESS_SIZE 512

struct addresses {
    char pages[ADDRESS_SIZE]; /* of the API and its pages, without a slash at the end */
    char demo[ADDRESS_SIZE];  /* of a demo's simulated GitHub; "": not a demo */
};

/* A listening address as a URL that this machine reaches; public_url is preferred if it is not NULL. */
void address_of(const char *public_url, bool tls, const char *listen_text, char out[ADDRESS_SIZE]);

MUST_CHECK bool addresses_write(const char *data_dir, const struct addresses *all, struct err *err);
/* False: the folder has no such file, or one without the address of the pages. */
bool addresses_read(const char *data_dir, struct addresses *out);

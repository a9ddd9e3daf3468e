/* forwarded: the client of a request and the address it used, with proxies possibly in between. Pure. X-Forwarded-For,
 * -Proto and -Host, or Forwarded (RFC 7239), count only if the peer is one of TRUSTED_PROXIES. */
#pragma once
#include "http/networks.h"

struct forwarded_fields { /* values, several lines joined by commas; ptr NULL: absent */
    slice x_for, x_proto, x_host, forwarded;
};
struct forwarded {
    struct network client;
    const char *scheme; /* "http", "https"; NULL: not said */
    slice host;         /* ptr NULL: not said; not checked; borrows from the fields */
};
void forwarded_read(const struct network_list *proxies, const struct network *peer,
                    const struct forwarded_fields *fields, struct forwarded *out);

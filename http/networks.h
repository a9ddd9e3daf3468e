/* networks: addresses and CIDR blocks, IPv4 and IPv6, as TRUSTED_PROXIES lists them. Pure. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"

struct network {
    unsigned char bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    int bits;
};
struct network_list {
    struct network *items;
    size_t n;
};

/* "10.0.0.0/8, 192.0.2.1, fd00::/8". ERR_CONFIG names the item. NULL is an empty list. */
MUST_CHECK bool networks_parse(struct arena *a, const char *setting, const char *text,
                               struct network_list *out, struct err *err);
/* An address as text, without port and brackets. */
MUST_CHECK bool network_address(slice text, struct network *out);
bool networks_hold(const struct network_list *list, const struct network *address);
bool network_is_loopback(const struct network *address);
/* As text; of IPv6 the first 64 bits, the network of a single client. */
void network_client(const struct network *address, char out[64]);

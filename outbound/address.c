#include "outbound/post.h"
#include <netinet/in.h>
#include <string.h>

struct block {
    unsigned char bytes[16];
    int bits;
};

/* RFC 6890, and its updates, in IPv4's and IPv6's form; multicast. */
static const struct block v4_special[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 3},
};
/* 6to4 and NAT64 contain an IPv4 address that others control. */
static const struct block v6_special[] = {
    {{0}, 8},           {{0x01, 0}, 64},
    {{0x20, 0x01}, 23}, {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x20, 0x02}, 16}, {{0x00, 0x64, 0xff, 0x9b}, 32},
    {{0xfc}, 7},        {{0xfe, 0x80}, 10},
    {{0xfe, 0xc0}, 10}, {{0xff}, 8},
    {{0x3f, 0xff}, 20}, {{0x5f, 0x00}, 16},
};

static bool is_in(const unsigned char *address, const struct block *block)
{
    int whole = block->bits / 8, rest = block->bits % 8;
    unsigned char mask = (unsigned char)(0xff << (8 - rest));
    return memcmp(address, block->bytes, (size_t)whole) == 0 &&
           (!rest || (address[whole] & mask) == (block->bytes[whole] & mask));
}

static bool is_special(const unsigned char *address, const struct block *blocks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_in(address, &blocks[i]))
            return true;
    return false;
}

bool address_is_public(const struct sockaddr *address)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (address->sa_family == AF_INET)
        return !is_special((const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr,
                           v4_special, ARRAY_LEN(v4_special));
    if (address->sa_family != AF_INET6)
        return false;
    const unsigned char *v6 = (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (memcmp(v6, mapped, sizeof mapped) == 0)
        return !is_special(v6 + 12, v4_special, ARRAY_LEN(v4_special));
    return !is_special(v6, v6_special, ARRAY_LEN(v6_special));
}

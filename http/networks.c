#include "http/networks.h"
#include <arpa/inet.h>
#include <stdio.h>

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_v4(const struct network *n)
{
    return memcmp(n->bytes, mapped, sizeof mapped) == 0;
}

bool network_address(slice text, struct network *out)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof copy || slice_find(text, '\0') >= 0)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *out = (struct network){.bits = 128};
    memcpy(out->bytes, mapped, sizeof mapped);
    return inet_pton(AF_INET, copy, out->bytes + sizeof mapped) == 1 ||
           inet_pton(AF_INET6, copy, out->bytes) == 1;
}

static bool parse_one(slice item, struct network *out)
{
    slice rest = item, address;
    int64_t bits;
    if (!slice_split(&rest, '/', &address) || !network_address(address, out))
        return false;
    if (!rest.ptr)
        return true;
    int64_t max = slice_find(address, ':') >= 0 ? 128 : 32;
    if (!slice_i64(rest, 0, max, &bits))
        return false;
    out->bits = (int)(bits + 128 - max);
    return true;
}

bool networks_parse(struct arena *a, const char *setting, const char *text, struct network_list *out,
                    struct err *err)
{
    slice rest = slice_of(text), item;
    *out = (struct network_list){.items = arena_array(a, rest.len / 2 + 1, sizeof *out->items)};
    while (slice_split(&rest, ',', &item)) {
        item = slice_trim(item);
        if (!item.len)
            continue;
        if (!parse_one(item, &out->items[out->n++]))
            return err_set(err, ERR_CONFIG,
                           "%s: got \"%.*s\", expected addresses such as 10.0.0.1 or 10.0.0.0/8", setting,
                           item.len > 60 ? 60 : (int)item.len, item.ptr);
    }
    return true;
}

static bool holds(const struct network *block, const struct network *address)
{
    int whole = block->bits / 8, rest = block->bits % 8;
    if (memcmp(block->bytes, address->bytes, (size_t)whole) != 0)
        return false;
    return !rest || ((block->bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

bool networks_hold(const struct network_list *list, const struct network *address)
{
    for (size_t i = 0; i < list->n; i++)
        if (holds(&list->items[i], address))
            return true;
    return false;
}

bool network_is_loopback(const struct network *address)
{
    static const unsigned char six[16] = {[15] = 1};
    return (is_v4(address) && address->bytes[12] == 127) || memcmp(address->bytes, six, sizeof six) == 0;
}

void network_client(const struct network *address, char out[64])
{
    unsigned char bytes[16] = {0};
    if (is_v4(address)) {
        inet_ntop(AF_INET, address->bytes + sizeof mapped, out, 64);
        return;
    }
    memcpy(bytes, address->bytes, 8);
    inet_ntop(AF_INET6, bytes, out, 64);
}

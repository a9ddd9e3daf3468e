#include "http/forwarded.h"
#include "http/fields.h"

static slice last_item(slice list)
{
    for (size_t i = list.len; i-- > 0;)
        if (list.ptr[i] == ',')
            return slice_trim(slice_from(list.ptr + i + 1, list.len - i - 1));
    return slice_trim(list);
}

static slice without_last(slice list)
{
    for (size_t i = list.len; i-- > 0;)
        if (list.ptr[i] == ',')
            return slice_from(list.ptr, i);
    return (slice){NULL, 0};
}

/* "1.2.3.4", "1.2.3.4:5", "2001:db8::1", "[2001:db8::1]:5". */
static bool parse_hop(slice text, struct network *out)
{
    if (text.len && text.ptr[0] == '[') {
        ptrdiff_t end = slice_find(text, ']');
        return end > 0 && network_address(slice_from(text.ptr + 1, (size_t)end - 1), out);
    }
    ptrdiff_t colon = slice_find(text, ':');
    bool port =
        colon >= 0 && slice_find(slice_from(text.ptr + colon + 1, text.len - (size_t)colon - 1), ':') < 0;
    return network_address(port ? slice_from(text.ptr, (size_t)colon) : text, out);
}

/* Each proxy appends the address of its peer. The list is read backwards as long as the peer is
 * trusted; what can't be read ends it. */
static struct network walk_back(const struct network_list *proxies, const struct network *peer, slice list,
                                bool rfc7239)
{
    struct network at = *peer, next;
    while (list.ptr && networks_hold(proxies, &at)) {
        slice item = last_item(list);
        if (!parse_hop(rfc7239 ? field_parameter(item, SLICE("for")) : item, &next))
            break;
        at = next;
        list = without_last(list);
    }
    return at;
}

static void take_scheme_and_host(slice proto, slice host, struct forwarded *out)
{
    if (slice_eq_nocase(proto, SLICE("https")))
        out->scheme = "https";
    else if (slice_eq_nocase(proto, SLICE("http")))
        out->scheme = "http";
    if (host.len)
        out->host = host;
}

void forwarded_read(const struct network_list *proxies, const struct network *peer,
                    const struct forwarded_fields *fields, struct forwarded *out)
{
    *out = (struct forwarded){.client = *peer};
    if (!networks_hold(proxies, peer))
        return;
    bool rfc7239 = !fields->x_for.ptr && !fields->x_proto.ptr && !fields->x_host.ptr && fields->forwarded.ptr;
    out->client = walk_back(proxies, peer, rfc7239 ? fields->forwarded : fields->x_for, rfc7239);
    if (rfc7239)
        take_scheme_and_host(field_parameter(last_item(fields->forwarded), SLICE("proto")),
                             field_parameter(last_item(fields->forwarded), SLICE("host")), out);
    else
        take_scheme_and_host(last_item(fields->x_proto), last_item(fields->x_host), out);
}

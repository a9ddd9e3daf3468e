#include "api/request/origin.h"
#include "api/request/link.h"
#include <stdio.h>

/* ---- settings ---- */

/* PUBLIC_URL as links begin: without slashes at its end, and with nothing a JSON string would have to escape. */
static bool read_public_url(struct site *site, const struct config *cfg, struct arena *a, struct err *err)
{
    if (!cfg->public_url)
        return true;
    char *base = arena_strdup(a, cfg->public_url);
    for (size_t n = strlen(base); n && base[n - 1] == '/'; n--)
        base[n - 1] = '\0';
    for (const char *c = base; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"\\<>", *c))
            return err_set(err, ERR_CONFIG,
                           "PUBLIC_URL: got \"%.100s\", expected an address without spaces and quotes",
                           cfg->public_url);
    site->public_base = base;
    return true;
}

static bool read_hosts(struct site *site, const struct config *cfg, struct arena *a, struct err *err)
{
    slice rest = slice_of(cfg->allowed_hosts), item;
    site->hosts = arena_array(a, rest.len / 2 + 1, sizeof *site->hosts);
    while (slice_split(&rest, ',', &item)) {
        item = slice_trim(item);
        if (slice_starts(item, SLICE("*.")))
            item = slice_from(item.ptr + 1, item.len - 1);
        slice bare = slice_starts(item, SLICE(".")) ? slice_from(item.ptr + 1, item.len - 1) : item;
        if (!item.len)
            continue;
        if (!link_host_ok(bare) || (bare.ptr[0] != '[' && slice_find(bare, ':') >= 0))
            return err_set(
                err, ERR_CONFIG,
                "ALLOWED_HOSTS: got \"%.*s\", expected names without ports, such as api.example.org or "
                ".example.org",
                item.len > 60 ? 60 : (int)item.len, item.ptr);
        site->hosts[site->n_hosts++] = slice_of(arena_dup(a, item));
    }
    return true;
}

bool site_init(struct site *out, const struct config *cfg, struct arena *a, struct err *err)
{
    *out = (struct site){.scheme = cfg->tls_cert_file ? "https" : "http",
                         .local_only = cfg->api_auth == API_AUTH_NONE};
    return read_public_url(out, cfg, a, err) && read_hosts(out, cfg, a, err) &&
           networks_parse(a, "TRUSTED_PROXIES", cfg->trusted_proxies, &out->proxies, err);
}

/* ---- hosts ---- */

/* Without a port and without brackets. */
static slice bare_host(slice host)
{
    if (host.ptr[0] == '[') {
        ptrdiff_t end = slice_find(host, ']');
        return slice_from(host.ptr + 1, (size_t)(end - 1));
    }
    ptrdiff_t colon = slice_find(host, ':');
    return colon < 0 ? host : slice_from(host.ptr, (size_t)colon);
}

static bool ends_nocase(slice s, slice end)
{
    return s.len > end.len && slice_eq_nocase(slice_from(s.ptr + s.len - end.len, end.len), end);
}

static bool is_listed(const struct site *site, slice name)
{
    for (size_t i = 0; i < site->n_hosts; i++) {
        slice listed = site->hosts[i];
        bool subdomains = listed.ptr[0] == '.';
        slice own = subdomains             ? slice_from(listed.ptr + 1, listed.len - 1)
                    : listed.ptr[0] == '[' ? bare_host(listed)
                                           : listed;
        if (slice_eq_nocase(name, own) || (subdomains && ends_nocase(name, listed)))
            return true;
    }
    return false;
}

static bool is_local(slice name)
{
    struct network address;
    return network_address(name, &address) || slice_eq_nocase(name, SLICE("localhost")) ||
           ends_nocase(name, SLICE(".localhost"));
}

enum site_host site_check_host(const struct site *site, slice host)
{
    if (!host.ptr)
        return SITE_HOST_ABSENT;
    if (!link_host_ok(host))
        return SITE_HOST_INVALID;
    slice name = bare_host(host);
    bool ours = site->n_hosts ? is_listed(site, name) : !site->local_only || is_local(name);
    return ours ? SITE_HOST_OK : SITE_HOST_FOREIGN;
}

/* ---- proxies ---- */

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

/* The value of a parameter of one element of Forwarded, without its quotes. */
static slice forwarded_value(slice element, slice wanted)
{
    slice rest = element, pair;
    while (slice_split(&rest, ';', &pair)) {
        ptrdiff_t equals = slice_find(pair, '=');
        if (equals < 0 || !slice_eq_nocase(slice_trim(slice_from(pair.ptr, (size_t)equals)), wanted))
            continue;
        slice value = slice_trim(slice_from(pair.ptr + equals + 1, pair.len - (size_t)equals - 1));
        if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
            value = slice_from(value.ptr + 1, value.len - 2);
        return value;
    }
    return (slice){NULL, 0};
}

/* Each proxy adds the address it was called from at the end. From there we go back as long as the one who says so is
 * trusted; what can't be read ends it. */
static struct network walk_back(const struct site *site, const struct network *peer, slice list, bool rfc7239)
{
    struct network at = *peer, next;
    while (list.ptr && networks_hold(&site->proxies, &at)) {
        slice item = last_item(list);
        if (!parse_hop(rfc7239 ? forwarded_value(item, SLICE("for")) : item, &next))
            break;
        at = next;
        list = without_last(list);
    }
    return at;
}

static void take_scheme_and_host(struct request *rq, slice proto, slice host)
{
    if (slice_eq_nocase(proto, SLICE("https")))
        rq->scheme = "https";
    else if (slice_eq_nocase(proto, SLICE("http")))
        rq->scheme = "http";
    if (host.len)
        rq->host = host;
}

void site_find_client(const struct site *site, const struct network *peer, struct request *rq)
{
    rq->scheme = site->scheme;
    rq->host = request_header(rq, "Host");
    network_client(peer, rq->client);
    if (!networks_hold(&site->proxies, peer))
        return;
    slice hops = request_header(rq, "X-Forwarded-For"), proto = request_header(rq, "X-Forwarded-Proto"),
          host = request_header(rq, "X-Forwarded-Host"), forwarded = request_header(rq, "Forwarded");
    bool rfc7239 = !hops.ptr && !proto.ptr && !host.ptr && forwarded.ptr;
    struct network client = walk_back(site, peer, rfc7239 ? forwarded : hops, rfc7239);
    network_client(&client, rq->client);
    if (rfc7239)
        take_scheme_and_host(rq, forwarded_value(last_item(forwarded), SLICE("proto")),
                             forwarded_value(last_item(forwarded), SLICE("host")));
    else
        take_scheme_and_host(rq, last_item(proto), last_item(host));
}

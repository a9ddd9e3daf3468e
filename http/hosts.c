#include "http/hosts.h"
#include "core/config/config.h"
#include "http/networks.h"

#define HOST_MAX 255

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

bool host_is_valid(slice host)
{
    size_t at = 0;
    int64_t port;
    struct network address;
    if (host.len == 0 || host.len > HOST_MAX)
        return false;
    if (host.ptr[0] == '[') {
        ptrdiff_t end = slice_find(host, ']');
        if (end < 0 || slice_find(slice_from(host.ptr, (size_t)end), ':') < 0 ||
            !network_address(slice_from(host.ptr + 1, (size_t)end - 1), &address))
            return false;
        at = (size_t)end + 1;
    } else {
        bool label = false; /* empty labels are invalid, but one dot may end the name */
        while (at < host.len && is_name_char(host.ptr[at]) && (label || host.ptr[at] != '.'))
            label = host.ptr[at++] != '.';
        if (at == 0)
            return false;
    }
    slice rest = slice_from(host.ptr + at, host.len - at);
    return rest.len == 0 || slice_eq(rest, SLICE(":")) ||
           (rest.ptr[0] == ':' && slice_i64(slice_from(rest.ptr + 1, rest.len - 1), 1, 65535, &port));
}

slice host_without_empty_port(slice host)
{
    if (host.len && host.ptr[host.len - 1] == ':')
        host.len--;
    return host;
}

/* Without port, brackets and the dot that ends an absolute name. */
static slice bare(slice host)
{
    if (host.ptr[0] == '[')
        return slice_from(host.ptr + 1, (size_t)slice_find(host, ']') - 1);
    ptrdiff_t colon = slice_find(host, ':');
    if (colon >= 0)
        host.len = (size_t)colon;
    if (host.len > 1 && host.ptr[host.len - 1] == '.')
        host.len--;
    return host;
}

/* ---- reading ---- */

static bool read_name(slice item, struct hosts *out, struct arena *a, struct err *err)
{
    slice name = slice_starts(item, SLICE("*.")) ? slice_from(item.ptr + 1, item.len - 1) : item;
    bool subdomains = name.ptr[0] == '.';
    slice host = subdomains ? slice_from(name.ptr + 1, name.len - 1) : name;
    struct network address;
    if (slice_eq(item, SLICE("*")) || network_address(item, &address)) {
        out->names[out->n++] = slice_of(arena_dup(a, item));
        return true;
    }
    if (!host_is_valid(host) || (host.ptr[0] != '[' && slice_find(host, ':') >= 0))
        return err_set(err, ERR_CONFIG,
                       "ALLOWED_HOSTS: got \"%.*s\", expected names without ports, such as api.example.org, "
                       ".example.org or [::1]",
                       item.len > 60 ? 60 : (int)item.len, item.ptr);
    host = bare(host);
    out->names[out->n++] = slice_of(arena_printf(a, "%s%.*s", subdomains ? "." : "", SLICE_ARG(host)));
    return true;
}

static slice host_of_url(slice url)
{
    ptrdiff_t colon = slice_find(url, ':');
    if (colon < 0 || url.len < (size_t)colon + 3)
        return (slice){NULL, 0};
    slice rest = slice_from(url.ptr + colon + 3, url.len - (size_t)colon - 3), host;
    return slice_split(&rest, '/', &host) && host_is_valid(host) ? bare(host) : (slice){NULL, 0};
}

static bool is_loopback(slice name)
{
    struct network address;
    return network_address(name, &address)
               ? network_is_loopback(&address)
               : slice_eq_nocase(name, SLICE("localhost")) ||
                     (name.len > 10 &&
                      slice_eq_nocase(slice_from(name.ptr + name.len - 10, 10), SLICE(".localhost")));
}

bool hosts_read(struct hosts *out, const char *allowed, const char *listen, const char *public_url,
                struct arena *a, struct err *err)
{
    char host[256];
    int port;
    slice rest = slice_of(allowed), item;
    *out = (struct hosts){.names = arena_array(a, rest.len / 2 + 1, sizeof *out->names),
                          .own = public_url ? host_of_url(slice_of(arena_strdup(a, public_url)))
                                            : (slice){NULL, 0}};
    while (slice_split(&rest, ',', &item)) {
        item = slice_trim(item);
        if (item.len && !read_name(item, out, a, err))
            return false;
    }
    out->local_only = out->n == 0 && listen && config_split_listen(listen, host, sizeof host, &port) &&
                      is_loopback(slice_of(host));
    return true;
}

/* ---- checking ---- */

static bool is_listed(const struct hosts *hosts, slice name)
{
    for (size_t i = 0; i < hosts->n; i++) {
        slice listed = hosts->names[i];
        bool subdomains = listed.ptr[0] == '.';
        slice own = subdomains ? slice_from(listed.ptr + 1, listed.len - 1) : listed;
        if (slice_eq(listed, SLICE("*")) || slice_eq_nocase(name, own))
            return true;
        if (subdomains && name.len > listed.len &&
            slice_eq_nocase(slice_from(name.ptr + name.len - listed.len, listed.len), listed))
            return true;
    }
    return false;
}

bool hosts_own(const struct hosts *hosts, slice host)
{
    return hosts->own.ptr && host_is_valid(host) && slice_eq_nocase(bare(host), hosts->own);
}

enum host_verdict hosts_check(const struct hosts *hosts, slice host)
{
    if (!host.ptr)
        return HOST_ABSENT;
    if (!host_is_valid(host))
        return HOST_INVALID;
    slice name = bare(host);
    bool ours = hosts->n            ? is_listed(hosts, name)
                : hosts->local_only ? is_loopback(name) || hosts_own(hosts, host)
                                    : true;
    return ours ? HOST_OK : HOST_FOREIGN;
}

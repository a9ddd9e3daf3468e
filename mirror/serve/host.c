#include "mirror/serve/host.h"
#include "http/hosts.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static bool read_remote(int fd, struct network *out)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    char text[INET6_ADDRSTRLEN] = "";
    if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0)
        return false;
    if (peer.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, text, sizeof text);
    else if (peer.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&peer)->sin6_addr, text, sizeof text);
    return *text && network_address(slice_of(text), out);
}

/* False: a unix socket. */
static bool read_local(int fd, char *out, size_t size)
{
    struct sockaddr_storage a = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof a;
    char text[INET6_ADDRSTRLEN];
    if (fd >= 0 && getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        a.ss_family = AF_UNSPEC;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&a;
    if (a.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
        inet_ntop(AF_INET, (const char *)&v6->sin6_addr + 12, text, sizeof text))
        snprintf(out, size, "%s:%d", text, ntohs(v6->sin6_port));
    else if (a.ss_family == AF_INET6 && inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text))
        snprintf(out, size, "[%s]:%d", text, ntohs(v6->sin6_port));
    else if (a.ss_family == AF_INET && inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text))
        snprintf(out, size, "%s:%d", text, ntohs(v4->sin_port));
    else
        snprintf(out, size, "127.0.0.1");
    return a.ss_family != AF_UNIX;
}

void host_peer(int fd, struct peer *out)
{
    out->by_network = read_remote(fd, &out->address);
    out->by_socket = !read_local(fd, out->local, sizeof out->local);
}

/* host without its port, which must be `port` (or left out for 80, with TLS 443). */
static bool same_port(slice *host, slice port, bool tls)
{
    const char *colon = memrchr(host->ptr, ':', host->len);
    if (!colon || (host->len && host->ptr[host->len - 1] == ']'))
        return slice_eq(port, tls ? SLICE("443") : SLICE("80"));
    slice own = slice_from(colon + 1, host->len - (size_t)(colon + 1 - host->ptr));
    host->len = (size_t)(colon - host->ptr);
    return slice_eq(own.len ? own : tls ? SLICE("443") : SLICE("80"), port);
}

bool host_is_ours(const char *host, const char *local, const char *listen, bool tls)
{
    slice name = slice_of(host), ours = slice_of(local), bound = slice_of(listen);
    const char *colon = strrchr(local, ':'), *bound_colon = strrchr(listen, ':');
    if (!host || !colon || !bound_colon || !same_port(&name, slice_of(colon + 1), tls))
        return false;
    ours.len = (size_t)(colon - local);
    bound.len = (size_t)(bound_colon - listen);
    bool loopback = slice_starts(ours, SLICE("127.")) || slice_eq(ours, SLICE("[::1]"));
    return slice_eq_nocase(name, ours) || slice_eq_nocase(name, bound) ||
           (loopback && slice_eq_nocase(name, SLICE("localhost")));
}

/* Clients of the socket are on this machine and use it instead of the network: the Host header names the server they mean. gh sends
 * requests for https://api.github.com like this, unencrypted. */
static slice socket_base(const struct config *cfg, const char *host, const char **prefix)
{
    slice name = host_without_empty_port(slice_of(host)), api = slice_of(cfg->github_api_url);
    char address[300];
    *prefix = "http://";
    if (!host_is_valid(name))
        return SLICE("localhost");
    snprintf(address, sizeof address, "https://%.*s", SLICE_ARG(name));
    slice https = slice_of(address);
    if (slice_eq_nocase(name, SLICE("api.github.com")) ||
        (slice_starts(api, https) && (api.len == https.len || api.ptr[https.len] == '/')))
        *prefix = "https://";
    return name;
}

void host_base(const struct config *cfg, const struct host_claim *claim, const char *local, bool enterprise,
               char *out, size_t size)
{
    slice base = slice_of(cfg->github_mirror_url);
    const char *prefix = "";
    if (!base.ptr && !local) {
        base = socket_base(cfg, claim->host, &prefix);
    } else if (!base.ptr) {
        bool tls = cfg->mirror_tls_cert_file != NULL;
        bool ours = claim->believed || host_is_ours(claim->host, local, cfg->mirror_listen, tls);
        prefix = (ours && claim->scheme ? strcmp(claim->scheme, "https") == 0 : tls) ? "https://" : "http://";
        base = host_without_empty_port(slice_of(ours ? claim->host : local));
    }
    while (base.len && base.ptr[base.len - 1] == '/')
        base.len--;
    snprintf(out, size, "%s%.*s%s", prefix, SLICE_ARG(base), enterprise ? "/api/v3" : "");
}

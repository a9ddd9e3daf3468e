#include "api/request/origin.h"
#include "http/forwarded.h"

/* ---- settings ---- */

/* PUBLIC_URL as the beginning of links: without slashes at its end, and with nothing that JSON would have to escape. */
static bool read_public_url(struct origin *origin, const struct config *cfg, struct arena *a, struct err *err)
{
    if (!cfg->public_url)
        return true;
    char *base = arena_strdup(a, cfg->public_url);
    for (size_t n = strlen(base); n && base[n - 1] == '/'; n--)
        base[n - 1] = '\0';
    for (const char *c = base; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"\\<>", *c))
            return err_set(err, ERR_CONFIG,
                           "PUBLIC_URL: got \"%.100s\", expected a URL without spaces and quotes",
                           cfg->public_url);
    origin->public_base = base;
    return true;
}

bool origin_init(struct origin *out, const struct config *cfg, struct arena *a, struct err *err)
{
    *out = (struct origin){.scheme = cfg->tls_cert_file ? "https" : "http"};
    if (!hosts_read(&out->hosts, cfg->allowed_hosts, cfg->api_listen, cfg->public_url, a, err))
        return false;
    /* Without a login, anyone who reaches the API may use it, so DNS rebinding must not reach it. */
    out->hosts.local_only |= cfg->api_auth == API_AUTH_NONE && !out->hosts.n;
    return read_public_url(out, cfg, a, err) &&
           networks_parse(a, "TRUSTED_PROXIES", cfg->trusted_proxies, &out->proxies, err);
}

void origin_find_client(const struct origin *origin, const struct network *peer, struct request *rq)
{
    struct forwarded said = {.client = *peer};
    if (networks_hold(&origin->proxies, peer)) {
        const struct forwarded_fields fields = {
            .x_for = request_header(rq, "X-Forwarded-For"),
            .x_proto = request_header(rq, "X-Forwarded-Proto"),
            .x_host = request_header(rq, "X-Forwarded-Host"),
            .forwarded = request_header(rq, "Forwarded"),
        };
        forwarded_read(&origin->proxies, peer, &fields, &said);
    }
    network_client(&said.client, rq->client);
    rq->scheme = said.scheme ? said.scheme : origin->scheme;
    rq->host = host_without_empty_port(said.host.ptr ? said.host : request_header(rq, "Host"));
}

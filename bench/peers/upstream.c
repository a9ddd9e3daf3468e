/* upstream: a GitHub that does nothing but answer. GET of anything: 304 to an If-None-Match, else 200 with the body of a file
 * under a fixed ETag, with the headers GitHub sends. X-Accel-Expires makes nginx store the answer as one that has expired
 * already, so that it asks about it every time. A path with "/unkept" has no ETag.
 *
 * upstream PORT BODY-FILE */
#include "bench/peers/peers.h"
#include <string.h>

static struct file body;

static void add_headers(struct MHD_Response *r, bool etag)
{
    static const char *const headers[][2] = {
        {"Content-Type", "application/json; charset=utf-8"},
        {"ETag", "\"7b0ab1f2d5e0e8a0a3b1c2d3e4f5061728394a5b6c7d8e9f0011223344556677\""},
        {"Cache-Control", "private, max-age=60, s-maxage=60"},
        {"Vary", "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With"},
        {"X-GitHub-Media-Type", "github.v3; format=json"},
        {"X-GitHub-Request-Id", "0001:0002:0003:0004"},
        {"X-GitHub-Api-Version-Selected", "2022-11-28"},
        {"X-OAuth-Scopes", "repo, user"},
        {"X-RateLimit-Limit", "5000"},
        {"X-RateLimit-Remaining", "4999"},
        {"X-RateLimit-Reset", "4102444800"},
        {"X-RateLimit-Used", "1"},
        {"X-RateLimit-Resource", "core"},
        {"X-Accel-Expires", "@1"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (etag || strcmp(headers[i][0], "ETag") != 0)
            MHD_add_response_header(r, headers[i][0], headers[i][1]);
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **context)
{
    (void)cls, (void)method, (void)version, (void)upload, (void)upload_size;
    if (!*context) { /* an answer to the very first call would close the connection */
        *context = &body;
        return MHD_YES;
    }
    bool same = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "If-None-Match") != NULL;
    struct MHD_Response *r =
        MHD_create_response_from_buffer(same ? 0 : body.len, body.bytes, MHD_RESPMEM_PERSISTENT);
    add_headers(r, !strstr(url, "/unkept"));
    enum MHD_Result ok = MHD_queue_response(c, same ? 304 : 200, r);
    MHD_destroy_response(r);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc != 3 || !file_read(argv[2], &body))
        return usage("upstream PORT BODY-FILE");
    return serve(argv[1], 1, 0, answer);
}

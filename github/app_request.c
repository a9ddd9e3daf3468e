#include "github/app_request.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "github/fetch.h"
#include "github/tls.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct gh_app_answer *answer = arg;
    gh_headers_line(&answer->headers, slice_from(bytes, size * n));
    return size * n;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load((const _Atomic bool *)arg);
}

static struct curl_slist *headers_of(const char *jwt)
{
    static const char *const lines[] = {"Accept: application/vnd.github+json",
                                        "X-GitHub-Api-Version: " GH_API_VERSION, "Expect:", "Content-Type:"};
    size_t size = strlen(jwt) + sizeof "Authorization: Bearer ";
    char *line = xmalloc(size);
    snprintf(line, size, "Authorization: Bearer %s", jwt);
    struct curl_slist *list = curl_slist_append(NULL, line);
    memset(line, 0, size);
    free(line);
    for (size_t i = 0; list && i < ARRAY_LEN(lines); i++) {
        struct curl_slist *longer = curl_slist_append(list, lines[i]);
        if (!longer)
            curl_slist_free_all(list);
        list = longer;
    }
    return list;
}

bool gh_app_request(const char *url, bool post, const char *jwt, const char *ca_file,
                    const _Atomic bool *abandon, struct gh_app_answer *out, struct err *err)
{
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = headers_of(jwt);
    long status = 0;
    memset(out, 0, sizeof *out);
    gh_headers_reset(&out->headers);
    buf_init(&out->body, GH_APP_MAX_BODY_BYTES);
    if (!easy || !headers) {
        curl_slist_free_all(headers);
        curl_easy_cleanup(easy);
        return err_set(err, ERR_SYSTEM, "out of memory");
    }
    gh_easy_set(easy, url, &out->body, on_header, out);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, (void *)(uintptr_t)abandon);
    gh_tls_set(easy, ca_file);
    if (post) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
    }
    CURLcode code = curl_easy_perform(easy);
    if (code == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    out->status = (int)status;
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    if (out->body.overflow)
        return err_set(err, ERR_UPSTREAM, "the answer is too large, expected at most %d bytes",
                       (int)GH_APP_MAX_BODY_BYTES);
    return code == CURLE_OK || err_set(err, ERR_UPSTREAM, "%s", curl_easy_strerror(code));
}

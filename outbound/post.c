#include "outbound/post.h"
#include <curl/curl.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRIVATE_REFUSED "its address is in a private network (WEBHOOK_PRIVATE_ADDRESSES=allowed permits that)"

struct sending {
    struct post *post;
    size_t received;
    bool private_met;
    int status; /* of the answer whose head is being received */
    bool answered;
};

/* curl calls this for each address that it tries, so the check applies to the address in use, not to an earlier resolution. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct sending *s = arg;
    (void)purpose;
    if (!s->post->private_allowed && !address_is_public(&to->addr)) {
        s->private_met = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* The status counts once its head is complete: what comes of the body, or not, says nothing about the delivery. */
static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct sending *s = arg;
    slice line = slice_trim(slice_from(bytes, size * n)), version;
    int64_t status;
    if (!line.len)
        s->answered = s->status >= 200;
    else if (slice_starts(line, SLICE("HTTP/")) && slice_split(&line, ' ', &version))
        s->status =
            slice_i64(slice_from(line.ptr, line.len < 3 ? line.len : 3), 100, 999, &status) ? (int)status : 0;
    return size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct sending *s = arg;
    (void)bytes;
    s->received += size * n;
    return s->received > POST_MAX_BODY_BYTES ? 0 : size * n;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct sending *s = arg;
    (void)a, (void)b, (void)c, (void)d;
    return s->post->abandon && atomic_load(s->post->abandon);
}

static struct curl_slist *headers_of(const struct post *post)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (const char *const *h = post->headers; list && *h; h++) {
        struct curl_slist *longer = curl_slist_append(list, *h);
        if (!longer)
            curl_slist_free_all(list);
        list = longer;
    }
    return list;
}

static void set_options(CURL *easy, struct sending *s, struct curl_slist *headers)
{
    const struct post *post = s->post;
    curl_easy_setopt(easy, CURLOPT_URL, post->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* a proxy would look the name up itself */
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)POST_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)POST_TOTAL_MS);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "gitomatic/" GITOMATIC_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post->body.ptr);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.len);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, s);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, s);
}

void post_send(struct post *post)
{
    struct sending s = {.post = post};
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = headers_of(post);
    curl_off_t retry_after = 0;
    post->status = 0;
    post->retry_after_s = -1;
    post->error[0] = '\0';
    if (!easy || !headers)
        abort();
    set_options(easy, &s, headers);
    CURLcode code = curl_easy_perform(easy);
    if (s.answered) {
        curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
        post->status = s.status;
        post->retry_after_s = retry_after <= 0                       ? -1
                              : retry_after > POST_MAX_RETRY_AFTER_S ? POST_MAX_RETRY_AFTER_S
                                                                     : (int64_t)retry_after;
    }
    if (s.private_met && !s.answered)
        snprintf(post->error, sizeof post->error, "%s", PRIVATE_REFUSED);
    else if (!s.answered)
        snprintf(post->error, sizeof post->error, "%s",
                 code == CURLE_OK ? "no complete head of an answer came" : curl_easy_strerror(code));
    else if (s.status / 100 != 2)
        snprintf(post->error, sizeof post->error, "the receiver answers %d, expected 2xx", s.status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
}

/* ---- an address before it is used ---- */

static bool is_literal_private(const char *host)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;
    char bare[256];
    size_t n = strlen(host);
    bool bracketed = n > 2 && host[0] == '[' && host[n - 1] == ']';
    snprintf(bare, sizeof bare, "%.*s", (int)(bracketed ? n - 2 : n), host + bracketed);
    if (getaddrinfo(bare, NULL, &hints, &found) != 0)
        return false;
    bool is_private = !address_is_public(found->ai_addr);
    freeaddrinfo(found);
    return is_private;
}

static char *part(CURLU *url, CURLUPart which)
{
    char *text = NULL;
    return curl_url_get(url, which, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool check_parts(CURLU *url, bool private_allowed, struct err *err)
{
    char *scheme = part(url, CURLUPART_SCHEME), *host = part(url, CURLUPART_HOST),
         *user = part(url, CURLUPART_USER), *fragment = part(url, CURLUPART_FRAGMENT);
    bool ok = true;
    if (!scheme || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        ok = err_set(err, ERR_BAD_PARAM, "expected a URL that begins with https:// or http://");
    else if (!host || !*host)
        ok = err_set(err, ERR_BAD_PARAM, "expected a host in the URL");
    else if (user || fragment)
        ok = err_set(err, ERR_BAD_PARAM, "expected a URL without a user, a password or a fragment");
    else if (!private_allowed && (is_literal_private(host) || strcasecmp(host, "localhost") == 0))
        ok = err_set(err, ERR_BAD_PARAM, PRIVATE_REFUSED);
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(fragment);
    return ok;
}

bool post_check_url(const char *text, bool private_allowed, struct err *err)
{
    if (strlen(text) > POST_MAX_URL_BYTES)
        return err_set(err, ERR_BAD_PARAM, "got %zu bytes, expected at most %d", strlen(text),
                       POST_MAX_URL_BYTES);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return err_set(err, ERR_BAD_PARAM, "expected no spaces or control characters");
    CURLU *url = curl_url();
    bool ok = url && (curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK ||
                      err_set(err, ERR_BAD_PARAM, "expected a URL such as https://example.org/hook"));
    ok = ok && check_parts(url, private_allowed, err);
    curl_url_cleanup(url);
    return ok;
}

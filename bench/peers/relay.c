/* relay: the least a proxy on libcurl can do. Each GET goes to the upstream with the client's Authorization and
 * If-None-Match, and its status, ETag and bytes come back. One curl thread with one multi handle and reused easy handles,
 * requests suspended meanwhile: the set-up the mirror has, and nothing else.
 *
 * relay PORT UPSTREAM-URL */
#include "bench/peers/peers.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IDLE 256

struct job {
    struct job *next;
    struct MHD_Connection *connection;
    char *url, *authorization, *if_none_match;
    CURL *easy;
    struct curl_slist *headers;
    char *bytes, etag[128];
    size_t len;
    long status;
    bool done;
};

static const char *upstream;
static CURLM *multi;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct job *waiting;
static CURL *idle[MAX_IDLE];
static size_t n_idle;

static size_t on_bytes(char *data, size_t one, size_t n, void *cls)
{
    (void)one;
    struct job *j = cls;
    char *more = realloc(j->bytes, j->len + n);
    if (!more)
        return 0;
    j->bytes = more;
    memcpy(j->bytes + j->len, data, n);
    j->len += n;
    return n;
}

static size_t on_header(char *data, size_t one, size_t n, void *cls)
{
    (void)one;
    struct job *j = cls;
    if (n > 6 && n < sizeof j->etag && strncasecmp(data, "etag: ", 6) == 0) {
        memcpy(j->etag, data + 6, n - 6);
        j->etag[n - 6] = '\0';
        j->etag[strcspn(j->etag, "\r\n")] = '\0';
    }
    return n;
}

static void add_header(struct job *j, const char *name, const char *value)
{
    char line[1024];
    if (!value)
        return;
    snprintf(line, sizeof line, "%s: %s", name, value);
    j->headers = curl_slist_append(j->headers, line);
}

static void start(struct job *j)
{
    j->easy = n_idle ? idle[--n_idle] : curl_easy_init();
    add_header(j, "Authorization", j->authorization);
    add_header(j, "If-None-Match", j->if_none_match);
    curl_easy_setopt(j->easy, CURLOPT_URL, j->url);
    curl_easy_setopt(j->easy, CURLOPT_HTTPHEADER, j->headers);
    curl_easy_setopt(j->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(j->easy, CURLOPT_WRITEDATA, j);
    curl_easy_setopt(j->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(j->easy, CURLOPT_HEADERDATA, j);
    curl_easy_setopt(j->easy, CURLOPT_PRIVATE, j);
    curl_easy_setopt(j->easy, CURLOPT_NOSIGNAL, 1L);
    curl_multi_add_handle(multi, j->easy);
}

static void finish(CURL *easy, CURLcode code)
{
    struct job *j = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&j);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &j->status);
    if (code != CURLE_OK)
        j->status = 502;
    curl_multi_remove_handle(multi, easy);
    if (n_idle < MAX_IDLE)
        idle[n_idle++] = easy;
    else
        curl_easy_cleanup(easy);
    j->done = true;
    MHD_resume_connection(j->connection);
}

static void *run(void *unused)
{
    (void)unused;
    for (;;) {
        int running, left;
        pthread_mutex_lock(&lock);
        struct job *list = waiting;
        waiting = NULL;
        pthread_mutex_unlock(&lock);
        while (list) {
            struct job *next = list->next;
            start(list);
            list = next;
        }
        curl_multi_perform(multi, &running);
        for (CURLMsg *m; (m = curl_multi_info_read(multi, &left));)
            if (m->msg == CURLMSG_DONE)
                finish(m->easy_handle, m->data.result);
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    return NULL;
}

static char *header_of(struct MHD_Connection *c, const char *name)
{
    const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
    return value ? strdup(value) : NULL;
}

static enum MHD_Result begin(struct MHD_Connection *c, const char *path, void **context)
{
    struct job *j = calloc(1, sizeof *j);
    if (!j || asprintf(&j->url, "%s%s", upstream, path) < 0)
        return MHD_NO;
    j->connection = c;
    j->authorization = header_of(c, "Authorization");
    j->if_none_match = header_of(c, "If-None-Match");
    *context = j;
    MHD_suspend_connection(c);
    pthread_mutex_lock(&lock);
    bool first = !waiting;
    j->next = waiting;
    waiting = j;
    pthread_mutex_unlock(&lock);
    if (first)
        curl_multi_wakeup(multi);
    return MHD_YES;
}

static enum MHD_Result end(struct job *j, void **context)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(j->len, j->bytes, MHD_RESPMEM_MUST_FREE);
    if (*j->etag)
        MHD_add_response_header(r, "ETag", j->etag);
    enum MHD_Result ok = MHD_queue_response(j->connection, (unsigned)j->status, r);
    MHD_destroy_response(r);
    curl_slist_free_all(j->headers);
    free(j->url);
    free(j->authorization);
    free(j->if_none_match);
    free(j);
    *context = NULL;
    return ok;
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **context)
{
    (void)cls, (void)method, (void)version, (void)upload, (void)upload_size;
    struct job *j = *context;
    if (!j)
        return begin(c, url, context);
    return j->done ? end(j, context) : MHD_YES;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc != 3)
        return usage("relay PORT UPSTREAM-URL");
    upstream = argv[2];
    curl_global_init(CURL_GLOBAL_ALL);
    multi = curl_multi_init();
    /* Without it libcurl keeps four connections for each request under way, and closes others while few are. */
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)MAX_IDLE);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    bool ok = multi && pthread_create(&thread, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return ok ? serve(argv[1], 2, MHD_ALLOW_SUSPEND_RESUME, answer) : 1;
}

/* gitomatic mirror: serves, and changes the cache of running mirrors. Warming sends requests to a running mirror, so its pages are
 * stored like any client's. */
#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/service.h"
#include "cli/process/stop.h"
#include "core/base/memory.h"
#include "core/base/words.h"
#include "github/app/app.h"
#include "github/credential.h"
#include "github/passthrough.h"
#include "github/url.h"
#include "mirror/mirror.h"
#include "schema/mirror.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define WARM_AT_ONCE   8
#define ACCEPT         "Accept: application/vnd.github+json"
#define MAX_GLOB_BYTES 3000

/* ---- purge ---- */

static bool check_pattern(const char *pattern, struct err *err)
{
    return pattern[0] == '/' || pattern[0] == '*' || strncmp(pattern, "http://", 7) == 0 ||
           strncmp(pattern, "https://", 8) == 0 ||
           err_set(err, ERR_USAGE, "got \"%.60s\", expected a path such as /repos/OWNER/NAME*, or a full URL",
                   pattern);
}

/* base: of the server to which a path belongs; "" for a whole URL. A path matches only itself: "/repos/a/b" does not purge
 * "/repos/a/bc". */
static bool purge_at(struct db *db, struct arena *a, slice base, const char *pattern, int64_t *n,
                     struct err *err)
{
    int64_t found = 0;
    while (base.len && base.ptr[base.len - 1] == '/')
        base.len--;
    char *glob = arena_printf(a, "%.*s%s", SLICE_ARG(base), pattern);
    gh_url_canonical(glob);
    if (strlen(pattern) > MAX_GLOB_BYTES)
        return err_set(err, ERR_USAGE, "the pattern is too long: expected at most 3000 bytes");
    if (!mirror_purge(db, slice_of(glob), &found, err))
        return false;
    if (!found)
        printf("nothing matched %s\n", glob);
    *n += found;
    return true;
}

/* A path belongs to the server that the running mirror uses: this command's settings may name another one, as in the demo. */
static bool purge_everywhere(const struct config *cfg, struct db *db, struct arena *a, const char *pattern,
                             int64_t *n, struct err *err)
{
    const char **bases = NULL;
    size_t n_bases = 0;
    if (pattern[0] != '/')
        return purge_at(db, a, SLICE(""), pattern, n, err);
    if (!mirror_upstreams(db, a, &bases, &n_bases, err))
        return false;
    if (!n_bases)
        return purge_at(db, a, slice_of(cfg->github_api_url), pattern, n, err);
    for (size_t i = 0; i < n_bases; i++)
        if (!purge_at(db, a, slice_of(bases[i]), pattern, n, err))
            return false;
    return true;
}

static bool purge(const struct command_call *call, const char *pattern, struct err *err)
{
    struct db *db = NULL;
    char pages[WORDS_SIZE];
    int64_t n = 0;
    if (!check_pattern(pattern, err) || !database_open_checked(call->cfg, "gitomatic mirror purge", &db, err))
        return false;
    AUTO_ARENA a = arena_create();
    bool ok = purge_everywhere(call->cfg, db, a, pattern, &n, err);
    if (ok && n)
        printf("%s purged\n", words_count(pages, n, "page", "pages"));
    db_close(db);
    return ok;
}

/* ---- warm ---- */

struct warming {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int free_calls[WARM_AT_ONCE], n_free;
    int64_t fetched, failed;
    bool answered;         /* the mirror, to any request */
    char unreachable[128]; /* why it did not, the last time; "": it always did */
};

struct warm_call {
    struct gh_call call;
    struct warming *warming;
    char url[4200];
    char authorization[GH_APP_TOKEN_SIZE + 16]; /* the header's line */
    const char *headers[5];
    int index;
    bool is_sent;
};

static void on_warmed(struct gh_call *call)
{
    struct warm_call *one = call->owner;
    struct warming *w = one->warming;
    bool ok = call->status == 200;
    if (call->status && !ok)
        fprintf(stderr, "%s: status %d\n", one->url, call->status);
    else if (!ok)
        fprintf(stderr, "%s: %s\n", one->url, call->error);
    pthread_mutex_lock(&w->lock);
    w->answered |= call->status != 0;
    if (!call->status && one->is_sent)
        snprintf(w->unreachable, sizeof w->unreachable, "%s", call->error);
    w->fetched += ok;
    w->failed += !ok;
    w->free_calls[w->n_free++] = one->index;
    pthread_cond_signal(&w->freed);
    pthread_mutex_unlock(&w->lock);
}

static int wait_free(struct warming *w, int at_least)
{
    pthread_mutex_lock(&w->lock);
    while (w->n_free < at_least)
        pthread_cond_wait(&w->freed, &w->lock);
    int index = w->free_calls[--w->n_free];
    pthread_mutex_unlock(&w->lock);
    return index;
}

/* The path of a line, which is a path or a URL at GitHub. NULL: neither. */
static const char *path_of(const struct config *cfg, char *line)
{
    size_t base = strlen(cfg->github_api_url);
    line[strcspn(line, "\r\n")] = '\0';
    if (strncmp(line, cfg->github_api_url, base) == 0)
        line += base - (base && cfg->github_api_url[base - 1] == '/');
    return line[0] == '/' ? line : NULL;
}

/* An installation's token may change while a long file is read. False: there is none now. */
static bool set_headers(struct warm_call *one, const struct gh_credential *credential)
{
    struct gh_authorization now;
    AUTO_ARENA a = arena_create();
    bool ok = gh_credential_authorize(credential, a, &now);
    size_t n = 0;
    one->headers[n++] = "User-Agent: gitomatic/" GITOMATIC_VERSION;
    one->headers[n++] = ACCEPT;
    one->headers[n++] = "Accept-Encoding: gzip";
    if (ok && now.header) {
        snprintf(one->authorization, sizeof one->authorization, "Authorization: %s", now.header);
        one->headers[n++] = one->authorization;
    }
    one->headers[n] = NULL;
    one->call.headers = one->headers;
    return ok;
}

static bool warm_all(const struct command_call *call, FILE *in, struct gh_passthrough *passthrough,
                     const struct gh_credential *credential, struct err *err)
{
    struct warming w = {.lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER};
    struct warm_call *calls = xcalloc(WARM_AT_ONCE, sizeof *calls);
    char line[4096];
    for (int i = 0; i < WARM_AT_ONCE; i++)
        w.free_calls[w.n_free++] = i;
    while (fgets(line, sizeof line, in)) {
        const char *path = path_of(call->cfg, line);
        if (!*line || *line == '#')
            continue;
        struct warm_call *one = &calls[wait_free(&w, 1)];
        one->index = (int)(one - calls);
        one->warming = &w;
        snprintf(one->url, sizeof one->url, "%s://%s%s", call->cfg->mirror_tls_cert_file ? "https" : "http",
                 call->cfg->mirror_listen, path ? path : line);
        one->call.method = "GET";
        one->call.url = one->url;
        one->call.done = on_warmed;
        one->call.owner = one;
        one->is_sent = path && set_headers(one, credential);
        if (one->is_sent) {
            gh_passthrough_submit(passthrough, &one->call);
            continue;
        }
        if (!path)
            snprintf(one->url, sizeof one->url, "%s", line);
        snprintf(one->call.error, sizeof one->call.error,
                 path ? "there is no token of the app's installation"
                      : "expected a path such as /users/octocat");
        one->call.status = 0;
        on_warmed(&one->call);
    }
    wait_free(&w, WARM_AT_ONCE);
    for (int i = 0; i < WARM_AT_ONCE; i++)
        gh_call_finish(&calls[i].call);
    free(calls);
    char pages[WORDS_SIZE];
    printf("%s fetched, %lld failed\n", words_count(pages, w.fetched, "page", "pages"), (long long)w.failed);
    if (*w.unreachable && !w.answered)
        return err_set(err, ERR_UPSTREAM,
                       "cannot reach the mirror at %.100s: %s. Start `gitomatic mirror`, or set "
                       "MIRROR_LISTEN to its address",
                       call->cfg->mirror_listen, w.unreachable);
    return w.failed == 0 || err_set(err, ERR_UPSTREAM, "%s could not be fetched",
                                    words_count(pages, w.failed, "page", "pages"));
}

static bool warm(const struct command_call *call, const char *file, struct err *err)
{
    struct gh_credentials credentials;
    struct gh_passthrough *passthrough = NULL;
    FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");
    if (!in)
        return err_errno(err, "%s", file);
    if (config_socket_path(call->cfg->mirror_listen)) {
        if (in != stdin)
            fclose(in);
        return err_set(err, ERR_CONFIG,
                       "MIRROR_LISTEN: got \"%s\", expected HOST:PORT: warming sends requests there",
                       call->cfg->mirror_listen);
    }
    bool ok = gh_credentials_load(call->cfg, NULL, &credentials, err);
    if (ok) {
        /* a self-signed certificate is its own authority */
        const char *own = call->cfg->mirror_tls_cert_file;
        ok = gh_passthrough_start(WARM_AT_ONCE, own ? own : call->cfg->github_ca_file, &passthrough, err) &&
             warm_all(call, in, passthrough, &credentials.items[0], err);
        gh_passthrough_stop(passthrough, 0);
        gh_passthrough_destroy(passthrough);
        gh_credentials_finish(&credentials);
    }
    if (in != stdin)
        fclose(in);
    return ok;
}

int cmd_mirror(const struct command_call *call, struct err *err)
{
    static const char *const actions[] = {"purge", "warm"};
    const char *words[2];
    size_t n;
    bool ok;
    if (call->argc <= 1)
        return service_run(call, mirror_run, err);
    stop_hold_hup(false);
    if (!args_parse(call->argc, call->argv, NULL, 0, words, ARRAY_LEN(words), &n, err))
        return exit_code_of(err);
    bool purges = n && strcmp(words[0], "purge") == 0, warms = n && strcmp(words[0], "warm") == 0;
    if (n && !purges && !warms) {
        ok = args_unknown_word(words[0], "an action of the mirror", actions, ARRAY_LEN(actions), err);
    } else if (n != 2) {
        ok = err_set(err, ERR_USAGE, "expected nothing, purge URL-PATTERN or warm FILE");
    } else {
        call->warn_of_demo(call);
        ok = purges ? purge(call, words[1], err) : warm(call, words[1], err);
    }
    return ok ? EXIT_DONE : exit_code_of(err);
}

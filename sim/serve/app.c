/* app.c: a GitHub App. Its JWT is checked as GitHub does: RS256 by the app's key, iss, iat not ahead, exp at most ten minutes off. */
#include "sim/serve/app.h"
#include "sim/serve/server.h"

#include <rhonabwy.h>
#include <sodium.h>
#include <stdlib.h>

#define DOCS              "https://docs.github.com/rest/apps/apps"
#define MAX_INSTALLATIONS 1024
#define MAX_TOKENS_KEPT   4096
#define MAX_LIFE_S        600
#define CLOCK_SLACK_S     5

struct issued {
    char text[48];
    int64_t installation, expires_ms;
    bool revoked;
};

struct app {
    pthread_mutex_t lock;
    const struct options *options;
    jwk_t *key;
    int64_t installations[MAX_INSTALLATIONS];
    bool suspended[MAX_INSTALLATIONS], removed[MAX_INSTALLATIONS];
    uint32_t n_installations;
    struct issued tokens[MAX_TOKENS_KEPT]; /* a ring */
    uint64_t n_issued;
    int64_t tokens_issued, expired_token_requests, jwt_refused;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the key ---- */

static bool read_file(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    size_t n = fread(out, 1, size - 1, f);
    out[n] = '\0';
    fclose(f);
    return n > 0 && n < size - 1;
}

/* The app's public key, or the private one it is part of. */
static bool read_key(jwk_t **key_out, const char *path)
{
    char pem[16384] = "";
    bool is_private = read_file(path, pem, sizeof pem) && strstr(pem, "PRIVATE KEY");
    return *pem && r_global_init() == RHN_OK && r_jwk_init(key_out) == RHN_OK &&
           r_jwk_import_from_pem_der(*key_out, is_private ? R_X509_TYPE_PRIVKEY : R_X509_TYPE_PUBKEY,
                                     R_FORMAT_PEM, (const unsigned char *)pem, strlen(pem)) == RHN_OK;
}

static bool read_installations(struct app *a, const char *list)
{
    while (*list) {
        char *end;
        long long id = strtoll(list, &end, 10);
        if (end == list || id < 1 || (*end && *end != ',') || a->n_installations == MAX_INSTALLATIONS)
            return false;
        a->installations[a->n_installations++] = id;
        list = end + (*end == ',');
    }
    return true;
}

bool app_create(const struct options *o, struct app **out, char *err, size_t err_size)
{
    *out = NULL;
    if (!o->app_id)
        return true;
    struct app *a = xalloc(sizeof *a);
    pthread_mutex_init(&a->lock, NULL);
    a->options = o;
    if (!o->app_key_file || !read_key(&a->key, o->app_key_file))
        snprintf(err, err_size, "--app-key '%s': expected a file with the app's RSA key in PEM",
                 o->app_key_file ? o->app_key_file : "");
    else if (!read_installations(a, o->app_installations))
        snprintf(err, err_size, "--app-installations '%s': expected ids separated by commas",
                 o->app_installations);
    else
        *out = a;
    if (!*out)
        app_destroy(a);
    return *out != NULL;
}

void app_destroy(struct app *a)
{
    if (!a)
        return;
    r_jwk_free(a->key);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

/* ---- tokens ---- */

bool app_is_token(const char *text)
{
    return strncmp(text, "ghs_", 4) == 0;
}

/* With the lock. MAX_INSTALLATIONS: there is none. */
static uint32_t place_of(const struct app *a, int64_t installation)
{
    for (uint32_t i = 0; i < a->n_installations; i++)
        if (a->installations[i] == installation && !a->removed[i])
            return i;
    return MAX_INSTALLATIONS;
}

bool app_is_suspended(struct app *a, int64_t installation)
{
    pthread_mutex_lock(&a->lock);
    uint32_t i = place_of(a, installation);
    bool suspended = i < MAX_INSTALLATIONS && a->suspended[i];
    pthread_mutex_unlock(&a->lock);
    return suspended;
}

int64_t app_installation_of(struct app *a, const char *token)
{
    int64_t found = 0;
    if (!a)
        return 0;
    pthread_mutex_lock(&a->lock);
    uint64_t n = a->n_issued < MAX_TOKENS_KEPT ? a->n_issued : MAX_TOKENS_KEPT;
    for (uint64_t i = 0; i < n && !found; i++) {
        const struct issued *t = &a->tokens[i];
        if (strcmp(t->text, token) != 0)
            continue;
        if (now_ms() < t->expires_ms && !t->revoked)
            found = place_of(a, t->installation) < MAX_INSTALLATIONS ? t->installation : 0;
        else
            a->expired_token_requests += !t->revoked;
    }
    pthread_mutex_unlock(&a->lock);
    return found;
}

/* With the lock. */
static const struct issued *issue(struct app *a, int64_t installation, int64_t life_s)
{
    struct issued *t = &a->tokens[a->n_issued++ % MAX_TOKENS_KEPT];
    unsigned char bits[18];
    char hex[2 * sizeof bits + 1];
    randombytes_buf(bits, sizeof bits);
    *t = (struct issued){.installation = installation, .expires_ms = (now_ms() / 1000 + life_s) * 1000};
    snprintf(t->text, sizeof t->text, "ghs_%s", sodium_bin2hex(hex, sizeof hex, bits, sizeof bits));
    a->tokens_issued++;
    return t;
}

/* ---- the JWT ---- */

/* With the lock. */
static const char *jwt_fault(struct app *a, const char *authorization)
{
    int64_t now = now_ms() / 1000;
    if (!authorization || strncasecmp(authorization, "bearer ", 7) != 0)
        return "A JSON web token could not be decoded";
    jwt_t *jwt = r_jwt_quick_parse(authorization + 7, R_PARSE_NONE, R_FLAG_IGNORE_REMOTE);
    const char *fault = NULL, *issuer = jwt ? r_jwt_get_claim_str_value(jwt, "iss") : NULL;
    int64_t iat = jwt ? r_jwt_get_claim_int_value(jwt, "iat") : 0,
            exp = jwt ? r_jwt_get_claim_int_value(jwt, "exp") : 0;
    if (!jwt || r_jwt_get_sign_alg(jwt) != R_JWA_ALG_RS256 ||
        r_jwt_verify_signature(jwt, a->key, R_FLAG_IGNORE_REMOTE) != RHN_OK)
        fault = "A JSON web token could not be decoded";
    else if (!issuer || strcmp(issuer, a->options->app_id) != 0)
        fault = "Integration not found";
    else if (iat > now + CLOCK_SLACK_S)
        fault = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was "
                "issued";
    else if (exp <= now)
        fault = "'Expiration time' claim ('exp') must be a numeric value representing the future time at "
                "which the "
                "assertion expires";
    else if (exp - now > MAX_LIFE_S)
        fault = "'Expiration time' claim ('exp') is too far in the future";
    r_jwt_free(jwt);
    return fault;
}

/* ---- requests ---- */

static void put_installation(struct buf *b, const struct app *a, uint32_t i)
{
    buf_printf(
        b,
        "{\"id\":%lld,\"app_slug\":\"sim\",\"target_type\":\"Organization\",\"repository_selection\":\"all\"",
        (long long)a->installations[i]);
    buf_str(b, a->suspended[i] ? ",\"suspended_at\":\"2026-01-01T00:00:00Z\"}" : ",\"suspended_at\":null}");
}

static uint32_t number_of(struct request *rq, const char *name, uint32_t usual, uint32_t most)
{
    const char *text = request_query(rq, name);
    long n = text ? strtol(text, NULL, 10) : 0;
    return n < 1 ? usual : n > (long)most ? most : (uint32_t)n;
}

static void list_installations(struct request *rq, struct app *a)
{
    struct buf b = {0};
    uint32_t each = number_of(rq, "per_page", 30, 100);
    uint32_t from = (number_of(rq, "page", 1, MAX_INSTALLATIONS) - 1) * each, n = 0;
    pthread_mutex_lock(&a->lock);
    BUF_LIT(&b, "[");
    for (uint32_t i = 0; i < a->n_installations; i++) {
        if (a->removed[i] || n++ < from || n > from + each)
            continue;
        buf_str(&b, n == from + 1 ? "" : ",");
        put_installation(&b, a, i);
    }
    BUF_LIT(&b, "]");
    pthread_mutex_unlock(&a->lock);
    answer_json(rq, 200, &b);
}

static void make_token(struct request *rq, struct app *a)
{
    struct buf b = {0};
    char expires[32];
    struct tm tm;
    int64_t id = strtoll(rq->segments[2], NULL, 10);
    pthread_mutex_lock(&a->lock);
    uint32_t i = place_of(a, id);
    bool there = i < MAX_INSTALLATIONS, suspended = there && a->suspended[i];
    if (there && !suspended) {
        const struct issued *t = issue(a, id, rq->server->options.settings.app_token_s);
        time_t at = (time_t)(t->expires_ms / 1000);
        strftime(expires, sizeof expires, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
        buf_printf(&b,
                   "{\"token\":\"%s\",\"expires_at\":\"%s\",\"permissions\":{\"metadata\":\"read\"},"
                   "\"repository_selection\":\"all\"}",
                   t->text, expires);
    }
    pthread_mutex_unlock(&a->lock);
    if (!there)
        answer_not_found(rq);
    else if (suspended)
        answer_error(rq, 403, "This installation has been suspended", DOCS);
    else
        answer_json(rq, 201, &b);
}

void app_request(struct request *rq)
{
    struct app *a = rq->server->app;
    pthread_mutex_lock(&a->lock);
    const char *fault = jwt_fault(a, rq->authorization);
    a->jwt_refused += fault != NULL;
    pthread_mutex_unlock(&a->lock);
    rq->answer.uncacheable = true;
    if (fault) {
        answer_error(rq, 401, fault, DOCS);
    } else if (rq->reads && rq->n_segments == 1) {
        struct buf b = {0};
        BUF_LIT(&b, "{\"slug\":\"sim\",\"name\":\"sim\"}");
        answer_json(rq, 200, &b);
    } else if (rq->reads && rq->n_segments == 2 && strcmp(rq->segments[1], "installations") == 0) {
        list_installations(rq, a);
    } else if (strcmp(rq->method, "POST") == 0 && rq->n_segments == 4 &&
               strcmp(rq->segments[1], "installations") == 0 &&
               strcmp(rq->segments[3], "access_tokens") == 0) {
        make_token(rq, a);
    } else {
        answer_not_found(rq);
    }
}

/* ---- tests ---- */

/* With the lock. */
static bool change_installation(struct app *a, const struct app_change *change)
{
    if (change->add > 0 && place_of(a, change->add) == MAX_INSTALLATIONS &&
        a->n_installations < MAX_INSTALLATIONS) {
        a->installations[a->n_installations++] = change->add;
        return true;
    }
    for (uint32_t i = 0; i < a->n_installations; i++) {
        int64_t id = a->installations[i];
        if (id != change->suspend && id != change->remove && id != change->resume)
            continue;
        a->suspended[i] = id == change->suspend;
        a->removed[i] = id == change->remove;
        return true;
    }
    return false;
}

bool app_control(struct app *a, const struct app_change *change)
{
    jwk_t *key = NULL;
    if (!a)
        return false;
    if (change->key && !read_key(&key, change->key)) {
        r_jwk_free(key);
        return false;
    }
    pthread_mutex_lock(&a->lock);
    for (uint32_t i = 0; change->revoke && i < MAX_TOKENS_KEPT; i++)
        a->tokens[i].revoked = true;
    bool done = change_installation(a, change) || change->revoke || key;
    if (key) {
        r_jwk_free(a->key);
        a->key = key;
    }
    pthread_mutex_unlock(&a->lock);
    return done;
}

void app_stats(struct app *a, struct buf *b)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    buf_printf(b, ",\"app\":{\"tokens_issued\":%lld,\"expired_token_requests\":%lld,\"jwt_refused\":%lld}",
               (long long)a->tokens_issued, (long long)a->expired_token_requests, (long long)a->jwt_refused);
    pthread_mutex_unlock(&a->lock);
}

void app_reset_stats(struct app *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->tokens_issued = a->expired_token_requests = a->jwt_refused = 0;
    pthread_mutex_unlock(&a->lock);
}

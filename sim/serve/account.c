/* account.c: credentials, quota windows and secondary limits under one mutex. */
#include "sim/serve/account.h"

#include <sodium.h>
#include <stdlib.h>

#define MAX_ACCOUNTS 100000 /* without configured accounts any token creates one; bounded */

struct bucket {
    int64_t used, reset_at, charged_total;
};

struct account {
    char *label, *login;
    const char *scopes;
    int64_t user_id;
    bool authenticated;
    struct bucket buckets[N_RESOURCES];
    int64_t minute_start, minute_points; /* secondary limit: a fixed minute from its first request */
    int64_t wait_until_ms;               /* the end of the latest Retry-After */
    int64_t requests, requests_while_exhausted, requests_during_retry_after, secondary_refused;
};

struct accounts {
    pthread_mutex_t lock;
    const struct options *options;
    const struct world *world;
    struct app *app;     /* NULL: none */
    struct names by_key; /* "t:<token hash>", "l:<login>", "a:<address>" */
    struct account **items;
    uint32_t n, cap;
    int64_t in_flight, max_in_flight, requests;
};

const char *resource_name(enum resource r)
{
    static const char *const names[] = {"core", "graphql", "search"};
    return names[r];
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct accounts *accounts_create(const struct options *o, const struct world *w, struct app *app)
{
    struct accounts *a = xalloc(sizeof *a);
    pthread_mutex_init(&a->lock, NULL);
    a->options = o;
    a->world = w;
    a->app = app;
    return a;
}

void accounts_destroy(struct accounts *a)
{
    if (!a)
        return;
    for (uint32_t i = 0; i < a->n; i++) {
        free(a->items[i]->label);
        free(a->items[i]->login);
        free(a->items[i]);
    }
    free(a->items);
    names_finish(&a->by_key);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

static struct account *find_or_add(struct accounts *a, const char *key, const char *label, const char *login,
                                   bool authenticated)
{
    uint32_t i = names_get(&a->by_key, key);
    if (i != NONE)
        return a->items[i];
    if (a->n == MAX_ACCOUNTS)
        return a->items[0];
    if (a->n == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 16;
        a->items = xrealloc(a->items, a->cap * sizeof(struct account *));
    }
    struct account *account = xalloc(sizeof *account);
    account->label = xstrdup(label);
    account->login = login ? xstrdup(login) : NULL;
    account->authenticated = authenticated;
    account->scopes = authenticated ? "repo, user" : "";
    account->user_id = authenticated ? 900000000 + (int64_t)a->n : 0;
    a->items[a->n] = account;
    names_set(&a->by_key, key, a->n++);
    return account;
}

static void hash_token(const char *token, char out[17])
{
    unsigned char sum[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(sum, (const unsigned char *)token, strlen(token));
    sodium_bin2hex(out, 17, sum, 8);
}

/* The token inside "Bearer T", "token T" or Basic base64("login:T"), in a buffer of the caller. */
static bool read_token(const char *authorization, char *out, size_t size)
{
    const char *value = strchr(authorization, ' ');
    if (!value)
        return false;
    size_t scheme = (size_t)(value - authorization);
    while (*value == ' ')
        value++;
    if ((scheme == 6 && !strncasecmp(authorization, "bearer", 6)) ||
        (scheme == 5 && !strncasecmp(authorization, "token", 5))) {
        snprintf(out, size, "%s", value);
        return *out != '\0';
    }
    if (scheme != 5 || strncasecmp(authorization, "basic", 5) != 0)
        return false;
    size_t n = 0;
    if (sodium_base642bin((unsigned char *)out, size - 1, value, strlen(value), NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    out[n] = '\0';
    char *colon = strchr(out, ':');
    if (!colon)
        return false;
    /* Either half may be the token: "login:T", and the older "T:" and "T:x-oauth-basic". */
    bool second = colon[1] && strcmp(colon + 1, "x-oauth-basic") != 0;
    if (second)
        memmove(out, colon + 1, strlen(colon + 1) + 1);
    else
        *colon = '\0';
    return *out != '\0';
}

static const struct token *known_token(const struct options *o, const char *text)
{
    for (uint32_t i = 0; i < o->n_tokens; i++)
        if (strcmp(o->tokens[i].text, text) == 0)
            return &o->tokens[i];
    return NULL;
}

static struct account *account_of_token(struct accounts *a, const char *text, const struct token *known)
{
    char hash[17], key[320], label[80];
    hash_token(text, hash);
    if (known && known->login) {
        snprintf(key, sizeof key, "l:%s", known->login);
        snprintf(label, sizeof label, "%s", known->login);
        struct account *account = find_or_add(a, key, label, known->login, true);
        uint32_t user = world_user_by_login(a->world, known->login);
        if (user != NONE)
            account->user_id = a->world->users[user].id;
        return account;
    }
    snprintf(key, sizeof key, "t:%s", hash);
    snprintf(label, sizeof label, "token:%.8s", hash);
    return find_or_add(a, key, label, NULL, true);
}

static struct account *account_of_installation(struct accounts *a, int64_t installation)
{
    char key[48], label[48];
    snprintf(key, sizeof key, "i:%lld", (long long)installation);
    snprintf(label, sizeof label, "installation:%lld", (long long)installation);
    return find_or_add(a, key, label, NULL, true);
}

void accounts_identify(struct accounts *a, const char *authorization, const char *address, struct caller *out)
{
    char text[1024], key[96], label[80];
    const struct token *known = NULL;
    int64_t installation = 0;
    bool has_token = authorization && read_token(authorization, text, sizeof text);
    *out = (struct caller){0};
    if (has_token) {
        known = known_token(a->options, text);
        installation = a->app && app_is_token(text) ? app_installation_of(a->app, text) : 0;
        bool of_app = a->app && app_is_token(text);
        out->authenticated = known || installation || (a->options->n_tokens == 0 && !of_app);
    }
    out->bad_credentials = authorization && !out->authenticated;
    out->suspended = installation && app_is_suspended(a->app, installation);
    pthread_mutex_lock(&a->lock);
    if (installation) {
        out->account = account_of_installation(a, installation);
    } else if (out->authenticated) {
        out->account = account_of_token(a, text, known);
    } else {
        snprintf(key, sizeof key, "a:%s", address);
        snprintf(label, sizeof label, "anonymous:%s", address);
        out->account = find_or_add(a, key, label, NULL, false);
    }
    out->scopes = known ? known->scopes : out->account->scopes;
    out->login = out->account->login;
    out->user_id = out->account->user_id;
    snprintf(out->label, sizeof out->label, "%s", out->account->label);
    pthread_mutex_unlock(&a->lock);
}

static int64_t limit_of(const struct account *account, const struct settings *s, enum resource res)
{
    if (res == RES_SEARCH)
        return account->authenticated ? s->search_limit : s->search_limit / 3;
    if (res == RES_GRAPHQL)
        return account->authenticated ? s->graphql_limit : 0;
    return account->authenticated ? s->limit : s->anonymous_limit;
}

static struct quota look(struct account *account, const struct settings *s, enum resource res, int64_t now_s)
{
    struct bucket *bucket = &account->buckets[res];
    int64_t window = res == RES_SEARCH ? 60 : s->window_s;
    if (now_s >= bucket->reset_at)
        bucket->used = 0;
    int64_t reset = now_s >= bucket->reset_at ? now_s + window : bucket->reset_at;
    int64_t limit = limit_of(account, s, res), left = limit - bucket->used;
    return (struct quota){limit, bucket->used, left > 0 ? left : 0, reset, res};
}

static void take(struct account *account, enum resource res, int64_t units, struct quota *q)
{
    struct bucket *bucket = &account->buckets[res];
    bucket->reset_at = q->reset_at;
    bucket->used += units;
    if (bucket->used < 0) /* returned after the window ended */
        bucket->used = 0;
    bucket->charged_total += units;
    q->used = bucket->used;
    q->remaining = q->limit > q->used ? q->limit - q->used : 0;
}

static bool secondary_refuses(struct accounts *a, struct account *account, const struct settings *s,
                              int64_t now, int64_t points)
{
    if (s->secondary_concurrency && a->in_flight > s->secondary_concurrency)
        return true;
    if (!s->secondary_points)
        return false;
    if (now >= account->minute_start + 60000) {
        account->minute_start = now;
        account->minute_points = 0;
    }
    account->minute_points += points;
    return account->minute_points > s->secondary_points;
}

enum admission accounts_admit(struct accounts *a, const struct caller *c, const struct settings *s,
                              enum resource res, int64_t units, int64_t points, struct quota *out)
{
    enum admission result = ADMIT;
    int64_t now = now_ms();
    pthread_mutex_lock(&a->lock);
    *out = look(c->account, s, res, now / 1000);
    if (secondary_refuses(a, c->account, s, now, points)) {
        c->account->secondary_refused++;
        result = ADMIT_SECONDARY;
    } else if (!s->no_limits && units > 0 && out->remaining < 1) {
        c->account->requests_while_exhausted++;
        result = ADMIT_EXHAUSTED;
    } else {
        take(c->account, res, units, out);
    }
    pthread_mutex_unlock(&a->lock);
    return result;
}

void accounts_charge(struct accounts *a, const struct caller *c, const struct settings *s, enum resource res,
                     int64_t units, struct quota *out)
{
    pthread_mutex_lock(&a->lock);
    *out = look(c->account, s, res, now_ms() / 1000);
    take(c->account, res, units, out);
    pthread_mutex_unlock(&a->lock);
}

struct quota accounts_quota(struct accounts *a, const struct caller *c, const struct settings *s,
                            enum resource res)
{
    pthread_mutex_lock(&a->lock);
    struct quota q = look(c->account, s, res, now_ms() / 1000);
    pthread_mutex_unlock(&a->lock);
    return q;
}

int64_t accounts_enter(struct accounts *a, const struct caller *c)
{
    pthread_mutex_lock(&a->lock);
    a->requests++;
    c->account->requests++;
    if (now_ms() < c->account->wait_until_ms)
        c->account->requests_during_retry_after++;
    int64_t n = ++a->in_flight;
    if (n > a->max_in_flight)
        a->max_in_flight = n;
    pthread_mutex_unlock(&a->lock);
    return n;
}

void accounts_leave(struct accounts *a)
{
    pthread_mutex_lock(&a->lock);
    a->in_flight--;
    pthread_mutex_unlock(&a->lock);
}

int64_t accounts_in_flight(struct accounts *a)
{
    pthread_mutex_lock(&a->lock);
    int64_t n = a->in_flight;
    pthread_mutex_unlock(&a->lock);
    return n;
}

void accounts_told_to_wait(struct accounts *a, const struct caller *c, int64_t seconds)
{
    pthread_mutex_lock(&a->lock);
    int64_t until = now_ms() + seconds * 1000;
    if (until > c->account->wait_until_ms)
        c->account->wait_until_ms = until;
    pthread_mutex_unlock(&a->lock);
}

void accounts_stats(struct accounts *a, struct buf *b)
{
    int64_t exhausted = 0, impatient = 0, refused = 0;
    pthread_mutex_lock(&a->lock);
    buf_printf(b, "{\"requests\":%lld,\"in_flight\":%lld,\"max_in_flight\":%lld,\"credentials\":{",
               (long long)a->requests, (long long)a->in_flight, (long long)a->max_in_flight);
    for (uint32_t i = 0; i < a->n; i++) {
        const struct account *c = a->items[i];
        buf_str(b, i ? "," : "");
        buf_json(b, c->label);
        buf_printf(b, ":{\"requests\":%lld,\"charged\":{", (long long)c->requests);
        for (int r = 0; r < N_RESOURCES; r++)
            buf_printf(b, "%s\"%s\":%lld", r ? "," : "", resource_name((enum resource)r),
                       (long long)c->buckets[r].charged_total);
        buf_printf(b, "},\"requests_while_exhausted\":%lld,\"requests_during_retry_after\":%lld}",
                   (long long)c->requests_while_exhausted, (long long)c->requests_during_retry_after);
        exhausted += c->requests_while_exhausted;
        impatient += c->requests_during_retry_after;
        refused += c->secondary_refused;
    }
    buf_printf(b,
               "},\"requests_while_exhausted\":%lld,\"requests_during_retry_after\":%lld,\"secondary_"
               "refused\":%lld",
               (long long)exhausted, (long long)impatient, (long long)refused);
    pthread_mutex_unlock(&a->lock);
}

void accounts_reset_stats(struct accounts *a)
{
    pthread_mutex_lock(&a->lock);
    a->requests = 0;
    a->max_in_flight = a->in_flight;
    for (uint32_t i = 0; i < a->n; i++) {
        struct account *c = a->items[i];
        c->requests = c->requests_while_exhausted = c->requests_during_retry_after = c->secondary_refused = 0;
        for (int r = 0; r < N_RESOURCES; r++)
            c->buckets[r].charged_total = 0;
    }
    pthread_mutex_unlock(&a->lock);
}

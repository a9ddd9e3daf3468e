/* main.c: gitomatic-sim, from the command line to the end. */
#include "sim/serve/server.h"
#include "sim/world/moves.h"
#include "sim/world/source.h"

#include <signal.h>
#include <sodium.h>
#include <string.h>

#define RECORDED_PRINT_SIZE (2 * crypto_generichash_BYTES_MIN + 1)

static void add_text(crypto_generichash_state *state, const char *text)
{
    if (text)
        crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

/* Recorded worlds are told apart by their records and edges: a folder may get other files. Ids, names and edges suffice. */
static void print_world(const struct world *w, char out[RECORDED_PRINT_SIZE])
{
    crypto_generichash_state state;
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    for (uint32_t i = 0; i < w->n_users; i++) {
        const struct user *u = &w->users[i];
        crypto_generichash_update(&state, (const unsigned char *)&u->id, sizeof u->id);
        add_text(&state, u->login);
        crypto_generichash_update(&state, (const unsigned char *)u->following.items,
                                  u->following.n * sizeof *u->following.items);
        crypto_generichash_update(&state, (const unsigned char *)u->starred.items,
                                  u->starred.n * sizeof *u->starred.items);
    }
    for (uint32_t i = 0; i < w->n_repos; i++) {
        const struct repo *r = &w->repos[i];
        crypto_generichash_update(&state, (const unsigned char *)&r->id, sizeof r->id);
        crypto_generichash_update(&state, (const unsigned char *)&r->owner, sizeof r->owner);
        add_text(&state, r->name);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(out, RECORDED_PRINT_SIZE, hash, sizeof hash);
}

static bool fill_world(struct server *sv, char *err, size_t err_size)
{
    const struct options *o = &sv->options;
    char world[200], print[RECORDED_PRINT_SIZE];
    const struct moves_options moves = {.file = o->moves_file,
                                        .world = world,
                                        .seed = (uint64_t)o->seed,
                                        .interval_s = o->moves_s,
                                        .has_past = !o->data_dir};
    if (o->data_dir && !source_recorded(&sv->world, o->data_dir, err, err_size))
        return false;
    if (!o->data_dir)
        source_synthetic(&sv->world, (uint32_t)o->users, (uint64_t)o->seed, o->dense_ids);
    if (o->data_dir) {
        print_world(&sv->world, print);
        snprintf(world, sizeof world, "recorded,world=%s,seed=%lld,moves=%lld", print, (long long)o->seed,
                 (long long)o->moves_s);
    } else {
        snprintf(world, sizeof world, "generated,users=%lld,seed=%lld,dense-ids=%d,moves=%lld",
                 (long long)o->users, (long long)o->seed, o->dense_ids, (long long)o->moves_s);
    }
    return !o->moves_s || moves_open(&moves, &sv->world, &sv->world.moves, err, err_size);
}

static bool open_all(struct server *sv, char *err, size_t err_size)
{
    const struct options *o = &sv->options;
    world_init(&sv->world);
    pthread_mutex_init(&sv->fault_lock, NULL);
    sv->fault_rng.state = (uint64_t)o->fault_seed;
    sv->bodies = bodies_create((size_t)o->cache_mb << 20);
    if (!app_create(o, &sv->app, err, err_size))
        return false;
    sv->accounts = accounts_create(o, &sv->world, sv->app);
    sv->sleepers = sleepers_create();
    if (!fill_world(sv, err, err_size))
        return false;
    if (o->trace_file && !(sv->trace = trace_open(o->trace_file))) {
        snprintf(err, err_size, "--trace '%s': expected a file that can be written", o->trace_file);
        return false;
    }
    return server_start(sv, err, err_size);
}

static void close_all(struct server *sv)
{
    server_stop(sv);
    sleepers_destroy(sv->sleepers);
    trace_close(sv->trace);
    bodies_destroy(sv->bodies);
    accounts_destroy(sv->accounts);
    app_destroy(sv->app);
    moves_close(sv->world.moves);
    world_finish(&sv->world);
    names_finish(&sv->faulted);
    pthread_mutex_destroy(&sv->fault_lock);
}

/* Waits for a signal; meanwhile a few follows and stars come and go. */
static void wait_for_stop(struct server *sv, const sigset_t *stop)
{
    const struct timespec interval = {.tv_sec = sv->options.moves_s};
    siginfo_t got;
    if (!interval.tv_sec) {
        int number;
        sigwait(stop, &number);
        return;
    }
    while (sigtimedwait(stop, &got, &interval) < 0) {
        pthread_rwlock_wrlock(&sv->world.lock);
        moves_make(sv->world.moves, &sv->world);
        pthread_rwlock_unlock(&sv->world.lock);
    }
}

int main(int argc, char **argv)
{
    static struct server sv;
    enum options_result what = options_parse(&sv.options, argc, argv);
    if (what != OPTIONS_RUN)
        return what == OPTIONS_HELP ? 0 : 2;
    if (sodium_init() < 0)
        return 1;
    /* Blocked before any thread starts, so that only this thread receives them. */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its limit is a write that fails */
    char err[512] = "";
    bool ok = open_all(&sv, err, sizeof err);
    if (ok) {
        printf("listening on http://%s\n", sv.api.address);
        if (*sv.download_base)
            printf("downloads on %s\n", sv.download_base);
        fflush(stdout);
        wait_for_stop(&sv, &stop);
    } else {
        fprintf(stderr, "gitomatic-sim: %s\n", err);
    }
    close_all(&sv);
    return ok ? 0 : 1;
}

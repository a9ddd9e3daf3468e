/* main.c: gitomatic-sim, from the command line to the end. */
#include "sim/server.h"
#include "sim/source.h"

#include <signal.h>
#include <sodium.h>

static bool fill_world(struct server *sv, char *err, size_t err_size)
{
    const struct options *o = &sv->options;
    if (o->data_dir)
        return source_recorded(&sv->world, o->data_dir, err, err_size);
    source_synthetic(&sv->world, (uint32_t)o->users, (uint64_t)o->seed);
    return true;
}

static bool open_all(struct server *sv, char *err, size_t err_size)
{
    const struct options *o = &sv->options;
    world_init(&sv->world);
    pthread_mutex_init(&sv->fault_lock, NULL);
    sv->fault_rng.state = (uint64_t)o->fault_seed;
    sv->bodies = bodies_create((size_t)o->cache_mb << 20);
    sv->accounts = accounts_create(o, &sv->world);
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
    world_finish(&sv->world);
    names_finish(&sv->faulted);
    pthread_mutex_destroy(&sv->fault_lock);
}

int main(int argc, char **argv)
{
    static struct server sv;
    enum options_result what = options_parse(&sv.options, argc, argv);
    if (what != OPTIONS_RUN)
        return what == OPTIONS_HELP ? 0 : 2;
    if (sodium_init() < 0)
        return 1;
    /* Blocked before any thread starts, so that only this thread takes them. */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    char err[512] = "";
    bool ok = open_all(&sv, err, sizeof err);
    if (ok) {
        printf("listening on http://%s\n", sv.api.address);
        if (*sv.download_base)
            printf("downloads on %s\n", sv.download_base);
        fflush(stdout);
        int got;
        sigwait(&stop, &got);
    } else {
        fprintf(stderr, "gitomatic-sim: %s\n", err);
    }
    close_all(&sv);
    return ok ? 0 : 1;
}

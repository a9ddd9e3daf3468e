#include "bench/peers/peers.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool file_read(const char *path, struct file *out)
{
    FILE *f = fopen(path, "rbe");
    if (!f)
        return false;
    size_t cap = 0;
    *out = (struct file){0};
    do {
        cap += 1 << 16;
        char *more = realloc(out->bytes, cap);
        if (!more)
            abort();
        out->bytes = more;
        out->len += fread(out->bytes + out->len, 1, cap - out->len, f);
    } while (out->len == cap);
    fclose(f);
    return true;
}

int usage(const char *words)
{
    fprintf(stderr, "usage: %s\n", words);
    return 2;
}

int serve(const char *port, unsigned threads, unsigned more_flags, MHD_AccessHandlerCallback answer)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | more_flags;
    struct MHD_Daemon *d = MHD_start_daemon(flags, 0, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR, &at,
                                            MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT,
                                            4096u, MHD_OPTION_END);
    if (!d) {
        fprintf(stderr, "cannot listen on port %s\n", port);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    int got;
    sigwait(&stop, &got);
    _exit(0); /* the daemon may hold suspended connections, and nothing here is worth tidying up */
}

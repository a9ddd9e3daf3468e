/* Loaded into a process (LD_PRELOAD): the end of an HTTP server takes a second, which is told on stderr, so that a test can send requests in
 * the last moment. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

struct MHD_Daemon;
void MHD_stop_daemon(struct MHD_Daemon *daemon);

void MHD_stop_daemon(struct MHD_Daemon *daemon)
{
    static const char told[] = "slow_stop: stopping\n";
    void (*stop)(struct MHD_Daemon *);
    *(void **)&stop = dlsym(RTLD_NEXT, "MHD_stop_daemon");
    if (!stop || write(STDERR_FILENO, told, sizeof told - 1) < 0)
        _exit(1);
    usleep(1000000);
    stop(daemon);
}

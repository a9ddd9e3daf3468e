/* Loaded into a process (LD_PRELOAD): the end of an HTTP server, which the library reports on stderr, waits until the file SLOW_STOP_FILE exists, for 60 s
 * at most, so that a test can send requests in the last moment. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
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
    const char *file = getenv("SLOW_STOP_FILE");
    for (int i = 0; file && i < 6000 && access(file, F_OK) != 0; i++)
        usleep(10000);
    stop(daemon);
}

/* peers: what the small servers that gitomatic is compared with have in common. Loopback only. */
#pragma once
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct file {
    char *bytes;
    size_t len;
};
bool file_read(const char *path, struct file *out);
int usage(const char *words); /* 2 */

/* Listens on 127.0.0.1:port with so many epoll threads, prints "ready", and ends with 0 on SIGTERM or SIGINT. */
int serve(const char *port, unsigned threads, unsigned more_flags, MHD_AccessHandlerCallback answer);

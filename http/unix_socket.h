/* unix_socket: listening at a path of the file system. */
#pragma once
#include "core/base/err.h"
#include <sys/types.h>

struct unix_socket {
    int fd; /* -1: none */
    char path[108];
    ino_t inode; /* of the file, so that another's is not removed */
};

/* The file has that mode from its creation. A socket without a listener, as left by a killed process, is replaced; one in
 * use, or any other file, is ERR_CONFIG, which names the setting. */
MUST_CHECK bool unix_socket_open(const char *setting, const char *path, mode_t mode, struct unix_socket *out,
                                 struct err *err);
/* Closes and removes it. */
void unix_socket_close(struct unix_socket *s);

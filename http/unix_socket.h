/* unix_socket: listening at a path of the file system. */
#pragma once
#include "core/base/err.h"
#include <sys/types.h>

struct unix_socket {
    int fd; /* -1: none */
    char path[108];
    ino_t inode; /* of the file, so that another's is not removed */
};

/* The file has that mode from the moment it is there. A socket that nobody listens at, as a killed process leaves it, is
 * replaced; one that is in use, and any other file, is ERR_CONFIG that names the setting. */
MUST_CHECK bool unix_socket_open(const char *setting, const char *path, mode_t mode, struct unix_socket *out,
                                 struct err *err);
/* Closes and removes it. */
void unix_socket_close(struct unix_socket *s);
/* Removes the file only: whoever serves has the descriptor. */
void unix_socket_remove(struct unix_socket *s);

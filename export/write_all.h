/* write_all: write(2) until all bytes are written or an error occurs. */
#pragma once
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

/* False: errno says why. */
static inline bool write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return true;
}

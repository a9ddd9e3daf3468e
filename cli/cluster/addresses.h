/* addresses: DIR/addresses of a data folder: where its `gitomatic up` is reached, for other commands. The process that wrote the
 * file keeps it locked (fcntl(2), open file description locks) and removes it when it stops: a file without a lock is one that
 * a killed process left, and counts as none. On a file system without such locks, the data folder's lock tells instead. */
#pragma once
#include "core/base/err.h"

#define ADDRESS_SIZE 512

struct addresses {
    char pages[ADDRESS_SIZE]; /* of the API and its pages, without a slash at the end */
    char demo[ADDRESS_SIZE];  /* of a demo's simulated GitHub; "": not a demo */
};

/* A listening address as a URL that this machine reaches; public_url is preferred if it is not NULL. */
void address_of(const char *public_url, bool tls, const char *listen_text, char out[ADDRESS_SIZE]);

/* Removes the file that a killed process left; for the process that has just locked the data folder. */
void addresses_remove_stale(const char *data_dir);
/* Replaces the file in one step. *fd_out holds the lock, if the file system has locks (else it logs a warning); it is for
 * addresses_withdraw(). */
MUST_CHECK bool addresses_publish(const char *data_dir, const struct addresses *all, int *fd_out,
                                  struct err *err);
/* Removes the file and closes fd. -1 is fine: nothing was published. */
void addresses_withdraw(const char *data_dir, int fd);
/* False: nothing runs in the folder that has published its addresses. */
bool addresses_read(const char *data_dir, struct addresses *out);
/* The same with a descriptor for addresses_wait(), which the caller closes; -1: nothing runs. */
int addresses_open(const char *data_dir, struct addresses *out);
/* Whether a process holds the data folder, as `up` does from before its database starts until it has ended: it may publish
 * addresses yet. Holds the folder's lock, shared, while it looks. */
bool addresses_awaited(const char *data_dir);
/* The error of a data folder that another process holds, with its id. Always false. */
bool addresses_taken(const char *data_dir, struct err *err);
/* Blocks until the process that published them has ended or stops. False: the file system can't tell. */
bool addresses_wait(int fd);

/* journal: entries of systemd's journal, in which each field of a line can be searched for (systemd.io, "Native Journal Protocol").
 * An entry is a buffer to which fields are added. Any thread. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"

/* Entries go to that socket (a path) from now on. Called before other threads are started. */
MUST_CHECK bool journal_open(const char *socket_path, struct err *err);
/* name: one of the journal's own, in capitals. */
void journal_put(struct buf *entry, const char *name, slice value);
/* A field of ours: GITOMATIC_ and the key in capitals, anything but a letter or a digit as "_". False: the entry has no room for it, and is
 * as before. */
bool journal_put_own(struct buf *entry, const char *key, slice value);
/* False: the journal did not take it: within 200 ms, or at once if it did not take the one before in that time either. */
bool journal_send(slice entry);

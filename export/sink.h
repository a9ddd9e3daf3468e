/* sink: a file being written, plain or gzip, with the SHA-256 of its bytes and of its content. Constant memory. One owner. */
#pragma once
#include "core/base/err.h"
#include "core/base/slice.h"

#define SHA256_HEX_SIZE 65

struct sink;

struct sink_end {
    int64_t bytes;                        /* of the file */
    char sha256[SHA256_HEX_SIZE];         /* of the file */
    char content_sha256[SHA256_HEX_SIZE]; /* before compression; the same as sha256 of a plain file */
};

/* The file must not exist yet: it belongs to the sink until sink_close succeeds. With `gzip` its bytes depend only on the content (and zlib): no name, no time. */
MUST_CHECK bool sink_open(const char *path, bool gzip, struct sink **out, struct err *err);
MUST_CHECK bool sink_put(struct sink *s, slice bytes, struct err *err);
/* Frees it, also on failure, which removes the file. On success the file is on the disk. */
MUST_CHECK bool sink_close(struct sink *s, struct sink_end *out, struct err *err);
/* Frees it and removes the file. NULL is fine. */
void sink_drop(struct sink *s);

/* Opens an untrusted file for reading: only a regular file, no link, so that it never blocks. -1 and *err. */
int open_regular(const char *path, struct err *err);
/* Waits until a file, or a folder with its names, is on the disk. */
MUST_CHECK bool sync_path(const char *path, struct err *err);
/* SHA-256 of a file and its size. */
MUST_CHECK bool sha256_file(const char *path, int64_t *bytes_out, char hex_out[SHA256_HEX_SIZE],
                            struct err *err);
/* SHA-256 of the content of a gzip file, or of a plain file. */
MUST_CHECK bool sha256_content(const char *path, char hex_out[SHA256_HEX_SIZE], struct err *err);
void sha256_bytes(slice bytes, char hex_out[SHA256_HEX_SIZE]);

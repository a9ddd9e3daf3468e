/* secret_file: a secret's value from a file, as container platforms provide it (Docker's /run/secrets, Kubernetes' volumes). */
#pragma once
#include "core/base/err.h"

#define SECRET_FILE_MAX_BYTES 65536

/* The file's content without a byte order mark before it and line ends after it; *out is the caller's to free. variable
 * names the setting in errors, which are ERR_CONFIG: not readable, not a regular file (a pipe could block, and gives its
 * content only once), empty, larger than SECRET_FILE_MAX_BYTES, with a NUL byte. No error repeats the content. */
MUST_CHECK bool secret_file_read(const char *variable, const char *path, char **out, struct err *err);

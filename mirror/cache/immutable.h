/* immutable: pages that are identified by a hash of their content, so that there is no newer version. Only access rights may
 * change. Pure. */
#pragma once
#include "core/base/attr.h"

/* /git/{blobs,trees,commits,tags}/SHA and /commits/SHA of a repository, by name or id, with any query; SHA is complete: 40
 * or 64 hexadecimal digits. path: below the API's base. */
bool path_is_immutable(const char *path);

/* immutable: pages whose content is named by its hash, so that GitHub has nothing newer to say of them. What may change is
 * only who may see them. Pure. */
#pragma once
#include "core/base/attr.h"

/* /git/{blobs,trees,commits,tags}/SHA and /commits/SHA of a repository, by name or id, with any query; SHA is whole: 40 or 64
 * hexadecimal digits. path: below the API's base. */
bool path_is_immutable(const char *path);

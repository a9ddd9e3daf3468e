/* asset: files of web/ inside the program, compressed at build time (web/assets.cmake). Their addresses contain a hash of
 * their content, so browsers cache them forever. */
#pragma once
#include "core/base/slice.h"

struct asset {
    const char *name;    /* "style.css" */
    const char *address; /* below /static/: "style.0a1b2c3d4e5f.css" */
    const char *type;
    const unsigned char *gzip, *gzip_end;
    size_t raw_bytes;
};
extern const struct asset assets[];
extern const size_t n_assets;

#define ASSET_ROOT "/static/"

/* NULL: not built in. */
const struct asset *asset_named(const char *name);

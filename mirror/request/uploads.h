/* uploads: GitHub takes release assets at another address than its API: uploads.github.com, uploads.SUBDOMAIN.ghe.com, or
 * /api/uploads on an Enterprise Server. The mirror has it at /api/uploads. Sources: docs.github.com, "Releases" (upload_url)
 * and "Getting started with the REST API" (GHE.com). Pure. */
#pragma once
#include "mirror/cache/rewrite.h"

/* Of an API's base, without a slash at its end. False: the server has no known one; *out is "". */
bool uploads_of_api(const char *api, char *out, size_t size);
/* "/api/uploads/…": *path_out is what follows "/api/uploads". */
bool is_upload_path(const char *path, const char **path_out);

/* Both pairs of base URLs for a client that uses the API at `base`, with or without /api/v3. uploads: of the upstream, "" for
 * none. room holds what bases borrows. */
struct bases_room {
    char uploads[700];
};
struct base_pair bases_for(const char *upstream, const char *uploads, const char *base,
                           struct bases_room *room);

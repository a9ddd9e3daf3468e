/* url: joining paths to the API's base, and keeping requests on its host. Pure. */
#pragma once
#include "core/base/arena.h"

/* Percent-encodes one path segment (RFC 3986 unreserved characters stay): a received login can't add a slash. */
char *gh_url_segment(struct arena *a, slice segment);
/* base ("https://api.github.com", "https://ghe/api/v3", with or without a trailing slash) + path ("/users/x?per_page=100"). */
char *gh_url_join(struct arena *a, const char *base, const char *path);
/* The GraphQL URL of that base: https://api.github.com -> …/graphql, https://HOST/api/v3 -> https://HOST/api/graphql. */
char *gh_url_graphql(struct arena *a, const char *base);
/* Whether that is GitHub's own API, not a GHES or another server that speaks it. */
bool gh_url_is_github(const char *base);
/* Resolves a reference in the answer to a request for the absolute URL `from` (RFC 3986, 5.2), without its fragment, which
 * is never sent. Dot segments stay: the caller checks them (gh_url_rebase). */
char *gh_url_resolve(struct arena *a, const char *from, slice reference);
/* Like gh_url_same_origin (below), for a link in GitHub's answer through a proxy with another scheme, name, port or base
 * path: the path and query of the link appended to the configured base, so that no request goes to another host.
 * *foreign_out: the link named another origin than base. NULL for an invalid link: refused characters, too long, '..', neither http
 * nor a path. */
char *gh_url_rebase(struct arena *a, const char *base, slice url, bool *foreign_out);
/* Gives an absolute URL, a path or a glob of them the one spelling by which pages are compared (RFC 3986, 6.2.2): in its path, characters
 * that mean the same without percent-encoding are decoded, and empty segments and a slash at the end are dropped. In place. Case
 * stays. */
void gh_url_canonical(char *url);
/* Whether a path ("/user/1/followers") is one by id, as in GitHub's 301 for a renamed or transferred record. */
bool gh_url_is_by_id(slice path);
/* The id in such a path; 0: it is none. */
int64_t gh_url_id(slice path);
/* Whether base is only a host and not one of github.com or ghe.com, whose API is at the root of a host of its own: a GitHub
 * Enterprise Server has it below /api/v3. */
bool gh_url_lacks_api_path(const char *base);
/* An absolute or path-absolute URL from a Link or Location header, resolved against base; NULL unless it has base's scheme,
 * host and port (defaults filled in, host without case) and its path stays below base's path: Authorization never goes
 * elsewhere, and a peer can't redirect requests. Refuses userinfo, fragments, control characters and '..' segments in any
 * spelling (as gh_url_has_dots), and URLs longer than 2,000 bytes. The result is absolute. */
char *gh_url_same_origin(struct arena *a, const char *base, slice url);
/* Whether a path has a segment "." or ".." after any decoding a server might do: percent-encoded once or several times,
 * overlong, in wide forms, after backslashes, with parameters (RFC 3986, 3.3 and 7.3); or a NUL, or too many layers of
 * encoding. Dots within a name are fine: "..data", "v1...v2". Without the query. */
bool gh_url_has_dots(slice path);

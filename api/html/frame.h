/* frame: common parts of pages: head, navigation with search box and signed-in user, foot, headers. */
#pragma once
#include "api/request/request.h"

/* "/prefix" of PUBLIC_URL, or "": the prefix of all paths in pages outside of the JSON. */
slice page_prefix(const struct request *rq);
/* <head> with a style sheet, left open for more. */
void page_begin(struct buf *out, const struct request *rq, slice title, const char *style_sheet);
/* A script or a further style sheet of web/, in <head>. Nothing if the build does not have it. */
void page_script(struct buf *out, const struct request *rq, const char *name);
/* <header>, and after it on every page the names of ignored parameters. */
void page_navigation(struct buf *out, const struct request *rq);
/* The end of the page, after <main>. */
void page_end(struct buf *out, const struct request *rq);
/* Content-Type and the security headers. */
void page_headers(struct response *rs, const char *policy);
/* The Content-Security-Policy: no other host except GitHub's avatars if PAGES_AVATARS is on, forms only to this server, no
 * framing. scripts: allow the server's own. */
const char *page_policy(const struct request *rq, bool scripts);
/* The address of a file of web/. */
void page_asset(struct buf *out, const struct request *rq, const char *name);
/* "/github/rate_limit/" as "Rate limit": the path's last segment that is not an {argument}. */
void page_route_name(struct buf *out, const char *path);

/* Whether the reader may read, and write, with the present credentials. */
bool page_may_read(const struct request *rq);
bool page_may_write(const struct request *rq);

/* frame: what all pages share: head, navigation with search box and who is signed in, foot, headers. */
#pragma once
#include "api/request/request.h"

/* "/prefix" of PUBLIC_URL, or "": what stands before every address of ours that is not in the JSON. */
slice page_prefix(const struct request *rq);
/* <head> with a style sheet, left open for more. */
void page_begin(struct buf *out, const struct request *rq, slice title, const char *style_sheet);
/* A script or a further style sheet of web/, in <head>. Nothing where the build went without it. */
void page_script(struct buf *out, const struct request *rq, const char *name);
/* <header>. */
void page_navigation(struct buf *out, const struct request *rq);
/* What stands behind <main>. */
void page_end(struct buf *out, const struct request *rq);
/* Content-Type and what keeps a page to itself. */
void page_headers(struct response *rs, const char *policy);
/* Nothing of another host but GitHub's avatars where PAGES_AVATARS is on, forms to us alone, in nobody's frame. scripts: our own. */
const char *page_policy(const struct request *rq, bool scripts);
/* The address of a file of web/. */
void page_asset(struct buf *out, const struct request *rq, const char *name);
/* "/github/rate_limit/" as "Rate limit": what stands in the path's last segment that is not an {argument}. */
void page_route_name(struct buf *out, const char *path);

/* Whether the reader may see, and send, what needs credentials. */
bool page_may_read(const struct request *rq);
bool page_may_write(const struct request *rq);

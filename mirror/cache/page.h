/* page: one answer, GitHub's or the mirror's own, as it is passed on: status, fields, bytes. Reference-counted, so that the
 * memory cache, a request in flight and the HTTP server can share it. A page does not change after page_create and
 * page_adopt, except its times and its variants (the bytes for other clients), which are atomic. Any thread. */
#pragma once
#include "http/decoding.h"
#include "mirror/cache/rewrite.h"
#include "pagecache/key.h"
#include <stdatomic.h>

#define MAX_VARIANTS    4
#define MAX_PLAIN_BYTES (64u * 1024u * 1024u) /* a body that decodes to more is passed on unchanged */

struct body {
    _Atomic int refs;
    size_t len;
    char bytes[];
};
struct body *body_take(struct body *body);
void body_release(void *body); /* NULL is fine; void *: the HTTP server calls it */

/* The body for clients that use the mirror's address `base`, gzipped or not. */
struct variant {
    struct body *body;
    bool gzip;
    char base[];
};

struct page {
    _Atomic int refs;
    /* its cache key, filled by page_adopt; a page that is not stored has none */
    unsigned char key[KEY_BYTES], resource[KEY_BYTES];
    char *
        url; /* absolute, at GitHub, in the spelling of gh_url_canonical: invalidations name it; it is not sent */
    int status;
    char *text, *joined; /* what the fields point into */
    struct fields fields;
    struct body *body;
    enum coding coding;    /* the body's; Content-Encoding is in the fields only if it is unknown */
    bool json;             /* addresses in it are rewritten */
    bool derivable;        /* its ETag follows the known rule, so another credential's can be computed */
    int64_t n_items;       /* of a top-level array; -1: not an array, or not counted */
    int64_t fetched_at_ms; /* wall */
    _Atomic int64_t checked_at_ms; /* wall: when GitHub last confirmed it; 0: invalidated */
    _Atomic bool
        barred; /* GitHub has refused this credential since: not served until it is confirmed again */
    _Atomic int64_t noted_at_ms; /* wall: when its use was last stored */
    _Atomic bool used;           /* since the memory cache last scanned */
    _Atomic(struct variant *) variants[MAX_VARIANTS];
};

/* "application/json" of "application/json; charset=utf-8", also if a proxy has repeated it. NULL: empty. */
slice media_type(const char *content_type);
/* lines: "Name: value" lines, each ended by LF. Hop-by-hop fields are dropped, those that Connection names among them; list-valued
 * ones of several lines become one. */
struct page *page_create(int status, slice lines, slice body);
struct page *page_take(struct page *page);
void page_release(struct page *page); /* NULL is fine */
/* Gives it its cache key: it becomes a stored page. */
void page_adopt(struct page *page, const unsigned char key[KEY_BYTES],
                const unsigned char resource[KEY_BYTES], const char *url);
/* A stored page with the fields of a 304 and the same body and variants. */
struct page *page_with_fields(const struct page *page, const struct fields *fields);

const char *page_etag(const struct page *page);          /* NULL: none */
const char *page_last_modified(const struct page *page); /* NULL: none */
/* Bytes it takes in memory, variants included. */
size_t page_bytes(const struct page *page);
/* Its fields as they are stored: lines, the body's coding among them. */
void page_lines(const struct page *page, struct buf *out);
/* The body decoded, appended to out; false when it is not what its fields say, or too long: out then holds its beginning. */
MUST_CHECK bool page_plain(const struct page *page, struct buf *out);
/* The bytes for a client: URLs rewritten if the page is JSON, gzipped if it was received so and the client accepts it. Built
 * once and stored. *coding_out is their coding: other than gzip only if the body cannot be decoded. The caller releases the
 * body. */
struct body *page_body(struct page *page, const struct base_pair *bases, bool takes_gzip,
                       enum coding *coding_out);

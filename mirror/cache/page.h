/* page: one answer, GitHub's or our own, as it is passed on: status, fields, bytes. Counted references, so that the memory
 * tier, a request under way and the HTTP server can hold the same one. A page does not change after page_create and
 * page_adopt, but for its times and its variants (the bytes again, for other clients), which are atomic. */
#pragma once
#include "http/decoding.h"
#include "mirror/cache/rewrite.h"
#include "pagecache/key.h"
#include <stdatomic.h>

#define MAX_VARIANTS    4
#define MAX_PLAIN_BYTES (64u * 1024u * 1024u) /* a body that decodes to more is passed on as it is */

struct body {
    _Atomic int refs;
    size_t len;
    char bytes[];
};
struct body *body_create(slice bytes);
struct body *body_take(struct body *body);
void body_release(void *body); /* NULL is fine; void *: the HTTP server calls it */

/* The body for clients who see the mirror under `base`, gzipped or not. */
struct variant {
    struct body *body;
    bool gzip;
    char base[];
};

struct page {
    _Atomic int refs;
    /* who may see it, filled by page_adopt; a page that is not stored has none */
    unsigned char key[KEY_BYTES], resource[KEY_BYTES];
    char *url; /* absolute, at GitHub */
    int status;
    char *text, *joined; /* what the fields point into */
    struct fields fields;
    struct body *body;
    enum coding coding;    /* the body's; Content-Encoding stands in the fields only when it is unknown */
    bool json;             /* addresses in it are rewritten */
    bool derivable;        /* its ETag follows the known rule, so another credential's can be computed */
    int64_t n_items;       /* of a top-level array; -1: it is none, or was not counted */
    int64_t fetched_at_ms; /* wall */
    _Atomic int64_t
        checked_at_ms;   /* wall: when GitHub last proved it; 0: to be asked before it counts as fresh */
    _Atomic bool barred; /* GitHub has refused this credential since: served only once it is proven again */
    _Atomic int64_t noted_at_ms; /* wall: when its use was last written down */
    _Atomic bool used;           /* since the memory tier last looked */
    _Atomic(struct variant *) variants[MAX_VARIANTS];
};

/* "application/json" of "application/json; charset=utf-8", and of one that a proxy has put in twice. NULL: empty. */
slice media_type(const char *content_type);
/* lines: "Name: value" lines, each ended by LF. Hop-by-hop fields are dropped, those that Connection names among them; list-valued
 * ones of several lines become one. */
struct page *page_create(int status, slice lines, slice body);
struct page *page_take(struct page *page);
void page_release(struct page *page); /* NULL is fine */
/* Makes it a stored one. */
void page_adopt(struct page *page, const unsigned char key[KEY_BYTES],
                const unsigned char resource[KEY_BYTES], const char *url);
/* A stored page with other fields and the same body and variants: what a 304 brought. */
struct page *page_with_fields(const struct page *page, const struct fields *fields);

const char *page_etag(const struct page *page);          /* NULL: none */
const char *page_last_modified(const struct page *page); /* NULL: none */
/* Bytes it takes in memory, variants included. */
size_t page_bytes(const struct page *page);
/* Its fields as they are stored: lines, the body's coding among them. */
void page_lines(const struct page *page, struct buf *out);
/* The body decoded, appended to out; false when it is not what its fields say, or too long: out then holds its beginning. */
MUST_CHECK bool page_plain(const struct page *page, struct buf *out);
/* The bytes for a client: addresses rewritten when the page is JSON, gzipped if it came so and the client takes it. Made
 * once and kept. *coding_out is theirs: another one than gzip only when the body can't be decoded. The caller releases the body. */
struct body *page_body(struct page *page, const struct base_pair *bases, bool takes_gzip,
                       enum coding *coding_out);

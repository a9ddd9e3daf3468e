/* body: rendered answers, shared between requests, with their ETags and gzip form.
 *
 * A body is immutable once published and counted by reference. The store keeps those of one generation
 * of the world, up to a number of bytes, dropping the least recently used. Any thread may call. */
#ifndef GITOMATIC_SIM_BODY_H
#define GITOMATIC_SIM_BODY_H

#include "sim/world/buf.h"

struct body {
    struct buf text;
    char *link;               /* Link header value or NULL */
    int64_t last_modified;    /* 0: none */
    const char *content_type; /* NULL: JSON */
    bool is_list, binary;     /* binary: never compressed, may be requested in ranges */
    /* the rest belongs to body.c */
    int refs;
    struct buf gzip;
    struct etag *etags;
    char *key;
    uint64_t hash, generation;
    struct body *chain, *newer, *older;
};

struct bodies;

struct bodies *bodies_create(size_t max_bytes);
void bodies_destroy(struct bodies *s);

/* A new body with one reference for the caller; takes the buffer's memory. */
struct body *body_create(struct buf *text);
struct body *bodies_get(struct bodies *s, const char *key, uint64_t generation); /* a reference, or NULL */
void bodies_put(struct bodies *s, struct body *body, const char *key, uint64_t generation);
void body_release(struct bodies *s, struct body *body); /* NULL is fine */

/* 64 hex digits: SHA-256 of Accept ":" Authorization ":" body, absent headers left out with their colon. */
void body_etag(struct bodies *s, struct body *body, const char *accept, const char *authorization,
               char out[65]);
const struct buf *body_gzip(struct bodies *s, struct body *body);

#endif

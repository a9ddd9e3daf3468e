/* etag: strong entity tags (RFC 9110, 8.8.3) and what If-None-Match says about one. Pure.
 * A tag is a hash of the answer's bytes before content coding, with the coding's name behind it: equal on every machine
 * that runs this program, different for each representation. The hash (XXH3, 128 bits) is no secret and no signature; who
 * could make two bodies collide can only hide their own change from a client that asks with the older body's tag. */
#pragma once
#include "http/encoding.h"

#define ETAG_SIZE 48
/* With its quotes. Returns out. */
char *etag_of(slice body, enum encoding encoding, char out[ETAG_SIZE]);
/* A tag without the mark of a weak one. */
slice etag_opaque(slice tag);
/* Whether the list (or "*") names the tag, by weak comparison as If-None-Match wants it. ptr NULL: no. */
bool etag_is_named(slice if_none_match,
                   slice etag); /* etag: opaque; ptr NULL: the answer has none, which "*" names */

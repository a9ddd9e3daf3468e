/* etag: strong entity tags (RFC 9110, 8.8.3) and If-None-Match. Pure.
 * A tag is a hash of the answer's bytes before content coding, followed by the coding's name: equal on every machine that
 * runs this program, different for each representation. The hash (XXH3, 128 bits) is not a secret or a signature; someone
 * who makes two bodies collide can only hide their own change from a client that has the older body's tag. */
#pragma once
#include "http/encoding.h"

#define ETAG_SIZE 48
/* With its quotes. Returns out. */
char *etag_of(slice body, enum encoding encoding, char out[ETAG_SIZE]);
/* A tag without the prefix of a weak one. */
slice etag_opaque(slice tag);
/* Whether the list (or "*") names the tag, by weak comparison, as for If-None-Match. ptr NULL: no. */
bool etag_is_named(slice if_none_match,
                   slice etag); /* etag: opaque; ptr NULL: the answer has none, which "*" names */
/* The same for If-Match, by strong comparison: a weak tag of the list names nothing (8.8.3.2). */
bool etag_is_matched(slice if_match, slice etag);

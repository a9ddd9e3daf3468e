/* fields: the header fields of a request or an answer, as names and values. Pure; borrows every string.
 * RFC 9110 section 5: names without regard to case, order kept. */
#pragma once
#include "core/base/buf.h"

#define MAX_FIELDS 80

struct field {
    const char *name, *value;
};
struct fields {
    struct field items[MAX_FIELDS];
    size_t n;
};

/* Splits "Name: value" lines in place; more than MAX_FIELDS, and lines that are no field, are left out. */
void fields_split(char *lines, struct fields *out);
/* The first of that name, or NULL. */
const char *fields_get(const struct fields *f, const char *name);
void fields_add(struct fields *f, const char *name, const char *value);
void fields_remove(struct fields *f, const char *name);
/* "Name: value" lines again. */
void fields_write(const struct fields *f, struct buf *out);

/* About the connection rather than the message (RFC 9110 section 7.6.1), or about how a body was framed: not passed on. */
bool field_is_hop(const char *name);
/* What a 304 may not bring up to date in a stored answer (RFC 9111 section 3.2): it describes the stored bytes. */
bool field_is_of_body(const char *name);
/* Stored fields freshened by a 304's: those the 304 has replace all of their name. */
void fields_freshen(struct fields *stored, const struct fields *fresh);
/* Whether a list such as Accept-Encoding allows "gzip": named with a quality above 0, or "*". */
bool field_accepts_gzip(const char *accept_encoding);

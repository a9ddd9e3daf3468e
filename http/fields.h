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
/* Makes one line of several of the same list-valued name (RFC 9110, 5.3), the first one's place kept, so that fields_get sees all
 * of it. Other repeated names stay as they are. Returns the text of the joined values, the caller's to free after f; NULL: there
 * was nothing to join. */
char *fields_join(struct fields *f);
/* Whether a list such as Vary or Connection has this member, without regard to case. list NULL: no. */
bool field_lists(const char *list, const char *member);
/* "Name: value" lines again. */
void fields_write(const struct fields *f, struct buf *out);

/* About the connection rather than the message (RFC 9110 section 7.6.1), or about how a body was framed: not passed on. */
bool field_is_hop(const char *name);
/* Without the fields about the connection: those above, and those that Connection names. */
void fields_drop_hop(struct fields *f);
/* What a 304 may not bring up to date in a stored answer (RFC 9111 section 3.2): it describes the stored bytes,
 * or the coding they are kept in. The ETag stays the one the bytes came with: a 304 may repeat it in its strong form. */
bool field_is_of_body(const char *name);
/* Stored fields freshened by a 304's: those the 304 has replace all of their name. */
void fields_freshen(struct fields *stored, const struct fields *fresh);

/* The value of ;name=value or ;name="value" (without its quotes) in a field's value; ptr NULL without. */
slice field_parameter(slice value, slice name);

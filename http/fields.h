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

/* Splits "Name: value" lines in place; fields beyond MAX_FIELDS and invalid lines are skipped. */
void fields_split(char *lines, struct fields *out);
/* The first of that name, or NULL. */
const char *fields_get(const struct fields *f, const char *name);
void fields_add(struct fields *f, const char *name, const char *value);
void fields_remove(struct fields *f, const char *name);
/* Joins lines of the same list-valued name (RFC 9110, 5.3) at the position of the first, so that fields_get returns all
 * values. Other repeated names stay as they are. Returns the text of the joined values, which the caller frees after f;
 * NULL: nothing was joined. */
char *fields_join(struct fields *f);
/* Whether a list such as Vary or Connection has this member, ignoring case. list NULL: no. */
bool field_lists(const char *list, const char *member);
/* Writes "Name: value" lines. */
void fields_write(const struct fields *f, struct buf *out);

/* About the connection rather than the message (RFC 9110 section 7.6.1), or about how a body was framed: not passed on. */
bool field_is_hop(const char *name);
/* Whether all servers read the name alike: letters, digits and hyphens. RFC 9110 section 5.6.2 allows more, but CGI, WSGI and
 * Rack read "_" as "-" (RFC 3875 section 4.1.18), some every other character, so that Content_Length could be a second length
 * and X_Forwarded-For pass a proxy unseen. nginx (underscores_in_headers, ignore_invalid_headers) and Apache leave them out. */
bool field_has_plain_name(const char *name);
/* Removes the fields about the connection: those above, and those that Connection names. */
void fields_drop_hop(struct fields *f);
/* Fields that a 304 may not update in a stored answer (RFC 9111 section 3.2): they describe the stored bytes, or their
 * coding. The ETag of the bytes stays: a 304 may repeat it in its strong form. */
bool field_is_of_body(const char *name);
/* Removes checksums of the bytes that are sent (RFC 9530, 2; RFC 1864), and with `whole` those of the representation (RFC 9530, 3; RFC
 * 3230): other bytes are sent. */
void fields_drop_digests(struct fields *f, bool whole);
/* Updates stored fields from a 304: its fields replace all of the same name. */
void fields_freshen(struct fields *stored, const struct fields *fresh);

/* The value of ;name=value or ;name="value" (without its quotes) in a field's value; ptr NULL without. */
slice field_parameter(slice value, slice name);

/* field_kinds: what a field of one of GitHub's answers speaks of, and so who may see it: one table, the same as in docs/mirror.md.
 * A page is proven for one credential by another one's bytes; of the other one's fields only those of the body come along.
 * What the table does not have is of FIELD_OTHER: kept for its own credential, dropped between credentials. Pure. */
#pragma once
#include "http/fields.h"

enum field_kind {
    FIELD_OTHER,
    FIELD_BODY,       /* describes the bytes: the same for everybody who gets them */
    FIELD_CREDENTIAL, /* who asked, what that credential may, until when */
    FIELD_SESSION,    /* makes a session: neither stored nor handed to a second client */
    FIELD_QUOTA,      /* what is left, and how long to wait */
    FIELD_MESSAGE,    /* this one answer: new each time, whether or not anything changed */
};

enum field_kind field_kind_of(const char *name);
/* Without the fields of that kind. */
void fields_drop_kind(struct fields *f, enum field_kind kind);
/* Only those of that kind. */
void fields_keep_kind(struct fields *f, enum field_kind kind);
/* Whether `fresh`, a 304's, says anything that `stored` does not say yet, but for what is new each time. */
bool fields_say_more(const struct fields *stored, const struct fields *fresh);
/* Whether the answer allows to be kept for another request: no Cache-Control: no-store (RFC 9111, 5.2.2.5), no Vary: * (4.1). */
bool fields_allow_keeping(const struct fields *f);

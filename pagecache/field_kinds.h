/* field_kinds: what a header field of GitHub's describes, and so who may see it: one table, the same as in docs/mirror.md.
 * When a page of one credential is confirmed for another one, only its body fields are shared. Fields that are not in the
 * table are FIELD_OTHER: stored for their own credential, not shared, and not sent to a client that was lent the credential. Pure. */
#pragma once
#include "http/fields.h"

enum field_kind {
    FIELD_OTHER,
    FIELD_BODY,       /* describes the bytes: the same for all credentials */
    FIELD_ANSWER,     /* how to read or use this answer; says nothing of the credential */
    FIELD_CREDENTIAL, /* the credential's owner, rights, expiry */
    FIELD_SESSION,    /* creates a session: neither stored nor sent to a second client */
    FIELD_QUOTA,      /* units left, and how long to wait */
    FIELD_MESSAGE,    /* this single answer: new each time */
    FIELD_HOST, /* what clients are to do with the host that it came from, which is not the mirror: not sent on */
};

enum field_kind field_kind_of(const char *name);
/* Removes the fields of that kind. */
void fields_drop_kind(struct fields *f, enum field_kind kind);
/* Removes all others. */
void fields_keep_kind(struct fields *f, enum field_kind kind);
/* Of an answer to a lent credential: removes what speaks of it, and what is not known not to. */
void fields_drop_lenders(struct fields *f);
/* Whether `fresh`, a 304's, has fields that `stored` does not have, except those that are new each time. */
bool fields_say_more(const struct fields *stored, const struct fields *fresh);
/* Whether the answer varies by User-Agent (RFC 9110, 12.5.5), of which a page's key only has whether GitHub indents for it. */
bool fields_vary_by_agent(const struct fields *f);
/* Whether the answer may be stored for another request: no Cache-Control: no-store (RFC 9111, 5.2.2.5), and no Vary by more than the
 * page's key has (4.1): neither * nor User-Agent. */
bool fields_allow_keeping(const struct fields *f);

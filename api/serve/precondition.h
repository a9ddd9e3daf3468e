/* precondition: If-Match, and If-None-Match of writes (RFC 9110, 13.1 and 13.2). A request whose condition is false is answered 412
 * and changes nothing. Conditions count only where the answer would otherwise be a success (13.2.1), so they come after every
 * other check that needs no body. No answer has a date of modification, so If-Unmodified-Since and If-Modified-Since are
 * ignored (13.1.3, 13.1.4). If-None-Match of reads, which makes a 304, is in finish.c. */
#pragma once
#include "api/request/request.h"

/* Of a write, right before its handler. What is compared is what a GET of the address would return with these headers; of an action,
 * which has no GET, the record that it acts on. *answered_out: with a 412. */
MUST_CHECK bool precondition_of_write(struct request *rq, struct response *rs, bool *answered_out,
                                      struct err *err);
/* Of a read, on its finished answer. False: If-Match names another one. Streams have no ETag, which only "*" accepts. */
bool precondition_of_read(const struct request *rq, const struct response *rs);
/* Replaces the answer by the 412 of a false If-Match. */
void precondition_failed(struct request *rq, struct response *rs);

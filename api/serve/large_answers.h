/* large: answers that may be large are made a few at a time, and only while there is memory for them: a page of a hundred
 * developers with a thousand relations each is 33 MB. Thread-safe. */
#pragma once
#include "api/request/request.h"

struct large;
struct large *large_create(int places);
void large_destroy(struct large *large); /* NULL is fine */

/* For a request that may read very much: waits a while for a place, if it has none. False: none became free. It is given back
 * when the answer is made, by large_leave(). */
MUST_CHECK bool large_enter(struct request *rq);
void large_leave(struct request *rq); /* fine without a place */

/* Waits a while for room for an answer of so many bytes, and holds it for the request. False: there is none. */
MUST_CHECK bool large_reserve(struct request *rq, size_t bytes);

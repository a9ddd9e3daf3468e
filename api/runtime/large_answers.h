/* large_answers: potentially large answers are built a few at a time, and only while there is memory for them: a page of a
 * hundred developers with a thousand relations each is 33 MB. Thread-safe. */
#pragma once
#include "api/request/request.h"

struct large_answers;
struct large_answers *large_answers_create(int slots);
void large_answers_destroy(struct large_answers *large_answers); /* NULL is fine */

/* For a request that may read very much: waits a while for a slot, if it has none. False: none became free.
 * large_answers_leave() returns it when the answer is built. */
MUST_CHECK bool large_answers_enter(struct request *rq);
void large_answers_leave(struct request *rq); /* fine without a slot */

/* Waits a while for memory for an answer of that many bytes, and reserves it for the request. False: there is none. */
MUST_CHECK bool large_answers_reserve(struct request *rq, size_t bytes);

/* head_memory: the memory that libmicrohttpd uses for a request's head in addition to its bytes, within a connection's memory
 * limit, which also includes the head of the answer (MHD_OPTION_CONNECTION_MEMORY_LIMIT). If a request needs more, the
 * library sends an HTML page of its own, or no answer at all, so the size is computed before the library reads (strict.h).
 * Source: libmicrohttpd 0.9.75, struct MHD_HTTP_Header for each
 * field, parameter and cookie, and a copy of the Cookie field. Pure. */
#pragma once
#include "http/fields.h"

#define HEAD_MEMORY_EACH_BYTES 64u /* of each field, parameter and cookie */
#define HEAD_MEMORY_ANSWER_BYTES                                                                             \
    5120u /* room for the head of an answer, and for the part of a body that the library reads at once */
/* The library first reads into a half of the room, which bytes after the head may fill before the head is parsed. */
#define HEAD_MEMORY_READ_BYTES(room) ((room) / 2)

size_t head_memory_of_target(slice target);
size_t head_memory_of_field(slice name, slice value);
/* The part of a connection's room that is left for the head of the answer. 0: none. */
size_t head_memory_left(size_t room, slice target, const struct fields *request);
/* Bytes of an answer's header lines. */
size_t head_memory_of_answer(const struct fields *answer);

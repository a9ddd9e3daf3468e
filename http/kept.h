/* kept: what libmicrohttpd keeps of a request's head beside its bytes, in the room a connection has for both and for the head of
 * the answer (MHD_OPTION_CONNECTION_MEMORY_LIMIT). Who brings more than fits gets an HTML page of the library's, or no answer
 * at all, so it is reckoned before the library reads (strict.h). Source: libmicrohttpd 0.9.75, struct MHD_HTTP_Header for each
 * field, parameter and cookie, and a copy of the Cookie field. Pure. */
#pragma once
#include "http/fields.h"

#define KEPT_EACH_BYTES 64u /* of each field, parameter and cookie */
#define KEPT_ANSWER_BYTES                                                                                    \
    5120u /* room for the head of an answer, and for what the library reads of a body at once */
/* The library reads into a half of the room at first, which what follows the head may fill before the head is taken apart. */
#define KEPT_READ_BYTES(room) ((room) / 2)

size_t kept_of_target(slice target);
size_t kept_of_field(slice name, slice value);
/* Of a connection's room what is left for the head of the answer. 0: nothing. */
size_t kept_room(size_t room, slice target, const struct fields *request);
/* Lines of an answer as they are sent. */
size_t kept_answer_bytes(const struct fields *answer);

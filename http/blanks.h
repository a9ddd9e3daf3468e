/* blanks: spaces and tabs around the value of a header field, which are no part of it (RFC 9112 5.1). libmicrohttpd skips those in
 * front of a value, and takes those after it for a part of it. Pure. */
#pragma once
#include "core/base/slice.h"

/* Of a whole head that strict.h has passed: moves the blanks after each value in front of it. */
void blanks_move(char *head, size_t n);

/* empty: what a list without entries says on a terminal. */
#pragma once
#include <stddef.h>

/* "no WHAT" to stderr if n is 0 and stdout is a terminal: programs that read the list get nothing. */
void say_empty(size_t n, const char *what);

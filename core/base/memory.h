/* memory: the heap of a program that ends (abort) when it is exhausted. A supervisor starts the process again, and every piece of
 * work is written to be repeated; so callers need no error paths, which nothing would ever run. Anything whose size a peer chooses is
 * bounded before it comes here.
 *
 * What these return is never NULL and is freed with free(). Any thread. */
#pragma once
#include <stddef.h>

void *xmalloc(size_t bytes);
void *xcalloc(size_t n, size_t bytes);
void *xrealloc(void *old, size_t bytes);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t n);

#include "core/base/memory.h"
#include "core/base/last_words.h"
#include "core/base/limits.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static NORETURN void give_up(void)
{
    char limits[LIMITS_TEXT_SIZE], why[LIMITS_TEXT_SIZE + 32];
    snprintf(why, sizeof why, "out of memory%s", limits_of_memory(limits));
    last_words("memory.exhausted", why);
    abort();
}

static void *checked(void *memory)
{
    if (!memory)
        give_up();
    return memory;
}

void *xmalloc(size_t bytes)
{
    return checked(malloc(bytes ? bytes : 1));
}

void *xcalloc(size_t n, size_t bytes)
{
    return checked(calloc(n ? n : 1, bytes ? bytes : 1));
}

void *xrealloc(void *old, size_t bytes)
{
    return checked(realloc(old, bytes ? bytes : 1));
}

char *xstrdup(const char *text)
{
    return checked(strdup(text));
}

char *xstrndup(const char *text, size_t n)
{
    return checked(strndup(text, n));
}

#include "core/base/last_words.h"
#include <stdatomic.h>
#include <stdio.h>

static void (*_Atomic through)(const char *event, const char *why);
static atomic_flag said = ATOMIC_FLAG_INIT;

void last_words_through(void (*say)(const char *event, const char *why))
{
    atomic_store(&through, say);
}

void last_words(const char *event, const char *why)
{
    if (atomic_flag_test_and_set(&said))
        return;
    void (*say)(const char *, const char *) = atomic_load(&through);
    if (say)
        say(event, why);
    else
        fprintf(stderr, "gitomatic: %s\n", why);
}

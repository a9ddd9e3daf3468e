#include "cli/terminal/empty.h"
#include <stdio.h>
#include <unistd.h>

void say_empty(size_t n, const char *what)
{
    if (n == 0 && isatty(STDOUT_FILENO))
        fprintf(stderr, "no %s\n", what);
}

#include "http/blanks.h"

void blanks_move(char *head, size_t n)
{
    slice rest = slice_from(head, n), line;
    slice_split(&rest, '\n', &line); /* the request line */
    while (slice_split(&rest, '\n', &line) && line.len > 1) {
        ptrdiff_t colon = slice_find(line, ':');
        size_t room = line.len - 1 - (size_t)colon - 1,
               kept = room; /* without CR and what is before the value */
        char *value = head + (line.ptr - head) + colon + 1;
        while (kept && is_blank(value[kept - 1]))
            kept--;
        if (kept == room)
            continue;
        memmove(value + room - kept, value, kept);
        memset(value, ' ', room - kept);
    }
}

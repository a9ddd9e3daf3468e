#include "http/head_memory.h"

#define LINE_BYTES        4u    /* ": " and CRLF */
#define OTHER_LINES_BYTES 1280u /* the first lines, those the library adds, and its steps in making room */

static size_t count(slice text, char c)
{
    size_t n = 0;
    const char *at = text.ptr, *end = text.ptr + text.len;
    while (at < end && (at = memchr(at, c, (size_t)(end - at)))) {
        n++;
        at++;
    }
    return n;
}

size_t head_memory_of_target(slice target)
{
    ptrdiff_t mark = slice_find(target, '?');
    return mark < 0 ? 0 : (1 + count(target, '&')) * HEAD_MEMORY_EACH_BYTES;
}

size_t head_memory_of_field(slice name, slice value)
{
    if (name.len != 6 || !slice_eq_nocase(name, SLICE("Cookie")))
        return HEAD_MEMORY_EACH_BYTES;
    return value.len + (2 + count(value, ';') + count(value, ',')) * HEAD_MEMORY_EACH_BYTES;
}

size_t head_memory_left(size_t room, slice target, const struct fields *request)
{
    size_t used = LINE_BYTES + OTHER_LINES_BYTES + target.len + head_memory_of_target(target);
    for (size_t i = 0; i < request->n; i++) {
        slice name = slice_of(request->items[i].name), value = slice_of(request->items[i].value);
        used += LINE_BYTES + name.len + value.len + head_memory_of_field(name, value);
    }
    return used < room ? room - used : 0;
}

size_t head_memory_of_answer(const struct fields *answer)
{
    size_t bytes = 0;
    for (size_t i = 0; i < answer->n; i++)
        bytes += LINE_BYTES + strlen(answer->items[i].name) + strlen(answer->items[i].value);
    return bytes;
}

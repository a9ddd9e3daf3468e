/* Requests as they come: whether they are refused does not depend on the pieces in which they do (which limit a head without
 * an end meets first may), and no unit passes its end. */
#include "fuzz.h"
#include "http/strict.h"
#include <stdlib.h>

static const struct strict_limits limits = {.head = 4096, .target = 1024, .fields = 32, .body = 65536};

/* Judges the whole in pieces; how far it came, and the status at the end. */
static size_t judge(slice stream, size_t piece, int *status_out)
{
    struct strict s = {.limits = &limits};
    size_t from = 0, to = 0, n;
    while (to < stream.len) {
        to = to + piece < stream.len ? to + piece : stream.len;
        for (enum strict_verdict verdict;
             (verdict = strict_next(&s, stream.ptr + from, to - from, &n)) != STRICT_MORE;) {
            if (verdict == STRICT_FAULT) {
                *status_out = s.status;
                return from;
            }
            if (n == 0 || n > to - from)
                abort();
            from += n;
            if (from == to)
                break;
        }
    }
    *status_out = 0;
    return from;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice stream = slice_from((const char *)data, size);
    int whole, bytes;
    judge(stream, size ? size : 1, &whole);
    judge(stream, 1, &bytes);
    if (!whole != !bytes)
        abort();
    return 0;
}

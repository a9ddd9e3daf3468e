/* A whole answer of a hostile GitHub: header lines, an empty line, a body. */
#include "core/base/buf.h"
#include "fuzz.h"
#include "github/outcome.h"
#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_headers headers;
    slice rest = slice_from((const char *)data, size), line;
    int status = size ? 100 + data[0] * 2 : 0;
    if (!size)
        return 0;
    gh_headers_reset(&headers);
    while (slice_split(&rest, '\n', &line) && line.len > 1)
        gh_headers_line(&headers, line);
    for (int i = 0; i < 8; i++) {
        struct gh_answer answer = {status,       &headers,     rest.ptr ? rest : slice_from("", 0),
                                   (i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
        int64_t wait_ms = -1;
        enum gh_outcome outcome = gh_classify(&answer, i, &wait_ms);
        assert(outcome < GH_N_OUTCOMES && wait_ms >= 0);
        assert((outcome == GH_PRIMARY_LIMIT || outcome == GH_SECONDARY_LIMIT) == (wait_ms > 0));
    }
    return 0;
}

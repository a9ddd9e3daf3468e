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
    for (int i = 0; i < 32; i++) {
        struct gh_answer answer = {.status = status,
                                   .headers = &headers,
                                   .body = rest.ptr ? rest : slice_from("", 0),
                                   .anonymous = (i & 1) != 0,
                                   .expects_array = (i & 2) != 0,
                                   .graphql = (i & 4) != 0,
                                   .renewable = (i & 8) != 0,
                                   .for_few = (i & 16) != 0};
        int64_t wait_ms = -1;
        enum gh_outcome outcome = gh_classify(&answer, i & 7, &wait_ms);
        bool limited = outcome == GH_PRIMARY_LIMIT || outcome == GH_SECONDARY_LIMIT;
        bool failed = outcome == GH_TRANSIENT || outcome == GH_BROKEN;
        assert(outcome < GH_N_OUTCOMES && wait_ms >= 0);
        assert(limited ? wait_ms > 0 : failed || wait_ms == 0);
    }
    return 0;
}

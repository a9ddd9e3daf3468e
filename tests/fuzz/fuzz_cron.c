/* Cron expressions: refused with a reason, or with a next time that is a whole minute in the future. */
#include "fuzz.h"
#include "scheduler/cron.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cron_spec spec;
    struct err err;
    int64_t next, now = 1700000000000;
    if (size > 512)
        return 0;
    if (!cron_parse(slice_from((const char *)data, size), &spec, &err)) {
        assert(err.code == ERR_CONFIG && err.text[0]);
        return 0;
    }
    if (cron_next(&spec, now, &next))
        assert(next > now && next % 60000 == 0);
    return 0;
}

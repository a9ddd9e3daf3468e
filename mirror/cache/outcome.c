#include "mirror/cache/outcome.h"
#include "core/base/memory.h"
#include "core/json/jw.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct outcome *outcome_create(struct page *page, enum upstream_result upstream_result)
{
    struct outcome *o = xcalloc(1, sizeof *o);
    atomic_init(&o->refs, 1);
    o->page = page;
    o->upstream_result = upstream_result;
    return o;
}

struct outcome *outcome_take(struct outcome *o)
{
    atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    return o;
}

void outcome_release(struct outcome *o)
{
    if (!o || atomic_fetch_sub(&o->refs, 1) != 1)
        return;
    page_release(o->page);
    outcome_release(o->instead);
    free(o->joined);
    free(o->text);
    free(o);
}

struct page *page_message(int status, int64_t retry_ms, const char *format, ...)
{
    char message[400], number[12], lines[400];
    struct jw json;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    AUTO_BUF body = {0};
    jw_init(&json, &body, 0);
    jw_object(&json);
    jw_kcstr(&json, "message", message);
    jw_kcstr(&json, "documentation_url", "https://docs.github.com/rest");
    jw_key(&json, "status");
    snprintf(number, sizeof number, "%d", status);
    jw_cstr(&json, number);
    jw_end_object(&json);
    buf_putc(&body, '\n');
    int n = snprintf(lines, sizeof lines, OWN_ANSWER_FIELDS);
    if (retry_ms > 0)
        n += snprintf(lines + n, sizeof lines - (size_t)n, "Retry-After: %lld\n",
                      (long long)(retry_ms + 999) / 1000);
    return page_create(status, slice_from(lines, (size_t)n), buf_slice(&body));
}

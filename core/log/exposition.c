#include "core/log/exposition.h"
#include <math.h>
#include <stdarg.h>

void exposition_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_label(struct buf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            buf_putc(out, '\\');
        if (*c == '\n')
            buf_puts(out, "\\n");
        else
            buf_putc(out, *c);
    }
}

void exposition_value(struct buf *out, const char *name, double value, ...)
{
    va_list labels;
    const char *label;
    char separator = '{';
    buf_puts(out, name);
    va_start(labels, value);
    while ((label = va_arg(labels, const char *))) {
        buf_putc(out, separator);
        buf_puts(out, label);
        buf_puts(out, "=\"");
        put_label(out, va_arg(labels, const char *));
        buf_putc(out, '"');
        separator = ',';
    }
    va_end(labels);
    if (separator == ',')
        buf_putc(out, '}');
    if (value == floor(value) && fabs(value) < 9e15)
        buf_printf(out, " %lld\n", (long long)value);
    else
        buf_printf(out, " %.6f\n", value);
}

void exposition_single(struct buf *out, const char *name, const char *type, const char *help, int64_t value)
{
    exposition_head(out, name, type, help);
    exposition_value(out, name, (double)value, NULL);
}

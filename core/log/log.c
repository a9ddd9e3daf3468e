#include "core/log/log.h"
#include "core/base/clock.h"
#include "core/json/jw.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_SECRETS    64
#define MAX_LINE_BYTES 8192

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static _Atomic int threshold = LOG_INFO;
static enum log_format line_format = LOG_TEXT;
static char process_name[24] = "gitomatic";
static char *secrets[MAX_SECRETS]; /* written at start-up, before threads */
static size_t n_secrets;
static _Atomic unsigned n_write_failures;

void log_setup(const char *process, enum log_level level, enum log_format format)
{
    snprintf(process_name, sizeof process_name, "%s", process);
    line_format = format;
    atomic_store(&threshold, (int)level);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&threshold, memory_order_relaxed);
}

void log_hide(const char *secret)
{
    if (!secret || strlen(secret) < 8 || n_secrets == MAX_SECRETS)
        return;
    secrets[n_secrets] = strdup(secret);
    if (secrets[n_secrets])
        n_secrets++;
}

static void scrub(struct buf *line)
{
    for (size_t i = 0; i < n_secrets; i++) {
        size_t n = strlen(secrets[i]);
        for (char *at = line->ptr; (at = memmem(at, line->len - (size_t)(at - line->ptr), secrets[i], n)); at += n)
            memset(at, '*', n);
    }
}

/* Quotes only what needs it, so that the usual line greps well. */
static void put_text_value(struct buf *line, slice value)
{
    bool plain = value.len > 0;
    for (size_t i = 0; i < value.len && plain; i++)
        plain = value.ptr[i] > ' ' && value.ptr[i] != '"' && value.ptr[i] != '=' && value.ptr[i] != 0x7f;
    if (plain) {
        buf_put(line, value.ptr, value.len);
        return;
    }
    struct jw w;
    jw_init(&w, line, 0);
    jw_str(&w, value);
}

static void text_line(struct buf *line, enum log_level level, const char *event, const struct log_field *f)
{
    char iso[CLOCK_ISO_SIZE];
    buf_printf(line, "%s %-5s %s %s", clock_iso(clock_wall_ms(), iso), level_names[level], process_name, event);
    for (; f->key; f++) {
        buf_printf(line, " %s=", f->key);
        if (f->type == LOG_FIELD_I64)
            buf_printf(line, "%lld", (long long)f->i64);
        else
            put_text_value(line, f->str);
    }
}

static void json_line(struct buf *line, enum log_level level, const char *event, const struct log_field *f)
{
    struct jw w;
    jw_init(&w, line, 0);
    jw_object(&w);
    jw_key(&w, "time");
    jw_time(&w, clock_wall_ms());
    jw_kcstr(&w, "level", level_names[level]);
    jw_kcstr(&w, "process", process_name);
    jw_kcstr(&w, "event", event);
    for (; f->key; f++) {
        if (f->type == LOG_FIELD_I64)
            jw_ki64(&w, f->key, f->i64);
        else
            jw_kstr(&w, f->key, f->str);
    }
    jw_end_object(&w);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    struct buf line;
    buf_init(&line, MAX_LINE_BYTES);
    if (line_format == LOG_JSON)
        json_line(&line, level, event, fields);
    else
        text_line(&line, level, event, fields);
    line.overflow = false; /* a cut line is still a line */
    buf_putc(&line, '\n');
    if (line.len) {
        line.ptr[line.len - 1] = '\n';
        scrub(&line);
        if (write(STDERR_FILENO, line.ptr, line.len) < 0)
            n_write_failures++; /* nowhere left to say so */
    }
    buf_finish(&line);
}

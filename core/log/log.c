#include "core/log/log.h"
#include "core/base/clock.h"
#include "core/base/last_words.h"
#include "core/base/memory.h"
#include "core/json/jw.h"
#include "core/log/journal.h"
#include "core/log/target.h"
#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_LINE_BYTES  8192
#define MAX_VALUE_BYTES 2000                 /* a longer one is cut */
#define MAX_ENTRY_BYTES (4 * MAX_LINE_BYTES) /* for the journal: the line and each field again */
#define LINE_END_BYTES  32                   /* reserved for the end of a line */

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static _Atomic int threshold = LOG_INFO;
static enum log_format line_format = LOG_TEXT;
static char process_name[24] = "gitomatic";
static pthread_rwlock_t secrets_lock = PTHREAD_RWLOCK_INITIALIZER; /* guards the two below */
static char **secrets;
static size_t n_secrets;

static void write_last(const char *event, const char *why)
{
    static const char *const forms[] = {
        [LOG_TEXT] = "%s %-5s %s %s why=\"%s\"\n",
        [LOG_JSON] =
            "{\"time\":\"%s\",\"level\":\"%s\",\"process\":\"%s\",\"event\":\"%s\",\"why\":\"%s\"}\n"};
    char line[600], iso[CLOCK_ISO_SIZE];
    int n = snprintf(line, sizeof line, forms[line_format], clock_iso(clock_wall_ms(), iso),
                     level_names[LOG_ERROR], process_name, event, why);
    log_target_write_last((slice){line, n < (int)sizeof line ? (size_t)n : sizeof line - 1});
}

void log_setup(const char *process, enum log_level level, enum log_format format)
{
    snprintf(process_name, sizeof process_name, "%s", process);
    line_format = format;
    log_set_level(level);
    last_words_through(write_last);
}

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&threshold, memory_order_relaxed);
}

static bool is_hidden(const char *secret)
{
    for (size_t i = 0; i < n_secrets; i++)
        if (strcmp(secrets[i], secret) == 0)
            return true;
    return false;
}

static void hide(const char *secret)
{
    if (is_hidden(secret))
        return;
    secrets = xrealloc(secrets, (n_secrets + 1) * sizeof *secrets);
    char *copy = xstrdup(secret);
    size_t at = n_secrets++;
    for (; at && strlen(secrets[at - 1]) < strlen(copy); at--) /* longest first: one may begin with another */
        secrets[at] = secrets[at - 1];
    secrets[at] = copy;
}

void log_hide(const char *secret)
{
    if (!secret || strlen(secret) < 8)
        return;
    pthread_rwlock_wrlock(&secrets_lock);
    hide(secret);
    pthread_rwlock_unlock(&secrets_lock);
}

/* An installation's token changes every hour: it is recognised by its form (GitHub's documentation of token formats). */
static void scrub_installation_tokens(struct buf *text)
{
    static const char mark[] = "ghs_";
    char *end = text->ptr + text->len;
    for (char *at = text->ptr; (at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1));) {
        while (at < end && (isalnum((unsigned char)*at) || *at == '_' || *at == '-' || *at == '.'))
            *at++ = '*';
    }
}

static void scrub(struct buf *text)
{
    if (text->len)
        scrub_installation_tokens(text);
    pthread_rwlock_rdlock(&secrets_lock);
    for (size_t i = 0; i < n_secrets && text->len; i++) {
        size_t n = strlen(secrets[i]);
        for (char *at = text->ptr; (at = memmem(at, text->len - (size_t)(at - text->ptr), secrets[i], n));
             at += n)
            memset(at, '*', n);
    }
    pthread_rwlock_unlock(&secrets_lock);
}

/* The value as it may be shown. Scrubbed before it is cut or escaped: half a secret, or one with a backslash in it, would
 * not be found afterwards. */
static slice shown(struct buf *scratch, slice value)
{
    buf_init(scratch, value.len + 1);
    buf_put(scratch, value.ptr, value.len);
    scrub(scratch);
    slice text = buf_slice(scratch);
    if (text.len > MAX_VALUE_BYTES) {
        memcpy(scratch->ptr + MAX_VALUE_BYTES - 3, "...", 3);
        text.len = MAX_VALUE_BYTES;
    }
    return text;
}

/* Quotes only what needs it, so that the usual line greps well. */
static void put_text_value(struct buf *line, slice value)
{
    bool plain = value.len > 0;
    for (size_t i = 0; i < value.len && plain; i++)
        plain = value.ptr[i] > ' ' && value.ptr[i] < 0x7f && value.ptr[i] != '"' && value.ptr[i] != '=';
    if (plain) {
        buf_put(line, value.ptr, value.len);
        return;
    }
    struct jw w;
    jw_init(&w, line, 0);
    jw_str(&w, value);
}

/* False when the line has no room for the field; then nothing of it stays. */
static bool put_text_field(struct buf *line, const struct log_field *f)
{
    size_t before = line->len;
    struct buf scratch;
    buf_printf(line, " %s=", f->key);
    if (f->type == LOG_FIELD_I64) {
        buf_printf(line, "%lld", (long long)f->i64);
    } else {
        put_text_value(line, shown(&scratch, f->str));
        buf_finish(&scratch);
    }
    if (!line->overflow && line->len + LINE_END_BYTES <= MAX_LINE_BYTES)
        return true;
    line->len = before;
    line->overflow = false;
    return false;
}

static void text_line(struct buf *line, enum log_level level, const char *event, const struct log_field *f)
{
    char iso[CLOCK_ISO_SIZE];
    struct buf scratch;
    if (!log_target_is_system())
        buf_printf(line, "%s %-5s ", clock_iso(clock_wall_ms(), iso), level_names[level]);
    buf_printf(line, "%s ", process_name);
    put_text_value(line, shown(&scratch, slice_of(event)));
    buf_finish(&scratch);
    for (; f->key; f++) {
        if (!put_text_field(line, f)) {
            buf_puts(line, " cut=true");
            return;
        }
    }
}

/* Like put_text_field. Also restores the writer's state, so that the line stays JSON. */
static bool put_json_field(struct jw *w, const struct log_field *f)
{
    struct jw before = *w;
    size_t len = w->out->len;
    struct buf scratch;
    if (f->type == LOG_FIELD_I64) {
        jw_ki64(w, f->key, f->i64);
    } else {
        jw_kstr(w, f->key, shown(&scratch, f->str));
        buf_finish(&scratch);
    }
    if (!w->out->overflow && w->out->len + LINE_END_BYTES <= MAX_LINE_BYTES)
        return true;
    *w = before;
    w->out->len = len;
    w->out->overflow = false;
    return false;
}

static void json_line(struct buf *line, enum log_level level, const char *event, const struct log_field *f)
{
    struct jw w;
    struct buf scratch;
    jw_init(&w, line, 0);
    jw_object(&w);
    jw_key(&w, "time");
    jw_time(&w, clock_wall_ms());
    jw_kcstr(&w, "level", level_names[level]);
    jw_kcstr(&w, "process", process_name);
    jw_kstr(&w, "event", shown(&scratch, slice_of(event)));
    buf_finish(&scratch);
    for (; f->key; f++) {
        if (!put_json_field(&w, f)) {
            jw_kbool(&w, "cut", true);
            break;
        }
    }
    jw_end_object(&w);
}

static bool put_entry_field(struct buf *entry, const char *key, slice value)
{
    struct buf scratch;
    bool ok = journal_put_own(entry, key, shown(&scratch, value));
    buf_finish(&scratch);
    return ok;
}

/* The priorities are those of syslog(3). Fields that have no room are in the line. */
static void write_entry(enum log_level level, const char *event, const struct log_field *f, slice line)
{
    static const char priorities[] = {
        [LOG_ERROR] = '3', [LOG_WARN] = '4', [LOG_INFO] = '6', [LOG_DEBUG] = '7'};
    AUTO_BUF entry = {.max = MAX_ENTRY_BYTES};
    journal_put(&entry, "MESSAGE", (slice){line.ptr, line.len - 1});
    journal_put(&entry, "PRIORITY", (slice){&priorities[level], 1});
    journal_put(&entry, "SYSLOG_IDENTIFIER", SLICE("gitomatic"));
    bool ok = put_entry_field(&entry, "process", slice_of(process_name)) &&
              put_entry_field(&entry, "event", slice_of(event));
    for (; ok && f->key; f++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)f->i64);
        ok = put_entry_field(&entry, f->key, f->type == LOG_FIELD_I64 ? slice_of(number) : f->str);
    }
    log_target_write_entry(buf_slice(&entry), line);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    AUTO_BUF line = {.max = MAX_LINE_BYTES};
    if (line_format == LOG_JSON)
        json_line(&line, level, event, fields);
    else
        text_line(&line, level, event, fields);
    buf_putc(&line, '\n');
    struct err err;
    if (log_target_is_journal())
        write_entry(level, event, fields, buf_slice(&line));
    else if (!log_target_write(level, buf_slice(&line), &err))
        log_error("log.refused", L_STR("why", err.text));
    int64_t lost = log_target_take_lost();
    if (lost)
        log_error("log.lost", L_I64("lines", lost),
                  L_STR("note", "neither the log file nor stderr took them"));
}

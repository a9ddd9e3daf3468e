#include "cli/terminal/progress_line.h"
#include "core/base/words.h"
#include <stdio.h>
#include <string.h>

#define SEPARATOR " | "

enum part { PART_DEVELOPERS, PART_REPOSITORIES, PART_REQUESTS, PART_UNITS, PART_TIME, N_PARTS };
enum form { FORM_LONG, FORM_SHORT, FORM_LEFT_OUT };

struct part_text {
    char text[90];
};

static void put_records(const char *name, const char *short_name, int64_t known, int64_t synced,
                        enum form form, struct part_text *out)
{
    char a[WORDS_SIZE], b[WORDS_SIZE];
    if (form == FORM_LONG)
        snprintf(out->text, sizeof out->text, "%s %lld of %lld synced", name, (long long)synced,
                 (long long)known);
    else
        snprintf(out->text, sizeof out->text, "%s %s/%s", short_name, words_short_number(a, synced),
                 words_short_number(b, known));
}

static void put_units(const struct progress_view *v, enum form form, struct part_text *out)
{
    char reset[WORDS_SIZE] = "", units[WORDS_SIZE], text[WORDS_SIZE + 12] = "";
    if (v->units_left < 0)
        return;
    if (v->resets_in_ms >= 0)
        snprintf(text, sizeof text, form == FORM_LONG ? ", reset in %s" : ", reset %s",
                 words_duration(reset, v->resets_in_ms));
    if (form == FORM_LONG)
        snprintf(out->text, sizeof out->text, "%lld of %lld units left%s", (long long)v->units_left,
                 (long long)v->units_limit, text);
    else
        snprintf(out->text, sizeof out->text, "%s left%s", words_short_number(units, v->units_left), text);
}

static void put_time(const struct progress_view *v, enum form form, struct part_text *out)
{
    char time[WORDS_SIZE];
    if (v->away)
        snprintf(out->text, sizeof out->text, form == FORM_LONG ? "GitHub is out of reach" : "GitHub away");
    else if (v->waits_ms >= 0)
        snprintf(out->text, sizeof out->text,
                 form == FORM_LONG ? "waiting for quota, work continues in %s" : "continues in %s",
                 words_duration(time, v->waits_ms));
    else if (v->left_ms >= 0)
        snprintf(out->text, sizeof out->text, form == FORM_LONG ? "about %s to go" : "~%s to go",
                 words_duration(time, v->left_ms));
}

static void put_part(const struct progress_view *v, enum part part, enum form form, struct part_text *out)
{
    out->text[0] = '\0';
    if (form == FORM_LEFT_OUT)
        return;
    switch (part) {
    case PART_DEVELOPERS:
        put_records("developers", "dev", v->developers_known, v->developers_synced, form, out);
        break;
    case PART_REPOSITORIES:
        put_records("repositories", "repo", v->repositories_known, v->repositories_synced, form, out);
        break;
    case PART_REQUESTS:
        if (v->requests_a_minute >= 0)
            snprintf(out->text, sizeof out->text, form == FORM_LONG ? "%lld requests/min" : "%lld/min",
                     (long long)v->requests_a_minute);
        break;
    case PART_UNITS:
        put_units(v, form, out);
        break;
    case PART_TIME:
        put_time(v, form, out);
        break;
    default:
        break;
    }
}

static size_t join(const struct part_text *parts, char out[600])
{
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < N_PARTS; i++)
        if (*parts[i].text)
            n += (size_t)snprintf(out + n, 600 - n, "%s%s", n ? SEPARATOR : "", parts[i].text);
    return n;
}

int progress_line(const struct progress_view *view, int width, char *out)
{
    /* Everything in words, then in short forms, then fewer and fewer parts. */
    static const enum form steps[][N_PARTS] = {
        {FORM_LONG, FORM_LONG, FORM_LONG, FORM_LONG, FORM_LONG},
        {FORM_LONG, FORM_SHORT, FORM_SHORT, FORM_LONG, FORM_LONG},
        {FORM_SHORT, FORM_SHORT, FORM_SHORT, FORM_SHORT, FORM_LONG},
        {FORM_SHORT, FORM_SHORT, FORM_SHORT, FORM_SHORT, FORM_SHORT},
        {FORM_SHORT, FORM_LEFT_OUT, FORM_SHORT, FORM_SHORT, FORM_SHORT},
        {FORM_SHORT, FORM_LEFT_OUT, FORM_LEFT_OUT, FORM_SHORT, FORM_SHORT},
        {FORM_SHORT, FORM_LEFT_OUT, FORM_LEFT_OUT, FORM_LEFT_OUT, FORM_SHORT},
        {FORM_SHORT, FORM_LEFT_OUT, FORM_LEFT_OUT, FORM_LEFT_OUT, FORM_LEFT_OUT},
    };
    struct part_text parts[N_PARTS];
    char line[600];
    size_t n = 0, room = width < 0 ? 0 : width < PROGRESS_LINE_MAX ? (size_t)width : PROGRESS_LINE_MAX;
    for (size_t step = 0; step < ARRAY_LEN(steps); step++) {
        for (int i = 0; i < N_PARTS; i++)
            put_part(view, (enum part)i, steps[step][i], &parts[i]);
        n = join(parts, line);
        if (n <= room)
            break;
    }
    n = n < room ? n : room;
    memcpy(out, line, n);
    out[n] = '\0';
    return (int)n;
}

enum progress_tone progress_tone(const struct progress_view *view)
{
    return view->away ? TONE_AWAY : view->waits_ms >= 0 ? TONE_WAITS : TONE_PLAIN;
}

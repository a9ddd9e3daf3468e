/* progress_line: the progress of the crawl in one line of a given width. Pure; plain ASCII, so that bytes are columns. */
#pragma once
#include "core/base/attr.h"

#define PROGRESS_LINE_MAX 240

struct progress_view {
    int64_t developers_known, developers_synced, repositories_known, repositories_synced;
    int64_t requests_a_minute;       /* -1: not known yet */
    int64_t units_left, units_limit; /* left -1: not known yet */
    int64_t resets_in_ms;            /* -1: not known */
    int64_t left_ms;                 /* estimated time until all is done; -1: not known */
    int64_t waits_ms;                /* how long all work waits for quota; -1: it does not */
    bool away;                       /* GitHub does not answer */
};

enum progress_tone { TONE_PLAIN, TONE_WAITS, TONE_AWAY };

/* The most important parts in at most `width` columns (and PROGRESS_LINE_MAX): in words if there is room, else in short forms, else
 * fewer. out has room for PROGRESS_LINE_MAX + 1. Returns the columns used. */
int progress_line(const struct progress_view *view, int width, char *out);
enum progress_tone progress_tone(const struct progress_view *view);

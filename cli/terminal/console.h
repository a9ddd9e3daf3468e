/* console: the output of `gitomatic up`. On a terminal a progress line is the last line, redrawn in place; log lines of this process and
 * its children are printed above it. Elsewhere it only writes.
 *
 * On a terminal stderr becomes a pipe that a thread reads, so open the console after stop_open and before the first
 * child. Functions may be called from any thread. */
#pragma once
#include "cli/terminal/progress_line.h"
#include "core/base/err.h"

struct console;

MUST_CHECK bool console_open(struct console **out, struct err *err);
/* Removes the progress line, prints the rest of the pipe, restores stderr. NULL is fine. */
void console_close(struct console *c);

/* Whether it is a terminal on which a line can be redrawn (TERM is set and not "dumb"). */
bool console_is_terminal(const struct console *c);
/* The maximum columns of the progress line: one less than the terminal has now. Not a terminal: PROGRESS_LINE_MAX. */
int console_width(const struct console *c);
/* Prints whole lines on stdout, above the progress line, in one write. */
void console_print(struct console *c, const char *text, size_t len);
/* Replaces the progress line; "" removes it. Only on a terminal. Coloured unless NO_COLOR is set. */
void console_progress(struct console *c, const char *line, enum progress_tone tone);

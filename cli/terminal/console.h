/* console: what `gitomatic up` writes. On a terminal a progress line is the last line, redrawn in place; log lines, this
 * process's and its children's, are printed above it. Elsewhere it only writes.
 *
 * On a terminal stderr becomes a pipe that a thread of ours reads, so open the console after stop_open and before the first
 * child. Functions may be called from any thread. */
#pragma once
#include "cli/terminal/progress_line.h"
#include "core/base/err.h"

struct console;

MUST_CHECK bool console_open(struct console **out, struct err *err);
/* Takes the progress line away, prints what is still in the pipe, gives stderr back. NULL is fine. */
void console_close(struct console *c);

/* Whether it is a terminal on which a line can be redrawn (TERM is set and not "dumb"). */
bool console_is_terminal(const struct console *c);
/* Columns the progress line may have, as the terminal is now: one less than it has. Not a terminal: PROGRESS_LINE_MAX. */
int console_width(const struct console *c);
/* Prints whole lines on stdout, above the progress line, in one piece. */
void console_print(struct console *c, const char *text, size_t len);
/* Puts this line in place of the last one; "" takes it away. Only on a terminal. Coloured unless NO_COLOR is set. */
void console_progress(struct console *c, const char *line, enum progress_tone tone);

/* shell: text for a command line that people copy. Pure. */
#pragma once
#include "core/base/buf.h"

/* As one word of a POSIX shell (POSIX.1-2017, Shell Command Language, 2.2.2): in single quotes unless it is plain. */
void shell_put_word(struct buf *b, const char *word);

/* answer_head: whether an answer's head means one thing only (RFC 9112 4, 5.1, 5.2, 6). What two readers may take for different
 * answers is neither passed on nor kept. Pure; fed with header lines as libcurl gives them, status line first. */
#pragma once
#include "core/base/slice.h"

/* Zero at first. */
struct gh_answer_head {
    const char *fault; /* NULL: none so far; a constant */
    int status;        /* of the head in hand */
    bool http1, http10, has_coding;
    int64_t length; /* Content-Length + 1; 0: none */
};

/* line: with its line end. A status line begins a head anew, an interim answer's fault stays. */
void gh_answer_head_line(struct gh_answer_head *head, slice line);

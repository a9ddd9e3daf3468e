/* last_words: the line with which a process ends that has no memory or no threads left. Allocates nothing, takes no lock. */
#pragma once

/* Without one (before log_setup) the line goes to stderr as it is. event and why: plain ASCII without quotes. Main thread, once. */
void last_words_through(void (*say)(const char *event, const char *why));
/* Any thread; only the first call of a process says something. */
void last_words(const char *event, const char *why);

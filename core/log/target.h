/* target: where log lines go (LOG_TARGET). syslog and journald are yder's; stderr and files are written here, because yder opens a
 * file for every line and puts a prefix before it, which would break JSON lines. Thread-safe once opened. */
#pragma once
#include "core/base/err.h"
#include "core/base/slice.h"
#include "core/log/log.h"

/* target: "stderr", "syslog", "journald" or the path of a file, which has a '/'. Called before other threads are started; lines go to
 * stderr until then; after log_setup. ERR_CONFIG: another word, or a file that can't be appended to. ERR_SYSTEM: no
 * service receives for syslog or journald. */
MUST_CHECK bool log_target_open(const char *target, struct err *err);

/* Opens the file again under its path: SIGHUP. Nothing to do for other targets. ERR_SYSTEM: it can't be opened; lines go to the old
 * one. Any thread. */
MUST_CHECK bool log_target_reopen(struct err *err);

/* Whether lines go to a log of the system's, which adds time and process itself. */
bool log_target_is_system(void);
/* Whether lines are entries of systemd's journal (core/log/journal.h), for log_target_write_entry(). */
bool log_target_is_journal(void);
/* A line as an entry. One that the journal does not take goes to stderr as the line. */
void log_target_write_entry(slice entry, slice line);
/* A line with its LF. A file that was moved away (log rotation) is created again. A line that the file does not take (the disk is full,
 * the file as large as it may be) goes to stderr. False for the first of such lines, until the file takes one again: the error says so.
 * A line that stderr does not take is lost; the next one begins a line of its own. Lines that a file refused wait for
 * stderr for at most 200 ms, and are then counted as lost. */
MUST_CHECK bool log_target_write(enum log_level level, slice line, struct err *err);
/* How many lines of a file were lost since the last call; 0 as long as nothing takes lines. Any thread. */
int64_t log_target_take_lost(void);
/* The last line of a process (last_words): takes no memory and no lock. */
void log_target_write_last(slice line);

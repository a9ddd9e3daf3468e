/* reload: reads the settings and reopens the log file of a running process at SIGHUP. A thread of its own reads them and passes them
 * to the function that reload_attend() has set; requests that arrive meanwhile cause one more round. Invalid settings are logged
 * (config.refused), and the previous ones stay in use. */
#pragma once
#include "core/config/config.h"

struct reload_source {
    const struct config *running; /* lives as long as the process */
    int argc;
    char *const
        *argv; /* the flags the process was started with, for config_load_again(); NULL: the log file only */
    bool (*check)(const struct config *cfg, struct err *err); /* the other checks of the start */
    void (*adapt)(struct config *cfg); /* what the start changed in the settings as they were read; or NULL */
};

/* Once a process, with the signals blocked that its threads are not to get. */
MUST_CHECK bool reload_start(const struct reload_source *source, struct err *err);
/* Any thread, also before reload_start(). The log file is reopened soon; settings are read once a function is set. */
void reload_request(void);
/* Whether the last reload was refused. Any thread. */
bool reload_was_refused(void);
/* The adopted settings failed after all, and `before` is in use again. Called by the owner of the reload_fn, not from within it. */
void reload_failed(const struct config *cfg, const struct config *before, const struct err *err);
/* How often a reload was requested. */
uint64_t reload_count(void);

/* Runs on the reload thread. cfg lives as long as the process. True: it is in use from now on (the previous settings may still
 * be read). False: nothing changed. */
typedef bool reload_fn(void *owner, const struct config *cfg, struct err *err);
/* Sets the function that takes settings over; one at a time. The service manager gets a message (manager.h) before and after each call. */
void reload_attend(reload_fn *take, void *owner);
/* When it returns, the function does not run and will not be called again. */
void reload_leave(void);

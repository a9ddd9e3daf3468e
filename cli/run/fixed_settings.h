/* fixed_settings: settings that `up` fixes for its processes at its start, whatever the settings' file has later. The processes cannot
 * report such a change, since their environment has up's values. Main thread. */
#pragma once

/* Stores the file's values; call before up sets any of them. */
void fixed_settings_keep(void);
/* At SIGHUP: names the settings that have changed since. The processes themselves refuse and report an invalid file. */
void fixed_settings_look(void);

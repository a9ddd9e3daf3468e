/* fixed_settings: what `up` settles for its processes at its start, whatever the settings' file says later. They can't tell of a change
 * there, as their environment has up's values. Main thread. */
#pragma once

/* Remembers what the file says; before up sets any of them. */
void fixed_settings_keep(void);
/* At SIGHUP: names what has changed since. A file that is wrong is refused by the processes, which say so. */
void fixed_settings_look(void);

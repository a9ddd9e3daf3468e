/* names: a case-insensitive map from a name (login, owner/name) to a number.
 *
 * Keys are folded to ASCII lower case and copied. Not thread-safe: the world's lock guards it. */
#ifndef GITOMATIC_SIM_NAMES_H
#define GITOMATIC_SIM_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NONE UINT32_MAX

struct names_slot {
    char *key; /* NULL: never used; kept with value NONE after a removal */
    uint32_t value;
};

struct names {
    struct names_slot *slots;
    size_t cap, used; /* cap is 0 or a power of two; used counts removed keys too */
};

void names_finish(struct names *n);
void names_set(struct names *n, const char *key, uint32_t value);
void names_remove(struct names *n, const char *key);
uint32_t names_get(const struct names *n, const char *key); /* NONE when absent */

#endif

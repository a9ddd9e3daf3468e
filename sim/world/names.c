/* names.c: open addressing with linear probing; removed keys stay as NONE so that probes go on. */
#include "sim/world/names.h"

#include "sim/world/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

static uint64_t hash(const char *key)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *key; key++) {
        h ^= (uint64_t)(unsigned char)tolower((unsigned char)*key);
        h *= 0x100000001b3u;
    }
    return h ^ h >> 29;
}

static struct names_slot *slot_of(const struct names *n, const char *key)
{
    size_t i = hash(key) & (n->cap - 1);
    while (n->slots[i].key && strcasecmp(n->slots[i].key, key) != 0)
        i = (i + 1) & (n->cap - 1);
    return &n->slots[i];
}

static void grow(struct names *n)
{
    struct names old = *n;
    n->cap = old.cap ? old.cap * 2 : 64;
    n->slots = xalloc(n->cap * sizeof *n->slots);
    n->used = 0;
    for (size_t i = 0; i < old.cap; i++) {
        if (!old.slots[i].key)
            continue;
        if (old.slots[i].value == NONE) {
            free(old.slots[i].key);
            continue;
        }
        *slot_of(n, old.slots[i].key) = old.slots[i];
        n->used++;
    }
    free(old.slots);
}

void names_finish(struct names *n)
{
    for (size_t i = 0; i < n->cap; i++)
        free(n->slots[i].key);
    free(n->slots);
    *n = (struct names){0};
}

void names_set(struct names *n, const char *key, uint32_t value)
{
    if (n->used * 4 >= n->cap * 3)
        grow(n);
    struct names_slot *slot = slot_of(n, key);
    if (!slot->key) {
        slot->key = xstrdup(key);
        n->used++;
    }
    slot->value = value;
}

void names_remove(struct names *n, const char *key)
{
    if (!n->cap)
        return;
    struct names_slot *slot = slot_of(n, key);
    if (slot->key)
        slot->value = NONE;
}

uint32_t names_get(const struct names *n, const char *key)
{
    if (!n->cap)
        return NONE;
    const struct names_slot *slot = slot_of(n, key);
    return slot->key ? slot->value : NONE;
}

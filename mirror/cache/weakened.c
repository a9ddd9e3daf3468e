#include "mirror/cache/weakened.h"
#include "core/base/hash.h"

static uint64_t hash_of(const unsigned char credential_hash[CREDENTIAL_HASH_BYTES], const char *path,
                        slice etag)
{
    uint64_t hash = hash64(0, slice_from((const char *)credential_hash, CREDENTIAL_HASH_BYTES));
    hash = hash64(hash64(hash, slice_from(path, strcspn(path, "?"))), etag);
    return hash ? hash : 1;
}

void weakened_note(struct weakened *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                   const char *path, slice etag)
{
    uint64_t hash = hash_of(credential_hash, path, etag);
    atomic_store_explicit(&w->hashes[hash % N_WEAKENED], hash, memory_order_relaxed);
}

static bool is_known(struct weakened *w, uint64_t hash)
{
    return atomic_load_explicit(&w->hashes[hash % N_WEAKENED], memory_order_relaxed) == hash;
}

/* A comma may be inside the quotes of a tag, so the list is read tag by tag. What is no tag ends it, and stays as it is. */
const char *weakened_undo(struct weakened *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                          const char *path, const char *if_match, struct arena *arena)
{
    char *out = arena_strdup(arena, if_match), *to = out;
    for (const char *at = if_match; *at;) {
        const char *tag = at + (at[0] == 'W' && at[1] == '/' ? 2 : 0);
        const char *end = tag[0] == '"' ? strchr(tag + 1, '"') : NULL;
        if (!end && *at != ',' && *at != ' ' && *at != '\t')
            return if_match;
        if (!end) {
            *to++ = *at++;
            continue;
        }
        slice strong = slice_from(tag, (size_t)(end + 1 - tag));
        if (tag > at && is_known(w, hash_of(credential_hash, path, strong)))
            at = tag;
        memcpy(to, at, (size_t)(end + 1 - at));
        to += end + 1 - at;
        at = end + 1;
    }
    *to = '\0';
    return out;
}

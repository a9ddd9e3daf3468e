/* The small JSON objects of a job: args and cursor. */
#include "crawler/work.h"
#include <jansson.h>

struct entry {
    const char *key, *text;
    int64_t number;
    bool is_number;
};

/* Values are copied into the arena at reading, so the tree is dropped at once. */
struct cursor {
    size_t n;
    struct entry entries[];
};

struct cursor *cursor_read(slice json, struct arena *a)
{
    json_auto_t *root = json.ptr ? json_loadb(json.ptr, json.len, 0, NULL) : NULL;
    size_t n = json_object_size(root), i = 0;
    struct cursor *cursor = arena_alloc(a, sizeof *cursor + n * sizeof cursor->entries[0]);
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        struct entry *e = &cursor->entries[i++];
        e->key = arena_strdup(a, key);
        e->is_number = json_is_integer(value);
        e->number = e->is_number ? (int64_t)json_integer_value(value) : 0;
        e->text = arena_strdup(a, json_string_value(value));
    }
    cursor->n = i;
    return cursor;
}

static const struct entry *find(const struct cursor *c, const char *key)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->entries[i].key, key) == 0)
            return &c->entries[i];
    return NULL;
}

int64_t cursor_i64(const struct cursor *c, const char *key, int64_t fallback)
{
    const struct entry *e = find(c, key);
    return e && e->is_number ? e->number : fallback;
}

const char *cursor_text(const struct cursor *c, const char *key)
{
    const struct entry *e = find(c, key);
    return e ? e->text : NULL;
}

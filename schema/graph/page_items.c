#include "schema/graph/page_items.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/rnd.h"
#include "core/json/jr.h"
#include "schema/graph/stored_part.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the memory ---- */

#define MEMORY_ITEMS 65536u /* a power of two */

struct known_item {
    uint64_t key; /* 0: none */
    int64_t id;
    uint32_t version, owner_version;
};
struct item_memory {
    pthread_mutex_t lock;
    uint64_t seed;        /* a secret: nobody can choose a text with the hash of another */
    uint64_t connections; /* the connections that taught the items below */
    struct known_item items[MEMORY_ITEMS];
};

struct item_memory *item_memory_create(void)
{
    struct item_memory *m = xcalloc(1, sizeof *m);
    pthread_mutex_init(&m->lock, NULL);
    m->seed = rnd_u64();
    return m;
}

void item_memory_destroy(struct item_memory *m)
{
    if (m)
        pthread_mutex_destroy(&m->lock);
    free(m);
}

/* Caller holds the lock. False: the caller's connections are older than the memory. */
static bool is_of(struct item_memory *m, uint64_t connections)
{
    if (connections > m->connections) {
        memset(m->items, 0, sizeof m->items);
        m->connections = connections;
    }
    return connections == m->connections;
}

void page_items_recall(struct page_items *items, struct item_memory *m, uint64_t connections, struct arena *a)
{
    items->connections = connections;
    items->keys = arena_array(a, items->n, sizeof *items->keys);
    items->ids = arena_array(a, items->n, sizeof *items->ids);
    items->versions = arena_array(a, items->n, sizeof *items->versions);
    items->owner_versions = arena_array(a, items->n, sizeof *items->owner_versions);
    for (size_t i = 0; m && i < items->n; i++)
        items->keys[i] = hash64(m->seed + (uint64_t)items->shape, items->texts[i]);
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; is_of(m, connections) && i < items->n; i++) {
        const struct known_item *known = &m->items[items->keys[i] % MEMORY_ITEMS];
        if (known->key != items->keys[i] || !known->key)
            continue;
        items->ids[i] = known->id;
        items->versions[i] =
            (int32_t)known->version; /* the bits of an xid, which has no numeric type in SQL */
        items->owner_versions[i] = (int32_t)known->owner_version;
    }
    pthread_mutex_unlock(&m->lock);
}

void page_items_remember(const struct page_items *items, struct item_memory *m, const int64_t *ords,
                         const int64_t *ids, const int64_t *versions, const int64_t *owner_versions, size_t n)
{
    if (!m || !n)
        return;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; items->connections == m->connections && i < n; i++) {
        uint64_t key = items->keys[ords[i] - 1];
        m->items[key % MEMORY_ITEMS] =
            (struct known_item){.key = key,
                                .id = ids[i],
                                .version = (uint32_t)versions[i],
                                .owner_version = owner_versions ? (uint32_t)owner_versions[i] : 0};
    }
    pthread_mutex_unlock(&m->lock);
}

/* ---- items ---- */

static void add(struct page_items *items, int64_t page, slice text, slice starred, struct arena *a)
{
    if (items->n == items->capacity) {
        struct page_items old = *items;
        items->capacity = old.capacity ? old.capacity * 2 : 128;
        items->pages = arena_array(a, items->capacity, sizeof *items->pages);
        items->texts = arena_array(a, items->capacity, sizeof *items->texts);
        items->starred = arena_array(a, items->capacity, sizeof *items->starred);
        for (size_t i = 0; i < old.n; i++) {
            items->pages[i] = old.pages[i];
            items->texts[i] = old.texts[i];
            items->starred[i] = old.starred[i];
        }
    }
    items->pages[items->n] = page;
    items->texts[items->n] = text;
    items->starred[items->n++] = starred;
}

/* The value whose first token was just read. */
static bool take_value(struct jr *r, enum jr_token token, slice *value_out)
{
    const char *begin = r->text.ptr - (token == JR_STRING);
    if (token == JR_ERROR || token == JR_END || !jr_skip(r, token))
        return false;
    *value_out = slice_from(begin, (size_t)(r->rest.ptr - begin));
    return true;
}

static bool next_member(struct jr *r, slice *key_out, slice *value_out)
{
    if (jr_next(r) != JR_KEY)
        return false;
    *key_out = r->text;
    return take_value(r, jr_next(r), value_out);
}

/* {starred_at, repo}: each once, without escapes. False: left to the statement. */
static bool unwrap(slice text, slice *repo_out, slice *starred_out)
{
    struct jr r;
    slice key, value;
    int n_repos = 0, n_times = 0;
    *repo_out = text;
    *starred_out = SLICE("");
    jr_init(&r, text);
    if (jr_next(&r) != JR_OBJECT)
        return false;
    while (next_member(&r, &key, &value)) {
        if (slice_find(key, '\\') >= 0)
            return false;
        if (slice_eq(key, SLICE("repo"))) {
            n_repos++;
            if (value.ptr[0] == '{')
                *repo_out = value;
        } else if (slice_eq(key, SLICE("starred_at")) && !slice_eq(value, SLICE("null"))) {
            n_times++;
            if (value.len < 3 || value.ptr[0] != '"' || slice_find(value, '\\') >= 0)
                return false;
            *starred_out = slice_from(value.ptr + 1, value.len - 2);
        }
    }
    return n_repos <= 1 && n_times <= 1;
}

static void add_repository(struct page_items *items, int64_t page, slice text, struct arena *a)
{
    slice repo, starred, plain;
    if (unwrap(text, &repo, &starred) && stored_part_of_listed(repo, a, &plain))
        add(items, page, plain, starred, a);
    else
        add(items, page, text, (slice){0}, a);
}

bool page_items_add(struct page_items *items, int64_t page, slice json, struct arena *a, struct err *err)
{
    struct jr r;
    slice value;
    enum jr_token token;
    jr_init(&r, json);
    bool ok = jr_next(&r) == JR_ARRAY;
    while (ok && (token = jr_next(&r)) != JR_END_ARRAY) {
        ok = take_value(&r, token, &value);
        if (ok && items->shape == ITEMS_OF_REPOSITORIES)
            add_repository(items, page, value, a);
        else if (ok)
            add(items, page, stored_part(value, a), (slice){0}, a);
    }
    if (ok && jr_next(&r) == JR_END)
        return true;
    err_set(err, ERR_DB, "a page is not a JSON array");
    snprintf(err->sqlstate, sizeof err->sqlstate, "22023");
    return false;
}

slice page_items_pick(const struct page_items *items, const int64_t *ords, size_t n, struct arena *a)
{
    size_t len = n + 2;
    for (size_t i = 0; i < n; i++)
        len += items->texts[ords[i] - 1].len;
    char *text = arena_alloc(a, len), *end = text;
    *end++ = '[';
    for (size_t i = 0; i < n; i++) {
        slice one = items->texts[ords[i] - 1];
        if (i)
            *end++ = ',';
        memcpy(end, one.ptr, one.len);
        end += one.len;
    }
    *end++ = ']';
    return slice_from(text, (size_t)(end - text));
}

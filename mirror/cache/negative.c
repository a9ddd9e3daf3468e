#include "mirror/cache/negative.h"
#include "core/base/memory.h"
#include <pthread.h>
#include <stdlib.h>

#define N_SETS         1024
#define N_WAYS         4
#define MAX_BODY_BYTES 4096u

struct negative {
    pthread_mutex_t lock;
    _Atomic int n; /* 0: lookups need not take the lock */
    struct page *sets[N_SETS][N_WAYS];
};

struct negative *negative_create(void)
{
    struct negative *n = xcalloc(1, sizeof *n);
    pthread_mutex_init(&n->lock, NULL);
    return n;
}

static struct page **set_of(struct negative *n, const unsigned char key[KEY_BYTES])
{
    uint32_t hash; /* the key is already a hash */
    memcpy(&hash, key, sizeof hash);
    return n->sets[hash % N_SETS];
}

/* With the lock held. */
static void clear(struct negative *n, struct page **place)
{
    atomic_fetch_sub(&n->n, *place != NULL);
    page_release(*place);
    *place = NULL;
}

void negative_destroy(struct negative *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < N_SETS; i++)
        for (size_t way = 0; way < N_WAYS; way++)
            clear(n, &n->sets[i][way]);
    pthread_mutex_destroy(&n->lock);
    free(n);
}

/* With the lock held: its place, or NULL. */
static struct page **find(struct negative *n, const unsigned char key[KEY_BYTES])
{
    struct page **set = set_of(n, key);
    for (size_t way = 0; way < N_WAYS; way++)
        if (set[way] && memcmp(set[way]->key, key, KEY_BYTES) == 0)
            return &set[way];
    return NULL;
}

struct page *negative_get(struct negative *n, const unsigned char key[KEY_BYTES])
{
    if (!atomic_load_explicit(&n->n, memory_order_relaxed))
        return NULL;
    pthread_mutex_lock(&n->lock);
    struct page **place = find(n, key), *page = place ? page_take(*place) : NULL;
    pthread_mutex_unlock(&n->lock);
    return page;
}

static struct page **oldest_of(struct page **set)
{
    struct page **oldest = set;
    for (size_t way = 0; way < N_WAYS; way++) {
        if (!set[way])
            return &set[way];
        if (set[way]->fetched_at_ms < (*oldest)->fetched_at_ms)
            oldest = &set[way];
    }
    return oldest;
}

void negative_put(struct negative *n, struct page *page)
{
    if (page->body->len > MAX_BODY_BYTES)
        return;
    pthread_mutex_lock(&n->lock);
    struct page **place = find(n, page->key);
    if (!place)
        place = oldest_of(set_of(n, page->key));
    clear(n, place);
    *place = page_take(page);
    atomic_fetch_add(&n->n, 1);
    pthread_mutex_unlock(&n->lock);
}

void negative_drop(struct negative *n, const unsigned char key[KEY_BYTES])
{
    if (!atomic_load(&n->n))
        return;
    pthread_mutex_lock(&n->lock);
    struct page **place = find(n, key);
    if (place)
        clear(n, place);
    pthread_mutex_unlock(&n->lock);
}

void negative_drop_chosen(struct negative *n, memory_cache_chosen *chosen, const void *arg)
{
    if (!atomic_load(&n->n))
        return;
    pthread_mutex_lock(&n->lock);
    for (size_t i = 0; i < N_SETS; i++)
        for (size_t way = 0; way < N_WAYS; way++)
            if (n->sets[i][way] && chosen(n->sets[i][way], arg))
                clear(n, &n->sets[i][way]);
    pthread_mutex_unlock(&n->lock);
}

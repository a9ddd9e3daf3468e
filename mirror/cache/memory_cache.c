/* A slot of the table lives until a grace period after its removal (call_rcu); so does its reference to the page. Readers
 * take their own reference inside the read section. Writers are serialised by a mutex, which also guards the queue of the
 * second chance. */
#include "mirror/cache/memory_cache.h"
#include "core/base/memory.h"
#include "core/base/tsan.h"
#include <pthread.h>
#include <stdlib.h>
#include <urcu-bp.h>
#include <urcu/rculfhash.h>

struct slot {
    struct cds_lfht_node node;
    struct rcu_head rcu;
    struct slot *next, *previous; /* the queue: oldest first */
    struct page *page;
    size_t bytes; /* as counted when it was added */
};

struct memory_cache {
    struct cds_lfht *table;
    pthread_mutex_t lock; /* guards the rest */
    struct slot queue;    /* ring; next: oldest */
    size_t bytes, max_bytes, n;
};

static unsigned long hash_of(const unsigned char key[KEY_BYTES])
{
    unsigned long hash; /* the key is already a hash */
    memcpy(&hash, key, sizeof hash);
    return hash;
}

static int is_key(struct cds_lfht_node *node, const void *key)
{
    const struct slot *slot = caa_container_of(node, struct slot, node);
    tsan_after(slot); /* the table shows it only when it is complete */
    bool same = memcmp(slot->page->key, key, KEY_BYTES) == 0;
    tsan_before(slot); /* readers' sections end before it is freed */
    return same;
}

struct memory_cache *memory_cache_create(size_t max_bytes)
{
    struct memory_cache *m = xcalloc(1, sizeof *m);
    if (!(m->table = cds_lfht_new(1024, 1024, 0, CDS_LFHT_AUTO_RESIZE, NULL)))
        abort();
    pthread_mutex_init(&m->lock, NULL);
    m->queue.next = m->queue.previous = &m->queue;
    m->max_bytes = max_bytes;
    return m;
}

static void free_slot(struct rcu_head *head)
{
    struct slot *slot = caa_container_of(head, struct slot, rcu);
    tsan_after(slot);
    page_release(slot->page);
    free(slot);
}

/* Frees it when no reader uses it any more. */
static void free_later(struct slot *slot)
{
    tsan_before(slot);
    call_rcu(&slot->rcu, free_slot);
}

static void unlink_slot(struct slot *slot)
{
    slot->previous->next = slot->next;
    slot->next->previous = slot->previous;
}

static void append_slot(struct memory_cache *m, struct slot *slot)
{
    slot->previous = m->queue.previous;
    slot->next = &m->queue;
    slot->previous->next = slot;
    m->queue.previous = slot;
}

/* With the lock held. */
static void remove_slot(struct memory_cache *m, struct slot *slot)
{
    rcu_read_lock();
    int failed = cds_lfht_del(m->table, &slot->node);
    rcu_read_unlock();
    if (failed)
        return;
    unlink_slot(slot);
    m->bytes -= slot->bytes;
    m->n--;
    free_later(slot);
}

void memory_cache_destroy(struct memory_cache *m)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    while (m->queue.next != &m->queue)
        remove_slot(m, m->queue.next);
    pthread_mutex_unlock(&m->lock);
    rcu_barrier();
    cds_lfht_destroy(m->table, NULL);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

struct page *memory_cache_get(struct memory_cache *m, const unsigned char key[KEY_BYTES])
{
    struct cds_lfht_iter iter;
    struct page *page = NULL;
    rcu_read_lock();
    cds_lfht_lookup(m->table, hash_of(key), is_key, key, &iter);
    struct cds_lfht_node *node = cds_lfht_iter_get_node(&iter);
    if (node) {
        struct slot *slot = caa_container_of(node, struct slot, node);
        page = page_take(slot->page);
        tsan_before(slot);
        if (!atomic_load_explicit(&page->used, memory_order_relaxed))
            atomic_store_explicit(&page->used, true, memory_order_relaxed);
    }
    rcu_read_unlock();
    return page;
}

/* With the lock held. An entry used since the last scan moves to the back once more. */
static void make_room(struct memory_cache *m)
{
    for (size_t looked = 0; m->bytes > m->max_bytes && m->queue.next != &m->queue; looked++) {
        struct slot *oldest = m->queue.next;
        size_t now = page_bytes(oldest->page); /* variants may have been added */
        m->bytes += now - oldest->bytes;
        oldest->bytes = now;
        if (looked < m->n && atomic_exchange(&oldest->page->used, false)) {
            unlink_slot(oldest);
            append_slot(m, oldest);
        } else {
            remove_slot(m, oldest);
        }
    }
}

static struct slot *find(struct memory_cache *m, const unsigned char key[KEY_BYTES])
{
    struct cds_lfht_iter iter;
    cds_lfht_lookup(m->table, hash_of(key), is_key, key, &iter);
    struct cds_lfht_node *node = cds_lfht_iter_get_node(&iter);
    return node ? caa_container_of(node, struct slot, node) : NULL;
}

void memory_cache_drop(struct memory_cache *m, const unsigned char key[KEY_BYTES])
{
    pthread_mutex_lock(&m->lock);
    rcu_read_lock();
    struct slot *slot = find(m, key);
    rcu_read_unlock();
    if (slot) /* only holders of the lock remove slots, so it is still there */
        remove_slot(m, slot);
    pthread_mutex_unlock(&m->lock);
}

void memory_cache_put(struct memory_cache *m, struct page *page)
{
    size_t bytes = page_bytes(page);
    if (bytes > m->max_bytes / 8) {
        memory_cache_drop(m, page->key);
        return;
    }
    struct slot *slot = xcalloc(1, sizeof *slot);
    cds_lfht_node_init(&slot->node);
    slot->page = page_take(page);
    slot->bytes = bytes;
    tsan_before(slot);
    pthread_mutex_lock(&m->lock);
    rcu_read_lock();
    struct cds_lfht_node *old =
        cds_lfht_add_replace(m->table, hash_of(page->key), is_key, page->key, &slot->node);
    rcu_read_unlock();
    if (old) {
        struct slot *before = caa_container_of(old, struct slot, node);
        unlink_slot(before);
        m->bytes -= before->bytes;
        m->n--;
        free_later(before);
    }
    append_slot(m, slot);
    m->bytes += bytes;
    m->n++;
    make_room(m);
    pthread_mutex_unlock(&m->lock);
}

size_t memory_cache_drop_chosen(struct memory_cache *m, memory_cache_chosen *chosen, const void *arg)
{
    size_t n = 0;
    pthread_mutex_lock(&m->lock);
    for (struct slot *slot = m->queue.next, *next; slot != &m->queue; slot = next) {
        next = slot->next;
        if (chosen(slot->page, arg)) {
            remove_slot(m, slot);
            n++;
        }
    }
    pthread_mutex_unlock(&m->lock);
    return n;
}

size_t memory_cache_mark_stale(struct memory_cache *m, memory_cache_chosen *chosen, const void *arg)
{
    size_t n = 0;
    pthread_mutex_lock(&m->lock);
    for (struct slot *slot = m->queue.next; slot != &m->queue; slot = slot->next) {
        if (chosen(slot->page, arg)) {
            atomic_store(&slot->page->checked_at_ms, 0);
            n++;
        }
    }
    pthread_mutex_unlock(&m->lock);
    return n;
}

void memory_cache_size(struct memory_cache *m, size_t *pages_out, size_t *bytes_out)
{
    pthread_mutex_lock(&m->lock);
    *pages_out = m->n;
    *bytes_out = m->bytes;
    pthread_mutex_unlock(&m->lock);
}

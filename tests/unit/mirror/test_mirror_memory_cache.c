#include "mirror/cache/memory_cache.h"
#include "tests/unit/unit.h"
#include <pthread.h>
#include <stdio.h>

static void key_of(unsigned i, unsigned char key[KEY_BYTES])
{
    memset(key, 0, KEY_BYTES);
    memcpy(key, &i, sizeof i);
}

static struct page *page_of(unsigned i, size_t bytes)
{
    unsigned char key[KEY_BYTES];
    char *body = calloc(1, bytes + 1), url[40];
    struct page *page = page_create(200, SLICE(""), slice_from(body, bytes));
    key_of(i, key);
    snprintf(url, sizeof url, "https://a/%u", i);
    page_adopt(page, key, key, url);
    free(body);
    return page;
}

static void put(struct memory_cache *m, unsigned i, size_t bytes)
{
    struct page *page = page_of(i, bytes);
    memory_cache_put(m, page);
    page_release(page);
}

static bool has(struct memory_cache *m, unsigned i)
{
    unsigned char key[KEY_BYTES];
    key_of(i, key);
    struct page *page = memory_cache_get(m, key);
    page_release(page);
    return page != NULL;
}

static void what_was_put_is_found(void **state)
{
    struct memory_cache *m = memory_cache_create(1000000);
    unsigned char key[KEY_BYTES];
    size_t pages, bytes;
    (void)state;
    put(m, 1, 100);
    put(m, 2, 100);
    put(m, 1, 200); /* instead of the first */
    memory_cache_size(m, &pages, &bytes);
    assert_int_equal(pages, 2);
    assert_true(has(m, 1) && has(m, 2) && !has(m, 3));
    key_of(1, key);
    struct page *page = memory_cache_get(m, key);
    assert_int_equal(page->body->len, 200);
    memory_cache_drop(m, key);
    memory_cache_drop(m, key);
    assert_false(has(m, 1));
    assert_int_equal(page->body->len, 200); /* held by us */
    page_release(page);
    memory_cache_destroy(m);
}

static void it_stays_within_its_bound_and_keeps_what_is_used(void **state)
{
    struct memory_cache *m = memory_cache_create(400000);
    size_t pages, bytes;
    (void)state;
    put(m, 0, 10000);
    for (unsigned i = 1; i < 1000; i++) {
        put(m, i, 10000);
        assert_true(has(m, 0));
        memory_cache_size(m, &pages, &bytes);
        assert_true(bytes <= 400000);
    }
    assert_true(has(m, 999) && !has(m, 500));
    put(m, 5000, 60000); /* over an eighth */
    assert_false(has(m, 5000));
    memory_cache_destroy(m);
}

static bool is_even(const struct page *page, const void *arg)
{
    (void)arg;
    return page->key[0] % 2 == 0;
}

static void chosen_ones(void **state)
{
    struct memory_cache *m = memory_cache_create(1000000);
    unsigned char key[KEY_BYTES];
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        struct page *page = page_of(i, 10);
        atomic_store(&page->checked_at_ms, 1);
        memory_cache_put(m, page);
        page_release(page);
    }
    assert_int_equal(memory_cache_mark_stale(m, is_even, NULL), 5);
    key_of(4, key);
    struct page *page = memory_cache_get(m, key);
    assert_int_equal(atomic_load(&page->checked_at_ms), 0);
    page_release(page);
    assert_int_equal(memory_cache_drop_chosen(m, is_even, NULL), 5);
    assert_true(has(m, 3) && !has(m, 4));
    memory_cache_destroy(m);
}

static void *reader(void *arg)
{
    struct memory_cache *m = arg;
    for (unsigned i = 0; i < 60000; i++) {
        unsigned char key[KEY_BYTES];
        key_of(i % 50, key);
        struct page *page = memory_cache_get(m, key);
        if (page && (page->body->len != 1000 + i % 50 || page->key[0] != i % 50))
            abort();
        page_release(page);
    }
    return NULL;
}

static void readers_and_writers_at_once(void **state)
{
    struct memory_cache *m = memory_cache_create(80000); /* fewer than fifty fit: some always go */
    pthread_t threads[3];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader, m), 0);
    for (unsigned i = 0; i < 20000; i++)
        put(m, i % 50, 1000 + i % 50);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    memory_cache_destroy(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_put_is_found),
                                       cmocka_unit_test(it_stays_within_its_bound_and_keeps_what_is_used),
                                       cmocka_unit_test(chosen_ones),
                                       cmocka_unit_test(readers_and_writers_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

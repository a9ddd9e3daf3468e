/* page_items: the items of list pages one by one, as columns of a statement, and a memory of those that told nothing new.
 *
 * A list mostly names records that are known and shows them as they were shown before. Parsing such an item and comparing it costs
 * the database more than anything else about it. So whoever saves pages remembers of each item that changed nothing a hash of
 * its text, with the id and the row versions (xmin) it was compared with. While that text comes again and those rows are of the
 * same versions, the comparison would end as it did: the statement then takes the item as told by its row and does not parse
 * it. Any write to a row, by a later transaction, gives it another version. Another server may give the same ones to other rows. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"

/* What items told nothing new. Thread-safe, of constant size (1.5 MB), the newest in the place of older ones. */
struct item_memory;
struct item_memory *item_memory_create(void);
void item_memory_destroy(struct item_memory *m); /* NULL: nothing */

enum item_shape {
    ITEMS_OF_USERS,
    ITEMS_OF_REPOSITORIES, /* or of {starred_at, repo} */
};

/* An element for each item of all pages, in their order. */
struct page_items {
    enum item_shape shape;
    size_t n, capacity;
    int64_t *pages; /* the page, from 1 */
    slice *texts;   /* a JSON value; borrowed from the page, or in the arena */
    slice *
        starred; /* of repositories: when, empty where not told; ptr NULL: `texts` is as it stood on the page */
    uint64_t *keys; /* hashes of `texts` */
    /* of an item that told nothing new the last time: its id and row versions; else 0 */
    int64_t *ids, *versions, *owner_versions;
    uint64_t connections;
};

/* Adds the items of a page. A repository's text is taken out of {starred_at, repo}, without what is the viewer's own. False, as of a value of
 * the wrong type (SQLSTATE 22023): no JSON array. */
bool page_items_add(struct page_items *items, int64_t page, slice json, struct arena *a, struct err *err);
/* Fills in ids and versions. m NULL: none are known. connections: db_connections(); a new one empties the memory, as it may lead to
 * another server. */
void page_items_recall(struct page_items *items, struct item_memory *m, uint64_t connections,
                       struct arena *a);
/* The `ord`th items (from 1) told nothing new about rows of these versions. owner_versions NULL: 0. Nothing if the memory was
 * emptied since page_items_recall. */
void page_items_remember(const struct page_items *items, struct item_memory *m, const int64_t *ords,
                         const int64_t *ids, const int64_t *versions, const int64_t *owner_versions,
                         size_t n);
/* The `ord`th items as a page. */
slice page_items_pick(const struct page_items *items, const int64_t *ords, size_t n, struct arena *a);

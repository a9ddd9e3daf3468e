/* page_items: the items of list pages one by one, as columns of a statement, and a memory of those that changed nothing.
 *
 * Most items of a list are of known records and unchanged. Parsing such an item and comparing it costs the database more than
 * anything else about it. So for each item that changed nothing, its saver remembers a hash of the text, with the id and the row
 * versions (xmin) it was compared with. If the same text comes again and the rows still have these versions, the comparison would
 * end the same way: the statement then takes the row for the item, and does not parse it. A write to a row by a later transaction
 * gives it another version. Another server may give the same versions to other rows. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"

/* The items that changed nothing. Thread-safe, of constant size (1.5 MB); new ones replace older ones. */
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
    slice *starred; /* of repositories: when, empty if absent; ptr NULL: `texts` may be {starred_at, repo} */
    uint64_t *keys; /* hashes of `texts` */
    /* of an item that changed nothing the last time: its id and row versions; else 0 */
    int64_t *ids, *versions, *owner_versions;
    uint64_t connections;
};

/* Adds the items of a page, of each the part that is stored (stored_part.h). A repository is taken out of {starred_at, repo}, without the
 * viewer's own fields. False, with the error of a value of the wrong type (SQLSTATE 22023): not a JSON array. */
bool page_items_add(struct page_items *items, int64_t page, slice json, struct arena *a, struct err *err);
/* Fills in ids and versions. m NULL: none are known. connections: db_connections(); a new one empties the memory, as it may lead to
 * another server. */
void page_items_recall(struct page_items *items, struct item_memory *m, uint64_t connections,
                       struct arena *a);
/* The `ord`th items (from 1) changed nothing about rows of these versions. owner_versions NULL: 0. Nothing if the memory was
 * emptied since page_items_recall. */
void page_items_remember(const struct page_items *items, struct item_memory *m, const int64_t *ords,
                         const int64_t *ids, const int64_t *versions, const int64_t *owner_versions,
                         size_t n);
/* The `ord`th items as a page. */
slice page_items_pick(const struct page_items *items, const int64_t *ords, size_t n, struct arena *a);

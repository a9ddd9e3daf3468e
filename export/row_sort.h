/* row_sort: rows of whole numbers in the order of their first columns, in constant memory: runs are radix-sorted and merged
 * from a temporary file. PostgreSQL would need three times the CPU time for an export of edges, on processors that a crawl
 * needs. One owner, one thread. */
#pragma once
#include "core/base/err.h"
#include <stdint.h>

struct row_sort;

/* Rows of `width` numbers, unique in the first n_key of them. It uses twice chunk_bytes of memory. With more rows, an
 * unnamed temporary file is created in `folder`. */
struct row_sort *row_sort_create(int width, int n_key, size_t chunk_bytes, const char *folder);
/* Room for one more row, to be filled before the next call. NULL and *err if the disk is full. */
int64_t *row_sort_add(struct row_sort *s, struct err *err);
/* After the last row. Then next gives them in order: borrowed until the next call; *row_out NULL at the end. */
MUST_CHECK bool row_sort_finish(struct row_sort *s, struct err *err);
MUST_CHECK bool row_sort_next(struct row_sort *s, const int64_t **row_out, struct err *err);
void row_sort_destroy(struct row_sort *s); /* NULL is fine */

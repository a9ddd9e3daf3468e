#include "tests/unit/unit.h"

#include "export/row_sort.h"
#include <stdlib.h>
#include <string.h>

#define WIDTH 3
#define N_KEY 2

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    for (int i = 0; i < N_KEY; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* The same as qsort, whether the rows fit into memory, fill it to the last row, or need many runs. */
static void check(size_t n, size_t chunk_rows, int64_t (*number)(size_t))
{
    struct err err;
    const int64_t *row;
    int64_t *rows = calloc(n + 1, WIDTH * sizeof *rows);
    struct row_sort *s = row_sort_create(WIDTH, N_KEY, chunk_rows * WIDTH * sizeof *rows, "/tmp");
    for (size_t i = 0; i < n; i++) {
        int64_t *to = row_sort_add(s, &err);
        assert_non_null(to);
        rows[i * WIDTH] = to[0] = number(i) / 1000;
        rows[i * WIDTH + 1] = to[1] = number(i);
        rows[i * WIDTH + 2] = to[2] = (int64_t)i;
    }
    qsort(rows, n, WIDTH * sizeof *rows, compare);
    assert_true(row_sort_finish(s, &err));
    for (size_t i = 0; i < n; i++) {
        assert_true(row_sort_next(s, &row, &err));
        assert_non_null(row);
        assert_memory_equal(row, rows + i * WIDTH, WIDTH * sizeof *rows);
    }
    for (int i = 0; i < 2; i++) {
        assert_true(row_sort_next(s, &row, &err));
        assert_null(row);
    }
    row_sort_destroy(s);
    free(rows);
}

static int64_t scattered(size_t i)
{
    return (int64_t)((uint64_t)i * 0x9e3779b97f4a7c15u); /* of both signs, each once */
}

static int64_t small(size_t i)
{
    return (int64_t)((i * 7919) % 100003);
}

static int64_t falling(size_t i)
{
    return -(int64_t)i;
}

static void test_row_sort__orders(void **state)
{
    static int64_t (*const numbers[])(size_t) = {scattered, small, falling};
    static const struct {
        size_t n, chunk;
    } sizes[] = {{0, 100},   {1, 100},     {99, 100},       {100, 100},   {101, 100},
                 {200, 100}, {20000, 100}, {50000, 100000}, {50000, 9999}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        for (size_t k = 0; k < ARRAY_LEN(sizes); k++)
            check(sizes[k].n, sizes[k].chunk, numbers[i]);
}

static void test_row_sort__says_what_it_cannot(void **state)
{
    struct err err;
    struct row_sort *s = row_sort_create(WIDTH, N_KEY, 10 * WIDTH * sizeof(int64_t), "/nowhere");
    (void)state;
    for (int i = 0; i < 10; i++)
        memset(row_sort_add(s, &err), 0, WIDTH * sizeof(int64_t));
    assert_null(row_sort_add(s, &err));
    assert_non_null(strstr(err.text, "/nowhere"));
    row_sort_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_row_sort__orders),
                                       cmocka_unit_test(test_row_sort__says_what_it_cannot)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

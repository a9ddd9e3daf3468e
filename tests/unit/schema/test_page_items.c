#include "tests/unit/unit.h"

#include "schema/graph/page_items.h"

#define assert_text(actual, expected) assert_true(slice_eq(actual, SLICE(expected)))

static struct page_items split(enum item_shape shape, slice json, struct arena *a)
{
    struct page_items items = {.shape = shape};
    struct err err = {0};
    assert_true(page_items_add(&items, 3, json, a, &err));
    for (size_t i = 0; i < items.n; i++)
        assert_int_equal(items.pages[i], 3);
    return items;
}

static void test_page_items__items_as_received(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    struct page_items items =
        split(ITEMS_OF_USERS, SLICE(" [ {\"id\": 1, \"x\": [{}, \"]\\\"\"]} , 5,\"a\\\"b\",null ] "), a);
    assert_int_equal(items.n, 4);
    assert_text(items.texts[0], "{\"id\": 1, \"x\": [{}, \"]\\\"\"]}");
    assert_text(items.texts[1], "5");
    assert_text(items.texts[2], "\"a\\\"b\"");
    assert_text(items.texts[3], "null");
    assert_text(page_items_pick(&items, (int64_t[]){1, 3}, 2, a),
                "[{\"id\": 1, \"x\": [{}, \"]\\\"\"]},\"a\\\"b\"]");
    assert_int_equal(split(ITEMS_OF_USERS, SLICE("[]"), a).n, 0);
    arena_destroy(a);
}

/* Any number of them, and those of several pages behind each other. */
static void test_page_items__many(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    struct page_items items = {.shape = ITEMS_OF_USERS};
    struct err err = {0};
    for (int page = 1; page <= 400; page++)
        assert_true(page_items_add(&items, page, SLICE("[1,{\"id\":2}]"), a, &err));
    assert_int_equal(items.n, 800);
    assert_int_equal(items.pages[799], 400);
    assert_text(items.texts[799], "{\"id\":2}");
    assert_text(items.texts[0], "1");
    arena_destroy(a);
}

static void test_page_items__repositories_are_taken_out(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    struct page_items items =
        split(ITEMS_OF_REPOSITORIES,
              SLICE("[{\"starred_at\":\"2024-01-01T00:00:00Z\",\"repo\":{\"id\":1}},{\"id\":2},"
                    "{\"permissions\":{\"pull\":true},\"id\":3,\"temp_clone_token\":\"s\"},"
                    "{\"repo\":null,\"starred_at\":null}]"),
              a);
    assert_int_equal(items.n, 4);
    assert_text(items.texts[0], "{\"id\":1}");
    assert_text(items.starred[0], "2024-01-01T00:00:00Z");
    assert_text(items.texts[1], "{\"id\":2}");
    assert_non_null(items.starred[1].ptr);
    assert_int_equal(items.starred[1].len, 0);
    assert_text(items.texts[2], "{\"id\":3}");
    assert_text(items.texts[3], "{\"repo\":null}");
    arena_destroy(a);
}

/* What PostgreSQL would read otherwise than by the letters is left to it. */
static void test_page_items__malformed_repositories_are_unchanged(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "{\"r\\u0065po\":{\"id\":1},\"id\":2}",
        "{\"repo\":{\"id\":1},\"repo\":{\"id\":2}}",
        "{\"starred_at\":\"2024-01-01T00:00:00Z\",\"starred_at\":\"2025-01-01T00:00:00Z\",\"repo\":{\"id\":1}"
        "}",
        "{\"starred_at\":5,\"repo\":{\"id\":1}}",
        "{\"starred_at\":\"\",\"repo\":{\"id\":1}}",
        "{\"starred_at\":\"2024\\u002d01-01T00:00:00Z\",\"repo\":{\"id\":1}}",
        "{\"repo\":{\"permission\\u0073\":{}}}",
        "[1]",
        "7",
    };
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        struct arena *a = arena_create();
        const char *page = arena_printf(a, "[%s]", odd[i]);
        struct page_items items = split(ITEMS_OF_REPOSITORIES, slice_of(page), a);
        assert_int_equal(items.n, 1);
        assert_true(slice_eq(items.texts[0], slice_of(odd[i])));
        assert_null(items.starred[0].ptr);
        arena_destroy(a);
    }
}

static void test_page_items__no_array(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "{}",      "5",     "[",          "[1",  "[1,",
                                      "[1,]", "[1],[2]", "[1] x", "[{\"a\":}]", "[{]", "[1 2]"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct arena *a = arena_create();
        struct page_items items = {.shape = ITEMS_OF_REPOSITORIES};
        struct err err = {0};
        assert_false(page_items_add(&items, 1, slice_of(bad[i]), a, &err));
        assert_string_equal(err.sqlstate, "22023");
        arena_destroy(a);
    }
}

static void test_page_items__memory(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    struct item_memory *m = item_memory_create();
    struct page_items items = split(ITEMS_OF_USERS, SLICE("[{\"id\":1},{\"id\":2},{\"id\":3}]"), a);
    page_items_recall(&items, m, 1, a);
    for (size_t i = 0; i < items.n; i++)
        assert_int_equal(items.ids[i], 0);
    page_items_remember(&items, m, (int64_t[]){2}, (int64_t[]){2}, (int64_t[]){4294967295}, NULL, 1);
    page_items_recall(&items, m, 1, a);
    assert_int_equal(items.ids[0], 0);
    assert_int_equal(items.ids[1], 2);
    assert_int_equal((int32_t)items.versions[1], -1); /* an xid's bits as an integer's */
    assert_int_equal(items.ids[2], 0);
    items = split(ITEMS_OF_REPOSITORIES, SLICE("[{\"id\":2}]"), a); /* the same text of another kind */
    page_items_recall(&items, m, 1, a);
    assert_int_equal(items.ids[0], 0);
    page_items_recall(&items, NULL, 1, a);
    assert_int_equal(items.ids[0], 0);
    item_memory_destroy(m);
    arena_destroy(a);
}

static void test_page_items__another_connection_empties_the_memory(void **state)
{
    (void)state;
    struct arena *a = arena_create();
    struct item_memory *m = item_memory_create();
    const slice page = SLICE("[{\"id\":1}]");
    struct page_items old = split(ITEMS_OF_USERS, page, a), new = split(ITEMS_OF_USERS, page, a);
    page_items_recall(&old, m, 1, a);
    page_items_remember(&old, m, (int64_t[]){1}, (int64_t[]){1}, (int64_t[]){5}, NULL, 1);
    page_items_recall(&new, m, 2, a);
    assert_int_equal(new.ids[0], 0);
    page_items_remember(&old, m, (int64_t[]){1}, (int64_t[]){1}, (int64_t[]){5}, NULL, 1); /* too late */
    page_items_recall(&new, m, 2, a);
    assert_int_equal(new.ids[0], 0);
    page_items_remember(&new, m, (int64_t[]){1}, (int64_t[]){1}, (int64_t[]){6}, NULL, 1);
    page_items_recall(&old, m, 1, a);
    assert_int_equal(old.ids[0], 0);
    page_items_recall(&new, m, 2, a);
    assert_int_equal(new.versions[0], 6);
    item_memory_destroy(m);
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_items__items_as_received),
        cmocka_unit_test(test_page_items__many),
        cmocka_unit_test(test_page_items__repositories_are_taken_out),
        cmocka_unit_test(test_page_items__malformed_repositories_are_unchanged),
        cmocka_unit_test(test_page_items__no_array),
        cmocka_unit_test(test_page_items__memory),
        cmocka_unit_test(test_page_items__another_connection_empties_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

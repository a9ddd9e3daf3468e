#include "tests/unit/unit.h"

#include "core/uuid/uuid.h"
#include <ctype.h>

static const int64_t ids[] = {
    0, 1, 583231, INT64_C(1) << 31, INT64_C(1) << 40, (INT64_C(1) << 60) + 12345, (INT64_C(1) << 62) - 1};

static void test_uuid__written_form(void **state)
{
    (void)state;
    char text[UUID_TEXT_SIZE];
    assert_string_equal(record_id_format(RECORD_DEVELOPER, 1, text), "6769746f-6d61-8001-8000-000000000001");
    assert_string_equal(record_id_format(RECORD_REPOSITORY, 0x123456789abcdef, text),
                        "6769746f-6d61-8002-8123-456789abcdef");
    assert_string_equal(record_id_format(RECORD_DEVELOPER, (INT64_C(1) << 62) - 1, text),
                        "6769746f-6d61-8001-bfff-ffffffffffff");
}

static void test_uuid__one_is_made_another(void **state)
{
    (void)state;
    char text[UUID_TEXT_SIZE], expected[UUID_TEXT_SIZE];
    record_id_format(RECORD_REPOSITORY, 0xffff, text);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        text[36] = '/'; /* the text after it stays */
        record_id_change(text, ids[i]);
        assert_int_equal(text[36], '/');
        assert_memory_equal(text, record_id_format(RECORD_REPOSITORY, ids[i], expected), 36);
    }
}

static void test_uuid__round_trip(void **state)
{
    (void)state;
    char text[UUID_TEXT_SIZE], upper[UUID_TEXT_SIZE], bare[UUID_TEXT_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        int64_t back = -1;
        size_t n = 0;
        record_id_format(RECORD_REPOSITORY, ids[i], text);
        assert_int_equal(strlen(text), 36);
        assert_true(record_id_parse(slice_of(text), RECORD_REPOSITORY, &back));
        assert_true(back == ids[i]);
        for (size_t c = 0; c <= 36; c++) {
            upper[c] = (char)toupper((unsigned char)text[c]);
            if (text[c] != '-')
                bare[n++] = text[c];
        }
        back = -1;
        assert_true(record_id_parse(slice_of(upper), RECORD_REPOSITORY, &back));
        assert_true(back == ids[i]);
        back = -1;
        assert_int_equal(strlen(bare), 32);
        assert_true(record_id_parse(slice_of(bare), RECORD_REPOSITORY, &back));
        assert_true(back == ids[i]);
    }
}

static void test_uuid__other_kind_is_refused(void **state)
{
    (void)state;
    char text[UUID_TEXT_SIZE];
    int64_t back = 42;
    record_id_format(RECORD_DEVELOPER, 7, text);
    assert_false(record_id_parse(slice_of(text), RECORD_REPOSITORY, &back));
    assert_int_equal(back, 42);
}

static void test_uuid__malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "6769746f-6d61-8001-8000-00000000000",   /* a digit short */
        "6769746f-6d61-8001-8000-0000000000011", /* and one too many */
        "6769746f6d618001800000000000000",
        "6769746f-6d61-8001-8000-00000000000g",
        "6769746f-6d61-8001-8000-0000000000-1",
        "6769746f6-d61-8001-8000-000000000001", /* dashes elsewhere */
        "6769746f--6d61-8001-8000-00000000001",
        "6769746fx6d61-8001-8000-000000000001",
        "6769746f-6d61-4001-8000-000000000001", /* version 4 */
        "6769746f-6d61-8001-0000-000000000001", /* other variants */
        "6769746f-6d61-8001-c000-000000000001",
        "6769746e-6d61-8001-8000-000000000001", /* not ours */
        "6769746f-6d62-8001-8000-000000000001",
        "6769746f-6d61-8101-8000-000000000001",
        "{769746f-6d61-8001-8000-000000000001}",
        " 769746f-6d61-8001-8000-000000000001",
        "00000000-0000-0000-0000-000000000000",
    };
    int64_t back = 42;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (record_id_parse(slice_of(bad[i]), RECORD_DEVELOPER, &back))
            fail_msg("\"%s\" was taken", bad[i]);
    assert_false(record_id_parse((slice){NULL, 0}, RECORD_DEVELOPER, &back));
    assert_int_equal(back, 42);
    assert_true(record_id_parse(SLICE("6769746f-6d61-8001-8000-000000000001"), RECORD_DEVELOPER, &back));
}

static void test_uuid__order_follows_the_github_id(void **state)
{
    (void)state;
    char before[UUID_TEXT_SIZE], text[UUID_TEXT_SIZE];
    record_id_format(RECORD_DEVELOPER, ids[0], before);
    for (size_t i = 1; i < ARRAY_LEN(ids); i++) {
        record_id_format(RECORD_DEVELOPER, ids[i], text);
        assert_true(strcmp(before, text) < 0);
        strcpy(before, text);
    }
    record_id_format(RECORD_REPOSITORY, 0, text);
    assert_true(strcmp(before, text) < 0); /* developers stand before repositories */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid__written_form), cmocka_unit_test(test_uuid__one_is_made_another),
        cmocka_unit_test(test_uuid__round_trip),   cmocka_unit_test(test_uuid__other_kind_is_refused),
        cmocka_unit_test(test_uuid__malformed),    cmocka_unit_test(test_uuid__order_follows_the_github_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

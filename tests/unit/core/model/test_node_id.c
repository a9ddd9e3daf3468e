#include "tests/unit/unit.h"

#include "core/model/node_id.h"
#include <stdio.h>
#include <stdlib.h>

static const struct {
    enum node_kind kind;
    int64_t id;
    const char *legacy, *new; /* NULL: not known from GitHub */
} known[] = {
    {NODE_USER, 1, "MDQ6VXNlcjE=", "U_kgAB"},
    {NODE_USER, 583231, "MDQ6VXNlcjU4MzIzMQ==", "U_kgDOAAjmPw"},
    {NODE_ORGANIZATION, 9919, "MDEyOk9yZ2FuaXphdGlvbjk5MTk=", "O_kgDNJr8"},
    {NODE_REPOSITORY, 5, "MDEwOlJlcG9zaXRvcnk1", "R_kgAF"},
    {NODE_REPOSITORY, 2325298, "MDEwOlJlcG9zaXRvcnkyMzI1Mjk4", "R_kgDOACN7Mg"},
    {NODE_REPOSITORY, 358664529, NULL, "R_kgDOFWDJUQ"},
    {NODE_BOT, 49699333, "MDM6Qm90NDk2OTkzMzM=", NULL},
};

static void test_node_id__as_github_writes_it(void **state)
{
    (void)state;
    char room[NODE_ID_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (known[i].legacy)
            assert_string_equal(node_id_legacy(known[i].kind, known[i].id, room), known[i].legacy);
        if (known[i].new)
            assert_string_equal(node_id_new(known[i].kind, known[i].id, room), known[i].new);
    }
}

static void test_node_id__both_forms_are_read_back(void **state)
{
    (void)state;
    static const int64_t ids[] = {1,     9,     10,         127,        128,        255,      256,
                                  65535, 65536, 4294967295, 4294967296, 1330000000, INT64_MAX};
    char room[NODE_ID_SIZE];
    for (enum node_kind kind = 0; kind < N_NODE_KINDS; kind++)
        for (size_t i = 0; i < ARRAY_LEN(ids); i++)
            for (int form = 0; form < 2; form++) {
                enum node_kind kind_read = N_NODE_KINDS;
                int64_t id_read = 0;
                const char *text = (form ? node_id_new : node_id_legacy)(kind, ids[i], room);
                assert_true(node_id_read(slice_of(text), &kind_read, &id_read));
                assert_int_equal(kind_read, kind);
                assert_true(id_read == ids[i]);
            }
}

static void test_node_id__others_are_refused(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "U_",
        "U_kg",
        "U_kgA",
        "U_kgAA" /* 0 */,
        "U_kgAB=" /* padding */,
        "X_kgAB",
        "u_kgAB",
        "U_kgDOAAAAAQ" /* 1 in four bytes */,
        "U_kgDNAAE" /* 1 in two */,
        "U_kgEB" /* [1, 1] */,
        "U_kQE" /* [1] */,
        "U_kgABAA" /* trailing bytes */,
        "R_kgDP__________8" /* over 2^63 */,
        "MDQ6VXNlcjE" /* no padding */,
        "MDQ6VXNlcjA=" /* User0 */,
        "MDQ6VXNlcjAx" /* User01 */,
        "MDQ6VXNlci0x" /* User-1 */,
        "MDU6VXNlcjE=" /* 05:User1 */,
        "MDQ6dXNlcjE=" /* 04:user1 */,
        "MDQ6VXNlcg==" /* no number */,
        "MDQ6VXNlcjE=\n",
        "04:User1",
        "MDQ6VXNlcjk5OTk5OTk5OTk5OTk5OTk5OTk5",
    };
    enum node_kind kind;
    int64_t id;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (node_id_read(slice_of(others[i]), &kind, &id))
            fail_msg("%s was read", others[i]);
}

/* The number and the node id of a recorded line: {"…","id":2,"…","node_id":"…"}. */
static bool take_line(const char *line, int64_t *id_out, char *node_out)
{
    const char *id = strstr(line, "\"node_id\":\"");
    for (const char *at = line; (at = strstr(at, "\"id\":")); at++) {
        *id_out = strtoll(at + 5, NULL, 10);
        if (id &&
            node_id_read(slice_from(id + 11, strcspn(id + 11, "\"")), &(enum node_kind){0}, &(int64_t){0}))
            return snprintf(node_out, NODE_ID_SIZE, "%.*s", (int)strcspn(id + 11, "\""), id + 11) > 0;
    }
    return false;
}

/* All records that were recorded from GitHub, where they are present. */
static void test_node_id__recorded_records(void **state)
{
    (void)state;
    const char *data = getenv("GITOMATIC_SHARED_DATA"), *source = getenv("GITOMATIC_SOURCE_DIR");
    char command[600], node[NODE_ID_SIZE], room[NODE_ID_SIZE];
    static char line[1 << 20];
    int n = 0;
    snprintf(command, sizeof command,
             "cd '%s%s' 2>/dev/null && zcat users.jsonl.gz repos.jsonl.gz 2>/dev/null | "
             "sed -E 's/\"(owner|license|organization|parent|source)\":\\{[^}]*\\}//g'",
             data     ? data
             : source ? source
                      : ".",
             data ? "" : "/../shared/data");
    FILE *records = popen(command, "r");
    assert_non_null(records);
    while (fgets(line, sizeof line, records)) {
        int64_t id = 0, read = 0;
        enum node_kind kind;
        assert_true(take_line(line, &id, node));
        assert_true(node_id_read(slice_of(node), &kind, &read));
        assert_true(read == id);
        assert_string_equal(node_id_legacy(kind, id, room), node);
        n++;
    }
    pclose(records);
    if (!n)
        skip();
    assert_true(n > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node_id__as_github_writes_it),
        cmocka_unit_test(test_node_id__both_forms_are_read_back),
        cmocka_unit_test(test_node_id__others_are_refused),
        cmocka_unit_test(test_node_id__recorded_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

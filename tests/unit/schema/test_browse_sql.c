#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "schema/browse/sql.h"

static struct browse_sql sql;

static int begin(void **state)
{
    (void)state;
    browse_sql_init(&sql, arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    browse_sql_finish(&sql);
    return 0;
}

/* What a client may send: quotes, comments, placeholders and backslashes. */
#define HOSTILE "'; drop table developers; -- $9 \\ %s"

static const slice two[] = {SLICE("a"), SLICE(HOSTILE)};

static void test_sql__a_filter_becomes_one_clause(void **state)
{
    const struct {
        enum browse_column column;
        enum browse_op op;
        struct db_arg value;
        const char *indexed, *hidden;
    } cases[] = {
        {BROWSE_LOGIN, BROWSE_EXACT, DB_CSTR("a"), " and login collate \"C\" = $1::text",
         " and login collate \"C\" is not distinct from $1::text"},
        {BROWSE_FOLLOWERS_COUNT, BROWSE_EXACT, DB_I64(3), " and followers_count = $1::bigint",
         " and followers_count is not distinct from $1::bigint"},
        /* written out where an index holds one of the two values only */
        {BROWSE_ARCHIVED, BROWSE_EXACT, DB_BOOL(true), " and archived",
         " and archived is not distinct from $1::boolean"},
        {BROWSE_HAS_WIKI, BROWSE_EXACT, DB_BOOL(false), " and not has_wiki",
         " and has_wiki is not distinct from $1::boolean"},
        {BROWSE_TYPE, BROWSE_EXACT, DB_CSTR("Bot"), " and type <> 'User' and type collate \"C\" = $1::text",
         " and type collate \"C\" is not distinct from $1::text"},
        {BROWSE_TYPE, BROWSE_EXACT, DB_CSTR("User"), " and type collate \"C\" = $1::text",
         " and type collate \"C\" is not distinct from $1::text"},
        {BROWSE_TOPICS, BROWSE_EXACT, DB_CSTR("a"), " and topics @> array[$1::text]",
         " and $1::text = any (topics)"},
        {BROWSE_BIO, BROWSE_EXACT, DB_CSTR("a"),
         " and left(bio, 60) collate \"C\" = left($1::text, 60) and bio = $1::text",
         " and bio collate \"C\" is not distinct from $1::text"},
        {BROWSE_BIO, BROWSE_EXACT, DB_CSTR("abc"),
         " and search_text like gitomatic_fold($2::text) and left(bio, 60) collate \"C\" = left($1::text, "
         "60) "
         "and bio = $1::text",
         " and bio collate \"C\" is not distinct from $1::text"},
        {BROWSE_STARGAZERS_COUNT, BROWSE_LT, DB_I64(3), " and (stargazers_count) < $1::bigint",
         " and (stargazers_count + 0) < $1::bigint"},
        {BROWSE_STARGAZERS_COUNT, BROWSE_LTE, DB_I64(3), " and (stargazers_count) <= $1::bigint",
         " and (stargazers_count + 0) <= $1::bigint"},
        {BROWSE_CREATED_AT, BROWSE_GT, DB_TIME(3), " and (created_at) > $1::timestamptz",
         " and (created_at + interval '0') > $1::timestamptz"},
        {BROWSE_NAME, BROWSE_GTE, DB_CSTR("a"), " and (name) collate \"C\" >= $1::text",
         " and (name || '') collate \"C\" >= $1::text"},
        /* equal beginnings of long texts are looked at whole */
        {BROWSE_DESCRIPTION, BROWSE_GT, DB_CSTR("a"),
         " and left(description, 60) collate \"C\" >= left($1::text, 60) and (description) collate \"C\" > "
         "$1::text",
         " and (description || '') collate \"C\" > $1::text"},
        {BROWSE_NAME, BROWSE_ISNULL, DB_BOOL(true), " and name is null", " and name is null"},
        {BROWSE_BIO, BROWSE_ISNULL, DB_BOOL(false), " and left(bio, 60) is not null",
         " and left(bio, 60) is not null"},
        {BROWSE_NAME, BROWSE_CONTAINS, DB_CSTR("abc"),
         " and search_text like gitomatic_fold($2::text) and strpos(name, $1::text) > 0",
         " and strpos(name, $1::text) > 0"},
        {BROWSE_NAME, BROWSE_CONTAINS, DB_CSTR("ab"), " and strpos(name, $1::text) > 0",
         " and strpos(name, $1::text) > 0"},
        {BROWSE_NAME, BROWSE_STARTSWITH, DB_CSTR("a"),
         " and name collate \"C\" >= $1::text and name collate \"C\" < $1::text || U&'\\+10FFFF' and "
         "starts_with(name, $1::text)",
         " and starts_with(name, $1::text)"},
        {BROWSE_LOGIN, BROWSE_IEXACT, DB_CSTR("A"),
         " and lower((login) collate \"C\") = lower($1::text collate \"C\")",
         " and lower((login || '') collate \"C\") = lower($1::text collate \"C\")"},
        {BROWSE_LOGIN, BROWSE_IN, DB_TEXTS(two, 2), " and (login) collate \"C\" = any ($1::text[])",
         " and (login || '') collate \"C\" = any ($1::text[])"},
        {BROWSE_TOPICS, BROWSE_IN, DB_TEXTS(two, 2), " and topics && $1::text[]",
         " and topics || '{}'::text[] && $1::text[]"},
        {BROWSE_GITHUB_ID, BROWSE_SAMPLE, DB_CSTR("s"),
         " and github_id in (select m.github_id from sample_members m where m.sample = $1::text and m.found)",
         " and github_id + 0 in (select m.github_id from sample_members m where m.sample = $1::text and "
         "m.found)"},
        {BROWSE_LOGIN, BROWSE_NOTHING, DB_NULL, " and false", " and false"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct browse_filter filter = {
            .column = cases[i].column, .op = cases[i].op, .value = cases[i].value};
        for (int hidden = 0; hidden < 2; hidden++) {
            begin(state);
            browse_put_filter(&sql, &filter, hidden ? BROWSE_HIDDEN : BROWSE_INDEXED);
            assert_slice(buf_slice(&sql.text), hidden ? cases[i].hidden : cases[i].indexed);
            end(state);
        }
    }
}

/* Texts that are sent travel as parameters: no part of one is in the statement. */
static void test_sql__values_are_parameters(void **state)
{
    static const enum browse_op ops[] = {BROWSE_EXACT,     BROWSE_LT,         BROWSE_LTE,
                                         BROWSE_GT,        BROWSE_GTE,        BROWSE_CONTAINS,
                                         BROWSE_ICONTAINS, BROWSE_STARTSWITH, BROWSE_IEXACT};
    static const enum browse_column columns[] = {BROWSE_LOGIN, BROWSE_NAME, BROWSE_BIO, BROWSE_DESCRIPTION,
                                                 BROWSE_LANGUAGE};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ops) * ARRAY_LEN(columns) * 2; i++) {
        const struct browse_filter filter = {.column = columns[i / 2 % ARRAY_LEN(columns)],
                                             .op = ops[i / 2 / ARRAY_LEN(columns)],
                                             .value = DB_CSTR(HOSTILE)};
        begin(state);
        browse_put_filter(&sql, &filter, i % 2 ? BROWSE_HIDDEN : BROWSE_INDEXED);
        browse_put_word(&sql, SLICE(HOSTILE), i % 2 ? BROWSE_HIDDEN : BROWSE_INDEXED);
        buf_putc(&sql.text, '\0');
        assert_null(strstr(sql.text.ptr, "drop"));
        assert_true(sql.n_args >= 2);
        assert_slice(sql.args[0].text, HOSTILE);
        end(state);
    }
}

static void test_sql__patterns_find_the_text_and_nothing_is_a_joker(void **state)
{
    static const struct {
        const char *text, *pattern;
    } cases[] = {
        {"abc", "%abc%"},
        {"a%b_c\\", "%a\\%b\\_c\\\\%"},
        {"abcde fgh", "%abcde fgh%"},       /* too few pieces */
        {"abcdef ghi", "%abc%def%ghi%"},    /* as many as are looked up */
        {"abcd-efg-hij", "%abcd%efg%hij%"}, /* a run of four or five whole */
        {"abc def ghi jkl mno pqr stu vwx yz0", "%abc%def%jkl%mno%stu%vwx%"}, /* six, spread over all of it */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        begin(state);
        browse_put_word(&sql, slice_of(cases[i].text), BROWSE_INDEXED);
        assert_int_equal(sql.n_args, 2);
        bool first = slice_starts(sql.args[0].text, SLICE("%"));
        assert_slice(sql.args[!first].text, cases[i].pattern);
        assert_slice(sql.args[first].text, cases[i].text);
        end(state);
    }
}

static void assert_order(const struct browse_order *order, size_t n, bool backwards, const char *want)
{
    struct browse_query query = {.n_order = n};
    struct browse_key keys[BROWSE_MAX_KEYS];
    if (n)
        memcpy(query.order, order, n * sizeof *order);
    size_t n_keys = browse_order_keys(&query, backwards, keys);
    begin(NULL);
    browse_put_order(&sql, keys, n_keys, false);
    assert_slice(buf_slice(&sql.text), want);
    end(NULL);
}

static void test_sql__order(void **state)
{
    const struct browse_order login = {.column = BROWSE_LOGIN},
                              name_down = {.column = BROWSE_NAME, .descending = true},
                              id = {.column = BROWSE_GITHUB_ID},
                              created = {.column = BROWSE_CREATED_AT, .descending = true};
    (void)state;
    assert_order(NULL, 0, false, " order by created_at desc nulls last, github_id");
    assert_order(NULL, 0, true, " order by created_at nulls first, github_id desc");
    assert_order(&created, 1, false, " order by created_at desc nulls last, github_id");
    assert_order(&login, 1, false,
                 " order by login collate \"C\" nulls last, created_at desc nulls last, github_id");
    assert_order(&name_down, 1, false,
                 " order by name collate \"C\" desc nulls last, created_at nulls first, github_id desc");
    assert_order(&id, 1, false, " order by github_id"); /* nothing is left to break */
}

/* By name, then created_at and github_id: what lies behind ("b", null, 7). */
static void test_sql__ranges_after_a_position(void **state)
{
    static const char *const want[] = {
        " and name collate \"C\" = $1::text and created_at is null and github_id > $2::bigint",
        NULL, /* ids are never null */
        NULL, /* behind no date comes none */
        NULL,
        " and name collate \"C\" > $1::text",
        " and name collate \"C\" is null",
    };
    struct browse_query query = {.n_order = 1, .order = {{.column = BROWSE_NAME}}};
    struct browse_key keys[BROWSE_MAX_KEYS];
    const struct browse_position position = {.keys = {{.text = SLICE("b")}, {.null = true}, {.number = 7}}};
    size_t n = browse_order_keys(&query, false, keys);
    (void)state;
    assert_int_equal(n, 3);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        begin(state);
        bool any = browse_put_stretch(&sql, keys, n, &position, i);
        assert_int_equal(any, browse_put_stretch(NULL, keys, n, &position, i));
        assert_int_equal(any, want[i] != NULL);
        assert_slice(buf_slice(&sql.text), want[i] ? want[i] : "");
        end(state);
    }
}

static void test_sql__bounds(void **state)
{
    (void)state;
    for (int i = 1; i <= BROWSE_MAX_ARGS; i++)
        assert_int_equal(browse_sql_arg(&sql, DB_I64(i)), i);
    for (int i = 0; i < BROWSE_N_COLUMNS; i++) /* ours, and nothing that would have to be quoted */
        assert_int_equal(strspn(browse_column_name((enum browse_column)i), "abcdefghijklmnopqrstuvwxyz_"),
                         strlen(browse_column_name((enum browse_column)i)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sql__a_filter_becomes_one_clause),
        cmocka_unit_test(test_sql__values_are_parameters),
        cmocka_unit_test(test_sql__patterns_find_the_text_and_nothing_is_a_joker),
        cmocka_unit_test(test_sql__order),
        cmocka_unit_test(test_sql__ranges_after_a_position),
        cmocka_unit_test_setup_teardown(test_sql__bounds, begin, end),
    };
    return cmocka_run_group_tests(tests, make, drop);
}

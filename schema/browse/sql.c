#include "schema/browse/sql.h"
#include "schema/browse/words.h"
#include <assert.h>

/* ---- columns ---- */

static const struct {
    const char *name;
    enum browse_type type;
} columns[BROWSE_N_COLUMNS] = {
#define X(id, column, kind) [BROWSE_##id] = {column, BROWSE_##kind},
    BROWSE_COLUMNS(X)
#undef X
};

const char *browse_column_name(enum browse_column column)
{
    return columns[column].name;
}

enum browse_type browse_column_type(enum browse_column column)
{
    return columns[column].type;
}

/* Long texts: their index, which `gitomatic tune` builds, has only the beginning. */
static bool is_long(enum browse_column column)
{
    return column == BROWSE_BIO || column == BROWSE_DESCRIPTION;
}
#define BEGINNING "left(%s, 60) collate \"C\""

/* ---- statements ---- */

void browse_sql_init(struct browse_sql *sql, struct arena *a)
{
    sql->arena = a;
    sql->n_args = 0;
    buf_init(&sql->text, 0);
}

void browse_sql_finish(struct browse_sql *sql)
{
    buf_finish(&sql->text);
}

int browse_sql_arg(struct browse_sql *sql, struct db_arg value)
{
    assert(sql->n_args < BROWSE_MAX_ARGS);
    sql->args[sql->n_args++] = value;
    return (int)sql->n_args;
}

static const char *cast_of(enum browse_column column)
{
    static const char *const casts[] = {[BROWSE_TEXT] = "text",
                                        [BROWSE_NUMBER] = "bigint",
                                        [BROWSE_TIME] = "timestamptz",
                                        [BROWSE_BOOL] = "boolean",
                                        [BROWSE_TEXTS] = "text"};
    return casts[columns[column].type];
}

/* The column as an expression, as in the indexes. */
static void browse_put_column(struct browse_sql *sql, enum browse_column column)
{
    buf_puts(&sql->text, columns[column].name);
    if (columns[column].type == BROWSE_TEXT)
        buf_puts(&sql->text, " collate \"C\"");
}

/* ---- filters ---- */

/* The text is in what is searched, too, whose index answers where the column has none. */
static void put_searched(struct browse_sql *sql, slice text);

/* The indexes of values that are rare hold nothing else, which PostgreSQL must see in the statement: flags are written out, and
 * accounts that are no persons are said to be none. */
static bool put_rare(struct browse_sql *sql, const struct browse_filter *filter)
{
    const char *name = columns[filter->column].name;
    if (columns[filter->column].type == BROWSE_BOOL) {
        buf_printf(&sql->text, " and %s%s", filter->value.boolean ? "" : "not ", name);
        return true;
    }
    if (filter->column == BROWSE_TYPE && !slice_eq(filter->value.text, SLICE("User")))
        buf_puts(&sql->text, " and type <> 'User'");
    return false;
}

static void put_exact(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    const char *name = columns[filter->column].name;
    if (form == BROWSE_INDEXED && put_rare(sql, filter))
        return;
    int n = browse_sql_arg(sql, filter->value);
    if (columns[filter->column].type == BROWSE_TEXTS) {
        buf_printf(&sql->text,
                   form == BROWSE_INDEXED ? " and %s @> array[$%d::text]" : " and $%2$d::text = any (%1$s)",
                   name, n);
    } else if (is_long(filter->column) && form == BROWSE_INDEXED) {
        put_searched(sql, filter->value.text);
        buf_printf(&sql->text, " and " BEGINNING " = left($%d::text, 60) and %s = $%d::text", name, n, name,
                   n);
    } else { /* neither side may be null; no index answers "is not distinct from" */
        buf_printf(&sql->text,
                   form == BROWSE_INDEXED ? " and %s%s = $%d::%s" : " and %s%s is not distinct from $%d::%s",
                   name, columns[filter->column].type == BROWSE_TEXT ? " collate \"C\"" : "", n,
                   cast_of(filter->column));
    }
}

static void put_range(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    static const char *const signs[] = {
        [BROWSE_LT] = "<", [BROWSE_LTE] = "<=", [BROWSE_GT] = ">", [BROWSE_GTE] = ">="};
    static const char *const nothing[] = {
        [BROWSE_TEXT] = " || ''", [BROWSE_NUMBER] = " + 0", [BROWSE_TIME] = " + interval '0'"};
    enum browse_type type = columns[filter->column].type;
    const char *name = columns[filter->column].name, *sign = signs[filter->op];
    int n = browse_sql_arg(sql, filter->value);
    if (is_long(filter->column) &&
        form == BROWSE_INDEXED) /* texts with equal beginnings may be greater or smaller */
        buf_printf(&sql->text, " and " BEGINNING " %c= left($%d::text, 60)", name, *sign, n);
    buf_printf(&sql->text, " and (%s%s)%s %s $%d::%s", name, form == BROWSE_HIDDEN ? nothing[type] : "",
               type == BROWSE_TEXT ? " collate \"C\"" : "", sign, n, cast_of(filter->column));
}

#define SEARCHED_BYTES 200 /* enough to find a text by; search_text holds 2,000 characters of it */

static void put_searched(struct browse_sql *sql, slice text)
{
    size_t n = text.len;
    if (n > SEARCHED_BYTES)
        for (n = SEARCHED_BYTES; n && ((unsigned char)text.ptr[n] & 0xc0) == 0x80;)
            n--;
    text.len = n;
    if (words_characters(text) >= WORDS_TRIGRAM)
        buf_printf(&sql->text, " and search_text like gitomatic_fold($%d::text)",
                   browse_sql_arg(sql, DB_TEXT(words_pattern(sql->arena, text))));
}

/* Texts too short for trigrams are searched in the field's own index, which has all of the text except of long ones. Scanning it
 * costs a fifth of scanning the table, so the condition must use nothing but the field. */
static void put_within(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    const char *name = columns[filter->column].name;
    bool is_short = browse_is_short_part(filter);
    int n = browse_sql_arg(sql, filter->value);
    if (form == BROWSE_INDEXED && !is_short)
        buf_printf(&sql->text, " and search_text like gitomatic_fold($%d::text)",
                   browse_sql_arg(sql, DB_TEXT(words_pattern(sql->arena, filter->value.text))));
    if (filter->op == BROWSE_CONTAINS) {
        buf_printf(&sql->text, " and strpos(%s, $%d::text) > 0", name, n);
        return;
    }
    if (!is_short || form == BROWSE_HIDDEN || is_long(filter->column)) /* stored in lower case */
        buf_printf(&sql->text, " and strpos(search_text, gitomatic_fold($%d::text)) > 0", n);
    buf_printf(&sql->text, " and strpos(gitomatic_fold(%s), gitomatic_fold($%d::text)) > 0", name, n);
}

/* A column with few values (only lists of repositories have one): the column's index is read from one value to the next. */
static void put_one_of_few(struct browse_sql *sql, const char *name, int n)
{
    buf_printf(
        &sql->text,
        " and %1$s collate \"C\" = any (array(with recursive few as ("
        "(select %1$s collate \"C\" as value from repositories where synced_at is not null and gone_at is "
        "null"
        " and %1$s is not null order by %1$s collate \"C\" limit 1)"
        " union all select (select r.%1$s collate \"C\" from repositories r where r.synced_at is not null"
        " and r.gone_at is null and r.%1$s collate \"C\" > few.value order by r.%1$s collate \"C\" limit 1)"
        " from few where few.value is not null)"
        " select value from few where gitomatic_fold(value) = gitomatic_fold($%2$d::text)))",
        name, n);
}

#define LETTER_FORMS 5
#define SHORT_FORMS  (LETTER_FORMS * LETTER_FORMS)

/* What gitomatic_fold() takes for this ASCII character: the Kelvin sign (U+212A) for a k; for an i also U+0130, and either i before a dot
 * above (U+0307), which it drops. (Of these browse_compose() finds what is not composed, unless there is much of it.) Returns how many. */
static size_t letter_forms(char c, const char *out[LETTER_FORMS], struct arena *a)
{
    size_t n = 0;
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    out[n++] = arena_printf(a, "%c", letter ? c | 0x20 : c);
    if (letter)
        out[n++] = arena_printf(a, "%c", c & ~0x20);
    if ((c | 0x20) == 'k')
        out[n++] = "\xe2\x84\xaa";
    if ((c | 0x20) == 'i') {
        out[n++] = "\xc4\xb0";
        out[n++] = "i\xcc\x87";
        out[n++] = "I\xcc\x87";
    }
    return n;
}

/* One or two ASCII characters: the column's index has their few spellings. Full text search would miss them within a name such as
 * owner/js, or beside signs. */
static void put_short_iexact(struct browse_sql *sql, const char *name, slice text)
{
    const char *first[LETTER_FORMS] = {""}, *second[LETTER_FORMS] = {""};
    size_t n_first = text.len > 0 ? letter_forms(text.ptr[0], first, sql->arena) : 1;
    size_t n_second = text.len > 1 ? letter_forms(text.ptr[1], second, sql->arena) : 1, n = 0;
    slice *forms = arena_array(sql->arena, SHORT_FORMS, sizeof *forms);
    for (size_t i = 0; i < n_first; i++)
        for (size_t k = 0; k < n_second; k++)
            forms[n++] = slice_of(arena_printf(sql->arena, "%s%s", first[i], second[k]));
    buf_printf(&sql->text, " and %s collate \"C\" = any ($%d::text[])", name,
               browse_sql_arg(sql, DB_TEXTS(forms, n)));
}

/* login and full_name have an index in lower case. Other fields are compared after a search for the text. */
static void put_iexact(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    const char *name = columns[filter->column].name;
    bool few = filter->column == BROWSE_LANGUAGE || filter->column == BROWSE_LICENSE;
    int n = browse_sql_arg(sql, filter->value);
    if (few && form == BROWSE_INDEXED) {
        put_one_of_few(sql, name, n);
        return;
    }
    bool is_name = filter->column == BROWSE_LOGIN || filter->column == BROWSE_FULL_NAME; /* ASCII */
    bool is_short =
        words_characters(filter->value.text) < WORDS_TRIGRAM && words_is_ascii(filter->value.text);
    if (is_short && !is_name && form == BROWSE_INDEXED)
        put_short_iexact(sql, name, filter->value.text);
    else if (!is_short && !is_name && !few)
        browse_put_word(sql, filter->value.text, form);
    buf_printf(&sql->text,
               is_name ? " and lower((%s%s) collate \"C\") = lower($%d::text collate \"C\")"
                       : " and gitomatic_fold(%s%s) = gitomatic_fold($%d::text)",
               name, form == BROWSE_HIDDEN ? " || ''" : "", n);
}

static void put_startswith(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    const char *name = columns[filter->column].name;
    int n = browse_sql_arg(sql, filter->value);
    /* By code point, texts with this beginning lie between it and it followed by the last code point. */
    if (form == BROWSE_INDEXED)
        buf_printf(&sql->text,
                   " and %s collate \"C\" >= $%d::text and %s collate \"C\" < $%d::text || U&'\\+10FFFF'",
                   name, n, name, n);
    buf_printf(&sql->text, " and starts_with(%s, $%d::text)", name, n);
}

static void put_in(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    enum browse_type type = columns[filter->column].type;
    const char *name = columns[filter->column].name;
    int n = browse_sql_arg(sql, filter->value);
    if (type == BROWSE_TEXTS)
        buf_printf(&sql->text, " and %s%s && $%d::text[]", name,
                   form == BROWSE_HIDDEN ? " || '{}'::text[]" : "", n);
    else if (type == BROWSE_TEXT)
        buf_printf(&sql->text, " and (%s%s) collate \"C\" = any ($%d::text[])", name,
                   form == BROWSE_HIDDEN ? " || ''" : "", n);
    else
        buf_printf(&sql->text, " and %s%s = any ($%d::bigint[])", name, form == BROWSE_HIDDEN ? " + 0" : "",
                   n);
}

static void put_isnull(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    const char *name = columns[filter->column].name;
    (void)form;
    if (is_long(filter->column))
        buf_printf(&sql->text, " and left(%s, 60)", name);
    else
        buf_printf(&sql->text, " and %s", name);
    buf_puts(&sql->text, filter->value.boolean ? " is null" : " is not null");
}

static void put_sample(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    buf_printf(&sql->text,
               " and github_id%s in (select m.github_id from sample_members m where m.sample = $%d::text and "
               "m.found)",
               form == BROWSE_HIDDEN ? " + 0" : "", browse_sql_arg(sql, filter->value));
}

static void put_nothing(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    (void)filter, (void)form;
    buf_puts(&sql->text, " and false");
}

void browse_put_filter(struct browse_sql *sql, const struct browse_filter *filter, enum browse_form form)
{
    static void (*const put[])(struct browse_sql *, const struct browse_filter *, enum browse_form) = {
        [BROWSE_EXACT] = put_exact,     [BROWSE_LT] = put_range,         [BROWSE_LTE] = put_range,
        [BROWSE_GT] = put_range,        [BROWSE_GTE] = put_range,        [BROWSE_ISNULL] = put_isnull,
        [BROWSE_CONTAINS] = put_within, [BROWSE_ICONTAINS] = put_within, [BROWSE_STARTSWITH] = put_startswith,
        [BROWSE_IN] = put_in,           [BROWSE_IEXACT] = put_iexact,    [BROWSE_SAMPLE] = put_sample,
        [BROWSE_NOTHING] = put_nothing,
    };
    put[filter->op](sql, filter, form);
}

bool browse_is_short_part(const struct browse_filter *filter)
{
    return (filter->op == BROWSE_CONTAINS || filter->op == BROWSE_ICONTAINS) &&
           words_characters(filter->value.text) < WORDS_TRIGRAM;
}

bool browse_is_text_search(const struct browse_filter *filter)
{
    return filter->op == BROWSE_CONTAINS || filter->op == BROWSE_ICONTAINS || filter->op == BROWSE_IEXACT ||
           columns[filter->column].type == BROWSE_TEXTS || is_long(filter->column);
}

/* A slash and a dot end a word: full text search takes "golang/go" for one, the path of a file, and "vue.js" for a host. */
#define SHORT_WORD "plainto_tsquery('simple', translate(gitomatic_fold($%d::text), '/.', '  '))"

/* What a word of one or two characters is looked for in. */
static const char *short_words(enum browse_form form)
{
    return form == BROWSE_HIDDEN ? "to_tsvector('simple', translate(search_text, '/.', '  '))"
                                 : "gitomatic_short_words(search_text)";
}

/* Only full text search knows whether "é" or an emoji is a word. A query for something that is not one would find nothing. */
static void put_letters_or_signs(struct browse_sql *sql, slice word, enum browse_form form)
{
    int n = browse_sql_arg(sql, DB_TEXT(word));
    buf_printf(&sql->text,
               " and (%s @@ " SHORT_WORD " or numnode(" SHORT_WORD ") = 0 and strpos(search_text, "
               "gitomatic_fold($%d::text)) > 0)",
               short_words(form), n, n, n);
}

bool browse_is_read_through(slice word)
{
    return words_characters(word) < WORDS_TRIGRAM && words_has_cjk(word);
}

void browse_put_word(struct browse_sql *sql, slice word, enum browse_form form)
{
    if (browse_is_read_through(word))
        buf_printf(&sql->text, " and strpos(search_text, gitomatic_fold($%d::text)) > 0",
                   browse_sql_arg(sql, DB_TEXT(word)));
    else if (words_characters(word) < WORDS_TRIGRAM && !words_is_ascii(word))
        put_letters_or_signs(sql, word, form);
    else if (words_characters(word) < WORDS_TRIGRAM && words_has_letter(word))
        buf_printf(&sql->text, " and %s @@ " SHORT_WORD, short_words(form),
                   browse_sql_arg(sql, DB_TEXT(word)));
    else if (words_characters(word) < WORDS_TRIGRAM || form == BROWSE_HIDDEN)
        buf_printf(&sql->text, " and strpos(search_text, gitomatic_fold($%d::text)) > 0",
                   browse_sql_arg(sql, DB_TEXT(word)));
    else
        buf_printf(&sql->text,
                   " and search_text like gitomatic_fold($%d::text) and strpos(search_text, "
                   "gitomatic_fold($%d::text)) > 0",
                   browse_sql_arg(sql, DB_TEXT(words_pattern(sql->arena, word))),
                   browse_sql_arg(sql, DB_TEXT(word)));
}

/* ---- order ---- */

size_t browse_keys(const struct browse_query *query, enum browse_column columns_out[BROWSE_MAX_KEYS])
{
    struct browse_key keys[BROWSE_MAX_KEYS];
    size_t n = browse_order_keys(query, false, keys);
    for (size_t i = 0; i < n; i++)
        columns_out[i] = keys[i].column;
    return n;
}

/* Ties are broken by created_at and github_id, as in the index of the first column: newest first in ascending order, reversed in
 * descending order. */
size_t browse_order_keys(const struct browse_query *query, bool backwards,
                         struct browse_key keys[BROWSE_MAX_KEYS])
{
    const struct browse_key newest = {BROWSE_CREATED_AT, true, false, false};
    size_t n = 0;
    bool dated = false, unique = false;
    for (size_t i = 0; i < query->n_order && !unique; i++) {
        enum browse_column column = query->order[i].column;
        unique = column == BROWSE_GITHUB_ID;
        dated |= column == BROWSE_CREATED_AT;
        keys[n++] = (struct browse_key){column, query->order[i].descending, false, unique};
    }
    bool turned = n && keys[0].descending != (keys[0].column == BROWSE_CREATED_AT);
    if (!unique && !dated)
        keys[n++] = turned ? (struct browse_key){BROWSE_CREATED_AT, false, true, false} : newest;
    if (!unique)
        keys[n++] = (struct browse_key){BROWSE_GITHUB_ID, turned, false, true};
    for (size_t i = 0; backwards && i < n; i++) {
        keys[i].descending = !keys[i].descending;
        keys[i].nulls_first = !keys[i].nulls_first;
    }
    return n;
}

void browse_put_order(struct browse_sql *sql, const struct browse_key *keys, size_t n, bool by_index)
{
    for (size_t i = 0; i < n; i++) {
        bool nulls_first = keys[i].nulls_first;
        if (i == 0 && by_index) /* created_at is newest first, all others ascending, nulls last */
            nulls_first = keys[i].descending != (keys[i].column == BROWSE_CREATED_AT);
        buf_puts(&sql->text, i ? ", " : " order by ");
        browse_put_column(sql, keys[i].column);
        if (keys[i].never_null)
            buf_puts(&sql->text, keys[i].descending ? " desc" : "");
        else
            buf_printf(&sql->text, "%s nulls %s", keys[i].descending ? " desc" : "",
                       nulls_first ? "first" : "last");
    }
}

static struct db_arg key_arg(enum browse_column column, const struct browse_value *value)
{
    switch (columns[column].type) {
    case BROWSE_TIME:
        return DB_TIME_US(value->number);
    case BROWSE_NUMBER:
        return DB_I64(value->number);
    case BROWSE_BOOL:
        return DB_BOOL(value->number != 0);
    default:
        return DB_TEXT(value->text);
    }
}

static void put_against(struct browse_sql *sql, const struct browse_key *key, const char *sign,
                        const struct browse_value *value)
{
    buf_puts(&sql->text, " and ");
    browse_put_column(sql, key->column);
    if (value->null)
        buf_puts(&sql->text, " is null");
    else
        buf_printf(&sql->text, " %s $%d::%s", sign, browse_sql_arg(sql, key_arg(key->column, value)),
                   cast_of(key->column));
}

bool browse_put_stretch(struct browse_sql *sql, const struct browse_key *keys, size_t n,
                        const struct browse_position *position, size_t number)
{
    size_t depth = n - 1 - number / 2; /* the range with the most equal keys is the nearest */
    bool nulls = number % 2;
    const struct browse_key *key = &keys[depth];
    const struct browse_value *value = &position->keys[depth];
    /* after a value: greater ones, then nulls if they are last; after a null: values if nulls are first */
    if (nulls && (value->null || key->nulls_first || key->never_null))
        return false;
    if (!nulls && value->null && !key->nulls_first)
        return false;
    if (!sql)
        return true;
    for (size_t i = 0; i < depth; i++)
        put_against(sql, &keys[i], "=", &position->keys[i]);
    if (!nulls && !value->null) {
        put_against(sql, key, key->descending ? "<" : ">", value);
        return true;
    }
    buf_puts(&sql->text, " and ");
    browse_put_column(sql, key->column);
    buf_puts(&sql->text, nulls ? " is null" : " is not null");
    return true;
}

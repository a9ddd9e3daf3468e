#include "tests/unit/unit.h"

#include "core/base/shell.h"
#include <stdio.h>

static void check(const char *word, const char *expected)
{
    AUTO_BUF out = {0};
    shell_put_word(&out, word);
    buf_putc(&out, '\0');
    assert_string_equal(out.ptr, expected);
}

static void test_shell_put_word__plain_and_quoted(void **state)
{
    (void)state;
    check("./var/demo", "./var/demo");
    check("", "''");
    check("a b", "'a b'");
    check("s p'a\"ce", "'s p'\\''a\"ce'");
    check("$(id);`id`\\", "'$(id);`id`\\'");
    check("~ada", "'~ada'");
}

/* The shell itself reads back what was written. */
static void test_shell_put_word__a_shell_reads_it(void **state)
{
    static const char *const words[] = {"s p'a\"ce",        "a\\'b", "*?[x]", "!#&|<>",
                                        "\xc3\xa4\xc3\xb6", "'",     "$HOME"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        AUTO_BUF command = {0};
        char got[64] = "";
        buf_puts(&command, "printf %s ");
        shell_put_word(&command, words[i]);
        buf_putc(&command, '\0');
        FILE *shell = popen(command.ptr, "r");
        assert_non_null(shell);
        assert_true(fread(got, 1, sizeof got - 1, shell) > 0);
        assert_int_equal(pclose(shell), 0);
        assert_string_equal(got, words[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shell_put_word__plain_and_quoted),
                                       cmocka_unit_test(test_shell_put_word__a_shell_reads_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

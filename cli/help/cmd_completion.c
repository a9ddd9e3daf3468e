/* gitomatic completion: a script that completes commands, subcommands and flags, made from the same tables as --help. */
#include "cli/args.h"
#include "cli/command.h"
#include "cli/help/flags.h"
#include <stdio.h>
#include <string.h>

#define MAX_FLAGS 256

/* The distinct flags of a usage text, in its order. */
static size_t usage_flags(const char *usage, slice *names, bool *takes_value, size_t room)
{
    size_t n = 0;
    slice text = slice_of(usage), name;
    bool value;
    while (n < room && flags_next(&text, &name, &value)) {
        size_t i = 0;
        while (i < n && !slice_eq(names[i], name))
            i++;
        if (i == n) {
            names[n] = name;
            takes_value[n++] = value;
        } else {
            takes_value[i] |= value;
        }
    }
    return n;
}

static void print_words(const struct command *command)
{
    slice names[32];
    bool value[32];
    size_t n = usage_flags(command->usage, names, value, ARRAY_LEN(names));
    for (const struct subcommand *sub = command->subs; sub && sub->name; sub++)
        printf("%s ", sub->name);
    if (command->words)
        printf("%s ", command->words);
    for (size_t i = 0; i < n; i++)
        printf("%.*s ", SLICE_ARG(names[i]));
    fputs("--help", stdout);
}

static void print_settings(void)
{
    const char *flags[MAX_FLAGS];
    size_t n = config_flags(flags, MAX_FLAGS);
    for (size_t i = 0; i < n; i++)
        printf("%s%s", i ? " " : "", flags[i]);
}

/* ---- bash; zsh reads the same through bashcompinit ---- */

static void print_bash(void)
{
    fputs("# Completion of gitomatic for bash.\n"
          "_gitomatic()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} words\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='",
          stdout);
    for (size_t i = 0; i < n_commands; i++)
        printf("%s ", commands[i].name);
    fputs("--help --version'\n    else\n        case ${COMP_WORDS[1]} in\n", stdout);
    for (size_t i = 0; i < n_commands; i++) {
        printf("        %s) words='", commands[i].name);
        print_words(&commands[i]);
        fputs("' ;;\n", stdout);
    }
    fputs("        *) return ;;\n        esac\n        case $word in -*) words=\"$words ", stdout);
    print_settings();
    fputs("\" ;; esac\n"
          "    fi\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "}\n"
          "complete -o default -F _gitomatic gitomatic\n",
          stdout);
}

/* ---- zsh ---- */

/* Inside single quotes, where a colon ends the word that is described. */
static void print_quoted(const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            printf(*text == ':' ? "\\%c" : "%c", *text);
}

static void print_zsh(void)
{
    fputs("#compdef gitomatic\n"
          "# Completion of gitomatic for zsh.\n"
          "_gitomatic()\n{\n"
          "    local -a commands choices settings\n"
          "    commands=(\n",
          stdout);
    for (size_t i = 0; i < n_commands; i++) {
        printf("        '%s:", commands[i].name);
        print_quoted(commands[i].summary);
        fputs("'\n", stdout);
    }
    fputs("    )\n    settings=(", stdout);
    print_settings();
    fputs(")\n"
          "    if (( CURRENT == 2 )); then\n"
          "        _describe command commands\n"
          "        compadd -- --help --version\n"
          "        return\n"
          "    fi\n"
          "    case $words[2] in\n",
          stdout);
    for (size_t i = 0; i < n_commands; i++) {
        printf("    %s) choices=(", commands[i].name);
        print_words(&commands[i]);
        fputs(") ;;\n", stdout);
    }
    fputs("    *) return 1 ;;\n    esac\n"
          "    compadd -- $choices\n"
          "    [[ $PREFIX == -* ]] && compadd -- $settings || _files\n"
          "}\n"
          "if [ \"$funcstack[1]\" = _gitomatic ]; then _gitomatic \"$@\"; else compdef _gitomatic gitomatic; "
          "fi\n",
          stdout);
}

/* ---- fish ---- */

static void print_fish_line(const char *command, const char *kind, slice word, bool takes_value,
                            const char *summary)
{
    printf("complete -c gitomatic -n '%s%s' %s '%.*s'%s",
           command ? "__fish_seen_subcommand_from " : "__fish_use_subcommand", command ? command : "", kind,
           SLICE_ARG(word), takes_value ? " -r" : "");
    if (summary) {
        fputs(" -d '", stdout);
        for (const char *c = summary; *c; c++)
            printf(*c == '\'' ? "\\'" : "%c", *c);
        putchar('\'');
    }
    putchar('\n');
}

static void print_fish(void)
{
    fputs("# Completion of gitomatic for fish.\n", stdout);
    print_fish_line(NULL, "-f -l", SLICE("help"), false, "show the commands and settings");
    print_fish_line(NULL, "-f -l", SLICE("version"), false, "show the version");
    for (size_t i = 0; i < n_commands; i++)
        print_fish_line(NULL, "-f -a", slice_of(commands[i].name), false, commands[i].summary);
    for (size_t i = 0; i < n_commands; i++) {
        slice names[32];
        bool value[32];
        size_t n = usage_flags(commands[i].usage, names, value, ARRAY_LEN(names));
        for (const struct subcommand *sub = commands[i].subs; sub && sub->name; sub++)
            print_fish_line(commands[i].name, "-f -a", slice_of(sub->name), false, NULL);
        if (commands[i].words)
            print_fish_line(commands[i].name, "-f -a", slice_of(commands[i].words), false, NULL);
        for (size_t j = 0; j < n; j++)
            print_fish_line(commands[i].name, "-l", slice_from(names[j].ptr + 2, names[j].len - 2), value[j],
                            NULL);
    }
    const char *flags[MAX_FLAGS];
    size_t n = config_flags(flags, MAX_FLAGS);
    for (size_t i = 0; i < n; i++)
        printf("complete -c gitomatic -l '%s' -r\n", flags[i] + 2);
}

int cmd_completion(const struct command_call *call, struct err *err)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    static void (*const print[])(void) = {print_bash, print_zsh, print_fish};
    const char *shell = NULL;
    size_t n;
    if (!args_parse(call->argc, call->argv, NULL, 0, &shell, 1, &n, err))
        return EXIT_WRONG_USE;
    for (size_t i = 0; shell && i < ARRAY_LEN(shells); i++)
        if (strcmp(shell, shells[i]) == 0) {
            print[i]();
            return EXIT_DONE;
        }
    if (shell)
        args_unknown_word(shell, "a shell known here", shells, ARRAY_LEN(shells), err);
    else
        err_set(err, ERR_USAGE, "the shell is missing: expected bash, zsh or fish");
    return EXIT_WRONG_USE;
}

/* gitomatic manual: writes the manual pages from the tables that make --help: gitomatic(1), a gitomatic-COMMAND(1) for each
 * command, and gitomatic.conf(5) with the settings. */
#include "cli/args.h"
#include "cli/command.h"
#include <stdio.h>
#include <string.h>

/* Escapes text for roff: no line becomes a request, a minus stays a minus. */
static void put_text(FILE *out, const char *text, size_t len)
{
    if (len && (*text == '.' || *text == '\''))
        fputs("\\&", out);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '-')
            fputs("\\-", out);
        else
            putc(text[i], out);
}

static void put_line(FILE *out, const char *text)
{
    put_text(out, text, strlen(text));
    putc('\n', out);
}

static void put_head(FILE *out, const char *title, int section, const char *name, const char *summary)
{
    fprintf(out, ".TH %s %d \"\" \"gitomatic " GITOMATIC_VERSION "\" \"gitomatic\"\n.SH NAME\n", title,
            section);
    put_text(out, name, strlen(name));
    fputs(" \\- ", out);
    put_line(out, summary);
}

static bool continues_synopsis(const char *line)
{
    return strncmp(line, "       ", 7) == 0;
}

/* "  TERM  what it means", with further lines of the meaning indented deeper. */
static void put_item(FILE *out, const char *line, size_t len, bool *in_options)
{
    if (line[2] == ' ') { /* continues */
        size_t blanks = strspn(line, " ");
        put_text(out, line + blanks, len > blanks ? len - blanks : 0);
        putc('\n', out);
        return;
    }
    const char *gap = memmem(line + 2, len - 2, "  ", 2);
    size_t term = gap ? (size_t)(gap - line - 2) : len - 2;
    if (!*in_options)
        fputs(".SH OPTIONS\n", out);
    *in_options = true;
    fputs(".TP\n.B ", out);
    put_text(out, line + 2, term);
    putc('\n', out);
    if (gap) {
        size_t from = 2 + term + strspn(gap, " ");
        put_text(out, line + from, len - from);
        putc('\n', out);
    }
}

/* A usage text: synopsis, what it does, options. */
static void put_usage(FILE *out, const char *command, const char *usage)
{
    bool in_options = false, first = true, described = false;
    fputs(".SH SYNOPSIS\n.nf\n", out);
    while (*usage) {
        size_t len = strcspn(usage, "\n");
        if (first || continues_synopsis(usage)) {
            size_t blanks = first ? 0 : strspn(usage, " ");
            if (first)
                fprintf(out, "gitomatic %s ", command);
            put_text(out, usage + blanks, len - blanks);
            putc('\n', out);
        } else if (strncmp(usage, "  ", 2) == 0) {
            put_item(out, usage, len, &in_options);
        } else {
            if (!described)
                fputs(".fi\n.SH DESCRIPTION\n", out);
            described = true;
            put_text(out, usage, len);
            putc('\n', out);
        }
        first = false;
        usage += len + (usage[len] == '\n');
    }
}

static void put_see_also(FILE *out)
{
    fputs(".SH SEE ALSO\n.BR gitomatic (1),\n.BR gitomatic.conf (5)\n", out);
}

static void put_exit_codes(FILE *out)
{
    fputs(".SH EXIT STATUS\n.TP\n.B 0\ndone\n.TP\n.B 1\nfailed\n.TP\n.B 2\nwrong use or bad configuration\n",
          out);
}

static void write_overview(FILE *out, const void *item)
{
    (void)item;
    put_head(out, "GITOMATIC", 1, "gitomatic", "a self-hosted GitHub discovery engine");
    fputs(".SH SYNOPSIS\n.B gitomatic\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fB\\-\\-\\fISETTING VALUE\\fR]...\n"
          ".SH DESCRIPTION\nStarts with one GitHub user, follows followers, following, stars and "
          "repositories, and keeps "
          "them in PostgreSQL. A REST API serves the result; a mirror shares cache and quota with other "
          "clients of "
          "GitHub.\n.SH COMMANDS\n",
          out);
    for (size_t i = 0; i < n_commands; i++) {
        fprintf(out, ".TP\n.BR gitomatic\\-%s (1)\n", commands[i].name);
        put_line(out, commands[i].summary);
    }
    put_exit_codes(out);
    fputs(".SH SEE ALSO\n.BR gitomatic.conf (5)\n", out);
}

static void write_command(FILE *out, const void *item)
{
    const struct command *command = item;
    char name[64];
    snprintf(name, sizeof name, "gitomatic-%s", command->name);
    put_head(out, name, 1, name, command->summary);
    put_usage(out, command->name, command->usage);
    put_exit_codes(out);
    put_see_also(out);
}

static void write_settings(FILE *out, const void *item)
{
    struct config_text text;
    (void)item;
    put_head(out, "GITOMATIC.CONF", 5, "gitomatic.conf", "settings of gitomatic");
    fputs(".SH DESCRIPTION\nEach setting is an environment variable, a line NAME=VALUE of "
          "\\fI/etc/gitomatic/gitomatic.conf\\fR "
          "(or of the file that \\fBGITOMATIC_CONF\\fR names), and a flag: \\fBDISCOVERY_COUNT\\fR is "
          "\\fB\\-\\-discovery\\-count\\fR. A flag overrides the environment, the environment overrides the "
          "file. Empty lines and lines that begin with # are ignored.\n.SH SETTINGS\n",
          out);
    for (size_t i = 0; config_text(i, &text); i++) {
        fprintf(out, ".TP\n.B %s\n", text.name);
        put_line(out, text.help);
        if (text.choices) {
            fputs("One of ", out);
            put_line(out, text.choices);
        }
        if (text.fallback) {
            fputs("(default ", out);
            put_text(out, text.fallback, strlen(text.fallback));
            fputs(")\n", out);
        }
        if (text.is_secret)
            fprintf(out, "\\fB%s_FILE\\fR names a file that holds it.\n", text.name);
    }
    fputs(".SH SEE ALSO\n.BR gitomatic (1)\n", out);
}

/* Calls write with a page's file; item is its argument. */
static bool write_page(const char *folder, const char *name, void (*write)(FILE *, const void *),
                       const void *item, struct err *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    if (!out)
        return err_errno(err, "%s", path);
    write(out, item);
    bool failed = ferror(out) != 0;
    return !(fclose(out) | failed) || err_errno(err, "%s", path);
}

int cmd_manual(const struct command_call *call, struct err *err)
{
    const char *folder = NULL;
    char name[80];
    size_t n;
    if (!args_parse(call->argc, call->argv, NULL, 0, &folder, 1, &n, err))
        return EXIT_WRONG_USE;
    if (!folder) {
        err_set(err, ERR_USAGE,
                "FOLDER is missing: expected an existing folder, as in gitomatic manual FOLDER");
        return EXIT_WRONG_USE;
    }
    bool ok = write_page(folder, "gitomatic.1", write_overview, NULL, err) &&
              write_page(folder, "gitomatic.conf.5", write_settings, NULL, err);
    for (size_t i = 0; ok && i < n_commands; i++) {
        snprintf(name, sizeof name, "gitomatic-%s.1", commands[i].name);
        ok = write_page(folder, name, write_command, &commands[i], err);
    }
    return ok ? EXIT_DONE : EXIT_FAILED;
}

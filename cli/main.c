/* gitomatic: one program, a subcommand a process. This file finds the subcommand, loads the settings and turns an error
 * into one line on stderr and an exit code; what a subcommand does is in its cmd_<name>.c. */
#include "cli/args.h"
#include "cli/command.h"
#include "core/log/log.h"
#include "scheduler/scheduler.h"
#include "schema/db/db.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct subcommand mirror_subs[] = {
    {"purge", "URL-PATTERN\n"
              "Forgets cached pages, in every mirror of this database. The pattern is a path,\n"
              "such as '/users/ada*', at the GitHub the running mirror asks (none runs: at\n"
              "GITHUB_API_URL), or a whole address; * stands for anything.\n"},
    {"warm", "FILE\n"
             "Fetches the paths of a file (- is the standard input), one a line, through the\n"
             "running mirror at MIRROR_LISTEN, with the first configured credential.\n"},
    {NULL, NULL},
};

static const struct subcommand user_subs[] = {
    {"add", "NAME [--password-stdin] [--read-only]\n"
            "Makes an API user, or gives an existing one a new password. A random password\n"
            "is made and printed.\n"
            "  --password-stdin  read the password from the first line of the standard input\n"
            "  --read-only       this user cannot create tasks\n"},
    {"list", "\nLists the API users.\n"},
    {"remove", "NAME\nRemoves an API user, with the tokens that belong to it.\n"},
    {NULL, NULL},
};

static const struct subcommand token_subs[] = {
    {"add", "NAME [--user USER] [--read-only] [--expires WHEN]\n"
            "Makes a bearer token for a program and prints it, only this once.\n"
            "  --user USER     the token belongs to this API user and has at most that\n"
            "                  user's rights\n"
            "  --read-only     this token cannot create tasks\n"
            "  --expires WHEN  12h, 30d, 8w from now, or a date such as 2027-01-31 (UTC)\n"},
    {"list", "\nLists the tokens, without their secrets.\n"},
    {"remove", "NAME\nRemoves a token; it is refused from then on.\n"},
    {NULL, NULL},
};

static const struct command commands[] = {
    {"up", "run everything: database, API, crawler, scheduler, mirror", cmd_up,
     "[--seed LOGIN]... [--demo]\n"
     "Runs it all until Ctrl-C. Without DATABASE_URL a private PostgreSQL is run in\n"
     "GITOMATIC_DATA. The first start makes an API user and prints the password once.\n"
     "  --seed LOGIN  crawl this developer's profile; may be repeated\n"
     "  --demo        crawl a simulated GitHub instead: no token, no network (data in\n"
     "                ./var/demo)\n",
     NULL},
    {"api", "serve the REST API", cmd_api, "\nServes the REST API at API_LISTEN until SIGTERM.\n", NULL},
    {"crawler", "work on the queue", cmd_crawler,
     "\nTakes jobs from the queue until SIGTERM; any number may run, on any number of\n"
     "machines.\n",
     NULL},
    {"scheduler", "fire periodic jobs", cmd_scheduler,
     "\nFires the periodic jobs and keeps the queue tidy until SIGTERM; several may run.\n", NULL},
    {"mirror", "serve GitHub's API from a cache", cmd_mirror,
     "[purge URL-PATTERN | warm FILE]\n"
     "Serves GitHub's API at MIRROR_LISTEN until SIGTERM, from a cache that is proven\n"
     "by conditional requests.\n"
     "  purge  forget pages, in every mirror: a path ('/repos/octocat/hello*') or an\n"
     "         address; * stands for anything\n"
     "  warm   fetch the paths of a file, one a line, through the running mirror\n",
     mirror_subs},
    {"migrate", "bring the database's schema up to date", cmd_migrate,
     "[--status]\n"
     "Applies the migrations that are missing; safe when several run at once.\n"
     "  --status  only show what is applied and what is pending (exit code 1 when\n"
     "            something is)\n",
     NULL},
    {"user", "manage API users", cmd_user,
     "add NAME [--password-stdin] [--read-only]\n"
     "       gitomatic user list | remove NAME\n"
     "  add               make a user, or give an existing one a new password; a\n"
     "                    random one is printed\n"
     "  --password-stdin  read the password from the first line of the standard input\n"
     "  --read-only       this user cannot create tasks\n",
     user_subs},
    {"token", "manage API tokens", cmd_token,
     "add NAME [--user USER] [--read-only] [--expires WHEN]\n"
     "       gitomatic token list | remove NAME\n"
     "  add             make a bearer token for a program and print it, only this once\n"
     "  --user USER     the token belongs to this API user and has at most that\n"
     "                  user's rights\n"
     "  --read-only     this token cannot create tasks\n"
     "  --expires WHEN  12h, 30d, 8w from now, or a date such as 2027-01-31 (UTC)\n",
     token_subs},
    {"task", "request a task", cmd_task,
     "full_profile_sync --username LOGIN [--wait]\n"
     "       gitomatic task full_repository_sync --username OWNER --repo-name NAME\n"
     "                                           [--wait]\n"
     "       gitomatic task discovery_scraper [--wait]\n"
     "The same as POST /github/tasks/.\n"
     "  --username LOGIN  the developer, or the repository's owner; also @LOGIN or its\n"
     "                    address at github.com\n"
     "  --repo-name NAME  the repository; with OWNER/NAME or its address at github.com\n"
     "                    --username is not needed\n"
     "  --wait            show progress until the task is over; exit code 1 when a job\n"
     "                    of it failed or was cancelled, or GitHub does not know the\n"
     "                    target\n",
     NULL},
    {"forget", "remove a person's data for good", cmd_forget,
     "LOGIN | --id N | --list | --undo N\n"
     "Removes a developer with their edges, history and repositories, and keeps them\n"
     "from coming back. Only a keyed hash of their GitHub id is kept: keep the number\n"
     "that is printed if it may have to be undone.\n"
     "  --id N    by GitHub id, also of somebody not known here\n"
     "  --list    the hashes that are kept, and since when\n"
     "  --undo N  let the developer of this GitHub id be stored again\n",
     NULL},
    {"retry-capabilities", "ask again what GitHub refused", cmd_retry_capabilities,
     "\n"
     "What a credential was refused (stargazers, star history, GraphQL) is asked again\n"
     "with the next job that has use for it.\n",
     NULL},
    {"status", "show jobs, quota and what is known", cmd_status,
     "[--json]\n"
     "Shows what is known, the queue, quota, credentials and processes, and what keeps\n"
     "work from going on.\n"
     "  --json  one JSON object instead of text\n",
     NULL},
    {"why", "tell why a developer was synced, when next, at what cost", cmd_why,
     "LOGIN [--json]\n"
     "From discovery's plan and the jobs that are still kept.\n"
     "  --json  one JSON object instead of text\n",
     NULL},
};

int exit_code_of(const struct err *err)
{
    return err->code == ERR_USAGE || err->code == ERR_CONFIG || err->code == ERR_BAD_PARAM ? EXIT_WRONG_USE
                                                                                           : EXIT_FAILED;
}

static void print_usage(FILE *out)
{
    fputs("gitomatic: a self-hosted GitHub discovery engine\n\nusage: gitomatic COMMAND [ARGUMENTS]\n\n",
          out);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(out, "  %-19s %s\n", commands[i].name, commands[i].summary);
    fputs("\n`gitomatic COMMAND --help` shows a command's arguments. --version shows the version.\n\n", out);
    config_help(out);
}

static const struct subcommand *find_sub(const struct command *command, int argc, char **argv)
{
    for (int i = 1; i < argc && command->subs; i++)
        for (const struct subcommand *sub = command->subs; sub->name; sub++)
            if (strcmp(argv[i], sub->name) == 0)
                return sub;
    return NULL;
}

/* At most 20 lines of 80 columns, of which two are here. */
static void print_command_help(const struct command *command, int argc, char **argv)
{
    const struct subcommand *sub = find_sub(command, argc, argv);
    const char *usage = sub ? sub->usage : command->usage;
    printf("usage: gitomatic %s%s%s%s%s\nSettings, such as DATABASE_URL or --log-level: `gitomatic --help` "
           "lists them.\n",
           command->name, sub ? " " : "", sub ? sub->name : "", *usage == '\n' ? "" : " ", usage);
}

/* One line, whatever a library put into the text. */
static void print_error(const char *command, const struct err *err)
{
    char text[sizeof err->text];
    size_t n = 0;
    for (const char *c = err->text; *c; c++) {
        bool blank = *c == '\n' || *c == '\t' || *c == '\r' || *c == ' ';
        if (blank && n && text[n - 1] == ' ')
            continue;
        text[n++] = blank ? ' ' : (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
    }
    text[n] = '\0';
    fprintf(stderr, "gitomatic%s%s: %s\n", command ? " " : "", command ? command : "", text);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int no_such_command(const char *name)
{
    const char *names[ARRAY_LEN(commands) + 2];
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        names[i] = commands[i].name;
    names[ARRAY_LEN(commands)] = "--help";
    names[ARRAY_LEN(commands) + 1] = "--version";
    args_unknown_word(name, "a command", names, ARRAY_LEN(names), &err);
    print_error(NULL, &err);
    return EXIT_WRONG_USE;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* Flags of settings become environment variables too, so that children of `up` are set like us and `ps` shows nothing.
 * before: argv as given; after: what config_load left of it. */
static bool export_flags(char **before, char **after, struct err *err)
{
    for (; *before; before++) {
        if (*before == *after) {
            after++;
            continue;
        }
        char name[64] = "", other[64];
        const char *flag = *before + 2, *equals = strchr(flag, '=');
        size_t length = equals ? (size_t)(equals - flag) : strlen(flag);
        const char *value = equals ? equals + 1 : *++before;
        for (size_t i = 0; i < length && i + 1 < sizeof name; i++)
            name[i] = (char)(flag[i] == '-'                     ? '_'
                             : flag[i] >= 'a' && flag[i] <= 'z' ? flag[i] - 32
                                                                : flag[i]);
        if (setenv(name, value, 1))
            return err_errno(err, "set %s", name);
        if (config_other_form(name, other, sizeof other) && unsetenv(other))
            return err_errno(err, "unset %s", other);
    }
    return true;
}

static int run(const struct command *command, int argc, char **argv, struct err *err)
{
    struct config cfg = {0};
    char **given = calloc((size_t)argc + 1, sizeof *given);
    if (!given)
        abort();
    memcpy(given, argv, (size_t)argc * sizeof *given);
    int code = EXIT_WRONG_USE;
    if (config_load(&cfg, &argc, argv, err) && scheduler_check(&cfg, err) && export_flags(given, argv, err)) {
        log_setup(command->name, (enum log_level)cfg.log_level, (enum log_format)cfg.log_format);
        const struct command_call call = {.name = command->name, .cfg = &cfg, .argc = argc, .argv = argv};
        code = command->run(&call, err);
    }
    config_finish(&cfg);
    free(given);
    return code;
}

static int print_help(int argc, char **argv)
{
    if (argc < 1) {
        print_usage(stdout);
        return EXIT_DONE;
    }
    const struct command *command = find_command(argv[0]);
    if (!command)
        return no_such_command(argv[0]);
    print_command_help(command, argc, argv);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    struct err err = {.code = ERR_NONE};
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_WRONG_USE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return print_help(strcmp(argv[1], "help") == 0 ? argc - 2 : 0, argv + 2);
    if (strcmp(argv[1], "--version") == 0) {
        puts("gitomatic " GITOMATIC_VERSION);
        return EXIT_DONE;
    }
    const struct command *command = find_command(argv[1]);
    if (!command)
        return no_such_command(argv[1]);
    if (asks_for_help(argc - 1, argv + 1))
        return print_help(argc - 1, argv + 1);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int code = run(command, argc - 1, argv + 1, &err);
    if (code != EXIT_DONE && err.code != ERR_NONE)
        print_error(command->name, &err);
    if (db_leaves_threads()) { /* what exit() would take from under it */
        fflush(NULL);
        _exit(code);
    }
    return code;
}

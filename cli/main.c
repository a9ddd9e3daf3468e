/* gitomatic: one program, a subcommand a process. This file finds the subcommand, loads the settings and turns an error
 * into one line on stderr and an exit code; what a subcommand does is in its cmd_<name>.c. */
#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "cli/run/demo.h"
#include "core/base/limits.h"
#include "core/base/manager.h"
#include "core/base/memory.h"
#include "core/config/conf_file.h"
#include "core/log/log.h"
#include "core/log/target.h"
#include "github/multi.h"
#include "scheduler/scheduler.h"
#include "schema/db/db.h"
#include <jansson.h>
#include <orcania.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int exit_code_of(const struct err *err)
{
    return err->code == ERR_USAGE || err->code == ERR_CONFIG || err->code == ERR_BAD_PARAM ? EXIT_WRONG_USE
                                                                                           : EXIT_FAILED;
}

static void print_usage(FILE *out)
{
    fputs("gitomatic: a self-hosted GitHub discovery engine\n\nusage: gitomatic COMMAND [ARGUMENTS]\n\n",
          out);
    for (size_t i = 0; i < n_commands; i++)
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

/* At most 20 lines of 80 columns, including two of its own. */
static void print_command_help(const struct command *command, int argc, char **argv)
{
    const struct subcommand *sub = find_sub(command, argc, argv);
    const char *usage = sub ? sub->usage : command->usage;
    printf("usage: gitomatic %s%s%s%s%s\nSettings, such as DATABASE_URL or --log-level: `gitomatic --help` "
           "lists them.\n",
           command->name, sub ? " " : "", sub ? sub->name : "", *usage == '\n' ? "" : " ", usage);
}

/* One line, whatever a library has put into the text. */
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
    for (size_t i = 0; i < n_commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int no_such_command(const char *name)
{
    const char *names[MAX_COMMANDS + 2];
    struct err err;
    for (size_t i = 0; i < n_commands; i++)
        names[i] = commands[i].name;
    names[n_commands] = "--help";
    names[n_commands + 1] = "--version";
    args_unknown_word(name, "a command", names, n_commands + 2, &err);
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

/* Flags of settings become environment variables too, so that children of `up` have the same settings and `ps` shows nothing.
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
        if (!conf_file_override(name, value, err) ||
            (config_other_form(name, other, sizeof other) && !conf_file_override(other, "", err)))
            return false;
    }
    return true;
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool asks_github(const char *command)
{
    static const char *const asking[] = {"crawler", "mirror"};
    return is_one_of(command, asking, ARRAY_LEN(asking));
}

/* In a demo's data folder, or with its database by its connection string: commands that ask GitHub ask the demo's, which alone knows
 * these records. */
static bool enter_demo(struct command_call *call, struct config *cfg, struct err *err)
{
    bool given = database_is_given(cfg), asks = asks_github(call->name);
    const char *folder = given && asks ? demo_folder_of(cfg->database_url) : NULL;
    call->folder = folder ? folder : cfg->data_dir;
    call->asks_github = asks && (!given || folder);
    if (!call->asks_github && (given || strcmp(call->name, "doctor") != 0))
        return true;
    enum demo_state state = demo_find(call->folder);
    call->demo_stopped = state == DEMO_STOPPED;
    if (call->asks_github && call->demo_stopped)
        return demo_is_stopped(call->folder, err);
    call->check_folder = call->asks_github && state == DEMO_NONE ? demo_is_none : NULL;
    if (state != DEMO_RUNS)
        return true;
    call->adopt_demo = demo_adopt;
    demo_adopt(cfg);
    return true;
}

static int run_command(const struct command *command, const struct command_call *call, struct err *err)
{
    if (call->adopt_demo && call->asks_github && !demo_end_with(err))
        return exit_code_of(err);
    int code = command->run(call, err);
    if (!demo_has_ended())
        return code;
    err_set(err, ERR_SYSTEM,
            "the demo in the data folder %.120s has ended, and this command with it: start it again once the "
            "demo runs",
            call->folder);
    return exit_code_of(err);
}

/* Records that leave or enter a demo's database. */
static void warn_of_demo(const struct command_call *call)
{
    const char *folder;
    if (call->adopt_demo && call->asks_github)
        log_warn("demo.github", L_STR("upstream", call->cfg->github_api_url), L_STR("folder", call->folder),
                 L_STR("note",
                       "the data folder is a demo's, so its simulated GitHub is used, and no other token"));
    else if ((folder = demo_folder_used(call->cfg)) != NULL)
        log_warn("demo.data", L_STR("folder", folder), L_STR("note", "it has the made-up records of a demo"));
}

static int run(const struct command *command, int argc, char **argv, struct err *err)
{
    struct config cfg = {0};
    char **given = xcalloc((size_t)argc + 1, sizeof *given);
    memcpy(given, argv, (size_t)argc * sizeof *given);
    const int given_argc = argc;
    int code = EXIT_WRONG_USE;
    if (config_load(&cfg, &argc, argv, err) && scheduler_check(&cfg, err) && export_flags(given, argv, err)) {
        struct command_call call = {.name = command->name,
                                    .cfg = &cfg,
                                    .argc = argc,
                                    .argv = argv,
                                    .given_argc = given_argc,
                                    .given_argv = given,
                                    .warn_of_demo = warn_of_demo};
        log_setup(command->name, (enum log_level)cfg.log_level, (enum log_format)cfg.log_format);
        if (enter_demo(&call, &cfg, err) && log_target_open(cfg.log_target, err)) {
            code = run_command(command, &call, err);
        } else {
            code = exit_code_of(err);
        }
    }
    config_finish(&cfg);
    free(given);
    return code;
}

/* Child processes are not the service: the variables are for this process only. */
static void open_manager(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    int64_t whose = getpid();
    bool ours = !pid || (slice_i64(slice_of(pid), 1, INT64_MAX, &whose) && whose == getpid());
    manager_open(getenv("NOTIFY_SOCKET"), ours ? getenv("WATCHDOG_USEC") : NULL);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

/* From the start, so that a reload does not end a process that is starting. */
static void hold_reloads(const struct command *command)
{
    static const char *const services[] = {"api", "crawler", "mirror", "scheduler", "up"};
    if (is_one_of(command->name, services, ARRAY_LEN(services)))
        stop_hold_hup(true);
}

static bool load_conf_file(struct err *err)
{
    bool unreadable;
    if (!conf_file_load(&unreadable, err))
        return false;
    if (unreadable)
        fputs("gitomatic: " CONF_FILE_DEFAULT
              " is ignored: you may not read it. Run as root or as user gitomatic, or set GITOMATIC_CONF.\n",
              stderr);
    return true;
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

/* Some libraries continue without memory: jansson with a document that lacks members, libcurl with a URL that lacks its query, ulfius
 * with a request that lacks fields. The results would look complete. */
static bool end_without_memory(void)
{
    json_set_alloc_funcs(xmalloc, free);
    o_set_alloc_funcs(xmalloc, xrealloc, free);
    return gh_curl_start();
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
    if (!limits_prepare(&err)) {
        print_error(command->name, &err);
        return exit_code_of(&err);
    }
    hold_reloads(command);
    setvbuf(stdout, NULL, _IOLBF, 0);
    open_manager();
    if (!end_without_memory())
        err_set(&err, ERR_SYSTEM, "libcurl can't start");
    if (err.code != ERR_NONE || !load_conf_file(&err)) {
        print_error(command->name, &err);
        return exit_code_of(&err);
    }
    int code = run(command, argc - 1, argv + 1, &err);
    if (code != EXIT_DONE && err.code != ERR_NONE)
        print_error(command->name, &err);
    if (db_leaves_threads()) { /* exit() would free memory in use by that thread */
        fflush(NULL);
        _exit(code);
    }
    return code;
}

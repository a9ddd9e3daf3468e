/* command: the arguments of every subcommand, and the table in which main.c finds it. */
#pragma once
#include "core/config/config.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_WRONG_USE = 2, EXIT_INTERRUPTED = 130 };

struct command_call {
    const char *name;
    const struct config *cfg;
    int argc; /* the subcommand's own arguments, without flags of settings; argv[0] is the subcommand */
    char **argv;
    int given_argc; /* the arguments as given, with those flags */
    char *const *given_argv;
    /* Not NULL: cfg's data folder is a demo's, and this made cfg's GitHub the demo's (run/demo.h). */
    void (*adopt_demo)(struct config *cfg);
    /* Where a demo is looked for: cfg's data folder; or the demo's data folder, if DATABASE_URL leads to a demo's database. */
    const char *folder;
    bool demo_stopped; /* the data folder is that of a demo that does not run; only doctor is called then */
    bool asks_github;  /* as a service that stores records */
    /* Once there is a database: whether the data folder is still not a demo's; or NULL. */
    bool (*check_folder)(const char *data_dir, int stop_fd, struct err *err);
    /* Logs that the data folder is a demo's, if it is. For commands that ask GitHub or move records, once their arguments are right. */
    void (*warn_of_demo)(const struct command_call *call);
};

struct subcommand {
    const char *name, *usage; /* NULL ends a list; usage like a command's */
};

struct command {
    const char *name, *summary;
    /* The exit code. On failure *err says why; main prints it as `gitomatic NAME: text`. */
    int (*run)(const struct command_call *call, struct err *err);
    const char *usage; /* arguments on the first line, then what they do: 80 columns, 18 lines at most */
    const struct subcommand *subs; /* with their own help; or NULL */
    const char *words;             /* operands to choose from, for completion; or NULL */
};

#define MAX_COMMANDS 40
extern const struct command commands[];
extern const size_t n_commands; /* at most MAX_COMMANDS */

int cmd_up(const struct command_call *call, struct err *err);
int cmd_api(const struct command_call *call, struct err *err);
int cmd_crawler(const struct command_call *call, struct err *err);
int cmd_mirror(const struct command_call *call, struct err *err);
int cmd_scheduler(const struct command_call *call, struct err *err);
int cmd_migrate(const struct command_call *call, struct err *err);
int cmd_user(const struct command_call *call, struct err *err);
int cmd_webhook(const struct command_call *call, struct err *err);
int cmd_token(const struct command_call *call, struct err *err);
int cmd_task(const struct command_call *call, struct err *err);
int cmd_sample(const struct command_call *call, struct err *err);
int cmd_census(const struct command_call *call, struct err *err);
int cmd_export(const struct command_call *call, struct err *err);
int cmd_import(const struct command_call *call, struct err *err);
int cmd_verify(const struct command_call *call, struct err *err);
int cmd_forget(const struct command_call *call, struct err *err);
int cmd_retry_capabilities(const struct command_call *call, struct err *err);
int cmd_tune(const struct command_call *call, struct err *err);
int cmd_upgrade_cluster(const struct command_call *call, struct err *err);
int cmd_why(const struct command_call *call, struct err *err);
int cmd_status(const struct command_call *call, struct err *err);
int cmd_doctor(const struct command_call *call, struct err *err);
int cmd_manual(const struct command_call *call, struct err *err);
int cmd_completion(const struct command_call *call, struct err *err);

/* The exit code of an error: 2 for wrong use and invalid configuration, 1 otherwise. */
int exit_code_of(const struct err *err);

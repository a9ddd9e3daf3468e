/* demo: the simulator that `gitomatic up --demo` crawls. */
#pragma once
#include "cli/cluster/addresses.h"
#include "cli/process/supervise.h"
#include "core/config/config.h"
#include "schema/db/db.h"

#define DEMO_DATA_DIR "./var/demo"
#define DEMO_SEED     "ada" /* the simulator's first login */
/* Two of its repositories: syncing them by name includes GitHub's star history, so that charts have years to show. */
#define DEMO_OWNER "ada"
#define DEMO_REPOSITORIES                                                                                    \
    {                                                                                                        \
        "super-db", "rustserver"                                                                             \
    }

/* Defaults of a demo for settings that are not set: data folder and a discovery every minute, in cfg and in the environment. */
MUST_CHECK bool demo_settings(struct config *cfg, struct err *err);
/* Starts gitomatic-sim (beside this program, or in PATH) as a service and sets GITHUB_API_URL and GITHUB_TOKEN in the
 * environment for it, for the services started afterwards. data_dir: the folder that stores its state;
 * NULL: it starts from the beginning. */
MUST_CHECK bool demo_start(struct supervisor *services, const char *data_dir, int stop_fd,
                           char url_out[ADDRESS_SIZE], struct err *err);
enum demo_state {
    DEMO_NONE,    /* the folder is not a demo's, or its `up` crawls GitHub itself */
    DEMO_RUNS,    /* its GitHub is known */
    DEMO_STOPPED, /* made-up records, and no `up` */
};

/* For other commands, on the main thread before others are started: whether the folder is a demo's. After DEMO_RUNS demo_adopt() sets
 * a configuration's GitHub to it, without a proxy and with no other credential; any thread may call it. */
enum demo_state demo_find(const char *data_dir);
void demo_adopt(struct config *cfg);
/* The data folder whose embedded database the connection string leads to, if its records are a demo's; else NULL. Not for the
 * processes that `up` starts, which have its settings. Static. */
const char *demo_folder_of(const char *database_url);
/* After DEMO_RUNS, once: this process gets a SIGTERM when the demo ends. Another program may listen at the demo's address then. */
MUST_CHECK bool demo_end_with(struct err *err);
/* Whether that was so. Any thread. */
bool demo_has_ended(void);
/* After DEMO_NONE, once there is a database: false if its records are a demo's after all. Waits at most 10 s for an `up` that starts.
 * ERR_STOPPING: stop_fd became readable first. */
MUST_CHECK bool demo_is_none(const char *data_dir, int stop_fd, struct err *err);
/* The error of DEMO_STOPPED. Always false. */
bool demo_is_stopped(const char *data_dir, struct err *err);
/* Whether the folder's database has generated records: it is or was a demo's. */
bool demo_made(const char *data_dir);

/* The demo's data folder that the configuration's database is in, by GITOMATIC_DATA or by the connection string; else NULL.
 * Borrowed from cfg, or static. */
const char *demo_folder_used(const struct config *cfg);
/* Whether the database has a demo's records: it is in a demo's data folder, or the demo's token has crawled into it (`up --demo` with
 * DATABASE_URL). A role that may not read the credentials learns only the first. */
bool demo_has_crawled(const struct config *cfg, struct db *db);

/* Before `up --demo` writes anything: false, with ERR_CONFIG, if the database has records that are not a demo's. An empty database, one
 * without the schema and a demo's own are fine. folder: of the embedded database; NULL: the configuration names another. */
MUST_CHECK bool demo_may_crawl(const struct config *cfg, const char *folder, struct db *db, struct err *err);

/* Keeps a demo changing: a past of thirty days when the first crawl is over (schema/demo.h), then a sync of a developer every few
 * seconds, which finds the changes on the simulated GitHub. */
struct demo_life;
struct demo_life *demo_life_create(const char *url); /* as db_open takes it; borrowed */
void demo_life_destroy(struct demo_life *life);      /* NULL is fine */
/* Call every few tenths of a second. An unavailable database is ignored. */
void demo_life_look(struct demo_life *life);

/* demo: the simulator that `gitomatic up --demo` crawls. */
#pragma once
#include "cli/process/supervise.h"
#include "core/config/config.h"

#define DEMO_DATA_DIR "./var/demo"
#define DEMO_SEED     "ada" /* the simulator's first login */
/* Two of its repositories: synced by name, GitHub's star history comes along, so that charts have years to show. */
#define DEMO_OWNER "ada"
#define DEMO_REPOSITORIES                                                                                    \
    {                                                                                                        \
        "myserver", "super-db"                                                                               \
    }

/* Settings of a demo that the user left alone: data folder and a discovery every minute, in cfg and in our environment. */
MUST_CHECK bool demo_settings(struct config *cfg, struct err *err);
/* Starts gitomatic-sim (beside this program, or in PATH) as a service and points our environment's GITHUB_API_URL and
 * GITHUB_TOKEN at it, for the services started afterwards. */
MUST_CHECK bool demo_start(struct supervisor *services, int stop_fd, struct err *err);

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
        "super-db", "rustserver"                                                                             \
    }

/* Settings of a demo that the user left alone: data folder and a discovery every minute, in cfg and in our environment. */
MUST_CHECK bool demo_settings(struct config *cfg, struct err *err);
/* Starts gitomatic-sim (beside this program, or in PATH) as a service and points our environment's GITHUB_API_URL and
 * GITHUB_TOKEN at it, for the services started afterwards. */
MUST_CHECK bool demo_start(struct supervisor *services, int stop_fd, struct err *err);

/* What keeps a demo moving once it has begun: a past of thirty days when the first crawl is over (schema/demo.h), then a sync of
 * a developer every few seconds, so that what comes and goes on the simulated GitHub is seen. */
struct demo_life;
struct demo_life *demo_life_create(const char *url); /* as db_open takes it; borrowed */
void demo_life_destroy(struct demo_life *life);      /* NULL is fine */
/* Call every few tenths of a second. A database that is away is passed over in silence. */
void demo_life_look(struct demo_life *life);

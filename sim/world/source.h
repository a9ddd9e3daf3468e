/* source: fills an empty world, from a seed or from recorded files. */
#ifndef GITOMATIC_SIM_SOURCE_H
#define GITOMATIC_SIM_SOURCE_H

#include "sim/world/rng.h"
#include "sim/world/world.h"

/* A generated world of n_users accounts, the same for the same seed. The first account is `ada`: nearly all others can be reached
 * from it by followers, following and stars. With dense_ids most ids from 1 on exist. */
void source_synthetic(struct world *w, uint32_t n_users, uint64_t seed, bool dense_ids);

/* users.jsonl.gz, repos.jsonl.gz, follows.tsv.gz, stars.tsv.gz in dir. On failure false, with the reason in one line in err. */
bool source_recorded(struct world *w, const char *dir, char *err, size_t err_size);

/* A plausible profile for an account, and details for a repository, drawn from r; also for records that ops add. */
void source_dress_user(struct world *w, uint32_t user, struct rng *r);
void source_dress_repo(struct world *w, uint32_t repo, struct rng *r);
void source_repo_name(char *out, size_t size, struct rng *r);
void source_login(char *out, size_t size, struct rng *r);

#endif

#include "cli/process/service.h"
#include "crawler/crawler.h"
#include "github/app/app_jwt.h"
#include "github/credential.h"

/* For an app, only the key: requests to GitHub follow when the crawler starts again. */
static bool check(const struct config *cfg, struct err *err)
{
    struct config tokens = *cfg;
    struct gh_credentials credentials;
    struct gh_app_key *key = NULL;
    tokens.github_app_id = NULL;
    if (!gh_credentials_load(&tokens, NULL, &credentials, err))
        return false;
    gh_credentials_finish(&credentials);
    if (cfg->github_app_id && !gh_app_key_load(cfg->github_app_private_key, &key, err))
        return false;
    gh_app_key_free(key);
    return true;
}

int cmd_crawler(const struct command_call *call, struct err *err)
{
    return service_run_again(call, crawler_run, check, err);
}

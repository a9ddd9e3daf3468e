/* config_case: a configuration loaded from a clean environment, for each case of test_config.c and test_config_files.c. */
#pragma once
#include "tests/unit/unit.h"

#include "core/config/config.h"
#include <stdio.h>
#include <unistd.h>

static const char *const names[] = {
    "DATABASE_URL",
    "DATABASE_READ_URL",
    "GITOMATIC_DATA",
    "GITHUB_API_URL",
    "GITHUB_TOKEN",
    "GITHUB_TOKENS",
    "GITHUB_API_USER",
    "GITHUB_API_KEY",
    "API_LISTEN",
    "RATE_LIMIT_STOP_THRESHOLD",
    "MIRROR_LISTEN",
    "MIRROR_SOCKET",
    "MIRROR_SOCKET_MODE",
    "MIRROR_TLS_CERT_FILE",
    "MIRROR_TLS_KEY_FILE",
    "MIRROR_NEGATIVE_SECONDS",
    "MIRROR_IMMUTABLE_SECONDS",
    "PUBLIC_URL",
    "DISCOVERY_SCHEDULE",
    "DISCOVERY_COUNT",
    "HEARTBEAT_SCHEDULE",
    "GITHUB_HYDRATION",
    "GITHUB_USERS",
    "CRAWLER_CONCURRENCY",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "LOG_TARGET",
    "PORT",
    "PGHOST",
    "PGHOSTADDR",
    "PGSERVICE",
    "PGDATABASE",
    "GITHUB_CA_FILE",
    "SSL_CERT_FILE",
    "GITHUB_WEBHOOK_SECRET",
    "DATABASE_URL_FILE",
    "DATABASE_READ_URL_FILE",
    "GITHUB_TOKEN_FILE",
    "GITHUB_TOKENS_FILE",
    "GITHUB_API_KEY_FILE",
    "GITHUB_WEBHOOK_SECRET_FILE",
};

static struct config cfg;
static struct err err;
static char *argv[20];
static int argc;

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
    memset(&err, 0, sizeof err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    config_finish(&cfg);
    return 0;
}

static bool load(const char *const *arguments)
{
    config_finish(&cfg);
    argv[0] = (char *)"gitomatic";
    argc = 1;
    for (; *arguments; arguments++)
        argv[argc++] = (char *)(uintptr_t)*arguments;
    argv[argc] = NULL;
    return config_load(&cfg, &argc, argv, &err);
}

#define LOAD(...) load((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void assert_loaded(bool loaded)
{
    if (!loaded)
        fail_msg("%s", err.text);
}

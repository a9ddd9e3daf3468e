/* app: one GitHub App: its JWTs, its installations and their tokens. All functions may be called from any thread. */
#ifndef GITOMATIC_SIM_APP_H
#define GITOMATIC_SIM_APP_H

#include "sim/serve/options.h"
#include "sim/world/buf.h"

struct app;
struct request;

/* *out is NULL without --app. False: err says what is wrong with the key file. */
bool app_create(const struct options *o, struct app **out, char *err, size_t err_size);
void app_destroy(struct app *a);

/* Whether the text is a token of an installation's form. */
bool app_is_token(const char *text);
/* The installation of a token that is valid now; 0: none. A token that was valid once counts as expired. */
int64_t app_installation_of(struct app *a, const char *token);

/* /app and below it. */
void app_request(struct request *rq);
bool app_is_suspended(struct app *a, int64_t installation);

/* A request to /_sim/app. key: a file with the app's new key. False: the request is invalid, and nothing was changed. */
struct app_change {
    int64_t suspend, remove, resume; /* ids; 0: none. resume undoes both. */
    int64_t add;                     /* the app is installed once more, under that id */
    bool revoke;                     /* every token becomes invalid */
    const char *key;
};
bool app_control(struct app *a, const struct app_change *change);
/* "app":{…}, and back to zero. */
void app_stats(struct app *a, struct buf *b);
void app_reset_stats(struct app *a);

#endif

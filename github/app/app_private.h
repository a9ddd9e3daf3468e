/* app_private: what the files of github/app share. A gh_multi loop (github/multi.h) is the app's thread: it requests what is due, up to
 * AT_ONCE at a time, since one slow answer must not hold up the other installations' tokens. */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "github/app/app.h"
#include "github/app/app_jwt.h"
#include "github/headers.h"
#include "github/multi.h"
#include "github/outcome.h"
#include <pthread.h>
#include <stdatomic.h>

struct installation {
    int64_t id;
    char authorization[GH_APP_TOKEN_SIZE]; /* "": none yet */
    int64_t usable_until_ms, next_ms;      /* monotonic */
    int n_failures;
    int n_refusals[GH_N_RESOURCES]; /* tokens in a row */
    int n_replaced;                 /* early, since a resource refused them */
    int64_t replaced_ms;
    bool tried, logged; /* logged: a failure was logged, and no success since */
    bool refused;       /* with a 403 or 404 that is no limit, since the last token */
    int64_t look_ms;    /* then: a list that began later decides whether it ended; 0: none is awaited */
    bool asked;         /* a request for its token is under way */
    bool listed;        /* by GitHub's newest complete list, or by the settings */
    _Atomic bool ended; /* not listed, and refused a token */
};

/* Reading the list: its pages, one after another. */
struct listing {
    int64_t next_ms; /* monotonic; INT64_MAX: the settings name them */
    bool asked;      /* a page is under way */
    bool reading;    /* from the first page on until all came */
    bool again;      /* it was asked for while it was read */
    bool complete;   /* at least once */
    bool logged;     /* a failure was logged, and no success since */
    int n_failures;  /* in a row */
    struct err err;  /* the newest one's */
    bool decided;    /* the start is not to wait for longer: it is complete, or cannot be had */
    int64_t began_ms;
    /* The loop's, which needs no lock for them: */
    int page;
    int64_t ids[GH_APP_MAX_INSTALLATIONS]; /* found so far */
    size_t n;
    bool too_many;
};

struct gh_app {
    const struct config *cfg;
    bool given; /* the settings name the installations */
    struct gh_app_key *key;
    struct gh_multi *loop;
    _Atomic int64_t ahead_ms; /* GitHub's clock against ours */
    _Atomic bool stopping;
    _Atomic uint64_t n_changes;
    _Atomic size_t n;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    struct installation *items; /* never move */
    size_t most;
    struct listing list;
    int64_t life_ms;       /* of the newest token */
    int64_t held_until_ms; /* a limit: nothing is sent before */
    struct gh_limits limits;
};

/* One request with the app's own JWT. */
struct app_call {
    struct gh_transfer transfer; /* the loop's; first */
    struct gh_app *app;
    struct installation *of; /* whose token is requested; NULL: a page of the list */
    const char *url;
    struct arena *arena;
    bool repeated; /* after a 401 */
    int64_t asked_ms;
    int status;      /* 0: no answer came */
    const char *why; /* then */
    struct gh_headers headers;
    struct buf body;
    int64_t limit_ms; /* a limit, and how long it is waited for; 0: none */
    int64_t told_ms;  /* what GitHub said of it, without our doubling */
};

#define RENEW_EARLY_MS (10 * 60000) /* before a token's end, at most half of its life */

static inline int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- app_calls.c ---- */
extern const struct gh_multi_user app_calls;
/* ERR_UPSTREAM: what GitHub, or the lack of its answer, says. Returns false. */
bool app_call_failed(const struct app_call *call, const char *what, struct err *err);
/* How long GitHub asks to wait; 0: it does not say. */
int64_t app_call_asked_ms(const struct app_call *call);
/* How long after a failure to try again, the n-th in a row. */
int64_t app_call_wait_ms(const struct app_call *call, int n_failures);

/* ---- app_token.c: on the loop ---- */
void app_token_answered(struct app_call *call);

/* ---- app_list.c ---- */
MUST_CHECK bool app_list_given(struct gh_app *app, struct err *err);
/* The list came, or can't be had. With the lock. */
bool app_list_decided(const struct gh_app *app);
/* A token says how long they live. With the lock. */
void app_list_soon(struct gh_app *app);
/* Reads it as soon as may be, from the beginning. Not if the settings name them. With the lock. */
void app_list_now(struct gh_app *app);
/* On the loop. */
const char *app_list_path(struct gh_app *app, struct arena *a);
void app_list_answered(struct app_call *call);

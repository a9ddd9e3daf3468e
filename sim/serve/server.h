/* server: a running simulator, and a request with its answer.
 *
 * A request is read (server.c), admitted and answered under the world's read lock (answer.c, routes.c and
 * the rest_*.c handlers), possibly damaged on purpose (fault.c) or delayed (sleepers.c), and sent (send.c). */
#ifndef GITOMATIC_SIM_SERVER_H
#define GITOMATIC_SIM_SERVER_H

#include "sim/content/render.h"
#include "sim/serve/account.h"
#include "sim/serve/body.h"
#include "sim/serve/options.h"
#include "sim/world/rng.h"

#include <microhttpd.h>

#define MAX_SEGMENTS 8
#define MAX_UPLOAD   (1 << 20)

struct sleepers;
struct trace;
struct server;

/* Counted with relaxed atomics. */
struct counters {
    int64_t connections, open_connections, max_open_connections;
    int64_t status_page, downloads, downloads_with_authorization;
};

/* One address that is listened on. */
struct listener {
    struct server *server;
    struct MHD_Daemon *daemon;
    int fd;            /* the daemon's, once it runs */
    bool downloads;    /* the other host */
    char address[300]; /* host:port as listened on */
};

struct server {
    struct options options;
    struct world world;
    struct app *app; /* NULL: none */
    struct accounts *accounts;
    struct bodies *bodies;
    struct sleepers *sleepers;
    struct trace *trace;
    struct listener api, downloads;
    struct counters counters;
    char download_base[320]; /* http://HOST:PORT of the download host, "" without one */
    char url_base[600];      /* the beginning of url fields in bodies */
    pthread_mutex_t fault_lock;
    struct rng fault_rng;
    struct names faulted; /* addresses that got an incomplete list once */
    uint64_t n_requests;
};

struct answer {
    unsigned status;
    const char *content_type;
    struct body *body;
    struct quota quota;
    bool has_quota;   /* x-ratelimit headers are shown */
    bool validators;  /* ETag and Last-Modified are shown: only for what can be requested conditionally */
    bool uncacheable; /* differs from request to request: not stored */
    bool is_graphql;
    int64_t retry_after_s; /* -1: none */
    int64_t charged;
    bool ranged; /* 206: first … last of the body */
    uint64_t first, last;
    char etag[65];
    char location[400];
};

enum request_state { REQUEST_READING, REQUEST_DELAYED };

struct request {
    struct server *server;
    struct MHD_Connection *connection;
    char *uri; /* as sent: path and query */
    const char *method;
    const char *accept, *authorization, *user_agent, *accept_encoding, *if_none_match, *if_modified_since,
        *version, *range, *if_range;
    char origin[320]; /* the beginning of Link and Location: http://HOST */
    char *path;       /* decoded copy that the segments point into */
    char *segments[MAX_SEGMENTS];
    uint32_t n_segments, name_segments; /* the latter: those that name a repository, in repos/… */
    bool trailing_slash, under_base, too_deep;
    struct caller caller;
    struct view view;
    struct buf upload;
    bool upload_too_big, entered, is_control, downloads;
    bool reads, writes; /* GET or HEAD; the world may change: its write lock is held */
    enum request_state state;
    enum fault_kind fault;
    struct answer answer;
    int64_t started_ms;
};

/* server.c */
bool server_start(struct server *sv, char *err, size_t err_size);
void server_stop(struct server *sv);
int64_t clock_ms(void);
const char *request_query(const struct request *rq, const char *key); /* decoded, NULL when absent */
int64_t request_points(const struct request *rq);                     /* of the secondary limit */
bool request_accepts(const struct request *rq, const char *word);     /* Accept contains word */

/* answer.c: fills rq->answer. */
void answer_request(struct request *rq);
void answer_error(struct request *rq, unsigned status, const char *message, const char *documentation);
void answer_not_found(struct request *rq);
void answer_text(struct request *rq, unsigned status, const char *content_type, const char *text);
void answer_json(struct request *rq, unsigned status, struct buf *text); /* takes text's memory */
/* 200 in another media type than JSON. type lives forever; binary bodies are never compressed. */
void answer_media(struct request *rq, const char *type, struct buf *data, bool binary, int64_t last_modified);
bool answer_conditions(struct request *rq); /* validators and ranges of a 200; true when it became a 304 */
void answer_secondary(struct request *rq, unsigned status);

/* routes.c: finds the handler; 404 when there is none. */
void route_request(struct request *rq);
void route_write(struct request *rq); /* rest_write.c */

/* download.c */
struct download_token {
    char text[24];
};
struct download_token download_token(const struct repo *r); /* of a private repository's downloads */
void download_request(struct request *rq);

/* status_page.c */
void answer_components(struct request *rq, enum status_mode mode);

/* graphql.c, control.c */
void graphql_request(struct request *rq);
void control_request(struct request *rq);

/* fault.c */
enum fault_kind fault_draw(
    struct request *rq); /* FAULT_NONE: nothing goes wrong, or no kind fits the request */
/* Whether the detail of this account or repository is denied while lists show it; the id alone decides. */
bool fault_denies_user(const struct server *sv, uint32_t user);
bool fault_denies_repo(const struct server *sv, uint32_t repo);
bool fault_replaces(struct request *rq); /* the fault answers instead of the handler */
void fault_spoils(struct request *rq);   /* the fault changes a finished answer */

/* send.c */
enum MHD_Result send_answer(struct request *rq);
enum MHD_Result send_reset(struct request *rq);

/* sleepers.c: suspends a connection until a moment of clock_ms(); false while stopping. */
struct sleepers *sleepers_create(void);
bool sleepers_suspend(struct sleepers *t, struct MHD_Connection *connection, int64_t until_ms);
void sleepers_flush(struct sleepers *t); /* resumes all and refuses new ones */
void sleepers_destroy(struct sleepers *t);

/* trace.c */
struct trace *trace_open(const char *file); /* NULL when it cannot be opened */
void trace_request(struct trace *t, const struct request *rq, int64_t in_flight);
void trace_close(struct trace *t);

#endif

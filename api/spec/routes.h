/* routes: all paths of the API, as one table: serving, the Allow header, metrics and documentation read it. */
#pragma once
#include "api/request/request.h"
#include "api/spec/fields.h"
#include "schema/browse/browse.h"

enum route_flags {
    ROUTE_OPEN = 1,       /* needs no credentials */
    ROUTE_NEGOTIATES = 2, /* JSON by Accept and ?format= */
    ROUTE_READS = 4,      /* gets a connection for reading */
    ROUTE_WRITES = 8,     /* gets a connection to the primary */
    ROUTE_POST = 16,      /* takes POST beside GET; POST gets a connection to the primary */
    ROUTE_ASSET = 32,     /* files of pages: not part of the API or its documentation */
    ROUTE_BARE_LIST = 64, /* answers with a list of its shape, without an envelope */
    ROUTE_TABLE = 128,    /* also answers as CSV and NDJSON */
    ROUTE_GRAPH = 256,    /* also answers as GEXF and GraphML */
    ROUTE_SVG = 512,      /* answers with a drawing; its parameters are checked like a JSON route's */
    ROUTE_PUBLIC = 1024, /* may be read without credentials if PUBLIC_CHARTS allows it: the handler decides */
    ROUTE_PEOPLE = 2048, /* a page without JSON: not part of the API or its documentation */
    ROUTE_EVENTS = 8192, /* also answers as server-sent events */
    ROUTE_DELETE = 32768,  /* takes DELETE in place of POST: its handler is `post` */
    ROUTE_WRITERS = 16384, /* not for read-only users: what it shows may contain secrets */
    ROUTE_FIGURES = 4096,  /* answers without a database, to credentials that were verified within a day */
    /* with ROUTE_READS: runs short reads (schema/db/db_gate.h), and asks for a connection if it needs one */
    ROUTE_SHORT = 65536,
};

enum route_takes { /* parameters of a GET in addition to format, indent and callback */
                   TAKES_PAGES =
                       1, /* page, page_size: the answer is {"count", "next", "previous", "results": […]} */
                   TAKES_CURSOR = 2,         /* cursor */
                   TAKES_ORDERING = 4,       /* ordering */
                   TAKES_SEARCH = 8,         /* search */
                   TAKES_FIELDS = 16,        /* fields */
                   TAKES_EMBED = 32,         /* embed */
                   TAKES_AS_OF = 64,         /* as_of */
                   TAKES_SINCE = 128,        /* since, type, kind, and page_size up to 1,000 */
                   TAKES_FILTERS = 256,      /* the filters of `list` */
                   TAKES_FORMS = 1024,       /* format, with additional values (ROUTE_TABLE, ROUTE_GRAPH) */
                   TAKES_HISTORY = 2048,     /* from, to, interval */
                   TAKES_FIELD = 131072,     /* field, of a history's */
                   TAKES_SIZE = 4096,        /* of a drawing: width, height, theme */
                   TAKES_COMPARED = 8192,    /* repo, by, scale */
                   TAKES_FACET = 16384,      /* field, limit */
                   TAKES_NETWORK = 32768,    /* depth, limit, edges */
                   TAKES_SAMPLES = 65536,    /* from, to, credential, resource */
                   TAKES_LIMIT = 262144,     /* limit: as CSV and NDJSON the whole list is streamed */
                   TAKES_ROWS = 8388608,     /* limit: of the rows of a table */
                   TAKES_DRY_RUN = 524288,   /* POST: dry_run */
                   TAKES_FORMAT = 1048576,   /* format, where there is a page but no JSON */
                   TAKES_WORDS = 2097152,    /* q, of the search box */
                   TAKES_NEXT = 4194304,     /* next: where to go after signing in */
                   TAKES_DAYS = 16777216,    /* days, of the dashboard */
                   REFUSES_AS_OF = 33554432, /* as_of: its past is not known, and the present is no answer */
                   TAKES_JOBS = 512,         /* the filters of jobs (schema/queue/jobs_view.h) */
};

struct route {
    const char *path; /* "{…}" matches one segment */
    unsigned flags, takes;
    enum shape shape;      /* of the answer, or of an item of its list */
    enum browse_list list; /* the list that defines its filters and orderings */
    bool (*get)(struct request *rq, struct response *rs, struct err *err); /* NULL: an action, only POST */
    bool (*post)(struct request *rq, struct response *rs, struct err *err);
    const char *summary;
};

extern const struct route routes[];
extern const size_t n_routes;

/* NULL: no such path. args_out: decoded, in the arena. */
const struct route *route_find(struct arena *a, slice path, slice args_out[ROUTE_MAX_ARGS]);
/* Its formats other than JSON, a bit each: 1 << FORM_CSV, … */
unsigned route_forms(const struct route *route);
const char *route_allow(const struct route *route);
/* "POST" or "DELETE"; NULL: it only reads. */
const char *route_writes(const struct route *route);

/* ---- handlers: false with err for failures that the client did not cause ---- */
bool handle_home(struct request *rq, struct response *rs, struct err *err);
bool handle_root(struct request *rq, struct response *rs, struct err *err);
bool handle_health(struct request *rq, struct response *rs, struct err *err);
bool handle_ready(struct request *rq, struct response *rs, struct err *err);
bool handle_metrics(struct request *rq, struct response *rs, struct err *err);
bool handle_swagger(struct request *rq, struct response *rs, struct err *err);
bool handle_redoc(struct request *rq, struct response *rs, struct err *err);
bool handle_openapi_json(struct request *rq, struct response *rs, struct err *err);
bool handle_openapi_yaml(struct request *rq, struct response *rs, struct err *err);
bool handle_static(struct request *rq, struct response *rs, struct err *err);
bool handle_developers(struct request *rq, struct response *rs, struct err *err);
bool handle_developer(struct request *rq, struct response *rs, struct err *err);
bool handle_repositories(struct request *rq, struct response *rs, struct err *err);
bool handle_repository(struct request *rq, struct response *rs, struct err *err);
bool handle_developer_by_login(struct request *rq, struct response *rs, struct err *err);
bool handle_repository_by_name(struct request *rq, struct response *rs, struct err *err);
bool handle_followers(struct request *rq, struct response *rs, struct err *err);
bool handle_following(struct request *rq, struct response *rs, struct err *err);
bool handle_starred(struct request *rq, struct response *rs, struct err *err);
bool handle_owned(struct request *rq, struct response *rs, struct err *err);
bool handle_stargazers(struct request *rq, struct response *rs, struct err *err);
bool handle_rate_limits(struct request *rq, struct response *rs, struct err *err);
bool handle_rate_limit(struct request *rq, struct response *rs, struct err *err);
bool handle_samples(struct request *rq, struct response *rs, struct err *err);
bool handle_sample(struct request *rq, struct response *rs, struct err *err);
bool handle_sample_developers(struct request *rq, struct response *rs, struct err *err);
bool handle_sample_repositories(struct request *rq, struct response *rs, struct err *err);
bool handle_tasks(struct request *rq, struct response *rs, struct err *err);
bool handle_tasks_post(struct request *rq, struct response *rs, struct err *err);
bool handle_jobs(struct request *rq, struct response *rs, struct err *err);
bool handle_job(struct request *rq, struct response *rs, struct err *err);
bool handle_job_cancel(struct request *rq, struct response *rs, struct err *err);
bool handle_job_retry(struct request *rq, struct response *rs, struct err *err);
bool handle_webhooks(struct request *rq, struct response *rs, struct err *err);
bool handle_webhooks_post(struct request *rq, struct response *rs, struct err *err);
bool handle_webhook(struct request *rq, struct response *rs, struct err *err);
bool handle_webhook_delete(struct request *rq, struct response *rs, struct err *err);
bool handle_webhook_remove(struct request *rq, struct response *rs, struct err *err);
bool handle_webhook_resume(struct request *rq, struct response *rs, struct err *err);
bool handle_history(struct request *rq, struct response *rs, struct err *err);
bool handle_history_svg(struct request *rq, struct response *rs, struct err *err);
bool handle_stars(struct request *rq, struct response *rs, struct err *err);
bool handle_stars_svg(struct request *rq, struct response *rs, struct err *err);
bool handle_facets(struct request *rq, struct response *rs, struct err *err);
bool handle_network(struct request *rq, struct response *rs, struct err *err);
bool handle_quota_history(struct request *rq, struct response *rs, struct err *err);
bool handle_stats(struct request *rq, struct response *rs, struct err *err);
bool handle_search(struct request *rq, struct response *rs, struct err *err);
bool handle_sign_in(struct request *rq, struct response *rs, struct err *err);
bool handle_sign_in_post(struct request *rq, struct response *rs, struct err *err);
bool handle_sign_out(struct request *rq, struct response *rs, struct err *err);
bool handle_sign_out_post(struct request *rq, struct response *rs, struct err *err);
bool handle_changes(struct request *rq, struct response *rs, struct err *err);

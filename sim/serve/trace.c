/* trace.c: one JSON line per answered request, for tests that check a client's requests. */
#include "sim/serve/server.h"

#include <stdlib.h>

struct trace {
    pthread_mutex_t lock;
    FILE *file;
};

struct trace *trace_open(const char *file)
{
    FILE *f = fopen(file, "ae");
    if (!f)
        return NULL;
    struct trace *t = xalloc(sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    t->file = f;
    return t;
}

void trace_request(struct trace *t, const struct request *rq, int64_t in_flight)
{
    if (!t)
        return;
    const struct answer *a = &rq->answer;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct buf line = {0};
    buf_printf(&line, "{\"time\":%lld.%03ld,\"method\":", (long long)now.tv_sec, now.tv_nsec / 1000000);
    buf_json(&line, rq->method);
    BUF_LIT(&line, ",\"path\":");
    buf_json(&line, rq->uri);
    BUF_LIT(&line, ",\"credential\":");
    buf_json(&line, rq->caller.label);
    buf_printf(&line,
               ",\"status\":%u,\"resource\":\"%s\",\"charged\":%lld,\"remaining\":%lld,\"in_flight\":%lld",
               a->status, resource_name(a->quota.resource), (long long)a->charged,
               (long long)a->quota.remaining, (long long)in_flight);
    buf_printf(&line, ",\"ms\":%lld,\"fault\":", (long long)(clock_ms() - rq->started_ms));
    buf_json(&line, fault_name(rq->fault));
    BUF_LIT(&line, "}\n");
    pthread_mutex_lock(&t->lock);
    fwrite(line.data, 1, line.len, t->file);
    fflush(t->file);
    pthread_mutex_unlock(&t->lock);
    buf_finish(&line);
}

void trace_close(struct trace *t)
{
    if (!t)
        return;
    fclose(t->file);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

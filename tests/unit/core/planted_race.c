/* planted_race KIND: a data race made on purpose. Built for ThreadSanitizer alone: script/test --slow runs each kind with
 * the same options as the processes under test, and fails unless each is reported. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu-bp.h>

static struct shared {
    pthread_mutex_t lock;
    int counter;
    int *freed;
    struct rcu_head head;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Two threads write, and only one of them holds the lock. */
static void *count(void *locked)
{
    for (int i = 0; i < 1000; i++) {
        if (locked)
            pthread_mutex_lock(&shared.lock);
        shared.counter++;
        if (locked)
            pthread_mutex_unlock(&shared.lock);
    }
    return NULL;
}

/* One reads what the other frees. */
static void *use(void *frees)
{
    if (frees)
        free(shared.freed);
    else
        shared.counter = *(volatile int *)shared.freed;
    return NULL;
}

/* What liburcu calls back writes: cmake/tsan.supp leaves out liburcu's own memory, not this. */
static void on_rcu(struct rcu_head *head)
{
    ((struct shared *)((char *)head - offsetof(struct shared, head)))->counter++;
}

static void *call_back(void *queues)
{
    if (queues)
        call_rcu(&shared.head, on_rcu);
    for (int i = 0; !queues && i < 100000; i++)
        shared.counter++;
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void *(*run)(void *);
    } kinds[] = {{"counter", count}, {"freed", use}, {"callback", call_back}};
    pthread_t threads[2];
    for (size_t i = 0; argc == 2 && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(argv[1], kinds[i].name) != 0)
            continue;
        shared.freed = calloc(1, sizeof *shared.freed);
        for (int t = 0; t < 2; t++)
            if (pthread_create(&threads[t], NULL, kinds[i].run, t == 0 ? &shared : NULL) != 0)
                return 2;
        for (int t = 0; t < 2; t++)
            pthread_join(threads[t], NULL);
        rcu_barrier();
        return 0;
    }
    fprintf(stderr, "usage: %s counter|freed|callback\n", argv[0]);
    return 2;
}

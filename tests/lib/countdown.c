/* countdown: a library to preload, which makes one call of a kind fail in a process: an allocation, a statement, a read or a write
 * of a socket. tests/lib/countdown.py says in a file both have mapped which kind, and which call of it: the n-th, or the first whose
 * path (the innermost return addresses, each relative to its module) has not failed before. The file keeps the paths that failed;
 * it outlives the process.
 *
 * Allocations are of two kinds by their caller. The program's own end it (abort), as its headers say; a library's come back to the
 * program as an error of that library. Allocations of a thread that is at this file's work already are not counted. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define FRAMES      24
#define PATH_FRAMES 16 /* of these, as many make a path, this file's own among them */
#define N_PATHS     (1 << 15)
#define UNSEEN      (-1) /* instead of n: the first call by a path that has not failed */
#define REMEMBER    (-2) /* none fails; each call's path is kept, which counts them */

enum kind { OWN_ALLOCATION, LIBRARY_ALLOCATION, STATEMENT, SENDING, SOCKET_READ, SOCKET_WRITE, N_KINDS };

/* The layout countdown.py knows. */
struct shared {
    _Atomic int64_t left[N_KINDS]; /* the n-th call from now on fails; 0: none; or UNSEEN or REMEMBER */
    _Atomic int64_t hits[N_KINDS];
    _Atomic int64_t calls[N_KINDS]; /* with UNSEEN and REMEMBER: how many there were */
    char sqlstate[8];               /* a statement's failure */
    uint64_t frames[FRAMES];
    _Atomic uint64_t paths[N_PATHS]; /* hashes, each near the place of its value; 0: free */
};

static struct shared nobody, *shared = &nobody;
static uintptr_t program_begin, program_end;
static __thread int busy __attribute__((tls_model("initial-exec")));

static int note_program(struct dl_phdr_info *info, size_t size, void *ignored)
{
    (void)size, (void)ignored;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
            continue;
        program_begin = info->dlpi_addr + part->p_vaddr;
        program_end = program_begin + part->p_memsz;
    }
    return 1; /* the first is the program */
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("GITOMATIC_COUNTDOWN");
    void *frames[2];
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *mapped =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    dl_iterate_phdr(note_program, NULL);
    backtrace(frames, 2); /* the first one loads a library */
    if (fd >= 0)
        close(fd);
    if (mapped != MAP_FAILED)
        shared = mapped;
}

/* Mixes a value into a hash. */
static uint64_t mixed(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    return hash ^ (hash >> 32);
}

/* The same wherever the modules are loaded: a module is known by its size. */
static uint64_t path_of(void *const *frames, int n, enum kind kind)
{
    uint64_t hash = mixed(1, kind);
    for (int i = 0; i < n && i < PATH_FRAMES; i++) {
        struct dl_find_object module;
        if (_dl_find_object(frames[i], &module) != 0)
            break;
        hash = mixed(hash, (uintptr_t)module.dlfo_map_end - (uintptr_t)module.dlfo_map_start);
        hash = mixed(hash, (uintptr_t)frames[i] - (uintptr_t)module.dlfo_map_start);
    }
    return hash ? hash : 1;
}

/* Where the path is, or would be. NULL: there is no room. */
static _Atomic uint64_t *path_place(uint64_t path)
{
    for (uint64_t i = 0; i < N_PATHS; i++) {
        _Atomic uint64_t *place = &shared->paths[(path + i) % N_PATHS];
        uint64_t found = atomic_load(place);
        if (found == path || found == 0)
            return place;
    }
    return NULL;
}

/* Whether the path is new. It is kept then. */
static int keep_path(uint64_t path)
{
    for (;;) {
        _Atomic uint64_t *place = path_place(path);
        uint64_t free_place = 0;
        if (!place || atomic_load(place) == path)
            return 0;
        if (atomic_compare_exchange_strong(place, &free_place, path))
            return 1;
    }
}

static int path_fails(enum kind kind, int64_t asked, void *const *frames, int n)
{
    uint64_t path = path_of(frames, n, kind);
    atomic_fetch_add(&shared->calls[kind], 1);
    if (asked == REMEMBER)
        return keep_path(path) & 0;
    const _Atomic uint64_t *place = path_place(path);
    return place && atomic_load(place) == 0 &&
           atomic_compare_exchange_strong(&shared->left[kind], &asked, 0) && keep_path(path);
}

static int fails(enum kind kind)
{
    int64_t asked = atomic_load(&shared->left[kind]);
    if (busy || asked == 0 || (asked > 0 && atomic_fetch_sub(&shared->left[kind], 1) != 1))
        return 0;
    busy = 1;
    void *frames[FRAMES] = {0};
    int n = backtrace(frames, FRAMES);
    int fail = asked > 0 || path_fails(kind, asked, frames, n);
    if (fail) {
        memcpy(shared->frames, frames, sizeof frames);
        atomic_fetch_add(&shared->hits[kind], 1);
    }
    busy = 0;
    return fail;
}

/* The function of this name that would be called without us. */
static void *real(const char *name)
{
    busy++;
    void *found = dlsym(RTLD_NEXT, name);
    busy--;
    return found;
}
#define REAL(name)                                                                                           \
    static __typeof__(&name) next;                                                                           \
    if (!next)                                                                                               \
    next = (__typeof__(&name))real(#name)

/* ---- allocations ---- */

static int allocation_fails(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    if (!fails(at >= program_begin && at < program_end ? OWN_ALLOCATION : LIBRARY_ALLOCATION))
        return 0;
    errno = ENOMEM;
    return 1;
}
#define ALLOCATION_FAILS() allocation_fails(__builtin_return_address(0))

void *malloc(size_t size)
{
    REAL(malloc);
    return ALLOCATION_FAILS() ? NULL : next(size);
}

void *calloc(size_t n, size_t size)
{
    REAL(calloc);
    return ALLOCATION_FAILS() ? NULL : next(n, size);
}

void *realloc(void *old, size_t size)
{
    REAL(realloc);
    return ALLOCATION_FAILS() ? NULL : next(old, size);
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    REAL(malloc);
    char *copy = ALLOCATION_FAILS() ? NULL : next(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

char *strndup(const char *text, size_t n)
{
    size_t len = strnlen(text, n);
    REAL(malloc);
    char *copy = ALLOCATION_FAILS() ? NULL : next(len + 1);
    if (copy)
        ((char *)memcpy(copy, text, len))[len] = '\0';
    return copy;
}

/* ---- statements: the server refuses one, or it cannot be sent ---- */

/* A statement that the server refuses with the SQLSTATE that is asked for. */
static const char *refused(char sql[100])
{
    snprintf(sql, 100, "do $$begin raise sqlstate '%.5s' using message = 'counted down'; end$$",
             shared->sqlstate);
    return sql;
}

static int send_refused(PGconn *conn)
{
    REAL(PQsendQueryParams);
    char sql[100];
    return next(conn, refused(sql), 0, NULL, NULL, NULL, NULL, 1);
}

int PQsendQueryParams(PGconn *conn, const char *sql, int n, const Oid *types, const char *const *values,
                      const int *lengths, const int *formats, int format)
{
    REAL(PQsendQueryParams);
    if (fails(SENDING))
        return 0;
    return fails(STATEMENT) ? send_refused(conn)
                            : next(conn, sql, n, types, values, lengths, formats, format);
}

int PQsendQueryPrepared(PGconn *conn, const char *name, int n, const char *const *values, const int *lengths,
                        const int *formats, int format)
{
    REAL(PQsendQueryPrepared);
    if (fails(SENDING))
        return 0;
    return fails(STATEMENT) ? send_refused(conn) : next(conn, name, n, values, lengths, formats, format);
}

int PQsendPrepare(PGconn *conn, const char *name, const char *sql, int n, const Oid *types)
{
    REAL(PQsendPrepare);
    if (fails(SENDING))
        return 0;
    return fails(STATEMENT) ? send_refused(conn) : next(conn, name, sql, n, types);
}

int PQsendQuery(PGconn *conn, const char *sql)
{
    REAL(PQsendQuery);
    char instead[100];
    if (fails(SENDING))
        return 0;
    return next(conn, fails(STATEMENT) ? refused(instead) : sql);
}

int PQpipelineSync(PGconn *conn)
{
    REAL(PQpipelineSync);
    return fails(SENDING) ? 0 : next(conn);
}

int PQputCopyData(PGconn *conn, const char *bytes, int n)
{
    REAL(PQputCopyData);
    return fails(SENDING) ? -1 : next(conn, bytes, n);
}

int PQputCopyEnd(PGconn *conn, const char *why)
{
    REAL(PQputCopyEnd);
    return fails(SENDING) ? -1 : next(conn, why);
}

/* ---- sockets ---- */

/* Whether a socket is one of a pair that this process made: nobody takes away the other end of it. */
static int is_pair(int fd)
{
    struct sockaddr_un here, there;
    socklen_t here_len = sizeof here, there_len = sizeof there;
    return getsockname(fd, (struct sockaddr *)&here, &here_len) == 0 &&
           getpeername(fd, (struct sockaddr *)&there, &there_len) == 0 && here.sun_family == AF_UNIX &&
           here_len == sizeof(sa_family_t) && there_len == sizeof(sa_family_t);
}

static int socket_fails(enum kind kind, int fd, int why)
{
    struct stat st;
    if (atomic_load(&shared->left[kind]) == 0 || fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode) || !fails(kind))
        return 0;
    if (is_pair(fd))
        why = EAGAIN;
    else
        shutdown(fd, SHUT_RDWR); /* as a connection that is lost is */
    errno = why;
    return 1;
}
#define READ_FAILS(fd)  socket_fails(SOCKET_READ, fd, ECONNRESET)
#define WRITE_FAILS(fd) socket_fails(SOCKET_WRITE, fd, EPIPE)

ssize_t read(int fd, void *to, size_t n)
{
    REAL(read);
    return READ_FAILS(fd) ? -1 : next(fd, to, n);
}

ssize_t __read_chk(int fd, void *to, size_t n, size_t room)
{
    (void)room;
    return read(fd, to, n);
}

ssize_t recv(int fd, void *to, size_t n, int flags)
{
    REAL(recv);
    return READ_FAILS(fd) ? -1 : next(fd, to, n, flags);
}

ssize_t __recv_chk(int fd, void *to, size_t n, size_t room, int flags)
{
    (void)room;
    return recv(fd, to, n, flags);
}

ssize_t recvfrom(int fd, void *to, size_t n, int flags, struct sockaddr *from, socklen_t *len)
{
    REAL(recvfrom);
    return READ_FAILS(fd) ? -1 : next(fd, to, n, flags, from, len);
}

ssize_t recvmsg(int fd, struct msghdr *to, int flags)
{
    REAL(recvmsg);
    return READ_FAILS(fd) ? -1 : next(fd, to, flags);
}

ssize_t write(int fd, const void *from, size_t n)
{
    REAL(write);
    return WRITE_FAILS(fd) ? -1 : next(fd, from, n);
}

ssize_t writev(int fd, const struct iovec *from, int n)
{
    REAL(writev);
    return WRITE_FAILS(fd) ? -1 : next(fd, from, n);
}

ssize_t send(int fd, const void *from, size_t n, int flags)
{
    REAL(send);
    return WRITE_FAILS(fd) ? -1 : next(fd, from, n, flags);
}

ssize_t sendto(int fd, const void *from, size_t n, int flags, const struct sockaddr *to, socklen_t len)
{
    REAL(sendto);
    return WRITE_FAILS(fd) ? -1 : next(fd, from, n, flags, to, len);
}

ssize_t sendmsg(int fd, const struct msghdr *from, int flags)
{
    REAL(sendmsg);
    return WRITE_FAILS(fd) ? -1 : next(fd, from, flags);
}

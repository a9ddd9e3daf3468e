#include "bench/generate/population.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS           86400000LL
#define GITHUB_BEGINS_MS 1201824000000LL /* February 2008 */
#define HIGHEST_USER     200000000ULL
#define HIGHEST_REPO     900000000ULL
#define HEAD_FLAT        5.0  /* with a million: the first three have more than 100,000 followers */
#define EAGER_FLAT       50.0 /* the most eager follow about 10,000 */
#define OWNER_FLAT       20.0
#define TOP_BYTE         56 /* of an edge: the shift of its highest one */

enum {
    DRAW_ID = 1,
    DRAW_CREATED,
    DRAW_ORGANIZATION,
    DRAW_OWNER,
    DRAW_SEEN,
    DRAW_FOLLOW = 16,
    DRAW_STAR = 32
};

/* splitmix64's finisher. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

uint64_t random_bits(const struct population *p, unsigned what, uint64_t number)
{
    return mix(mix(p->seed * 0x9e3779b97f4a7c15ULL + what) + number * 0x9e3779b97f4a7c15ULL);
}

double random_unit(const struct population *p, unsigned what, uint64_t number)
{
    return (double)(random_bits(p, what, number) >> 11) * 0x1p-53;
}

uint64_t zipf(double unit, uint64_t n, double flat)
{
    uint64_t rank = (uint64_t)(flat * pow(((double)n + flat) / flat, unit) - flat);
    return rank < n ? rank : n - 1;
}

/* Ranks go to numbers all over the place: times a prime larger than n is a permutation. */
static uint64_t spread(uint64_t rank, uint64_t n, uint64_t shift)
{
    return (rank * 2654435761ULL + shift) % n;
}

int64_t developer_github_id(const struct population *p, uint64_t developer)
{
    uint64_t gap = HIGHEST_USER / p->all_developers;
    return (int64_t)(1 + developer * gap + random_bits(p, DRAW_ID, developer) % gap);
}

int64_t repository_github_id(const struct population *p, uint64_t repository)
{
    uint64_t gap = HIGHEST_REPO / p->all_repositories;
    return (int64_t)(1 + repository * gap + random_bits(p, DRAW_ID + 100, repository) % gap);
}

/* Exactly `some` of 0..all-1, evenly. */
static bool is_one_of(uint64_t i, uint64_t some, uint64_t all)
{
    return (i + 1) * some / all > i * some / all;
}

bool developer_is_synced(const struct population *p, uint64_t developer)
{
    return is_one_of(developer, p->n_developers, p->all_developers);
}

bool repository_is_synced(const struct population *p, uint64_t repository)
{
    return is_one_of(repository, p->n_repositories, p->all_repositories);
}

bool developer_is_organization(const struct population *p, uint64_t developer)
{
    return random_unit(p, DRAW_ORGANIZATION, developer) < 0.08;
}

/* More of them every year; in order of the number but for some hours. */
static int64_t created_ms(const struct population *p, unsigned what, uint64_t i, uint64_t n)
{
    double span = (double)(p->until_ms - GITHUB_BEGINS_MS - 2 * DAY_MS);
    double at = span * pow((double)i / (double)n, 0.6) + (double)DAY_MS * random_unit(p, what, i);
    return GITHUB_BEGINS_MS + (int64_t)at / 1000 * 1000;
}

int64_t developer_created_ms(const struct population *p, uint64_t developer)
{
    return created_ms(p, DRAW_CREATED, developer, p->all_developers);
}

int64_t repository_created_ms(const struct population *p, uint64_t repository)
{
    return created_ms(p, DRAW_CREATED + 100, repository, p->all_repositories);
}

uint64_t repository_owner(const struct population *p, uint64_t repository)
{
    double unit = random_unit(p, DRAW_OWNER, repository);
    uint64_t n = p->all_developers;
    return spread(unit < 0.3 ? zipf(unit / 0.3, n, OWNER_FLAT) : (uint64_t)((unit - 0.3) / 0.7 * (double)n),
                  n, 77);
}

int64_t first_seen_ms(const struct population *p, unsigned what, uint64_t number)
{
    return p->until_ms - (int64_t)(random_unit(p, DRAW_SEEN + 100 * what, number) * 90.0 * (double)DAY_MS);
}

/* ---- edges ---- */

static void sort_edges(uint64_t *items, size_t n, unsigned shift);

/* In place, by the byte at `shift` and those below it: no second array, and some seconds for a hundred million. */
static void sort_by_bytes(uint64_t *items, size_t n, unsigned shift)
{
    size_t at[256] = {0}, end[256], next = 0;
    for (size_t i = 0; i < n; i++)
        at[items[i] >> shift & 255]++;
    for (unsigned k = 0; k < 256; k++) {
        size_t count = at[k];
        at[k] = next;
        end[k] = next += count;
    }
    for (unsigned k = 0; k < 256; k++)
        while (at[k] < end[k]) {
            unsigned to = items[at[k]] >> shift & 255;
            uint64_t moved = items[at[to]];
            items[at[to]++] = items[at[k]];
            if (to != k)
                items[at[k]] = moved;
        }
    for (unsigned k = 0; shift && k < 256; k++)
        sort_edges(items + (k ? end[k - 1] : 0), end[k] - (k ? end[k - 1] : 0), shift - 8);
}

/* Ascending, if they differ only in the bits below `shift` + 8. */
static void sort_edges(uint64_t *items, size_t n, unsigned shift)
{
    if (n > 64) {
        sort_by_bytes(items, n, shift);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        uint64_t item = items[i];
        size_t k = i;
        for (; k && items[k - 1] > item; k--)
            items[k] = items[k - 1];
        items[k] = item;
    }
}

/* The first `sorted` are so already. Returns how many are left when each is there once. */
static size_t sort_unique(uint64_t *items, size_t sorted, size_t n)
{
    size_t n_tail = n - sorted, kept = 0;
    sort_edges(items + sorted, n_tail, TOP_BYTE);
    if (sorted && n_tail) { /* merged from the end, the larger ones first */
        uint64_t *tail = malloc(n_tail * sizeof *tail);
        if (!tail)
            abort();
        memcpy(tail, items + sorted, n_tail * sizeof *tail);
        for (size_t to = n; n_tail; to--)
            items[to - 1] = sorted && items[sorted - 1] > tail[n_tail - 1] ? items[--sorted] : tail[--n_tail];
        free(tail);
    }
    for (size_t i = 0; i < n; i++)
        if (!kept || items[kept - 1] != items[i])
            items[kept++] = items[i];
    return kept;
}

static uint64_t draw_edge(const struct population *p, unsigned what, uint64_t number, uint64_t n_to)
{
    uint64_t n = p->all_developers;
    double who = random_unit(p, what, number);
    uint64_t from =
        who < 0.5 ? spread(zipf(who * 2, n, EAGER_FLAT), n, 5) : (uint64_t)((who - 0.5) * 2 * (double)n);
    return from << 32 | spread(zipf(random_unit(p, what + 1, number), n_to, HEAD_FLAT), n_to, 31);
}

/* Exactly `wanted`, each once: more are drawn until there are enough, then some are left out all along. */
static struct edges make_edges(const struct population *p, unsigned what, uint64_t wanted, uint64_t n_to,
                               bool to_self)
{
    size_t room = (size_t)(wanted + wanted / 4 + 1000), n = 0;
    uint64_t number = 0, *items = malloc(room * sizeof *items);
    if (!items)
        abort();
    for (int round = 0; n < wanted; round++) {
        size_t sorted = n;
        if (round == 50) {
            fprintf(stderr, "%llu edges are too many for so few ends\n", (unsigned long long)wanted);
            exit(1);
        }
        for (size_t enough = n + (wanted - n) * 9 / 8 + 500; n < enough && n < room; number++) {
            uint64_t edge = draw_edge(p, what, number, n_to);
            if (!developer_is_organization(p, edge >> 32) && (to_self || edge >> 32 != (uint32_t)edge))
                items[n++] = edge;
        }
        n = sort_unique(items, sorted, n);
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (is_one_of(i, wanted, n))
            items[kept++] = items[i];
    return (struct edges){items, kept};
}

struct edges make_follows(const struct population *p)
{
    return make_edges(p, DRAW_FOLLOW, p->n_follows, p->all_developers, false);
}

struct edges make_stars(const struct population *p)
{
    return make_edges(p, DRAW_STAR, p->n_stars, p->all_repositories, true);
}

static uint32_t *count_ends(const struct edges *edges, uint64_t n, unsigned shift)
{
    uint32_t *counts = calloc(n, sizeof *counts);
    if (!counts)
        abort();
    for (size_t i = 0; i < edges->n; i++)
        counts[(uint32_t)(edges->items[i] >> shift)]++;
    return counts;
}

uint32_t *count_to(const struct edges *edges, uint64_t n)
{
    return count_ends(edges, n, 0);
}

uint32_t *count_from(const struct edges *edges, uint64_t n)
{
    return count_ends(edges, n, 32);
}

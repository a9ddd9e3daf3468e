#include "cli/terminal/suggest.h"
#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#define LONGEST   63
#define FAR       1000
#define PREFIX_AT 3

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment, three rows at a time. */
int suggest_distance(const char *a, const char *b)
{
    int rows[3][LONGEST + 1];
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return FAR;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *now = rows[i % 3], *before = rows[(i - 1) % 3], *older = rows[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            now[j] = least(least(before[j] + 1, now[j - 1] + 1), before[j - 1] + (x != y));
            bool swapped = i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                           tolower((unsigned char)a[i - 2]) == y;
            if (swapped)
                now[j] = least(now[j], older[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

/* Dashes before a flag's name do not count. */
static const char *letters(const char *name)
{
    while (*name == '-')
        name++;
    return name;
}

/* How far `known` is from what was typed; FAR if it is no suggestion. */
static int score(const char *typed, const char *known)
{
    typed = letters(typed);
    known = letters(known);
    size_t n = strlen(typed);
    int distance = suggest_distance(typed, known), allowed = (int)(strlen(known) + 2) / 3;
    if (distance == FAR || (distance <= allowed && (size_t)distance < n))
        return distance;
    return n >= PREFIX_AT && strncasecmp(typed, known, n) == 0 ? LONGEST : FAR;
}

const char *suggest_best(const char *typed, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    int best_score = FAR;
    for (size_t i = 0; i < n; i++) {
        int one = score(typed, candidates[i]);
        if (one < best_score) {
            best = candidates[i];
            best_score = one;
        }
    }
    return best;
}

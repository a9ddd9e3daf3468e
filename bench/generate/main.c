/* gitomatic-bench-data: rows of a generated world as PostgreSQL's COPY takes them, one table a run. See bench/data. */
#include "bench/generate/population.h"
#include "bench/generate/words.h"
#include "core/base/clock.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { /* random draws of a row, apart from those of population.c */
       DRAW_LOGIN = 1000,
       DRAW_NAME,
       DRAW_COMPANY,
       DRAW_LOCATION,
       DRAW_EMAIL,
       DRAW_BIO,
       DRAW_BLOG,
       DRAW_GONE,
       DRAW_SYNCED,
       DRAW_UPDATED,
       DRAW_GISTS,
       DRAW_FLAGS,
       DRAW_LANGUAGE,
       DRAW_HOMEPAGE,
       DRAW_ISSUES,
       DRAW_SUBSCRIBERS,
       DRAW_STARRED,
       DRAW_LICENSE,
       DRAW_TOPICS,
};
enum { SEEN_DEVELOPER, SEEN_REPOSITORY, SEEN_FOLLOWS, SEEN_STARS };
#define DAY_MS 86400000LL

static void put_time(struct buf *out, int64_t at_ms)
{
    char iso[CLOCK_ISO_SIZE];
    buf_puts(out, clock_iso(at_ms, iso));
}

/* The text one of the put_ functions just wrote, from `from` on. */
static slice written(const struct buf *b, size_t from)
{
    return slice_from(b->ptr + from, b->len - from);
}

static void put_json_text(struct buf *json, const char *key, slice text)
{
    buf_printf(json, text.ptr ? ",\"%s\":\"%.*s\"" : ",\"%s\":null", key, SLICE_ARG(text));
}

/* A column and the member of the document it is made from. */
static void put_text(struct buf *row, struct buf *json, const char *key, slice text)
{
    buf_putc(row, '\t');
    if (text.ptr)
        buf_put(row, text.ptr, text.len);
    else
        buf_puts(row, "\\N");
    put_json_text(json, key, text);
}

static void put_flag(struct buf *row, struct buf *json, const char *key, bool value)
{
    buf_puts(row, value ? "\tt" : "\tf");
    buf_printf(json, ",\"%s\":%s", key, value ? "true" : "false");
}

static void put_count(struct buf *row, struct buf *json, const char *key, uint64_t value)
{
    buf_printf(row, "\t%llu", (unsigned long long)value);
    buf_printf(json, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void put_moment(struct buf *row, struct buf *json, const char *key, int64_t at_ms)
{
    char iso[CLOCK_ISO_SIZE];
    put_text(row, json, key, slice_of(clock_iso(at_ms, iso)));
}

/* Writes with `put` into `words` in so many of 100 rows, null in the others. */
static slice some_text(const struct population *p, struct buf *words, unsigned draw, uint64_t number,
                       unsigned percent, void (*put)(struct buf *, uint64_t))
{
    uint64_t bits = random_bits(p, draw, number);
    size_t from = words->len;
    if (bits % 100 >= percent)
        return (slice){NULL, 0};
    put(words, bits);
    return written(words, from);
}

static void put_bio(struct buf *out, uint64_t bits)
{
    put_sentence(out, bits, 2, 14);
}

static void put_description(struct buf *out, uint64_t bits)
{
    put_sentence(out, bits, 3, 18);
}

static void put_homepage(struct buf *out, uint64_t bits)
{
    if (bits % 7 < 3)
        return; /* "": as common as none */
    buf_puts(out, "https://");
    put_word(out, bits / 100 % N_WORDS);
    buf_printf(out, "%llu.example.org/", (unsigned long long)(bits >> 50));
}

static void put_email(struct buf *out, uint64_t bits)
{
    put_word(out, bits / 100 % N_WORDS);
    buf_printf(out, "%llu@example.org", (unsigned long long)(bits >> 40));
}

static void write_row(struct buf *row)
{
    buf_putc(row, '\n');
    if (fwrite(row->ptr, 1, row->len, stdout) != row->len)
        exit(1); /* the reading process has ended, and reports why */
    buf_reset(row);
}

static void put_login_of(struct buf *out, const struct population *p, uint64_t developer)
{
    put_login(out, developer, random_bits(p, DRAW_LOGIN, developer));
}

static void put_nulls(struct buf *row, int n)
{
    for (int i = 0; i < n; i++)
        buf_puts(row, "\t\\N");
}

static void put_time_or_null(struct buf *row, bool known, int64_t at_ms)
{
    char iso[CLOCK_ISO_SIZE];
    buf_printf(row, "\t%s", known ? clock_iso(at_ms, iso) : "\\N");
}

struct record {
    uint64_t number;
    bool synced, gone;
    int64_t seen_ms;
    struct buf row, json, words; /* words: texts on their way into both */
};

static void begin_record(struct record *r)
{
    buf_reset(&r->json);
    buf_reset(&r->words);
    buf_reserve(&r->words, 8192); /* slices of it stay where they are */
}

/* first_seen_at, synced_at, gone_at, data_source */
static void end_record(const struct population *p, struct record *r)
{
    double since = random_unit(p, DRAW_SYNCED, r->number);
    put_time_or_null(&r->row, true, r->seen_ms);
    put_time_or_null(&r->row, r->synced, r->seen_ms + (int64_t)(since * (double)(p->until_ms - r->seen_ms)));
    put_time_or_null(&r->row, r->gone, p->until_ms);
    if (r->synced)
        buf_printf(&r->row, "\t%.*s}", SLICE_ARG(buf_slice(&r->json)));
    else
        put_nulls(&r->row, 1);
    write_row(&r->row);
}

static void finish_record(struct record *r)
{
    buf_finish(&r->row);
    buf_finish(&r->json);
    buf_finish(&r->words);
}

/* ---- developers ---- */

struct degrees {
    uint32_t *followers, *following, *owned, *stargazers;
};

/* What only a full record has, from `name` to `updated_at`. */
static void put_profile(const struct population *p, const struct degrees *degrees, struct record *r)
{
    uint64_t i = r->number;
    struct buf *row = &r->row, *json = &r->json, *words = &r->words;
    int64_t created = developer_created_ms(p, i);
    double stale = random_unit(p, DRAW_UPDATED, i) * random_unit(p, DRAW_UPDATED + 100, i);
    put_text(row, json, "name", some_text(p, words, DRAW_NAME, i, 87, put_name));
    put_text(row, json, "company", some_text(p, words, DRAW_COMPANY, i, 36, put_company));
    put_text(row, json, "blog", some_text(p, words, DRAW_BLOG, i, 62, put_homepage));
    put_text(row, json, "location", some_text(p, words, DRAW_LOCATION, i, 67, put_location));
    put_text(row, json, "email", some_text(p, words, DRAW_EMAIL, i, 44, put_email));
    put_text(row, json, "bio", some_text(p, words, DRAW_BIO, i, 53, put_bio));
    put_flag(row, json, "site_admin", random_bits(p, DRAW_FLAGS, i) % 5000 == 0);
    put_count(row, json, "followers", degrees->followers[i]);
    put_count(row, json, "following", degrees->following[i]);
    put_count(row, json, "public_gists", zipf(random_unit(p, DRAW_GISTS, i), 1000, 0.05));
    put_count(row, json, "public_repos", degrees->owned[i]);
    put_moment(row, json, "created_at", created);
    put_moment(row, json, "updated_at", created + (int64_t)((1 - stale) * (double)(p->until_ms - created)));
}

static void write_developer(const struct population *p, const struct degrees *degrees, struct record *r)
{
    uint64_t i = r->number;
    long long id = developer_github_id(p, i);
    r->synced = developer_is_synced(p, i);
    r->gone = !r->synced && random_bits(p, DRAW_GONE, i) % 50 == 0;
    r->seen_ms = first_seen_ms(p, SEEN_DEVELOPER, i);
    begin_record(r);
    put_login_of(&r->words, p, i);
    slice login = written(&r->words, 0);
    buf_printf(&r->row, "%lld\tMDQ6VXNlcj%lld", id, id);
    buf_printf(&r->json, "{\"id\":%lld,\"node_id\":\"MDQ6VXNlcj%lld\"", id, id);
    put_text(&r->row, &r->json, "login", login);
    put_text(&r->row, &r->json, "type",
             developer_is_organization(p, i) ? SLICE("Organization") : SLICE("User"));
    if (r->synced)
        put_profile(p, degrees, r);
    else
        put_nulls(&r->row, 13);
    end_record(p, r);
}

/* ---- repositories ---- */

static void put_license_and_topics(const struct population *p, struct record *r)
{
    static const char *const licenses[] = {"MIT",     "MIT",          "MIT",     "Apache-2.0",
                                           "GPL-3.0", "BSD-3-Clause", "MPL-2.0", "ISC"};
    uint64_t bits = random_bits(p, DRAW_LICENSE, r->number);
    size_t n = bits % 10 < 6 ? 0 : 1 + bits / 10 % 5;
    const char *license = bits / 100 % 10 < 5 ? NULL : licenses[bits / 1000 % ARRAY_LEN(licenses)];
    buf_printf(&r->row, "\t%s\t{", license ? license : "\\N");
    if (license)
        buf_printf(&r->json, ",\"license\":{\"spdx_id\":\"%s\"}", license);
    buf_puts(&r->json, ",\"topics\":[");
    for (size_t i = 0; i < n; i++) {
        size_t from = r->words.len;
        put_word(&r->words, zipf(random_unit(p, DRAW_TOPICS, r->number * 8 + i), N_WORDS, 10));
        slice topic = written(&r->words, from);
        buf_printf(&r->row, "%s%.*s", i ? "," : "", SLICE_ARG(topic));
        buf_printf(&r->json, "%s\"%.*s\"", i ? "," : "", SLICE_ARG(topic));
    }
    buf_puts(&r->row, "}");
    buf_puts(&r->json, "]");
}

/* What only a full record has, from `description` to `pushed_at`. */
static void put_details(const struct population *p, const struct degrees *degrees, struct record *r)
{
    static const struct {
        const char *name;
        unsigned percent; /* true in so many of 100 */
    } flags[] = {{"has_downloads", 97}, {"has_issues", 85}, {"has_pages", 12},
                 {"has_projects", 95},  {"has_wiki", 90},   {"private", 0},
                 {"archived", 4},       {"disabled", 0},    {"fork", 35}};
    uint64_t i = r->number, bits = random_bits(p, DRAW_LANGUAGE, i), stars = degrees->stargazers[i];
    struct buf *row = &r->row, *json = &r->json, *words = &r->words;
    int64_t created = repository_created_ms(p, i), alive = p->until_ms - created;
    double stale = random_unit(p, DRAW_UPDATED + 200, i);
    put_text(row, json, "description", some_text(p, words, DRAW_BIO + 100, i, 92, put_description));
    put_text(row, json, "homepage", some_text(p, words, DRAW_HOMEPAGE, i, 65, put_homepage));
    put_text(row, json, "language", bits % 100 < 10 ? (slice){NULL, 0} : slice_of(a_language(bits)));
    put_license_and_topics(p, r);
    for (size_t k = 0; k < ARRAY_LEN(flags); k++)
        put_flag(row, json, flags[k].name,
                 random_bits(p, DRAW_FLAGS + 100, i * 16 + k) % 100 < flags[k].percent);
    put_count(row, json, "stargazers_count", stars);
    put_count(row, json, "watchers_count", stars);
    put_count(row, json, "subscribers_count",
              stars / 20 + zipf(random_unit(p, DRAW_SUBSCRIBERS, i), 50, 0.5));
    put_count(row, json, "forks_count", stars / 8);
    put_count(row, json, "open_issues_count", zipf(random_unit(p, DRAW_ISSUES, i), 5000, 0.02));
    put_count(row, json, "size", random_bits(p, DRAW_ISSUES + 100, i) % 100000);
    put_moment(row, json, "created_at", created);
    put_moment(row, json, "updated_at", created + (int64_t)((1 - stale * stale) * (double)alive));
    put_moment(row, json, "pushed_at", created + (int64_t)((1 - stale) * (double)alive));
}

static void put_owner(const struct population *p, struct record *r, long long id, uint64_t owner, slice login)
{
    long long owner_id = developer_github_id(p, owner);
    buf_printf(&r->row, "%lld\tR_kgDO%lld\t%lld", id, id, owner_id);
    buf_printf(
        &r->json,
        "{\"id\":%lld,\"node_id\":\"R_kgDO%lld\",\"owner\":{\"id\":%lld,\"login\":\"%.*s\",\"type\":\"%s\"}",
        id, id, owner_id, SLICE_ARG(login), developer_is_organization(p, owner) ? "Organization" : "User");
}

static void write_repository(const struct population *p, const struct degrees *degrees, struct record *r)
{
    uint64_t i = r->number, owner = repository_owner(p, i);
    r->synced = repository_is_synced(p, i);
    r->gone = !r->synced && random_bits(p, DRAW_GONE + 100, i) % 20 == 0;
    r->seen_ms = first_seen_ms(p, SEEN_REPOSITORY, i);
    begin_record(r);
    put_login_of(&r->words, p, owner);
    slice login = written(&r->words, 0);
    buf_putc(&r->words, '/');
    size_t name_at = r->words.len;
    put_repository_name(&r->words, random_bits(p, DRAW_NAME + 100, i));
    slice name = written(&r->words, name_at), full_name = written(&r->words, 0);
    put_owner(p, r, repository_github_id(p, i), owner, login);
    put_text(&r->row, &r->json, "name", name);
    put_text(&r->row, &r->json, "full_name", full_name);
    buf_printf(&r->json, ",\"html_url\":\"https://github.com/%.*s\"", SLICE_ARG(full_name));
    if (r->synced)
        put_details(p, degrees, r);
    else
        put_nulls(&r->row, 23);
    end_record(p, r);
}

static void write_records(const struct population *p, const struct degrees *degrees, uint64_t n,
                          void (*write)(const struct population *, const struct degrees *, struct record *))
{
    struct record r = {0};
    for (r.number = 0; r.number < n; r.number++)
        write(p, degrees, &r);
    finish_record(&r);
}

/* ---- edges ---- */

static void write_follows(const struct population *p, const struct edges *edges)
{
    struct buf row = {0};
    for (size_t i = 0; i < edges->n; i++) {
        uint64_t from = edges->items[i] >> 32, to = (uint32_t)edges->items[i];
        buf_printf(&row, "%lld\t%lld\t", (long long)developer_github_id(p, from),
                   (long long)developer_github_id(p, to));
        put_time(&row, first_seen_ms(p, SEEN_FOLLOWS,
                                     to * 97 + from % 97)); /* a page of followers, at one moment */
        write_row(&row);
    }
    buf_finish(&row);
}

static void write_stars(const struct population *p, const struct edges *edges)
{
    struct buf row = {0};
    for (size_t i = 0; i < edges->n; i++) {
        uint64_t from = edges->items[i] >> 32, to = (uint32_t)edges->items[i];
        int64_t since = repository_created_ms(p, to), born = developer_created_ms(p, from);
        if (born > since)
            since = born;
        buf_printf(&row, "%lld\t%lld\t", (long long)developer_github_id(p, from),
                   (long long)repository_github_id(p, to));
        put_time(&row, since + (int64_t)(random_unit(p, DRAW_STARRED, edges->items[i]) *
                                         (double)(p->until_ms - since)));
        buf_putc(&row, '\t');
        put_time(&row, first_seen_ms(p, SEEN_STARS, from));
        write_row(&row);
    }
    buf_finish(&row);
}

/* ---- the command ---- */

static uint32_t *count_owned(const struct population *p)
{
    uint32_t *owned = calloc(p->all_developers, sizeof *owned);
    if (!owned)
        abort();
    for (uint64_t i = 0; i < p->all_repositories; i++)
        owned[repository_owner(p, i)]++;
    return owned;
}

static bool write_table(const struct population *p, const char *table)
{
    bool developers = strcmp(table, "developers") == 0, repositories = strcmp(table, "repositories") == 0;
    bool follows = strcmp(table, "follows") == 0, stars = strcmp(table, "stars") == 0;
    struct edges edges = {0};
    struct degrees degrees = {0};
    if (developers || follows)
        edges = make_follows(p);
    else if (repositories || stars)
        edges = make_stars(p);
    else
        return false;
    if (developers) {
        degrees.followers = count_to(&edges, p->all_developers);
        degrees.following = count_from(&edges, p->all_developers);
        degrees.owned = count_owned(p);
        write_records(p, &degrees, p->all_developers, write_developer);
    }
    if (repositories) {
        degrees.stargazers = count_to(&edges, p->all_repositories);
        write_records(p, &degrees, p->all_repositories, write_repository);
    }
    if (follows)
        write_follows(p, &edges);
    if (stars)
        write_stars(p, &edges);
    free(edges.items);
    free(degrees.followers);
    free(degrees.following);
    free(degrees.owned);
    free(degrees.stargazers);
    return fflush(stdout) == 0;
}

/* The two numbers of records, then the two of edges. */
static bool read_number(const char *text, int place, int64_t *out)
{
    return slice_i64(slice_of(text), 1, place < 2 ? 40000000 : 1000000000, out);
}

int main(int argc, char **argv)
{
    int64_t n[4], until_s;
    bool ok = argc == 8 && slice_i64(slice_of(argv[7]), 1300000000, 4000000000, &until_s);
    for (int i = 0; ok && i < 4; i++)
        ok = read_number(argv[2 + i], i, &n[i]);
    int64_t seed = 0;
    ok = ok && slice_i64(slice_of(argv[6]), 0, INT64_MAX, &seed);
    if (ok) {
        struct population p = {.seed = (uint64_t)seed,
                               .until_ms = until_s * 1000,
                               .n_developers = (uint64_t)n[0],
                               .n_repositories = (uint64_t)n[1],
                               .all_developers = (uint64_t)(n[0] + n[0] * 3 / 10),
                               .all_repositories = (uint64_t)(n[1] + n[1] * 3 / 10),
                               .n_follows = (uint64_t)n[2],
                               .n_stars = (uint64_t)n[3]};
        ok = write_table(&p, argv[1]);
        if (ok)
            return 0;
    }
    fprintf(
        stderr,
        "usage: gitomatic-bench-data developers|repositories|follows|stars DEVELOPERS REPOSITORIES FOLLOWS "
        "STARS SEED UNTIL\n       records from 1 to 40,000,000, edges to 1,000,000,000; UNTIL: Unix "
        "seconds\n");
    return 2;
}

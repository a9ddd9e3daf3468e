/* dress.c: names and texts for generated accounts and repositories.
 *
 * The texts are chosen for what breaks clients: line breaks, quotes, markup, astral characters,
 * right-to-left and combining marks, and null where GitHub has null. */
#include "sim/world/source.h"

#include <stdio.h>

#define COUNT(a)   ((uint32_t)(sizeof(a) / sizeof *(a)))
#define PICK(r, a) ((a)[rng_below((r), COUNT(a))])
#define YEAR       (365 * 86400)
#define WORLD_NOW  1793491200 /* 2026-11-01T00:00:00Z: the generated past ends here, for any clock */

static const char *const given[] = {"ada",    "grace", "linus",  "margaret", "dennis",   "barbara",
                                    "ken",    "radia", "edsger", "frances",  "alan",     "katherine",
                                    "john",   "hedy",  "tim",    "joan",     "niklaus",  "sophie",
                                    "bjarne", "lynn",  "guido",  "shafi",    "yukihiro", "mary"};
static const char *const second[] = {"code", "dev",    "hopper", "ritchie", "lab", "works", "smith", "lang",
                                     "byte", "nguyen", "silva",  "tanaka",  "kim", "io",    "hq",    "stack"};
static const char *const names[] = {"Ada Lovelace",    "Grace Hopper",   "José Álvarez", "田中 太郎",
                                    "Łukasz Żółć",     "Зоя Иванова",    "محمد علي",     "O'Brien, Conan",
                                    "Ana \"Anya\" P.", "Nguyễn Thị Hoa", "🦄 Unicorn", "<b>Bold</b>"};
static const char *const companies[] = {"@github",      "ACME, Inc.", "Universidade do Estado",
                                        " @gitomatic ", "株式会社例", "AT&T <Labs>"};
static const char *const places[] = {
    "Berlin", "São Paulo, Brazil",          "東京", "Austin, TX", "Zürich", "/dev/null", "Reykjavík 🇮🇸",
    "",       "'; DROP TABLE developers;--"};
static const char *const bios[] = {
    "I write programs.",
    "Line one\r\nline two\r\n\r\nline four",
    "🍔 + ☕ = 👩‍💻",
    "<script>alert('bio')</script>",
    "tabs\tand \"quotes\" and \\backslashes\\",
    "أهلا بالعالم",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́O!",
    "100% of_the time; {\"json\": true}",
    "Emeritus professor of very long sentences that go on and on, from one subject to the next, never "
    "stopping to "
    "breathe, and always coming back to where they started, which is here."};
static const char *const descriptions[] = {"A tool that does one thing",
                                           "Emulator of a machine that never was 🎮",
                                           "dotfiles",
                                           "Line\nbreak in a description",
                                           "<img src=x onerror=alert(1)>",
                                           "学習用リポジトリ",
                                           "The \"missing\" library",
                                           ""};
static const char *const languages[] = {
    "C",    "Python",     "JavaScript",      "Rust", "Go", "C++", "Ruby", "Shell",
    "HTML", "TypeScript", "Jupyter Notebook"};
static const char *const repo_words[] = {"tiny", "fast", "dot", "old",  "super", "open",
                                         "my",   "lib",  "go",  "rust", "py"};
static const char *const repo_things[] = {"parser", "files", "engine", "site",   "notes",
                                          "server", "Game",  "kit",    "bot",    "api",
                                          "tools",  "blog",  "db",     "editor", "vim.conf"};
static const char *const topics[] = {
    "", "", "c", "cli,terminal", "machine-learning,python", "web,api,http", "game,emulator"};
static const char *const branches[] = {"main", "main", "master", "develop", "feature/x"};

static const struct license known_licenses[] = {
    {"mit", "MIT License", "MIT", "https://api.github.com/licenses/mit", "MDc6TGljZW5zZTEz"},
    {"apache-2.0", "Apache License 2.0", "Apache-2.0", "https://api.github.com/licenses/apache-2.0",
     "MDc6TGljZW5zZTI="},
    {"other", "Other", "NOASSERTION", NULL, "MDc6TGljZW5zZTA="}};

void source_login(char *out, size_t size, struct rng *r)
{
    char number[16] = "";
    if (rng_percent(r, 80))
        snprintf(number, sizeof number, "%u", rng_below(r, 1000000));
    snprintf(out, size, "%s%s%s%s", PICK(r, given), rng_percent(r, 50) ? "-" : "",
             rng_percent(r, 60) ? PICK(r, second) : "x", number);
    if (rng_percent(r, 20))
        out[0] = (char)(out[0] - 'a' + 'A');
}

void source_repo_name(char *out, size_t size, struct rng *r)
{
    static const char *const joints[] = {"-", "_", ".", ""};
    snprintf(out, size, "%s%s%s", PICK(r, repo_words), PICK(r, joints), PICK(r, repo_things));
}

void source_dress_user(struct world *w, uint32_t user, struct rng *r)
{
    struct user *u = &w->users[user];
    u->name = rng_percent(r, 75) ? PICK(r, names) : NULL;
    u->company = rng_percent(r, 30) ? PICK(r, companies) : NULL;
    u->location = rng_percent(r, 50) ? PICK(r, places) : NULL;
    u->bio = rng_percent(r, 45) ? PICK(r, bios) : NULL;
    u->blog = rng_percent(r, 25)   ? "https://example.org/~me?a=1&b=2"
              : rng_percent(r, 10) ? "example.org"
                                   : "";
    if (rng_percent(r, 20)) {
        char address[320];
        snprintf(address, sizeof address, "%s@users.noreply.example", u->login);
        u->email = world_dup(w, address);
    }
    u->twitter = rng_percent(r, 15) ? "sim_tweets" : NULL;
    u->hireable = rng_percent(r, 25) ? 1 : -1;
    u->site_admin = rng_below(r, 200) == 0;
    u->n_gists = rng_percent(r, 40) ? (int32_t)rng_below(r, 30) : 0;
    u->legacy_node = rng_percent(r, 50);
    u->created_at = WORLD_NOW - 9 * YEAR + (int64_t)rng_below(r, 6 * YEAR);
    u->updated_at = WORLD_NOW - (int64_t)rng_below(r, 2 * YEAR);
}

void source_dress_repo(struct world *w, uint32_t repo, struct rng *r)
{
    struct repo *p = &w->repos[repo];
    p->description = rng_percent(r, 70) ? PICK(r, descriptions) : NULL;
    p->homepage = rng_percent(r, 30) ? "https://example.org/" : rng_percent(r, 50) ? "" : NULL;
    p->language = rng_percent(r, 80) ? PICK(r, languages) : NULL;
    p->topics = PICK(r, topics);
    p->default_branch = PICK(r, branches);
    p->license = rng_percent(r, 60) ? world_license(w, PICK(r, known_licenses)) : NULL;
    p->mirror_url = rng_below(r, 150) == 0 ? "https://git.example.org/mirror.git" : NULL;
    p->size_kib = rng_percent(r, 10) ? 0 : (int32_t)rng_below(r, 90000);
    p->n_open_issues = rng_percent(r, 30) ? (int32_t)rng_below(r, 60) : 0;
    p->n_subscribers = 1 + (int32_t)rng_below(r, 9);
    p->archived = rng_percent(r, 5);
    p->disabled = rng_below(r, 300) == 0;
    p->is_template = rng_percent(r, 2);
    p->legacy_node = rng_percent(r, 50);
    p->has_issues = rng_percent(r, 90);
    p->has_projects = rng_percent(r, 90);
    p->has_downloads = rng_percent(r, 95);
    p->has_wiki = rng_percent(r, 70);
    p->has_pages = rng_percent(r, 10);
    p->has_discussions = rng_percent(r, 10);
    p->created_at = WORLD_NOW - 5 * YEAR + (int64_t)rng_below(r, 3 * YEAR);
    p->updated_at = WORLD_NOW - (int64_t)rng_below(r, 2 * YEAR);
    p->pushed_at =
        p->size_kib == 0 && rng_percent(r, 50) ? 0 : p->updated_at - (int64_t)rng_below(r, 30 * 86400);
}

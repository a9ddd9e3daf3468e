#include "bench/generate/words.h"
#include "bench/generate/population.h"

static const char *const common[] = {
    "developer", "software", "engineer",    "the",        "and",        "of",        "web",
    "a",         "for",      "open",        "source",     "data",       "in",        "code",
    "from",      "student",  "python",      "javascript", "love",       "with",      "learning",
    "full",      "stack",    "building",    "at",         "science",    "machine",   "computer",
    "design",    "linux",    "enthusiast",  "simple",     "library",    "framework", "app",
    "tool",      "server",   "client",      "api",        "plugin",     "my",        "to",
    "on",        "by",       "is",          "using",      "example",    "tutorial",  "games",
    "security",  "research", "university",  "founder",    "maintainer", "frontend",  "backend",
    "mobile",    "cloud",    "systems",     "compiler",   "database",   "network",   "graphics",
    "music",     "coffee",   "cats",        "robotics",   "embedded",   "parser",    "editor",
    "theme",     "config",   "dotfiles",    "bot",        "fast",       "small",     "tiny",
    "modern",    "async",    "distributed", "functional", "rust",       "golang",    "ruby",
    "java",      "kotlin",   "swift",       "haskell",    "clojure",    "elixir",    "postgres",
    "kernel",    "driver",   "visual",      "math",       "physics",    "biology",   "maps",
    "weather",   "budget",   "blog",        "notes",      "wiki",       "search",    "crawler",
    "queue",     "cache",    "logger",      "testing",    "mock",       "deploy",    "docker",
    "cluster",   "monitor",  "alerts",      "terminal",   "keyboard",   "puzzle",    "tetris",
    "chess",     "camera",   "photo",       "video",      "audio",      "speech",    "vision",
    "neural",
};
static const char *const unusual[] = {"🦊",        "☕",     "💻",    "开发者", "プログラマ",
                                      "разработчик", "naïve", "café", "مطور",   "👩‍💻"};
static const char *const syllables[] = {"ba", "be", "bo", "ca", "co", "da", "de", "di", "do", "fa", "fi",
                                        "ga", "go", "ha", "ho", "ja", "ka", "ki", "ko", "la", "le", "li",
                                        "lo", "ma", "me", "mi", "mo", "na", "ne", "ni", "no", "pa", "pe",
                                        "po", "ra", "re", "ri", "ro", "sa", "se", "si", "so", "ta", "te",
                                        "ti", "to", "tu", "va", "ve", "vi", "xo", "za"};
static const char *const first_names[] = {
    "Ana",  "Maria", "José",   "João",   "Wei",    "Li",   "Yuki",  "Hiro",  "Olga",  "Ivan",
    "Sara", "Adam",  "Eva",    "Noah",   "Emma",   "Liam", "Mia",   "Lucas", "Sofia", "Hugo",
    "Zoë",  "Björn", "Åsa",    "Søren",  "Jürgen", "Kofi", "Ama",   "Priya", "Arjun", "Ravi",
    "Chen", "Min",   "Jun",    "Fatima", "Omar",   "Ali",  "Leila", "Nora",  "Max",   "Paul",
    "Jane", "John",  "Kate",   "Peter",  "Tom",    "Ada",  "Alan",  "Grace", "Linus", "Ken",
    "Rob",  "Brian", "Dennis", "Tim",    "Ruth",   "Carl", "李",    "王"};
static const char *const last_names[] = {
    "Silva",   "Santos",  "Garcia",  "Müller",    "Schmidt",  "Novak",  "Kowalski", "Ivanov", "Petrov",
    "Smith",   "Jones",   "Brown",   "Wang",      "Zhang",    "Chen",   "Kim",      "Park",   "Tanaka",
    "Sato",    "Suzuki",  "Singh",   "Patel",     "Kumar",    "Khan",   "Ahmed",    "Hassan", "Okafor",
    "Mensah",  "Larsen",  "Nielsen", "Johansson", "Virtanen", "Dubois", "Martin",   "Rossi",  "Ricci",
    "Costa",   "Pereira", "Lopez",   "Hernandez", "Cohen",    "Levy",   "Yilmaz",   "Kaya",   "Nagy",
    "Horvath", "Popescu", "O'Neil",  "Murphy",    "Walsh",    "Young",  "Hill",     "Green",  "Baker",
    "Clark",   "Lewis",   "Walker",  "Hall",      "Allen",    "Wright"};
static const char *const places[] = {"San Francisco",
                                     "London",
                                     "Berlin",
                                     "Brazil",
                                     "New York",
                                     "Bangalore, India",
                                     "Paris, France",
                                     "Beijing, China",
                                     "Tokyo",
                                     "Toronto, Canada",
                                     "São Paulo",
                                     "Germany",
                                     "Seattle, WA",
                                     "Shanghai",
                                     "Amsterdam",
                                     "India",
                                     "Australia",
                                     "Moscow",
                                     "Earth",
                                     "Stockholm, Sweden",
                                     "Barcelona",
                                     "Madrid, Spain",
                                     "Chicago, IL",
                                     "Boston, MA",
                                     "Sydney",
                                     "Melbourne",
                                     "Zürich",
                                     "Curitiba",
                                     "Belo Horizonte",
                                     "Lisbon",
                                     "Porto, Portugal",
                                     "Warsaw, Poland",
                                     "Kraków",
                                     "Kyiv, Ukraine",
                                     "Prague",
                                     "Vienna",
                                     "Budapest",
                                     "Istanbul",
                                     "Tel Aviv",
                                     "Lagos, Nigeria",
                                     "Nairobi",
                                     "Cairo",
                                     "Singapore",
                                     "Seoul",
                                     "Taipei",
                                     "Hà Nội",
                                     "Jakarta",
                                     "Manila",
                                     "Buenos Aires",
                                     "Santiago",
                                     "Bogotá",
                                     "México",
                                     "Austin, TX",
                                     "Portland, OR",
                                     "東京",
                                     "北京"};
static const char *const countries[] = {"Brazil",  "India",  "China", "Germany", "France", "USA",
                                        "UK",      "Poland", "Japan", "Canada",  "Spain",  "Italy",
                                        "Nigeria", "Kenya",  "Chile", "Norway"};
static const char *const languages[] = {"JavaScript",
                                        "Python",
                                        "Java",
                                        "TypeScript",
                                        "C#",
                                        "C++",
                                        "PHP",
                                        "HTML",
                                        "C",
                                        "Shell",
                                        "Ruby",
                                        "Go",
                                        "Jupyter Notebook",
                                        "CSS",
                                        "Swift",
                                        "Kotlin",
                                        "Rust",
                                        "R",
                                        "Vim script",
                                        "Dart",
                                        "Scala",
                                        "Haskell",
                                        "Lua",
                                        "Perl",
                                        "Elixir",
                                        "Clojure",
                                        "OCaml",
                                        "Zig",
                                        "Assembly",
                                        "Fortran",
                                        "COBOL",
                                        "Prolog"};

/* The next random number out of one. */
static uint64_t next(uint64_t *bits)
{
    const struct population p = {.seed = *bits};
    return *bits = random_bits(&p, 0, 1);
}

static double next_unit(uint64_t *bits)
{
    return (double)(next(bits) >> 11) * 0x1p-53;
}

#define PICK(list, bits) (list)[next(bits) % ARRAY_LEN(list)]

void put_word(struct buf *out, uint64_t rank)
{
    size_t n = ARRAY_LEN(syllables);
    if (rank < ARRAY_LEN(common)) {
        buf_puts(out, common[rank]);
        return;
    }
    uint64_t which = rank * 7919 % (n * n * n); /* 7919 is prime: no two ranks share a word */
    buf_puts(out, syllables[which % n]);
    buf_puts(out, syllables[which / n % n]);
    buf_puts(out, syllables[which / n / n]);
    if (rank % 3 == 0)
        buf_putc(out, 'n');
}

static void put_any_word(struct buf *out, uint64_t *bits)
{
    put_word(out, zipf(next_unit(bits), N_WORDS, 10));
}

void put_login(struct buf *out, uint64_t number, uint64_t bits)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    put_word(out, next(&bits) % N_WORDS);
    if (bits % 3 == 0)
        buf_putc(out, '-');
    for (uint64_t rest = number; rest; rest /= 36) /* one of a kind */
        buf_putc(out, digits[rest % 36]);
}

void put_name(struct buf *out, uint64_t bits)
{
    buf_puts(out, PICK(first_names, &bits));
    if (bits % 4 == 0)
        buf_printf(out, " %c.", 'A' + (char)(next(&bits) % 26));
    buf_putc(out, ' ');
    buf_puts(out, PICK(last_names, &bits));
}

void put_location(struct buf *out, uint64_t bits)
{
    if (next(&bits) % 10 < 7) {
        buf_puts(out, places[zipf(next_unit(&bits), ARRAY_LEN(places), 3)]);
        return;
    }
    size_t from = out->len;
    put_word(out, 200 + zipf(next_unit(&bits), 5000, 10));
    out->ptr[from] = (char)(out->ptr[from] - 'a' + 'A');
    buf_puts(out, ", ");
    buf_puts(out, PICK(countries, &bits));
}

void put_company(struct buf *out, uint64_t bits)
{
    uint64_t which = zipf(next_unit(&bits), 15000, 5);
    if (which % 2)
        buf_putc(out, '@');
    put_word(out, 130 + which);
    if (which % 5 == 0)
        buf_puts(out, " GmbH");
}

void put_sentence(struct buf *out, uint64_t bits, unsigned shortest, unsigned longest)
{
    unsigned n = shortest + (unsigned)(next(&bits) % (longest - shortest + 1));
    for (unsigned i = 0; i < n; i++) {
        if (i)
            buf_putc(out, ' ');
        if (next(&bits) % 60 == 0)
            buf_puts(out, PICK(unusual, &bits));
        else
            put_any_word(out, &bits);
    }
}

void put_repository_name(struct buf *out, uint64_t bits)
{
    put_any_word(out, &bits);
    for (uint64_t more = next(&bits) % 3; more; more--) {
        buf_putc(out, '-');
        put_any_word(out, &bits);
    }
}

const char *a_language(uint64_t bits)
{
    return languages[zipf(next_unit(&bits), ARRAY_LEN(languages), 4)];
}

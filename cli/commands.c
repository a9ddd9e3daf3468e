/* The subcommands: what --help, the manual pages and the completions of shells are made from. */
#include "cli/command.h"
#include "schema/graph/changes.h"

static const struct subcommand mirror_subs[] = {
    {"purge", "URL-PATTERN\n"
              "Removes cached entries in every mirror of this database. The pattern is a path,\n"
              "such as '/users/ada*', at the GitHub of the running mirror (none runs: at\n"
              "GITHUB_API_URL), or a whole address; * matches anything.\n"},
    {"warm", "FILE\n"
             "Fetches the paths of a file (- is the standard input), one a line, through the\n"
             "running mirror at MIRROR_LISTEN, with the first configured credential.\n"},
    {NULL, NULL},
};

static const struct subcommand user_subs[] = {
    {"add", "NAME [--password-stdin] [--read-only]\n"
            "Creates an API user, or sets a new password for an existing one. By default a\n"
            "random password is generated and printed.\n"
            "  --password-stdin  read the password from the first line of the standard input\n"
            "  --read-only       this user cannot create tasks, change jobs or use\n"
            "                    webhooks\n"},
    {"list", "\nLists the API users.\n"},
    {"remove", "NAME\nRemoves an API user, with the tokens and sessions that belong to it.\n"},
    {"sign-out", "NAME\nEnds the sessions of an API user in all browsers; tokens and the password stay.\n"},
    {NULL, NULL},
};

static const struct subcommand token_subs[] = {
    {"add", "NAME [--user USER] [--read-only] [--expires WHEN]\n"
            "Creates a bearer token for a program and prints it, only once.\n"
            "  --user USER     the token belongs to this API user and has at most that\n"
            "                  user's rights\n"
            "  --read-only     this token cannot create tasks, change jobs or use\n"
            "                  webhooks\n"
            "  --expires WHEN  12h, 30d, 8w from now, or a date such as 2027-01-31 (UTC)\n"},
    {"list", "\nLists the tokens, without their secrets.\n"},
    {"remove", "NAME\nRemoves a token; it is refused from then on.\n"},
    {NULL, NULL},
};

#define TYPE_INDENT      "                 "
#define TYPE_FIRST(type) TYPE_INDENT " " type
#define TYPE_NEXT(type)  " " type
#define TYPES_OF_CHANGES CHANGE_TYPES(TYPE_FIRST, TYPE_NEXT, "\n" TYPE_INDENT) "\n"

static const struct subcommand webhook_subs[] = {
    {"add", "URL [--types A,B] [--filter WHAT]...\n"
            "            [--secret-stdin]\n"
            "Sends changes from now on to URL, signed. A secret is made and printed,\n"
            "only this once.\n"
            "  --types A,B     only changes of these types:\n" TYPES_OF_CHANGES
            "  --filter WHAT   only changes about developer=LOGIN or repository=OWNER/NAME;\n"
            "                  may be repeated: about one of them\n"
            "  --secret-stdin  read the secret from the first line of the standard input\n"},
    {"list", "[--json]\nLists the webhooks, their deliveries and their dead letters.\n"},
    {"remove", "NUMBER\nRemoves a webhook.\n"},
    {"resume", "NUMBER\nRetries a failing webhook at once; resumes one whose receiver was gone (410).\n"},
    {NULL, NULL},
};

static const struct subcommand tune_subs[] = {
    {"list", "\nLists the optional indexes, which of them are built, and their sizes.\n"},
    {"build", "NAME...|all\n"
              "Builds optional indexes while everything else keeps running. If interrupted, it\n"
              "drops what it began.\n"},
    {"drop", "NAME...|all\nDrops optional indexes; lists still work, more slowly.\n"},
    {NULL, NULL},
};

const struct command commands[] = {
    {"up", "run everything: database, API, crawler, scheduler, mirror", cmd_up,
     "[--seed LOGIN]... [--demo]\n"
     "Runs all processes until Ctrl-C. Without DATABASE_URL a private PostgreSQL runs\n"
     "in GITOMATIC_DATA. The first start creates an API user and prints the password\n"
     "once.\n"
     "  --seed LOGIN  crawl this developer's profile; may be repeated\n"
     "  --demo        crawl a simulated GitHub instead: no token, no network (data in\n"
     "                ./var/demo)\n",
     NULL, NULL},
    {"api", "serve the REST API", cmd_api, "\nServes the REST API at API_LISTEN until SIGTERM.\n", NULL,
     NULL},
    {"crawler", "work on the queue", cmd_crawler,
     "\nTakes jobs from the queue until SIGTERM; any number may run, on any number of\n"
     "machines.\n",
     NULL, NULL},
    {"scheduler", "fire periodic jobs", cmd_scheduler,
     "\nFires the periodic jobs and keeps the queue tidy until SIGTERM; several may run.\n", NULL, NULL},
    {"mirror", "serve GitHub's API from a cache", cmd_mirror,
     "[purge URL-PATTERN | warm FILE]\n"
     "Serves GitHub's API at MIRROR_LISTEN until SIGTERM, from a cache that is\n"
     "revalidated by conditional requests.\n"
     "  purge  remove entries, in every mirror: a path ('/repos/octocat/hello*') or an\n"
     "         address; * matches anything\n"
     "  warm   fetch the paths of a file, one a line, through the running mirror\n",
     mirror_subs, NULL},
    {"migrate", "bring the database's schema up to date", cmd_migrate,
     "[--status]\n"
     "Applies the migrations that are missing; safe when several run at once.\n"
     "  --status  only show what is applied and what is pending (exit code 1 when\n"
     "            something is)\n",
     NULL, NULL},
    {"tune", "build or drop optional indexes", cmd_tune,
     "[list] | build NAME...|all | drop NAME...|all\n"
     "Lists work without these indexes. Above some ten thousand records the filters\n"
     "and orders that they serve are slower (docs/api.md). Each index takes disk\n"
     "space, and time when a record is saved.\n"
     "  list   show them, which are built, and their sizes (the default)\n"
     "  build  build them while everything else keeps running\n"
     "  drop   drop them again\n",
     tune_subs, NULL},
    {"upgrade-cluster", "move the embedded database to a newer PostgreSQL", cmd_upgrade_cluster,
     "[--to VERSION | --bindir DIR]\n"
     "Moves the cluster in GITOMATIC_DATA to the newest PostgreSQL that is installed,\n"
     "by dump and restore, while `gitomatic up` is stopped. All rows are counted\n"
     "before the new cluster takes its place; the old one is kept as pg.old-VERSION.\n"
     "Until then a failure or Ctrl-C changes nothing.\n"
     "  --to VERSION  to this major version; the cluster's own version rebuilds it\n"
     "  --bindir DIR  the same with the programs in DIR\n",
     NULL, NULL},
    {"user", "manage API users", cmd_user,
     "add NAME [--password-stdin] [--read-only]\n"
     "       gitomatic user list | remove NAME\n"
     "  add               create a user, or set a new password for an existing one; by\n"
     "                    default a random one is printed\n"
     "  --password-stdin  read the password from the first line of the standard input\n"
     "  --read-only       this user cannot create tasks, change jobs or use\n"
     "                    webhooks\n",
     user_subs, NULL},
    {"token", "manage API tokens", cmd_token,
     "add NAME [--user USER] [--read-only] [--expires WHEN]\n"
     "       gitomatic token list | remove NAME\n"
     "  add             create a bearer token for a program and print it, only once\n"
     "  --user USER     the token belongs to this API user and has at most that\n"
     "                  user's rights\n"
     "  --read-only     this token cannot create tasks, change jobs or use\n"
     "                  webhooks\n"
     "  --expires WHEN  12h, 30d, 8w from now, or a date such as 2027-01-31 (UTC)\n",
     token_subs, NULL},
    {"webhook", "manage receivers of changes", cmd_webhook,
     "add URL [--types A,B] [--filter WHAT]...\n"
     "                                 [--secret-stdin]\n"
     "       gitomatic webhook list [--json] | remove NUMBER | resume NUMBER\n"
     "The API sends the feed of changes to each receiver: in order, at least once.\n"
     "  --types A,B     only changes of these types:\n" TYPES_OF_CHANGES
     "  --filter WHAT   only changes about developer=LOGIN or repository=OWNER/NAME;\n"
     "                  may be repeated: about one of them\n"
     "  --secret-stdin  read the secret from the first line of the standard input;\n"
     "                  else one is made and printed, only this once\n"
     "  --json          list with all that is known, as JSON\n",
     webhook_subs, NULL},
    {"task", "request a task", cmd_task,
     "full_profile_sync --username LOGIN [--wait]\n"
     "       gitomatic task full_repository_sync --username OWNER --repo-name NAME\n"
     "                                           [--wait]\n"
     "       gitomatic task discovery_scraper [--wait]\n"
     "The same as POST /github/tasks/.\n"
     "  --username LOGIN  the developer, or the repository's owner; also @LOGIN or its\n"
     "                    address at github.com\n"
     "  --repo-name NAME  the repository; with OWNER/NAME or its address at github.com\n"
     "                    --username is not needed\n"
     "  --dry-run         estimate the cost and the end; request nothing\n"
     "  --wait            show progress until the task is over; exit code 1 when a job\n"
     "                    failed, was cancelled or missed pages, or GitHub has no such\n"
     "                    target; 0 with a warning for each list shown only in part\n",
     NULL, "full_profile_sync full_repository_sync discovery_scraper"},
    {"sample", "draw an unbiased sample of GitHub's ids", cmd_sample,
     "users|repositories --n N [--seed S] [--name X]\n"
     "                        [--dry-run] [--wait]\n"
     "Draws N different ids, each equally likely, from 1 to the highest that is known,\n"
     "and asks GitHub for them, a hundred per GraphQL point. See docs/data.md.\n"
     "  --n N      ids to draw, up to 1000000; not all of them exist\n"
     "  --seed S   the same number draws the same ids (1)\n"
     "  --name X   its name at /github/samples/; default: made from kind, n and seed\n"
     "  --dry-run  estimate the cost and the end; request nothing\n"
     "  --wait     show progress until it finishes\n",
     NULL, "users repositories"},
    {"census", "list all ids that GitHub has", cmd_census,
     "users|repositories [--from ID] [--to ID]\n"
     "                        [--dry-run] [--wait]\n"
     "Reads GitHub's list of all accounts or public repositories, a hundred a unit, in\n"
     "slices that crawlers share, with discovery's share of the quota. Listed records\nbecome stubs. When "
     "repeated, only changed pages cost quota.\n"
     "  --from ID  the first id (1)\n"
     "  --to ID    the last id; default: no limit\n"
     "  --dry-run  estimate the cost and the end; request nothing\n"
     "  --wait     show progress until it finishes\n",
     NULL, "users repositories"},
    {"forget", "remove a person's data for good", cmd_forget,
     "LOGIN | --id N | --list | --undo N\n"
     "Removes a developer with their edges, history and repositories, and keeps them\n"
     "from coming back. Only a keyed hash of their GitHub id is kept: keep the number\n"
     "that is printed if it may have to be undone.\n"
     "  --id N    by GitHub id, also of a developer not known here\n"
     "  --list    the stored hashes, and since when\n"
     "  --undo N  let the developer of this GitHub id be stored again\n",
     NULL, NULL},
    {"export", "write all records into files", cmd_export,
     "DIR [--format csv|jsonl|sqlite] [--only TABLES]\n"
     "                        [--where-login LOGINS] [--as-of TIME] [--gzip]\n"
     "       gitomatic export FILE.gexf|FILE.graphml --seed LOGIN\n"
     "                        [--depth N] [--edges KINDS]\n"
     "Writes the records of one instant into DIR, new or empty, with a manifest, and\n"
     "prints the id: the same records give the same files and id. See docs/data.md.\n"
     "  --format FORMAT       csv (default), jsonl (JSON lines) or sqlite (one file)\n"
     "  --only TABLES         these tables, separated by commas\n"
     "  --where-login LOGINS  these developers, their repositories, follows and stars\n"
     "  --as-of TIME          the state at a past time: edges, names, counts\n"
     "  --gzip                compress each file\n"
     "A FILE gets the graph around a developer, for Gephi, igraph or networkx:\n"
     "  --seed LOGIN          the developer it begins with\n"
     "  --depth N             as many edges away as N, 0 to 10 (1)\n"
     "  --edges KINDS         follows (default), stars, or follows,stars\n",
     NULL, NULL},
    {"import", "read records from elsewhere into the database", cmd_import,
     "DIR | git-o-matic URL | gharchive FILE... [--dry-run]\n"
     "Newer data wins, field by field; developers forgotten here are not imported.\n"
     "Repeating it is harmless: after an interruption start it again.\n"
     "  DIR                what gitomatic export wrote\n"
     "  git-o-matic URL    the PostgreSQL of a git-o-matic (postgresql://...): records\n"
     "                     and edges; its ids lead to the records. Continues where\n"
     "                     an earlier run stopped\n"
     "  gharchive FILE...  hours of GH Archive (.json.gz): unknown developers and\n"
     "                     repositories become stubs, active developers are read\n"
     "                     sooner; never edges. Invalid lines are reported\n"
     "  --dry-run          count what would change, and change nothing\n"
     "A folder called gharchive or git-o-matic is written ./gharchive.\n",
     NULL, "git-o-matic gharchive"},
    {"verify", "compare an export with its manifest", cmd_verify,
     "DIR\n"
     "Compares the files of an export with its manifest. Exit code 0: all files\n"
     "match; 1: some do not, and are named.\n",
     NULL, NULL},
    {"retry-capabilities", "retry what GitHub refused", cmd_retry_capabilities,
     "\n"
     "Retries what GitHub refused a credential (stargazers, star history, GraphQL)\n"
     "with the next job that needs it.\n",
     NULL, NULL},
    {"status", "show jobs, quota and counts of records", cmd_status,
     "[--json | --watch]\n"
     "Shows counts of records, the queue, quota, credentials and processes, and what\n"
     "blocks work.\n"
     "  --json   one JSON object instead of text\n"
     "  --watch  again every two seconds, with rates and the last failures: on a\n"
     "           terminal as a full screen (q ends it), elsewhere as text\n",
     NULL, NULL},
    {"doctor", "find problems and say what to do", cmd_doctor,
     "[--json]\n"
     "Looks at the configuration, the database (version, encoding, extension, rights,\n"
     "connections, schema, replica), the disk, and GitHub (reachable, tokens, quota,\n"
     "clock). Changes nothing and costs no quota. Exit code 1 when there is a problem.\n"
     "  --json  one JSON object instead of text\n",
     NULL, NULL},
    {"why", "explain when and why a developer is synced, and the cost", cmd_why,
     "LOGIN [--json]\n"
     "From discovery's plan and the jobs that are still stored.\n"
     "  --json  one JSON object instead of text\n",
     NULL, NULL},
    {"completion", "print a shell's completion of commands and flags", cmd_completion,
     "bash | zsh | fish\n"
     "Prints a script for the shell. For one session: . <(gitomatic completion bash);\n"
     "for good: into bash's /etc/bash_completion.d, a folder of zsh's fpath (as\n"
     "_gitomatic), or ~/.config/fish/completions (as gitomatic.fish).\n",
     NULL, "bash zsh fish"},
    {"manual", "write the manual pages", cmd_manual,
     "FOLDER\n"
     "Writes gitomatic.1, gitomatic-COMMAND.1 of each command and gitomatic.conf.5\n"
     "into an existing folder. The packages include them: `man gitomatic`.\n",
     NULL, NULL},
};

const size_t n_commands = ARRAY_LEN(commands);
_Static_assert(ARRAY_LEN(commands) <= MAX_COMMANDS, "raise MAX_COMMANDS");

#include "cli/database.h"
#include "cli/process/stop.h"
#include "cli/run/demo.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include "schema/migrate.h"

#define WAIT_MS     30000
#define PATIENCE_MS 10000 /* of one attempt, so that there are several, and the first failure is logged */

bool database_is_given(const struct config *cfg)
{
    return cfg->database_url || config_env_names_database();
}

bool database_is_demo(const struct config *cfg)
{
    return !database_is_given(cfg) && demo_made(cfg->data_dir);
}

/* The error of a command whose data folder has no running database: how to start one, which a demo's folder needs a flag for, and the
 * usual folder that has one. Always false. */
static bool name_running(const struct config *cfg, struct err *err)
{
    static const struct {
        const char *folder, *what;
    } usual[] = {{DEMO_DATA_DIR, "a demo"}, {"./var", "one"}};
    char url[EMBEDDED_URL_SIZE];
    const char *start = database_is_demo(cfg) ? "gitomatic up --demo" : "gitomatic up";
    struct err ignored = {0};
    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        if (embedded_find(usual[i].folder, url, &ignored))
            return err_set(err, ERR_NOT_FOUND,
                           "no database: set DATABASE_URL or start `%s` (data folder %.120s); %s runs in "
                           "%s: set GITOMATIC_DATA=%s",
                           start, cfg->data_dir, usual[i].what, usual[i].folder, usual[i].folder);
    return err_set(err, ERR_NOT_FOUND,
                   "no database: set DATABASE_URL or start `%s` (data folder %.120s; GITOMATIC_DATA sets "
                   "another)",
                   start, cfg->data_dir);
}

/* *url_out: as db_open takes it (NULL: PG* variables); borrows from cfg or url_room. */
static bool database_resolve(const struct config *cfg, char url_room[EMBEDDED_URL_SIZE], const char **url_out,
                             struct err *err)
{
    if (database_is_given(cfg)) {
        *url_out = cfg->database_url;
        return true;
    }
    *url_out = url_room;
    return embedded_find(cfg->data_dir, url_room, err) ||
           (err->code == ERR_NOT_FOUND && name_running(cfg, err));
}

bool database_open_until(const struct config *cfg, const char *application, const atomic_bool *abandon,
                         struct db **db_out, struct err *err)
{
    char room[EMBEDDED_URL_SIZE];
    struct db_options options = {.application = application, .abandon = abandon};
    return database_resolve(cfg, room, &options.url, err) &&
           (!database_is_given(cfg) || db_check_session(&options, err)) && db_open(&options, db_out, err);
}

bool database_open(const struct config *cfg, const char *application, struct db **db_out, struct err *err)
{
    return database_open_until(cfg, application, NULL, db_out, err);
}

bool database_open_checked_until(const struct config *cfg, const char *application,
                                 const atomic_bool *abandon, struct db **db_out, struct err *err)
{
    if (!database_open_until(cfg, application, abandon, db_out, err))
        return false;
    if (schema_check(*db_out, err))
        return true;
    db_close(*db_out);
    *db_out = NULL;
    return false;
}

bool database_open_checked(const struct config *cfg, const char *application, struct db **db_out,
                           struct err *err)
{
    return database_open_checked_until(cfg, application, NULL, db_out, err);
}

/* Only an available replica can be checked: the API finds the others again. */
static bool check_replica(const struct config *cfg, struct err *err)
{
    const struct db_options options = {.url = cfg->database_read_url, .application = "gitomatic start"};
    return !cfg->database_read_url || db_check_session(&options, err) || err->code != ERR_CONFIG ||
           err_wrap(err, "DATABASE_READ_URL");
}

bool database_wait(const struct config *cfg, int stop_fd, char url_room[EMBEDDED_URL_SIZE],
                   const char **url_out, struct err *err)
{
    int64_t deadline = clock_mono_ms() + WAIT_MS;
    bool said = false;
    for (;;) {
        struct db *db;
        struct db_options at = {.application = "gitomatic start", .patience_ms = PATIENCE_MS};
        if (database_resolve(cfg, url_room, url_out, err)) {
            at.url = *url_out;
            if (database_is_given(cfg) && !db_check_session(&at, err) && err->code == ERR_CONFIG)
                return false;
            if (db_open(&at, &db, err)) {
                bool ok = schema_check(db, err);
                db_close(db);
                if (ok || err->code != ERR_DB_DOWN)
                    return ok && check_replica(cfg, err);
            }
        }
        if (clock_mono_ms() >= deadline)
            return false;
        if (!said)
            log_warn("database.wait", L_STR("error", err->text), L_I64("for_s", WAIT_MS / 1000));
        said = true;
        if (stop_wait(stop_fd, 500))
            return err_set(err, ERR_STOPPING, "stopped");
    }
}

#include "tests/unit/unit.h"

#include "schema/db/db.h"
#include <stdio.h>

/* A state as a connection is lost or refused, and as an error of a statement. */
static void test_db_trouble__of_sqlstates(void **state)
{
    static const struct {
        const char *sqlstate;
        enum db_trouble lost, failed;
    } cases[] = {
        {"", DB_NO_TROUBLE, DB_NO_TROUBLE},
        {"28000", DB_REFUSES, DB_NO_TROUBLE},    /* no such role, no line of pg_hba.conf */
        {"28P01", DB_REFUSES, DB_NO_TROUBLE},    /* a wrong password */
        {"3D000", DB_REFUSES, DB_NO_TROUBLE},    /* no such database */
        {"42501", DB_REFUSES, DB_NO_TROUBLE},    /* no right to connect */
        {"55000", DB_REFUSES, DB_NO_TROUBLE},    /* it takes no connections */
        {"42704", DB_REFUSES, DB_NO_SCHEMA},     /* an unknown setting; an unknown type */
        {"22023", DB_REFUSES, DB_NO_TROUBLE},    /* a setting's value */
        {"42P05", DB_NO_TROUBLE, DB_NO_TROUBLE}, /* a session in use */
        {"25P03", DB_NO_TROUBLE, DB_NO_TROUBLE}, /* a transaction that was idle for too long */
        {"57P05", DB_RESTARTING, DB_NO_TROUBLE}, /* a session that was */
        {"58030", DB_NO_TROUBLE, DB_NO_TROUBLE}, /* a disk that does not read */
        {"XX000", DB_NO_TROUBLE, DB_NO_TROUBLE},
        {"XX001", DB_NO_TROUBLE, DB_NO_TROUBLE},
        {"40001", DB_NO_TROUBLE, DB_NO_TROUBLE}, /* a standby that had to replay */
        {"0A000", DB_NO_TROUBLE, DB_NO_TROUBLE},
        {"08006", DB_NO_TROUBLE, DB_NO_TROUBLE},
        {"08P01", DB_NO_TROUBLE, DB_NO_TROUBLE}, /* of a pooler, for anything */
        {"57P01", DB_RESTARTING, DB_NO_TROUBLE},
        {"57P03", DB_RESTARTING, DB_NO_TROUBLE},
        {"53300", DB_EXHAUSTED, DB_EXHAUSTED},
        {"53100", DB_EXHAUSTED, DB_EXHAUSTED},
        {"25006", DB_READ_ONLY, DB_READ_ONLY},
        {"42P01", DB_NO_SCHEMA, DB_NO_SCHEMA},
        {"3F000", DB_NO_SCHEMA, DB_NO_SCHEMA},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {.code = ERR_DB_DOWN};
        snprintf(err.sqlstate, sizeof err.sqlstate, "%s", cases[i].sqlstate);
        if (db_trouble_of(&err) != cases[i].lost)
            fail_msg("%s, connection lost: %d", cases[i].sqlstate, (int)db_trouble_of(&err));
        err.code = ERR_DB;
        if (db_trouble_of(&err) != cases[i].failed)
            fail_msg("%s, statement failed: %d", cases[i].sqlstate, (int)db_trouble_of(&err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_db_trouble__of_sqlstates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

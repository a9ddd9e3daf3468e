# Turns the .sql files of schema/ into C: an enum of statements, and their text, parameter types and counts.
#   awk -v mode=h -f queries.awk */*.sql > queries.h      (mode=c for the table)
#
# A block is `-- name: NAME`, `-- params: NAME TYPE, …` (left out when there are none), comments, and the statement.
BEGIN {
    oid["bigint"] = 20; oid["integer"] = 23; oid["smallint"] = 21; oid["text"] = 25; oid["jsonb"] = 3802
    oid["boolean"] = 16; oid["timestamptz"] = 1184; oid["double precision"] = 701
    oid["bytea"] = 17; oid["bigint[]"] = 1016; oid["text[]"] = 1009
    n = 0
}
function fail(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    failed = 1
    exit 1
}
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
/^-- name: / {
    name = trim(substr($0, 10))
    if (name !~ /^[a-z][a-z0-9_]*$/) fail("bad name " name)
    if (name in seen) fail("name used twice: " name)
    seen[name] = 1
    names[n] = name; text[n] = ""; types[n] = ""; count[n] = 0
    n++
    next
}
/^-- params: / {
    if (!n) fail("params before a name")
    parts = split(substr($0, 12), p, ",")
    for (i = 1; i <= parts; i++) {
        one = trim(p[i])
        type = one
        sub(/^[^ ]+ /, "", type)
        if (!(type in oid)) fail("unknown parameter type \"" type "\" in " names[n - 1])
        types[n - 1] = types[n - 1] oid[type] ", "
        count[n - 1]++
    }
    next
}
/^[ \t]*--/ { next }
/^[ \t]*$/ { next }
{
    if (!n) fail("statement before a name")
    line = $0
    sub(/[ \t]+$/, "", line)
    sub(/;$/, "", line)
    gsub(/\\/, "\\\\", line)
    gsub(/"/, "\\\"", line)
    text[n - 1] = text[n - 1] "        \"" line "\\n\"\n"
}
END {
    if (failed) exit 1
    if (mode == "h") {
        print "/* Generated from the .sql files of schema/. */\n#pragma once\n\nenum query {"
        for (i = 0; i < n; i++) print "    Q_" names[i] ","
        print "    Q_N_QUERIES\n};"
        exit
    }
    print "/* Generated from the .sql files of schema/. */\n#include \"schema/db/query_table.h\"\n"
    print "const struct query_entry query_table[Q_N_QUERIES] = {"
    for (i = 0; i < n; i++)
        printf "    [Q_%s] = {\"%s\",\n%s        , %d, {%s0}},\n", names[i], names[i], text[i], count[i], types[i]
    print "};"
}

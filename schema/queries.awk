# Turns the .sql files of schema/ into C: an enum of statements, and their text, parameter types and counts.
#   awk -v mode=h -f queries.awk */*.sql > queries.h      (mode=c for the table)
#
# root: the folder above core/, whose headers tell the kinds of jobs for '{jobs_…}' (core/model/job.h) and the numbers for {developer} and
# {repository} (core/uuid/uuid.h).
#
# A block is `-- name: NAME`, `-- params: NAME TYPE, …` (left out when there are none), `-- returns: NAME TYPE, …` (likewise), comments,
# and the statement. A column becomes the constant COL_NAME_COLUMN, its number in a row.
#
# `-- define: NAME(id)` begins an expression that statements use as NAME(…), in one line, and C as SQL_NAME("…"). It is expanded here
# rather than made a function of the database, which PostgreSQL would call for each row instead of planning it with the statement.
#
# `-- part: NAME(A, …)` begins lines that statements below it share, up to an empty line. A line NAME(…) in a statement is replaced by
# them, with each @A@ replaced by its argument.
BEGIN {
    oid["bigint"] = 20; oid["integer"] = 23; oid["smallint"] = 21; oid["text"] = 25; oid["jsonb"] = 3802
    oid["boolean"] = 16; oid["timestamptz"] = 1184; oid["double precision"] = 701
    oid["bytea"] = 17; oid["bigint[]"] = 1016; oid["text[]"] = 1009
    n = 0
    read_kinds(root "core/model/job.h")
    read_records(root "core/uuid/uuid.h")
}
# Sets of kinds of jobs: '{jobs_hydrate}' in a statement becomes the kinds with the trait JOB_HYDRATES.
function read_kinds(path,    line, p, id, i, parts, traits) {
    set_of["JOB_IS_TASK"] = "jobs_are_tasks"; set_of["JOB_ASKS_GITHUB"] = "jobs_ask_github"
    set_of["JOB_HYDRATES"] = "jobs_hydrate"; set_of["JOB_NAMES_SOMEBODY"] = "jobs_name_somebody"
    set_of["JOB_LISTS_DEVELOPER"] = "jobs_list_developer"; set_of["JOB_PARTS_OF_REPOSITORY"] = "jobs_of_repository"
    while ((getline line < path) > 0) {
        if (line !~ /^ +X\([A-Z_]+,/) continue
        id = line
        sub(/^ +X\(/, "", id)
        sub(/,.*/, "", id)
        if (split(line, p, "\"") >= 4) { kind_of[id] = p[2]; continue }
        sub(/^[^,]*,/, "", line)
        parts = split(line, traits, /[^A-Z_]+/)
        for (i = 1; i <= parts; i++)
            if (traits[i] in set_of)
                kinds[set_of[traits[i]]] = kinds[set_of[traits[i]]] (kinds[set_of[traits[i]]] ? ", " : "") "'" kind_of[id] "'"
    }
    close(path)
}
# Kinds of records: RECORD_DEVELOPER = 1 is written {developer}, in SQL that C composes SQL_DEVELOPER.
function read_records(path,    line, name) {
    while ((getline line < path) > 0) {
        if (line !~ /^ +RECORD_[A-Z]+ = [0-9]+,/) continue
        name = tolower(line)
        gsub(/^ +record_| = .*/, "", name)
        gsub(/[^0-9]/, "", line)
        record[name] = line
    }
    close(path)
    if (!record["developer"] || !record["repository"]) fail(path " does not tell the kinds of records")
}
function put_kinds(line,    set) {
    gsub(/\{developer\}/, record["developer"], line)
    gsub(/\{repository\}/, record["repository"], line)
    while (match(line, /'\{jobs_[a-z_]+\}'/)) {
        set = substr(line, RSTART + 2, RLENGTH - 4)
        if (!kinds[set]) fail("no kind of job is in the set " set)
        line = substr(line, 1, RSTART - 1) kinds[set] substr(line, RSTART + RLENGTH)
    }
    return line
}
function fail(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    failed = 1
    exit 1
}
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
sharing && /^-- (name|part): / { fail("part " sharing " does not end in an empty line") }
/^-- name: / {
    name = trim(substr($0, 10))
    if (name !~ /^[a-z][a-z0-9_]*$/) fail("bad name " name)
    if (name in seen) fail("name used twice: " name)
    seen[name] = 1
    names[n] = name; text[n] = ""; types[n] = ""; count[n] = 0
    n++
    next
}
/^-- define: [a-z_]+\(id\)$/ {
    defining = substr($0, 12)
    sub(/\(.*/, "", defining)
    next
}
/^-- part: / {
    sharing = substr($0, 10)
    if (sharing !~ /^[a-z_]+\([a-z_, ]*\)$/) fail("bad part " sharing)
    formal = sharing
    sub(/\(.*/, "", sharing)
    n_lines[sharing] = 0
    n_formal[sharing] = arguments(formal, p)
    for (i = 1; i <= n_formal[sharing]; i++) formals[sharing, i] = p[i]
    next
}
/^-- returns: / {
    if (!n) fail("returns before a name")
    parts = split(substr($0, 13), p, ",")
    for (i = 1; i <= parts; i++) {
        one = trim(p[i])
        sub(/ .*/, "", one)
        if ((names[n - 1], one) in column) fail("column " one " is named twice in " names[n - 1])
        column[names[n - 1], one] = 1
        columns[n - 1] = columns[n - 1] " " one
    }
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
/^[ \t]*$/ { sharing = ""; next }
sharing { shared[sharing, n_lines[sharing]++] = $0; next }
defining {
    line = trim($0)
    sub(/;$/, "", line)
    gsub(/"/, "\\\"", line)
    defined[defining] = (defined[defining] ? defined[defining] " " : "") line
    if (/;$/) defining = ""
    next
}
{
    if (!n) fail("statement before a name")
    add($0)
}
# Adds a line to the statement, or the lines of the part that it calls.
function add(line,    name, given, i, k, one) {
    name = trim(line)
    sub(/\(.*/, "", name)
    if (name in n_lines) {
        if (arguments(line, given) != n_formal[name]) fail(name "(…) takes " n_formal[name] " arguments")
        for (k = 1; k <= n_formal[name]; k++) gsub(/&/, "\\\\&", given[k])
        for (i = 0; i < n_lines[name]; i++) {
            one = shared[name, i]
            for (k = 1; k <= n_formal[name]; k++) gsub("@" formals[name, k] "@", given[k], one)
            add(one)
        }
        return
    }
    line = put_kinds(line)
    sub(/[ \t]+$/, "", line)
    sub(/;$/, "", line)
    gsub(/\\/, "\\\\", line)
    gsub(/"/, "\\\"", line)
    text[n - 1] = text[n - 1] "        \"" line "\\n\"\n"
}
# The arguments of the call NAME(…), which may hold parentheses, in out[1], out[2], …; their number.
function arguments(call, out,    count, depth, i, c, one) {
    for (i = index(call, "(") + 1; depth >= 0 && i <= length(call); i++) {
        c = substr(call, i, 1)
        depth += c == "(" ? 1 : c == ")" ? -1 : 0
        if (depth < 0 || (depth == 0 && c == ",")) {
            if (count || trim(one)) out[++count] = trim(one)
            one = ""
        } else
            one = one c
    }
    if (depth >= 0) fail(trim(call) " does not end in its line")
    return count + 0
}
# Puts the definitions in place of their calls; their argument may hold parentheses.
function expand(line,    name, at, i, depth, c, body, argument) {
    for (name in defined)
        while (match(line, "(^|[^a-z_])" name "\\(")) {
            at = RSTART + (substr(line, RSTART, length(name)) == name ? 0 : 1)
            depth = 0
            for (i = at + length(name); i <= length(line); i++) {
                c = substr(line, i, 1)
                depth += c == "(" ? 1 : c == ")" ? -1 : 0
                if (!depth) break
            }
            if (depth) fail(name "(…) does not end in its line")
            argument = substr(line, at + length(name) + 1, i - at - length(name) - 1)
            gsub(/&/, "\\\\&", argument)
            body = defined[name]
            gsub(/@id@/, argument, body)
            line = substr(line, 1, at - 1) "(" body ")" substr(line, i + 1)
        }
    return line
}
END {
    if (failed) exit 1
    for (i = 0; i < n; i++) text[i] = expand(text[i])
    if (mode == "h") {
        print "/* Generated from the .sql files of schema/. */\n#pragma once\n\nenum query {"
        for (i = 0; i < n; i++) print "    Q_" names[i] ","
        print "    Q_N_QUERIES\n};"
        print "\n/* Columns of the rows that statements return. */\nenum {"
        for (i = 0; i < n; i++) {
            parts = split(columns[i], p, " ")
            for (k = 1; k <= parts; k++) print "    COL_" names[i] "_" p[k] " = " k - 1 ","
        }
        print "    COL_NONE\n};\n"
        for (name in defined) {
            body = defined[name]
            gsub(/@id@/, "\" id \"", body)
            print "#define SQL_" toupper(name) "(id) \"(" body ")\""
        }
        for (name in record) print "#define SQL_" toupper(name) " \"" record[name] "\""
        exit
    }
    print "/* Generated from the .sql files of schema/. */\n#include \"schema/db/query_table.h\"\n"
    print "const struct query_entry query_table[Q_N_QUERIES] = {"
    for (i = 0; i < n; i++)
        printf "    [Q_%s] = {\"%s\",\n%s        , %d, {%s0}},\n", names[i], names[i], text[i], count[i], types[i]
    print "};"
}

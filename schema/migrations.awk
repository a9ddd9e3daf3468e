# Turns migrations/NNNN_name.sql into C: version, name, the text of both sections.
#   awk -f migrations.awk migrations/*.sql > migrations.c
BEGIN { n = 0 } # as a subscript, an unset n would be ""
function fail(why) { printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"; failed = 1; exit 1 }
FNR == 1 {
    base = FILENAME; sub(/.*\//, "", base)
    if (base !~ /^[0-9]+_[a-z0-9_]+\.sql$/) fail("expected NNNN_name.sql")
    version = base; sub(/_.*/, "", version)
    name = base; sub(/^[0-9]+_/, "", name); sub(/\.sql$/, "", name)
    if (n && version <= versions[n - 1]) fail("versions must grow")
    versions[n] = version; names[n] = name; up[n] = ""; down[n] = ""
    n++
    section = ""
}
/^-- migrate:up/ { section = "up"; next }
/^-- migrate:down/ { section = "down"; next }
{
    line = $0
    gsub(/\\/, "\\\\", line); gsub(/"/, "\\\"", line)
    line = "        \"" line "\\n\"\n"
    if (section == "up") up[n - 1] = up[n - 1] line
    else if (section == "down") down[n - 1] = down[n - 1] line
    else if ($0 !~ /^[ \t]*(--.*)?$/) fail("text before -- migrate:up")
}
END {
    if (failed) exit 1
    print "/* Generated from migrations/. */\n#include \"schema/migration_table.h\"\n"
    print "const struct migration_entry migration_table[] = {"
    for (i = 0; i < n; i++) {
        if (up[i] == "" || down[i] == "") { print names[i] ": a section is missing" > "/dev/stderr"; exit 1 }
        printf "    {\"%s\", \"%s\",\n%s        ,\n%s    },\n", versions[i], names[i], up[i], down[i]
    }
    print "};\nconst size_t n_migrations = " n ";"
}

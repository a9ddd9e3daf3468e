"""docs/schema.md describes the migrated database: every relation, every column, its type, whether it can be null."""
import re

import doc_tree as tree

DOC = "docs/schema.md"
TYPES = {"timestamp with time zone": "timestamptz"}

COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, c.relkind
  from pg_class c join pg_attribute a on a.attrelid = c.oid
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p') and a.attnum > 0
   and not a.attisdropped
 order by c.relname, a.attnum"""


def documented():
    """{relation: [(column, type, null)]} of the sections with a column table."""
    found = {}
    for section in re.split(r"^### ", tree.text(DOC), flags=re.M)[1:]:
        name = section.split("\n", 1)[0].strip()
        rows = [rows for header, rows in tree.tables(section) if header == ["column", "type", "null", "meaning"]]
        assert len(rows) == 1, f"{name} has {len(rows)} column tables"
        found[name] = [(tree.bare(row[0]), row[1], row[2]) for row in rows[0]]
    return found


def in_database(sql):
    found = {}
    sql.execute(COLUMNS)
    for relation, column, kind, not_null, relkind in sql.fetchall():
        found.setdefault(relation, []).append((column, TYPES.get(kind, kind), not_null, relkind))
    return found


def test_every_relation_is_described_and_no_other(sql):
    assert sorted(documented()) == sorted(in_database(sql))


def test_every_column_is_described_with_its_type_in_order(sql):
    real = {name: [(c, t) for c, t, _, _ in columns] for name, columns in in_database(sql).items()}
    assert {name: [(c, t) for c, t, _ in columns] for name, columns in documented().items()} == real


def test_null_is_explained_where_it_can_be_and_only_there(sql):
    said = {(name, c): null for name, columns in documented().items() for c, _, null in columns}
    for name, columns in in_database(sql).items():
        for column, _, not_null, relkind in columns:
            null = said[name, column]
            if not_null:
                assert null == "no", f"{name}.{column} can't be null"
            elif relkind != "v":
                assert null and null != "no", f"{name}.{column} can be null: the document does not say what that means"


def test_functions_and_sequences_are_mentioned(sql):
    text = tree.text(DOC)
    sql.execute("""select proname from pg_proc p where pronamespace = 'public'::regnamespace
                   and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')""")
    functions = [name for name, in sql.fetchall()]
    sql.execute("""select c.relname from pg_class c where relkind = 'S' and relnamespace = 'public'::regnamespace
                   and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i')""")
    sequences = [name for name, in sql.fetchall()]
    assert functions and sequences
    for name in functions + sequences:
        assert f"`{name}" in text, name

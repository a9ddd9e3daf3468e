"""What `gitomatic doctor` expects in a database is what the migrations make."""
import os
import re
import subprocess

import doc_tree as tree
import pytest
from pg import Postgres
from stack import BINARY

MADE = {
    "function": "select proname from pg_proc p where pronamespace = 'public'::regnamespace and not exists "
                "(select from pg_depend d where d.objid = p.oid and d.deptype = 'e')",
    "index": "select relname from pg_class where relkind = 'i' and relnamespace = 'public'::regnamespace",
    "trigger": "select tgrelid::regclass || '.' || tgname from pg_trigger where not tgisinternal",
}


@pytest.fixture(scope="module")
def migrated():
    with Postgres() as pg:
        subprocess.run([BINARY, "migrate"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "DATABASE_URL": pg.url(), "GITOMATIC_CONF": "/dev/null"})
        yield pg


@pytest.mark.parametrize("kind", MADE)
def test_names(migrated, kind):
    expected = re.search(rf"\('{kind}', '([^']+)'\)", tree.text("schema/report/doctor.sql"))[1].split()
    assert expected == sorted(row[0] for row in migrated.psql(MADE[kind]))

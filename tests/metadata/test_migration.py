"""Every older database is brought up to date, once, and a newer one is refused."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from cube_server.errors import MetadataError
from cube_server.metadata.database import FILE, Database, open_metadata
from cube_server.metadata.keys import Keys
from cube_server.metadata.loads import Loads
from cube_server.metadata.migration import newest_version
from cube_server.metadata.reports import Reports
from cube_server.metadata.tables import TABLES, VERSION_TABLE
from cube_server.metadata.tokens import Tokens

OLD = sorted(Path(__file__).parent.glob("version_*.sql"))
"""What each version of the program wrote: dumps of SQLite. A new version adds one; none is ever changed."""

KEY = "cube_e34e2581_90a84a07989917deda1364c4e1049623aaaa0e158557c3ca"
"""The key in the dumps."""


def test_every_version_has_a_dump() -> None:
    assert [path.stem.removeprefix("version_").zfill(4) for path in OLD][-1] == newest_version()


@pytest.mark.parametrize("dump", OLD, ids=lambda path: path.stem)
def test_an_old_database_is_brought_up_to_date(dump: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    database = open_metadata(None, tmp_path)
    database.prepare()
    found = Keys(database).find(KEY)
    assert found is not None
    assert found.name == "ann"
    first, second = reversed(Reports(database).versions("sales-by-year"))
    assert (first.version, second.version) == (1, 2)
    assert second.document["name"] == "연도별 매출"
    (token,) = Tokens(database).all(first.id)
    assert token.report == first.id
    counted = [table.rows_filtered for record in Loads(database).newest() for table in record.tables]
    # What a version did not count is not known, which is not zero.
    assert counted == {"version_1": [], "version_2": [None, None], "version_3": [5, 0]}[dump.stem]
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [(newest_version(),)]
    connection.close()


def test_the_steps_make_the_tables(database: Database) -> None:
    with database.writing() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "target_metadata": TABLES}
        )
        assert compare_metadata(context, TABLES) == []


def test_a_newer_database_is_refused_with_the_fix(database: Database) -> None:
    Keys(database).add("ann")
    with database.writing() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    again = Database(database._url)
    for use in (Keys(again).all, lambda: Keys(again).add("bob")):
        with pytest.raises(MetadataError, match="has version 9999; this program knows 0003") as caught:
            use()
        assert "Install the newer cube-server" in caught.value.hint
    again.close()


def test_many_may_start_at_once(address: str) -> None:
    databases = [open_metadata(address, Path("unused")) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: Keys(pair[1]).add(f"key {pair[0]}"), enumerate(databases)))
    assert len(Keys(databases[0]).all()) == 8
    for database in databases:
        database.close()

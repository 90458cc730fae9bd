"""Opening: what is made when, who may write, and what errors do not tell."""

from __future__ import annotations

import logging
import shutil
import traceback
from contextlib import suppress
from pathlib import Path

import pytest

from cube_server.errors import MetadataError
from cube_server.metadata.database import FILE, Database, open_metadata
from cube_server.metadata.keys import Keys

SECRET = "hunter2-s3cret"


def test_nothing_is_made_before_something_is_written(tmp_path: Path) -> None:
    warehouse = tmp_path / "not" / "yet"
    keys = Keys(open_metadata(None, warehouse))
    assert keys.all() == ()
    assert not keys.ever()
    assert not warehouse.exists()
    keys.add("ann")
    assert (warehouse / FILE).stat().st_mode & 0o777 == 0o600
    assert [key.name for key in keys.all()] == ["ann"]


def test_what_cannot_be_written_reads_as_empty_and_says_so_when_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    keys = Keys(open_metadata(None, tmp_path / "file"))
    assert keys.all() == ()
    with pytest.raises(MetadataError, match="Cannot write the metadata database") as caught:
        keys.add("ann")
    assert "CUBE_METADATA" in caught.value.hint


def test_a_database_that_may_only_be_read_is_read(tmp_path: Path) -> None:
    _, text = Keys(open_metadata(None, tmp_path)).add("ann")
    keys = Keys(open_metadata(f"sqlite:///file:{tmp_path / FILE}?mode=ro&uri=true", tmp_path))
    found = keys.find(text)
    assert found is not None
    with pytest.raises(MetadataError, match="readonly"):
        keys.use(found)


def test_a_file_that_another_process_makes_is_seen(tmp_path: Path) -> None:
    reader, writer = (Keys(open_metadata(None, tmp_path)) for _ in range(2))
    assert not reader.ever()
    _, text = writer.add("ann")
    assert reader.ever()
    assert reader.find(text)


def test_a_file_that_is_restored_is_seen(tmp_path: Path) -> None:
    keys = Keys(open_metadata(None, tmp_path))
    _, first = keys.add("first")
    shutil.copy(tmp_path / FILE, tmp_path / "backup")
    _, second = keys.add("second")
    (tmp_path / "backup").replace(tmp_path / FILE)
    assert keys.find(first)
    assert keys.find(second) is None


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database at all, but long enough to be taken for one" * 20)
    with pytest.raises(MetadataError, match="file is not a database"):
        Keys(open_metadata(None, tmp_path)).all()


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    keys = Keys(database)
    keys.add("ann")
    with suppress(ZeroDivisionError), database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM cube_keys")
        raise ZeroDivisionError
    assert [key.name for key in keys.all()] == ["ann"]


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/cubes",
        f"postgresql+psycopg://me@127.0.0.1:1/cubes?password={SECRET}",
        f"mysql+nosuch://me:{SECRET}@host/cubes",
        f"nosuch://me:{SECRET}@host/cubes",
        f"://me:{SECRET}@host",
        f"postgresql://me:{SECRET}@host:port/cubes",
        f"sqlite:////proc/nowhere/it.sqlite?uri=true&key={SECRET}",
        "sqlite://",
    ],
)
def test_a_password_reaches_no_error_and_no_log(address: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(MetadataError) as caught:
        Keys(open_metadata(address, Path("unused"))).add("ann")
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in caught.value.hint
    assert SECRET not in caplog.text
    assert SECRET not in repr(open_metadata("sqlite:///x", Path("unused")))

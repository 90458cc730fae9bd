"""From what the user types after `--from` to a source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from cube_server.errors import SourceError

from .base import Source
from .database import open_database
from .duckdb_file import open_duckdb
from .folder import SUFFIXES, Folder
from .lakes import is_lake_table
from .remote import SCHEMES, Remote


@contextmanager
def open_source(source: str) -> Iterator[Source]:
    """Open a source for one load.

    Args:
        source: A folder of CSV or Parquet files, or of tables of Delta Lake or Iceberg; one of these; a URL of Parquet,
            or an SQLAlchemy URL such as `sqlite:///shop.db`.

    Raises:
        SourceError: There is no such folder, or the database cannot be opened.
    """
    if source.partition("://")[0] in SCHEMES:
        yield Remote(source)
        return
    if "://" in source:
        with open_duckdb(sa.make_url(source)) if source.startswith("duckdb:") else open_database(source) as database:
            yield database
        return
    path = Path(source)
    if (path.is_file() and path.suffix in SUFFIXES) or is_lake_table(path):
        yield Folder(path.parent, only=path)
        return
    if not path.is_dir():
        raise SourceError(
            f"There is no folder {source!r}.",
            hint="Name a folder of CSV or Parquet files, one such file, or a URL such as sqlite:///shop.db.",
        )
    yield Folder(path)

"""Parquet by URL: files under s3://, gs://, az:// and https://, read in ranges as far as they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import polars as pl
from polars.exceptions import PolarsError

from cube_server.errors import SourceError
from cube_server.model.tables import Table
from cube_server.types import DataType, Scalar

from ..mistakes import Mistakes
from ..origins import Part
from .base import Look
from .connecting import SECONDS_TO_ANSWER
from .parquet_files import read_scan
from .patience import each_within, within
from .types import declared_type, untyped

SECONDS_TO_BEGIN = 60
"""How long what lies behind a URL may take to tell its columns; what is denied or not found is tried some times."""

SCHEMES = frozenset({"s3", "s3a", "gs", "gcs", "az", "azure", "abfs", "abfss", "http", "https"})
_SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class Remote:
    """A source of Parquet files by URL: one file, or a folder of them, whose tables are named by the model.

    Attributes:
        address: The URL; what stands behind a `?` goes with every file, as a signature does.
    """

    address: str

    @property
    def name(self) -> str:
        """The URL without a password and without what stands behind a `?`."""
        return self._shown(self.address)

    def tables(self) -> Sequence[str] | None:
        """Name the one file; None for a folder: what lies in it is not listed."""
        if self._is_file:
            return [urlsplit(self.address).path.rpartition("/")[2].removesuffix(_SUFFIX)]
        return None

    def columns(self, source: str) -> Mapping[str, DataType | None]:
        """Give the columns of a file with their types; SourceError if it cannot be read."""
        return {name: declared_type(dtype) for name, dtype in self._schema(source).items()}

    def look(self, source: str) -> Look:
        """Give the names of a file's columns; SourceError if it cannot be read."""
        schema = self._schema(source)
        return Look(tuple(schema), untyped=untyped(schema))

    def parts(self, table: Table, mistakes: Mistakes, since: Scalar | None = None) -> Iterator[Part]:  # noqa: ARG002
        """Give the parts of a file."""
        url = self._url(table.source)
        name = self._shown(url)
        try:
            scan = self._scan(url)
            within(SECONDS_TO_BEGIN, scan.collect_schema)
            yield from each_within(SECONDS_TO_ANSWER, read_scan(scan, name, table, mistakes))
        except (PolarsError, OSError) as error:
            mistakes.add(name, f"The file cannot be read: {self._reason(error, url)}.", _HINT)

    @property
    def _is_file(self) -> bool:
        return urlsplit(self.address).path.endswith(_SUFFIX)

    def _schema(self, source: str) -> pl.Schema:
        url = self._url(source)
        try:
            return within(SECONDS_TO_BEGIN, self._scan(url).collect_schema)
        except (PolarsError, OSError) as error:
            raise SourceError(f"Cannot read {self._shown(url)}: {self._reason(error, url)}.", hint=_HINT) from None

    def _scan(self, url: str) -> pl.LazyFrame:
        return pl.scan_parquet(url, glob=False, hive_partitioning=False)

    def _url(self, source: str) -> str:
        parts = urlsplit(self.address)
        path = parts.path if self._is_file else f"{parts.path.rstrip('/')}/{source}{_SUFFIX}"
        return urlunsplit(parts._replace(path=path))

    def _shown(self, url: str) -> str:
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))

    def _reason(self, error: Exception, url: str) -> str:
        text = str(error).strip().splitlines()[0].rstrip(".").replace(url, self._shown(url))
        parts = urlsplit(url)
        for secret in filter(None, [parts.password, parts.query]):
            text = text.replace(secret, "***")
        return text


_HINT = "Credentials for s3, gs and az come from their usual variables, such as AWS_ACCESS_KEY_ID."

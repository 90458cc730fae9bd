"""What a snapshot consists of: its tables, their immutable files and their columns in numbers."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cube_server.errors import WarehouseError
from cube_server.warehouse.formats import READ, as_newest

FORMAT = 2
"""The version of the manifest that this program writes; it reads older ones too, see `formats`."""

KEY_COLUMN = "_key"
"""The surrogate key of a dimension's row: Int32, counted from 0, never changed, never reused."""

STATUS_COLUMN = "_status"
"""Whether a dimension's row is known: Int8, one of the three below."""

FROM_COLUMN = "_from"
"""The first day of a version of a dimension's row: Date; null in one that held ever before."""

KNOWN, UNKNOWN, ABSENT = 0, 1, 2
"""The row is in the source; its key occurs only in facts; it did in earlier loads and now occurs nowhere."""

JsonScalar = bool | int | float | str


def link_column(column: str, dimension: str, level: str = "") -> str:
    """Name the stored column that holds a fact's surrogate key of a dimension, or of a level above its leaves.

    >>> link_column("household_id", "customer")
    'household_id@customer'
    """
    return f"{column}@{dimension}.{level}" if level else f"{column}@{dimension}"


def level_table(table: str, column: str) -> str:
    """Name the stored table of the keys of a level that facts link to above a dimension's leaves.

    >>> level_table("dim_date", "week_key")
    'dim_date@week_key'
    """
    return f"{table}@{column}"


def versions_table(table: str) -> str:
    """Name the stored table of the versions of a dimension's rows: each with the row's `_key` and its `_from`.

    >>> versions_table("dim_customer")
    'dim_customer.versions'
    """
    return f"{table}.versions"


def days_table(table: str) -> str:
    """Name the stored table of the days of the loads that made a table's versions, ascending in `_from`.

    >>> days_table("dim_customer")
    'dim_customer.days'
    """
    return f"{table}.days"


class Part(BaseModel):
    """What every part of a manifest keeps to: no unknown fields, never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, protected_namespaces=())


class ColumnStats(Part):
    """A stored column in numbers, over all rows of the table.

    Attributes:
        type: As in cubes.json: "int", "decimal(2)". Surrogate keys and statuses are "int".
        nulls: How many rows are null.
        minimum: The least value (None if all are null) as `DataType.read` takes it: dates as text.
        maximum: The greatest value.
        magnitude: For int and decimal(s), the exact sum of absolute values, in units of the last digit: no
            sum over any rows of the column exceeds it. None for other types.
    """

    type: str
    nulls: int
    minimum: JsonScalar | None
    maximum: JsonScalar | None
    magnitude: int | None


class Bounds(Part):
    """The least and the greatest of some keys, as `DataType.read` takes them: dates as text."""

    first: JsonScalar
    last: JsonScalar


class StoredFile(Part):
    """One immutable Parquet file, and what a reader or a load can know of it without opening it.

    Attributes:
        path: Relative to the warehouse, with forward slashes.
        rows: How many rows it holds.
        bytes: Its size.
        sha256: The hash of its bytes, in hexadecimal.
        load: The snapshot whose load wrote it; None if an older format did not say.
        time: The natural keys of the table's time link in it, where the table has one and not all are null. Files
            may overlap in time.
        columns: Of facts, every stored column in numbers, over the rows of this file; empty for dimensions, and where
            an older format did not say.
    """

    path: str
    rows: int
    bytes: int
    sha256: str
    load: str | None = None
    time: Bounds | None = None
    columns: dict[str, ColumnStats] = {}


class Content(Part):
    """What facts were loaded from, so that the same is not loaded twice.

    Attributes:
        name: The file or SQL table, as the user knows it.
        sha256: The hash of its bytes, in hexadecimal.
        snapshot: The snapshot whose load read it.
    """

    name: str
    sha256: str
    snapshot: str


class TableManifest(Part):
    """One table of a snapshot.

    Attributes:
        kind: Dimensions carry `_key` and `_status`, facts carry `<column>@<dimension>` for each link.
        rows: How many rows all files hold together.
        files: The files. Nobody may rely on the order of the rows of different files of facts.
        columns: Every stored column, in stored order.
        sorted_by: For facts linked to a time dimension, the stored link column by whose natural value the rows of
            each file are sorted, nulls last; the surrogate keys in it need not ascend, and files may overlap.
        contents: Of facts, what was loaded since they were last loaded in full, that load included, in order.
    """

    kind: Literal["dimension", "fact"]
    rows: int
    files: tuple[StoredFile, ...]
    columns: dict[str, ColumnStats]
    sorted_by: str | None
    contents: tuple[Content, ...] = ()


class Manifest(Part):
    """One snapshot: everything a reader needs to know of it.

    Attributes:
        format: The version of this shape.
        snapshot: The snapshot's id: a zero-padded counter such as "000001".
        created: When it was committed, in UTC.
        model_name: The model it was loaded with.
        model_hash: That model's hash.
        source: Where the data came from, without password.
        tables: The tables by name.
    """

    format: Literal[2] = 2
    snapshot: str = Field(pattern=r"^\d{6,}$")
    created: datetime
    model_name: str
    model_hash: str
    source: str
    tables: dict[str, TableManifest]


def read_manifest(path: Path) -> Manifest:
    """Read a manifest, of this format or an older one.

    Raises:
        WarehouseError: The file cannot be read, is of another format version, or is damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text)
        version = document["format"]
    except OSError as error:
        raise WarehouseError(f"Cannot read the manifest {path}: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    if version not in READ:
        raise WarehouseError(
            f"The manifest {path} has format {version!r}; this version of cube-server reads formats "
            f"{READ[0]} to {READ[-1]}.",
            hint="Use the version of cube-server that wrote it, or load the data into a new folder.",
        )
    try:
        return Manifest.model_validate_json(text if version == FORMAT else json.dumps(as_newest(document)))
    except (ValidationError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> WarehouseError:
    return WarehouseError(
        f"The manifest {path} is damaged.",
        hint="Restore it, or load the data into a new folder.",
    )

"""The settings of a server: the one place that reads the environment (`CUBE_*`)."""

from __future__ import annotations

import logging
import os
import re
from datetime import timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ByteSize, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cube_server.backends.embedded.rollups.keeper import Mode, RollupSettings
from cube_server.backends.mixed.storage import read_storage
from cube_server.budget import Limits
from cube_server.errors import Issue, SettingsError, nearest
from cube_server.opening import Address
from cube_server.warehouse.retention import Retention

_log = logging.getLogger(__name__)

PREFIX = "CUBE_"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names of this machine for itself."""

_LIMITS = Limits()
_ORIGIN = re.compile(r"https?://[^/?#\s,@]+", re.IGNORECASE)


class Settings(BaseSettings):
    """What a server serves, where, to whom, and how much of it at once.

    Make them with `read_settings`, which reads the environment and checks them together.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    model: Path = Path("cubes.json")
    """The model to serve."""
    warehouse: Path = Path("warehouse")
    """The folder that `cube-server load` fills, or the SQLAlchemy URL of a database that the facts live in, or a
    `storage.json` that says which tables lie in which of the two."""
    storage: Path | None = None
    """The same `storage.json`; the folder is then the one that it names."""
    database: SecretStr | None = None
    """The same URL; the folder is then still where keys and reports are kept."""
    database_version: str | None = None
    """A query in that database's SQL that gives another value whenever its data has changed, such as
    `select max(finished_at) from etl.loads`. By default each table tells by itself, which reads all of its rows."""
    metadata: SecretStr | None = None
    """The SQLAlchemy URL of the database of keys and reports; by default `metadata.sqlite` in the warehouse."""
    host: str = "127.0.0.1"
    """The address to listen at. Anything but loopback needs a key."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """The port to listen at; 0 takes a free one."""
    api_key: SecretStr | None = None
    """One more key, beside those of `cube-server keys`. When set, every route wants a key."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names that the Host header may have beside loopback's, separated by commas; `*` for any. By default none at a
    loopback address, and any elsewhere."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins whose pages may read, separated by commas: `https://intra.example`; `*` for any. By default none."""
    max_cells: Annotated[int, Field(ge=1)] = _LIMITS.cells
    """The most cells of one answer."""
    max_rows: Annotated[int, Field(ge=1)] = _LIMITS.rows
    """The most rows of one answer, or of a relation on the way to it."""
    max_seconds: Annotated[float, Field(gt=0)] = _LIMITS.seconds
    """The longest that one query may take."""
    max_memory: Annotated[ByteSize, Field(ge=1)] = ByteSize(_LIMITS.memory)
    """The most working memory of one query, in bytes or such as `2GiB`."""
    workers: Annotated[int, Field(ge=1, le=256)] = 1
    """How many processes answer. They share one snapshot on disk and change over to a new one together."""
    max_running: Annotated[int, Field(ge=1)] = 4
    """The most queries that one worker computes at once; others wait."""
    max_waiting: Annotated[int, Field(ge=0)] = 200
    """The most queries that wait in one worker; one more is refused with 503 and Retry-After."""
    answer_cache: Annotated[ByteSize, Field(ge=0)] = ByteSize(64 << 20)
    """The most bytes of short answers that one worker keeps, to give them again without a query; 0 for none."""
    rollups: Mode = "auto"
    """Whether rollups are made in the background and used (`auto`), used as far as they are there (`use`), or `off`."""
    rollup_budget: Annotated[float, Field(ge=0)] = 0.25
    """The bytes that rollups may take on disk, as a share of the bytes of the facts in memory."""
    rollup_schema: str = ""
    """Where facts live in a database, the schema that its rollups lie in; by default that in which it looks first."""
    result_cache: Annotated[ByteSize, Field(ge=0)] = ByteSize(64 << 20)
    """The most bytes of answers that one worker keeps as cells, and of cuboids to answer others from; 0 for none."""
    refresh_seconds: Annotated[float, Field(gt=0, le=3600)] = 1.0
    """How often to look for a newer snapshot or a changed model."""
    keep_newest: Annotated[int, Field(ge=1)] | None = None
    """How many of the newest snapshots are kept. As long as no `CUBE_KEEP_...` says how many, all are."""
    keep_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """For how many days the last snapshot of each day is kept."""
    keep_months: Annotated[int, Field(ge=1, le=1_200)] | None = None
    """For how many months the last snapshot of each month is kept."""
    retired_minutes: Annotated[float, Field(ge=0)] = 60
    """How long the files of a retired snapshot stay for those who have it open."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least level of log lines to write."""

    @model_validator(mode="before")
    @classmethod
    def _take_database(cls, given: dict[str, object]) -> dict[str, object]:
        """Know an URL from a folder: it is no path, and it may have a password; and a file that names both."""
        warehouse = str(given.get("warehouse", ""))
        storage = given.get("storage") or (warehouse if warehouse.endswith(".json") else None)
        if storage is not None:
            return {**given, "storage": storage, "warehouse": read_storage(Path(str(storage))).here}
        if "://" not in warehouse:
            return given
        return {"database": given["warehouse"], **{name: part for name, part in given.items() if name != "warehouse"}}

    @field_validator("allowed_hosts", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if not all(origin == "*" or _ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError("an origin is http://HOST or https://HOST, with a port if need be and without a path")
        return origins

    @property
    def place(self) -> Path | Address:
        """Where the facts are: the warehouse's folder, a database, or the file that names one of each."""
        if self.database is None:
            return self.storage or self.warehouse
        return Address(self.database.get_secret_value(), self.database_version or "")

    @property
    def limits(self) -> Limits:
        """The most that one query may use."""
        return Limits(cells=self.max_cells, rows=self.max_rows, seconds=self.max_seconds, memory=int(self.max_memory))

    @property
    def rollup_settings(self) -> RollupSettings:
        """How rollups are kept."""
        return RollupSettings(mode=self.rollups, share=self.rollup_budget, schema=self.rollup_schema)

    @property
    def rollups_there(self) -> RollupSettings | None:
        """How rollups are used that lie in a database; None for a warehouse, beside which servers keep them."""
        return None if self.database is None else self.rollup_settings

    @property
    def retention(self) -> Retention:
        """Which snapshots are kept."""
        grace = timedelta(minutes=self.retired_minutes)
        return Retention(newest=self.keep_newest, days=self.keep_days, months=self.keep_months, grace=grace)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host.strip("[]").lower() in LOOPBACK

    @property
    def hosts(self) -> frozenset[str] | None:
        """The names that the Host header may have, in lower case; None for any."""
        named = frozenset(host.strip("[]").lower() for host in self.allowed_hosts)
        if "*" in named or not (named or self.is_local):
            return None
        return LOOPBACK | named


def read_settings(**given: object) -> Settings:
    """Read the settings from the environment.

    Args:
        given: Settings that come from elsewhere, such as flags, and win; None leaves one to the environment.

    Raises:
        SettingsError: A setting is wrong.
    """
    _warn_of_unknown()
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        issues = [_issue(".".join(map(str, detail["loc"])), detail["msg"]) for detail in error.errors()]
        raise SettingsError("The settings cannot be used.", issues=issues) from error


@cache
def program_version() -> str:
    """Give the version of cube-server; of a source tree that is not installed nobody knows it."""
    try:
        return version("cube-server")
    except PackageNotFoundError:
        return "0+unknown"


def settings_table() -> str:
    """Write the table of all settings for the docs, in Markdown."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(name)} | {' '.join((field.description or '').split())} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def _default(name: str) -> str:
    value = Settings.model_fields[name].default
    if isinstance(value, ByteSize):
        return f"`{value.human_readable(separator='').replace('.0', '')}`"
    return "" if value in (None, ()) else f"`{value}`"


def _issue(place: str, message: str) -> Issue:
    return Issue(f"{PREFIX}{place.upper()}", f"{message}.")


def _warn_of_unknown() -> None:
    """A misspelt name must not pass in silence; yet others may use the prefix, so it is no error."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            _log.warning("The environment's %s is no setting. %s", name, nearest(name, known))

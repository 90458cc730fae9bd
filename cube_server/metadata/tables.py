"""The tables of the metadata database. A change needs a new step in migrations/versions: see there."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

PREFIX = "cube_"
"""What every table's name begins with, so that others may use the same database."""

VERSION_TABLE = f"{PREFIX}metadata_version"
"""Holds the version of the other tables."""


class Moment(sa.TypeDecorator[dt.datetime]):
    """A time in UTC, for databases with time zones and without."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Write UTC without saying so."""
        del dialect
        return value.astimezone(dt.UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Say UTC again."""
        del dialect
        return value.replace(tzinfo=dt.UTC) if value else None


TABLES = sa.MetaData()

keys = sa.Table(
    f"{PREFIX}keys",
    TABLES,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("expires", Moment),
    sa.Column("last_used", Moment),
    sa.Column("revoked", Moment),
)

reports = sa.Table(
    f"{PREFIX}reports",
    TABLES,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("slug", sa.String(100), nullable=False, unique=True),
    sa.Column("owner", sa.String(100), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("archived", Moment),
    sa.Column("version", sa.Integer, nullable=False),
)

versions = sa.Table(
    f"{PREFIX}report_versions",
    TABLES,
    sa.Column("report", sa.String(16), sa.ForeignKey(reports.c.id), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("author", sa.String(100), nullable=False),
    sa.Column("saved", Moment, nullable=False),
)

tokens = sa.Table(
    f"{PREFIX}tokens",
    TABLES,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("report", sa.String(16), sa.ForeignKey(reports.c.id), nullable=False),
    sa.Column("author", sa.String(100), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("expires", Moment, nullable=False),
    sa.Column("revoked", Moment),
)

secrets = sa.Table(
    f"{PREFIX}secrets",
    TABLES,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)

loads = sa.Table(
    f"{PREFIX}loads",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("started", Moment, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("model_name", sa.Text, nullable=False),
    sa.Column("model_hash", sa.String(64), nullable=False),
    sa.Column("snapshot", sa.String(20)),
    sa.Column("error_code", sa.String(50)),
    sa.Column("error", sa.Text),
    sa.Column("steps", sa.Text, nullable=False),
    sa.Column("rejects", sa.String(20)),
)

load_tables = sa.Table(
    f"{PREFIX}load_tables",
    TABLES,
    sa.Column("load", sa.Integer, sa.ForeignKey(loads.c.id), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mode", sa.String(20), nullable=False),
    sa.Column("rows_read", sa.BigInteger, nullable=False),
    sa.Column("rows_loaded", sa.BigInteger, nullable=False),
    sa.Column("rows_rejected", sa.BigInteger, nullable=False),
    sa.Column("rows_deduplicated", sa.BigInteger, nullable=False),
    sa.Column("rows_removed", sa.BigInteger, nullable=False),
    sa.Column("files_written", sa.Integer, nullable=False),
    sa.Column("bytes_written", sa.BigInteger, nullable=False),
    sa.Column("contents", sa.Text, nullable=False),
    sa.Column("rows_repeated", sa.BigInteger),
    sa.Column("rows_filtered", sa.BigInteger),
    sa.Column("rows_known", sa.BigInteger),
)

"""Bringing a metadata database up to date, once, however many processes start at the same time."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory

from cube_server.errors import MetadataError
from cube_server.metadata.tables import VERSION_TABLE
from cube_server.urls import shown

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x63756265
"""Names the lock of PostgreSQL: "cube"."""

_log = logging.getLogger(__name__)


@cache
def _steps() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))


def newest_version() -> str:
    """Give the version that this program makes and reads."""
    (head,) = _steps().get_heads()
    return head


def is_current(connection: sa.Connection) -> bool:
    """Tell whether a database is of the version that this program reads.

    Raises:
        MetadataError: It is of a version that this program does not know.
    """
    found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    if found is not None and found not in {step.revision for step in _steps().walk_revisions()}:
        raise MetadataError(
            f"The metadata database {shown(connection.engine.url)} has version {found}; this program knows "
            f"{newest_version()} and older ones.",
            hint="Install the newer cube-server that wrote it, or name another database: --metadata URL.",
        )
    return found == newest_version()


def upgrade(connection: sa.Connection) -> None:
    """Bring a database up to date.

    Args:
        connection: In a transaction that lets nobody else write: SQLite's `BEGIN IMMEDIATE`. In PostgreSQL a lock is
            taken here until the transaction's end. Other databases have no such lock: start one process first.

    Raises:
        MetadataError: It is of a version that this program does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    if is_current(connection):
        return
    steps = _steps()

    # The cookbook of Alembic runs steps so without a file of settings.
    def pending(found: str | tuple[str, ...], _context: MigrationContext) -> list[RevisionStep]:
        return steps._upgrade_revs("head", found)  # type: ignore[arg-type]  # its hint is too narrow

    _log.info("Bringing the metadata database to version %s", newest_version())
    with EnvironmentContext(Config(), steps, fn=pending, destination_rev="head") as environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE, transactional_ddl=True)
        environment.run_migrations()

"""Saved reports and their versions. What a report says is a JSON object that is only kept here."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cube_server.errors import ConflictError, NotFoundError, StaleError, nearest
from cube_server.metadata.database import Database
from cube_server.metadata.moments import Clock, now
from cube_server.metadata.tables import reports, versions

Document = Mapping[str, Any]

_MOST_NAMESAKES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReport:
    """A version of a report.

    Attributes:
        id: Never changes.
        slug: The name in its short address; never changes either.
        owner: The name of the key that made it; empty if nobody was asked for one.
        created: When it was made.
        archived: When it was archived; None while it is in use.
        version: Which version this is; 1 is the first.
        latest: The newest version.
        author: The name of the key that saved this version.
        saved: When.
        document: What the report says.
    """

    id: str
    slug: str
    owner: str
    created: dt.datetime
    archived: dt.datetime | None
    version: int
    latest: int
    author: str
    saved: dt.datetime
    document: Document


class Reports:
    """The saved reports of a server.

    Args:
        database: Where they are kept.
        clock: Tells the time.
    """

    def __init__(self, database: Database, clock: Clock = now) -> None:
        self._database, self._clock = database, clock

    def all(self) -> tuple[SavedReport, ...]:
        """List the newest versions of all reports, archived ones too, by slug."""
        with self._database.reading() as connection:
            rows = connection.execute(_SELECT.where(_IS_LATEST).order_by(reports.c.slug))
            return tuple(map(_saved, rows))

    def find(self, name: str, version: int | None = None) -> SavedReport:
        """Find a report.

        Args:
            name: Its id or its slug.
            version: The version; by default the newest.

        Raises:
            NotFoundError: There is no such report, or no such version.
        """
        with self._database.reading() as connection:
            return _find(connection, name, version)

    def versions(self, name: str) -> tuple[SavedReport, ...]:
        """List all versions of a report, the newest first; raises as `find` does."""
        with self._database.reading() as connection:
            id = _find(connection, name).id
            rows = connection.execute(_SELECT.where(reports.c.id == id).order_by(versions.c.version.desc()))
            return tuple(map(_saved, rows))

    def create(self, document: Document, *, slug: str, author: str, or_similar: bool = False) -> SavedReport:
        """Save a new report.

        Args:
            document: What it says.
            slug: Its name in addresses.
            author: The name of the key that saves it.
            or_similar: Whether `slug-2` and so on will do where the slug is taken.

        Raises:
            ConflictError: The slug is taken.
            MetadataError: The database cannot be written.
        """
        endings = ("", *(f"-{count}" for count in range(2, _MOST_NAMESAKES))) if or_similar else ("",)
        for ending in endings:
            try:
                return self._create(document, f"{slug}{ending}", author)
            except IntegrityError:
                continue
        raise ConflictError(f"There is a report {slug!r} already.", hint="Choose another slug.")

    def _create(self, document: Document, slug: str, author: str) -> SavedReport:
        id, at = secrets.token_hex(5), self._clock()
        with self._database.writing() as connection:
            made = {"id": id, "slug": slug, "owner": author, "created": at, "version": 1}
            connection.execute(reports.insert().values(made))
            _insert_version(connection, id, 1, document, author, at)
            return _find(connection, id)

    def save(self, name: str, document: Document, *, author: str, expected: int | None = None) -> SavedReport:
        """Add a version to a report; one that was archived is in use again.

        Args:
            name: The report's id or slug.
            document: What it says now.
            author: The name of the key that saves it.
            expected: The version that was changed; None to overwrite whatever is there.

        Raises:
            NotFoundError: There is no such report.
            StaleError: It has another version by now.
            MetadataError: The database cannot be written.
        """
        at = self._clock()
        with self._database.writing() as connection:
            found = _find(connection, name)
            last = found.latest if expected is None else expected
            _take(connection, found, last, version=last + 1, archived=None)
            _insert_version(connection, found.id, last + 1, document, author, at)
            return _find(connection, found.id)

    def archive(self, name: str, *, expected: int | None = None) -> None:
        """Put a report away: its address ends to work, its versions stay; raises as `save` does."""
        with self._database.writing() as connection:
            found = _find(connection, name)
            if found.archived is None:
                _take(connection, found, expected or found.latest, archived=self._clock())


_IS_LATEST = versions.c.version == reports.c.version
_SELECT = (
    sa.select(
        reports.c.id,
        reports.c.slug,
        reports.c.owner,
        reports.c.created,
        reports.c.archived,
        reports.c.version.label("latest"),
        versions.c.version,
        versions.c.author,
        versions.c.saved,
        versions.c.document,
    )
    .select_from(reports)
    .join(versions, versions.c.report == reports.c.id)
)


def _find(connection: sa.Connection, name: str, version: int | None = None) -> SavedReport:
    for column in (reports.c.id, reports.c.slug):
        wanted = _IS_LATEST if version is None else versions.c.version == version
        row = connection.execute(_SELECT.where(column == name, wanted)).one_or_none()
        if row is not None:
            return _saved(row)
        if version is not None and (latest := _latest(connection, column, name)) is not None:
            raise NotFoundError(f"The report {name!r} has no version {version}.", hint=f"Valid: 1 to {latest}.")
    slugs = connection.execute(sa.select(reports.c.slug).where(reports.c.archived.is_(None))).scalars()
    raise NotFoundError(f"There is no report {name!r}.", hint=nearest(name, sorted(slugs)))


def _latest(connection: sa.Connection, column: sa.Column[str], name: str) -> int | None:
    return connection.execute(sa.select(reports.c.version).where(column == name)).scalar_one_or_none()


def _take(connection: sa.Connection, found: SavedReport, expected: int, **changed: object) -> None:
    """Change a report only if it has the expected version: of two who read the same one, the second is refused."""
    is_expected = (reports.c.id == found.id) & (reports.c.version == expected)
    if connection.execute(reports.update().where(is_expected).values(changed)).rowcount != 1:
        raise StaleError(
            f"The report {found.slug!r} has version {found.latest} by now, not {expected}: "
            f"{found.author or 'somebody'} saved it at {found.saved.isoformat(timespec='seconds')}.",
            hint="Read it again, take the change up, and save with the new version.",
        )


def _insert_version(
    connection: sa.Connection, id: str, version: int, document: Document, author: str, at: dt.datetime
) -> None:
    told = json.dumps(document, ensure_ascii=False, allow_nan=False)
    connection.execute(versions.insert().values(report=id, version=version, document=told, author=author, saved=at))


def _saved(row: sa.Row[*tuple[Any, ...]]) -> SavedReport:
    told = dict(row._mapping)
    return SavedReport(**{**told, "document": json.loads(told["document"])})

"""API keys: shown once, kept as a hash."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

from cube_server.errors import ConflictError, NotFoundError, nearest
from cube_server.metadata.database import Database
from cube_server.metadata.moments import Clock, now
from cube_server.metadata.tables import keys

PREFIX = "cube_"
"""What a key begins with, so that people and scanners for leaked secrets know one when they see it."""

_KEY = re.compile(PREFIX + r"([0-9a-f]{8})_[0-9a-f]{48}")
_NOBODY = "0" * 64
_USED_AT_MOST = dt.timedelta(minutes=1)
"""How exactly the last use is known: not every request writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """What is known of a key: all but the key itself.

    Attributes:
        id: The second part of the key; finds it, and is no secret.
        name: Whose key it is; the owner of what is saved with it.
        created: When it was made.
        expires: When it ends to work; None for never.
        last_used: When it was last used, to the minute.
        revoked: When it was revoked.
    """

    id: str
    name: str
    created: dt.datetime
    expires: dt.datetime | None
    last_used: dt.datetime | None
    revoked: dt.datetime | None

    def is_good(self, at: dt.datetime) -> bool:
        """Tell whether the key works at a time."""
        return self.revoked is None and (self.expires is None or at < self.expires)


class Keys:
    """The keys of a server.

    A key is `cube_ID_SECRET`. What is kept of it is its SHA-256. A slow hash, as for passwords, would add nothing:
    those protect what people choose, which can be guessed; the 192 random bits of a secret cannot, however fast
    the hash. And it would be paid at every request, which would let anybody keep the server busy.

    Args:
        database: Where they are kept.
        clock: Tells the time.
    """

    def __init__(self, database: Database, clock: Clock = now) -> None:
        self._database, self._clock = database, clock

    def add(self, name: str, lifetime: dt.timedelta | None = None) -> tuple[KeyInfo, str]:
        """Make a key; give what is known of it, and the key, which nobody can show again.

        Raises:
            ConflictError: A key of this name works already.
            MetadataError: The database cannot be written.
        """
        id, made = secrets.token_hex(4), self._clock()
        text = f"{PREFIX}{id}_{secrets.token_hex(24)}"
        expires = made + lifetime if lifetime else None
        with self._database.writing() as connection:
            if any(key.name == name and key.is_good(made) for key in _select(connection)):
                raise ConflictError(f"There is a key {name!r} already.", hint="Revoke it, or choose another name.")
            connection.execute(
                keys.insert().values(id=id, name=name, digest=_digest(text), created=made, expires=expires)
            )
        return KeyInfo(id=id, name=name, created=made, expires=expires, last_used=None, revoked=None), text

    def all(self) -> tuple[KeyInfo, ...]:
        """List the keys, also those that work no more, from the oldest to the newest."""
        with self._database.reading() as connection:
            return _select(connection)

    def ever(self) -> bool:
        """Tell whether a key was ever made. Then a key is wanted, even if none works any more."""
        with self._database.reading() as connection:
            return connection.execute(sa.select(keys.c.id).limit(1)).first() is not None

    def revoke(self, name: str) -> KeyInfo:
        """Revoke a key, by its id or by the name of a key that works.

        Raises:
            NotFoundError: There is no such key.
            MetadataError: The database cannot be written.
        """
        at = self._clock()
        with self._database.writing() as connection:
            known = _select(connection)
            found = [key for key in known if key.id == name or (key.name == name and key.is_good(at))]
            if not found:
                names = [key.name for key in known if key.is_good(at)]
                raise NotFoundError(f"There is no key {name!r} that works.", hint=nearest(name, names))
            (key, *_) = found
            if key.revoked is None:
                connection.execute(keys.update().where(keys.c.id == key.id).values(revoked=at))
            return next(each for each in _select(connection) if each.id == key.id)

    def find(self, text: str) -> KeyInfo | None:
        """Give what is known of a key that works; None for any other text. Takes the same time for any secret."""
        match = _KEY.fullmatch(text)
        if match is None:
            return None
        with self._database.reading() as connection:
            row = connection.execute(sa.select(keys).where(keys.c.id == match[1])).one_or_none()
        is_right = hmac.compare_digest(row.digest if row else _NOBODY, _digest(text))
        key = _info(row) if row and is_right else None
        return key if key and key.is_good(self._clock()) else None

    def use(self, key: KeyInfo) -> None:
        """Note that a key is used now, unless that was noted in the last minute.

        Raises:
            MetadataError: The database cannot be written.
        """
        at = self._clock()
        if key.last_used is None or at - key.last_used >= _USED_AT_MOST:
            with self._database.writing() as connection:
                connection.execute(keys.update().where(keys.c.id == key.id).values(last_used=at))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _select(connection: sa.Connection) -> tuple[KeyInfo, ...]:
    return tuple(_info(row) for row in connection.execute(sa.select(keys).order_by(keys.c.created, keys.c.id)))


def _info(row: sa.Row[tuple[object, ...]]) -> KeyInfo:
    told = dict(row._mapping)
    del told["digest"]
    return KeyInfo(**told)

"""Tokens: links that open one report, for some time, and nothing else."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cube_server.errors import NotFoundError
from cube_server.metadata.database import Database
from cube_server.metadata.moments import Clock, now
from cube_server.metadata.tables import secrets as secrets_table
from cube_server.metadata.tables import tokens

PREFIX = "cubet_"
"""What a token begins with."""

_TOKEN = re.compile(PREFIX + r"([0-9a-f]{10})_([0-9a-f]{8})_(\d{1,12})_([0-9a-f]{64})")
_SECRET = "tokens"
"""The name of the secret that signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """What is known of a token.

    Attributes:
        id: A part of the token that is no secret.
        report: The id of the report that it opens.
        author: The name of the key that made it.
        created: When it was made.
        expires: When it ends to work.
        revoked: When it was revoked.
    """

    id: str
    report: str
    author: str
    created: dt.datetime
    expires: dt.datetime
    revoked: dt.datetime | None


class Tokens:
    """The tokens of a server.

    A token is `cubet_REPORT_ID_EXPIRES_MAC`: what it allows, signed with HMAC-SHA-256 (RFC 2104) by a secret of the
    server. So one that nobody made, or whose end was put off, is refused without a look at the database; the
    database knows which were revoked.

    Args:
        database: Where they are kept.
        clock: Tells the time.
    """

    def __init__(self, database: Database, clock: Clock = now) -> None:
        self._database, self._clock = database, clock

    def add(self, report: str, lifetime: dt.timedelta, *, author: str) -> tuple[TokenInfo, str]:
        """Make a token; give what is known of it, and the token, which nobody can show again.

        Args:
            report: The id of the report to open.
            lifetime: How long it works.
            author: The name of the key that makes it.

        Raises:
            MetadataError: The database cannot be written.
        """
        made = self._clock()
        expires = (made + lifetime).replace(microsecond=0)
        info = TokenInfo(
            id=secrets.token_hex(4), report=report, author=author, created=made, expires=expires, revoked=None
        )
        secret = self._secret() or self._make_secret()
        with self._database.writing() as connection:
            connection.execute(
                tokens.insert().values(id=info.id, report=report, author=author, created=made, expires=expires)
            )
        signed = f"{report}_{info.id}_{int(expires.timestamp())}"
        return info, f"{PREFIX}{signed}_{_sign(secret, signed)}"

    def all(self, report: str) -> tuple[TokenInfo, ...]:
        """List the tokens to a report, by its id, from the oldest to the newest."""
        wanted = sa.select(tokens).where(tokens.c.report == report).order_by(tokens.c.created, tokens.c.id)
        with self._database.reading() as connection:
            return tuple(TokenInfo(**row._mapping) for row in connection.execute(wanted))

    def revoke(self, report: str, id: str) -> None:
        """Revoke a token to a report.

        Raises:
            NotFoundError: There is no such token.
            MetadataError: The database cannot be written.
        """
        is_it = (tokens.c.report == report) & (tokens.c.id == id)
        with self._database.writing() as connection:
            found = connection.execute(sa.select(tokens.c.revoked).where(is_it)).one_or_none()
            if found is None:
                raise NotFoundError(f"The report has no token {id!r}.", hint="Its list of tokens names them.")
            if found.revoked is None:
                connection.execute(tokens.update().where(is_it).values(revoked=self._clock()))

    def find(self, text: str) -> TokenInfo | None:
        """Give what is known of a token that works; None for any other text."""
        match, secret = _TOKEN.fullmatch(text), self._secret()
        if match is None or secret is None:
            return None
        report, id, expires, mac = match.groups()
        is_ours = hmac.compare_digest(mac, _sign(secret, f"{report}_{id}_{expires}"))
        if not is_ours or self._clock().timestamp() >= int(expires):
            return None
        with self._database.reading() as connection:
            row = connection.execute(sa.select(tokens).where(tokens.c.id == id)).one_or_none()
        return TokenInfo(**row._mapping) if row and row.revoked is None else None

    def _secret(self) -> str | None:
        with self._database.reading() as connection:
            wanted = sa.select(secrets_table.c.value).where(secrets_table.c.name == _SECRET)
            return connection.execute(wanted).scalar_one_or_none()

    def _make_secret(self) -> str:
        made = secrets.token_hex(32)
        try:
            with self._database.writing() as connection:
                connection.execute(secrets_table.insert().values(name=_SECRET, value=made))
        except IntegrityError:
            # Another process was faster; its secret counts.
            return self._secret() or made
        return made


def _sign(secret: str, signed: str) -> str:
    return hmac.new(bytes.fromhex(secret), signed.encode(), sha256).hexdigest()

"""Who may ask: keys, tokens, and nobody in particular where only this machine can ask."""

from __future__ import annotations

import asyncio
import hmac
import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from cube_server.errors import MetadataError, SettingsError
from cube_server.metadata.database import Database, open_metadata
from cube_server.metadata.keys import KeyInfo, Keys
from cube_server.metadata.tokens import Tokens

from .settings import PREFIX, Settings

CALLER = "cube_server.caller"
"""Where a request's scope says who asks."""

_FRESH = 1.0
"""After how many seconds it is looked up again what is known of a key. Requests do not wait for that."""

_BELIEVED = 2.0
"""For how many seconds what is known of a key is believed: a revoked one ends to work before that."""

_MOST_KNOWN = 10_000
"""How many keys and tokens are remembered."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request brings along. Never logged.

    Attributes:
        key: A key, as the bytes that were sent; empty if there is none.
        token: A token; empty if there is none.
    """

    key: bytes = b""
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks.

    Attributes:
        name: The name of the key; empty if none was wanted.
        report: The id of the only report that a token opens; None for all that keys open.
    """

    name: str = ""
    report: str | None = None


class Access:
    """Decides who may ask.

    A key is wanted at any address but loopback; at loopback too, as soon as `CUBE_API_KEY` is set or a key was ever
    made: a server behind a proxy listens there, and must not open up when its last key expires.

    Args:
        settings: Where the server listens, its one key by the environment, its metadata database.

    Raises:
        MetadataError: The metadata database's URL cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key = settings.api_key.get_secret_value().encode() if settings.api_key else None
        self.database = settings_database(settings)
        self._keys, self._tokens = Keys(self.database), Tokens(self.database)
        self._known: dict[bytes, tuple[float, Caller]] = {}
        self._looking: dict[bytes, asyncio.Task[Caller | None]] = {}
        self._wanted = self._key is not None or not settings.is_local
        self._asked = -math.inf

    def open(self) -> None:
        """Bring the metadata database up to date.

        Raises:
            MetadataError: It cannot be used.
            SettingsError: The server would want keys, and there are none.
        """
        self.database.prepare()
        if self._key is None and self._wanted and not self._keys.ever():
            raise SettingsError(
                f"The server would listen at {self._settings.host} for everybody, without a key.",
                hint=f"Make one: `cube-server keys add NAME`. Or set {PREFIX}API_KEY, or listen at 127.0.0.1.",
            )

    def close(self) -> None:
        """Close the metadata database."""
        self.database.close()

    async def caller(self, given: Credentials) -> Caller | None:
        """Tell who asks; None if they may not.

        Raises:
            MetadataError: The metadata database cannot be read.
        """
        if given.token:
            return await self._remembered(given.token.encode(), lambda: self._by_token(given.token))
        if self._key is not None and hmac.compare_digest(given.key, self._key):
            return Caller(name=f"{PREFIX}API_KEY")
        if not await self._wants_key():
            return Caller()
        return await self._remembered(given.key, lambda: self._by_key(given.key)) if given.key else None

    async def keep_fresh(self) -> None:
        """Look now and then whether keys are wanted, as long as they are not: so no request has to wait for it."""
        while not self._wanted:
            await asyncio.sleep(_FRESH)
            # What goes wrong is told to whoever asks next, since what was known is believed no more by then.
            with suppress(MetadataError):
                await self._look_for_keys()

    async def _wants_key(self) -> bool:
        """Once a key is wanted, it always is."""
        if not self._wanted and time.monotonic() - self._asked >= _BELIEVED:
            await self._look_for_keys()
        return self._wanted

    async def _look_for_keys(self) -> None:
        at = time.monotonic()
        self._wanted = await asyncio.to_thread(self._keys.ever)
        self._asked = at

    async def _remembered(self, text: bytes, find: Callable[[], Caller | None]) -> Caller | None:
        """Look a key or a token up, unless that was done just now. What is remembered is a hash of it."""
        digest = sha256(text).digest()
        looked_up, caller = self._known.get(digest, (-math.inf, None))
        age = time.monotonic() - looked_up
        if age >= _BELIEVED:
            return await self._look_up(digest, find)
        if age >= _FRESH and digest not in self._looking:
            looking = self._looking[digest] = asyncio.create_task(self._look_up(digest, find))
            looking.add_done_callback(lambda done: self._looked_up(digest, done))
        return caller

    async def _look_up(self, digest: bytes, find: Callable[[], Caller | None]) -> Caller | None:
        at = time.monotonic()
        found = await asyncio.to_thread(find)
        self._known.pop(digest, None)
        if found is not None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[digest] = (at, found)
        return found

    def _looked_up(self, digest: bytes, done: asyncio.Task[Caller | None]) -> None:
        """Forget that a key is looked up. Where that failed, the next request looks itself, and is told why."""
        del self._looking[digest]
        if not done.cancelled() and done.exception() is not None:
            self._known.pop(digest, None)

    def _by_key(self, text: bytes) -> Caller | None:
        key = self._keys.find(text.decode("ascii", "replace"))
        if key is None:
            return None
        self._note_use(key)
        return Caller(name=key.name)

    def _note_use(self, key: KeyInfo) -> None:
        try:
            self._keys.use(key)
        except MetadataError as error:
            # Reading goes on where nothing can be written.
            _log.debug("The use of key %s is not noted: %s", key.id, error)

    def _by_token(self, text: str) -> Caller | None:
        token = self._tokens.find(text)
        return Caller(name=f"token {token.id}", report=token.report) if token else None


def settings_database(settings: Settings) -> Database:
    """Open the metadata database that the settings name; raises as `open_metadata` does."""
    address = settings.metadata.get_secret_value() if settings.metadata else None
    return open_metadata(address, settings.warehouse)


def check_access(settings: Settings) -> None:
    """Refuse settings with which a server would not start; raises as `Access` and `Access.open` do."""
    access = Access(settings)
    try:
        access.open()
    finally:
        access.close()

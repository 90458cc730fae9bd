"""The one key, checked on every route."""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import UnauthorizedError, problem


class Keys:
    """Refuses requests without the key: in X-API-Key, as Bearer, or as the password of Basic with any user.

    Args:
        app: What to guard.
        key: The key.
    """

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app, self._key = app, key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and not self._is_allowed(Headers(scope=scope)):
            error = UnauthorizedError(
                "The key is missing or wrong.",
                hint="Send it as X-API-Key, as Authorization: Bearer, or as the password of Basic.",
            )
            await problem(error, scope["path"])(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_allowed(self, headers: Headers) -> bool:
        given = headers.get("x-api-key") or _authorized(headers.get("authorization", ""))
        # Headers are decoded as Latin-1, whatever bytes they hold; comparing takes the same time for any key.
        return hmac.compare_digest(given.encode("latin-1", "replace"), self._key)


def _authorized(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    return _password(value.strip()) if scheme.lower() == "basic" else ""


def _password(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("latin-1").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""

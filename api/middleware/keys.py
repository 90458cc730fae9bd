"""A key or a token for every route; neither reaches what stands behind."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from cube_server.errors import UserError

from ..access import CALLER, Access, Caller, Credentials
from ..errors import ForbiddenError, UnauthorizedError, problem

OPENED = "/r/"
"""What the paths of opened reports begin with: all that a token opens."""

_TOKENS = (b"token", b"api_key")


class Keys:
    """Refuses requests without a key: the password of Basic with any user, Bearer, or X-API-Key.

    A token, the parameter `token` (or `api_key`) of the address, is taken as well, for the one report that it opens.
    It is taken out of the address here, so that no route, log or message can repeat it.

    Args:
        app: What to guard.
        access: Decides who may ask.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        query, token = _split_token(scope["query_string"])
        try:
            caller = await self._access.caller(Credentials(key=_key(Headers(scope=scope)), token=token))
            _check(caller, scope["path"])
        except UserError as error:
            await problem(error, scope["path"])(scope, receive, send)
        else:
            await self._app({**scope, "query_string": query, CALLER: caller}, receive, send)


def _check(caller: Caller | None, path: str) -> None:
    if caller is None:
        raise UnauthorizedError(
            "The key is missing or wrong.",
            hint="Send it as the password of Basic with any user, as Authorization: Bearer, or as X-API-Key. "
            "`cube-server keys add NAME` makes one.",
        )
    if caller.report is not None and not path.startswith(OPENED):
        raise ForbiddenError("The token opens one report and nothing else.", hint="Send a key instead.")


def _split_token(query: bytes) -> tuple[bytes, str]:
    """Part the token from the other parameters; of several the first counts."""
    parts = query.split(b"&")
    is_token = [part.partition(b"=")[0] in _TOKENS for part in parts]
    values = [part.partition(b"=")[2] for part, is_it in zip(parts, is_token, strict=True) if is_it]
    kept = b"&".join(part for part, is_it in zip(parts, is_token, strict=True) if not is_it)
    # A token that is empty is a wrong one, too.
    return kept, (unquote_plus(values[0].decode("latin-1")) or "-") if values else ""


def _key(headers: Headers) -> bytes:
    """Read the key that a request brings. Headers are decoded as Latin-1, whatever bytes they hold."""
    given = headers.get("x-api-key") or _authorized(headers.get("authorization", ""))
    return given.encode("latin-1", "replace")


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

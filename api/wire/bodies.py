"""The bodies of POST, read as long as they may be and no longer."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import MediaTypeError, TooLargeError

LARGEST_BODY = 1 << 20
"""The most bytes of a body."""


def check_type(content_type: str) -> None:
    """Raise MediaTypeError unless a Content-Type says JSON.

    A page of another site can make a browser post text, but not JSON without asking first.
    """
    essence = content_type.partition(";")[0].strip().lower()
    if essence != "application/json" and not (essence.startswith("application/") and essence.endswith("+json")):
        raise MediaTypeError(
            f"The body's Content-Type is {essence or 'missing'}.", hint="Send Content-Type: application/json."
        )


async def read_bytes(pieces: AsyncIterator[bytes]) -> bytes:
    """Read a body; raise TooLargeError as soon as it is too long."""
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > LARGEST_BODY:
            raise TooLargeError(
                f"The body has more than {LARGEST_BODY:,} bytes.", hint="Name fewer members, or use ranges."
            )
    return bytes(body)

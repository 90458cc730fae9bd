"""Answers that are ready: short ones to what was asked before, by address or by body, of what is still served."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cube_server.engine import SnapshotInfo

_PREFIX = "/api/v1/cubes/"
"""Where the same question has the same answer as long as the same is served."""

_POSTED = ("query", "facts")
"""What is asked by a body as it is by address. Plans, which are posted too, tell of rollups, which come and go."""

_LONGEST = 1 << 14
"""The bytes of a body that is looked for. It is kept beside its answer, and longer ones are seldom sent twice."""

_LARGEST_SHARE = 16
"""An answer that would fill more than this part of all memory for answers is not kept."""

_NAMED = b"as_of"
"""What names a snapshot. Of others than the served one nothing is kept: they may be retired, or a day may get a newer
one, and that is told at once. The page names the served one, so that all it shows is of the same."""

_TOLD = ("accept", "accept-language", "accept-encoding", "content-type")
"""The headers that an answer depends on. Whoever may ask at all may ask everything, so the key is not among them."""

_Key = tuple[str, bytes, bytes, *tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole answer.

    Attributes:
        served: What was served when it was made.
        start: Its first message, with the headers.
        body: Its bytes, compressed if the client takes that.
    """

    served: SnapshotInfo
    start: Message
    body: bytes


class Answers:
    """Gives kept answers without reading the question again, and keeps new ones.

    Of what is asked by address that is kept which has an ETag: the routes give one where the same address has the same
    answer until a new snapshot or model is served. What is posted has none, as no client may ask for it again by one;
    queries and facts by body are the same questions.

    Args:
        app: What answers.
        served: Tells what is served; None while nothing is.
        most: The bytes of all kept answers.
    """

    def __init__(self, app: ASGIApp, *, served: Callable[[], SnapshotInfo | None], most: int) -> None:
        self._app, self._served, self._most = app, served, most
        self._kept: OrderedDict[_Key, _Answer] = OrderedDict()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass a request on and keep its answer."""
        served = self._served()
        if served is None or scope["type"] != "http" or not _may_keep(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        body, receive = await _read(receive) if scope["method"] == "POST" else (b"", receive)
        if _names_another(scope["query_string"] + b"&" + body, served.id):
            await self._app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"], body, *(headers.get(name, "") for name in _TOLD))
        answer = self._find(key, served)
        if answer is not None and "if-none-match" not in headers:
            # A copy, since others on the way out put headers into it.
            await send({**answer.start})
            await send({"type": "http.response.body", "body": answer.body})
            return
        recording = _Recording(send, is_tagged=scope["method"] == "GET")
        await self._app(scope, receive, recording.send)
        if served is self._served() and (made := recording.answer(served)) is not None:
            self._keep(key, made)

    def _find(self, key: _Key, served: SnapshotInfo) -> _Answer | None:
        answer = self._kept.get(key)
        if answer is None:
            return None
        if answer.served is not served:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return answer

    def _keep(self, key: _Key, answer: _Answer) -> None:
        if len(answer.body) > self._most // _LARGEST_SHARE:
            return
        self._drop(key)
        self._kept[key] = answer
        self._size += _bytes(key, answer)
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: _Key) -> None:
        answer = self._kept.pop(key, None)
        self._size -= _bytes(key, answer) if answer else 0


def _may_keep(scope: Scope) -> bool:
    path = str(scope["path"])
    return path.startswith(_PREFIX) and (scope["method"] == "GET" or _is_short_question(scope, path))


def _names_another(asked: bytes, served: str) -> bool:
    """Tell whether a question names a snapshot other than the served one."""
    named = asked.count(_NAMED)
    return named > 0 and named != len(
        re.findall(_NAMED + rb'(?:=|":\s?")' + re.escape(served.encode()) + rb"\b", asked)
    )


def _is_short_question(scope: Scope, path: str) -> bool:
    length = Headers(scope=scope).get("content-length", "")
    is_short = length.isdecimal() and int(length) <= _LONGEST
    return scope["method"] == "POST" and is_short and path.rpartition("/")[2].partition(".")[0] in _POSTED


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """Read a short body; give it, and what gives the same messages again."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    coming = iter(messages)

    async def again() -> Message:
        message = next(coming, None)
        return await receive() if message is None else message

    return b"".join(message.get("body", b"") for message in messages), again


def _bytes(key: _Key, answer: _Answer) -> int:
    return len(key[2]) + len(answer.body)


@dataclass(slots=True)
class _Recording:
    """Passes messages on, and remembers an answer that comes in one piece, as short ones do.

    Attributes:
        to: Where they go.
        is_tagged: Whether only an answer with an ETag may be kept.
    """

    to: Send
    is_tagged: bool
    start: Message | None = None
    body: bytes | None = None
    pieces: int = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = {**message}
        else:
            self.pieces += 1
            is_whole = self.pieces == 1 and not message.get("more_body")
            self.body = message.get("body", b"") if is_whole else None
        await self.to(message)

    def answer(self, served: SnapshotInfo) -> _Answer | None:
        """Give the answer as it is given again; None if it cannot be kept."""
        if self.start is None or self.body is None or self.start["status"] != 200:
            return None
        headers = dict(self.start["headers"])
        if self.is_tagged and b"etag" not in headers:
            return None
        return _Answer(served, {**self.start, "headers": [*(headers | _AGAIN).items()]}, self.body)


_AGAIN = {b"x-cube-source": b"cache", b"server-timing": b"cache;dur=0.0"}

"""One pass over a CSV file before anything of it is parsed: its encoding, and lines that no table has."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cube_server.errors import Issue

LONGEST_LINE = 1 << 24
"""A line, or a field within quotes, with more bytes than this is no row of a table; it is never held as a whole."""

_CHUNK = 1 << 22

_SCRIPTS = (("cp949", "\uac00", "\ud7a3"), ("shift_jis", "\u3041", "\u30ff"), ("gb18030", "\u4e00", "\u9fff"))
"""Encodings of two bytes a character, and the characters that people mostly write in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What the pass found.

    Attributes:
        fault: Why the file cannot be read; None if it can.
        has_quotes: Whether there is any quote.
        ends: Whether the last line has an end.
    """

    fault: Issue | None
    has_quotes: bool = False
    ends: bool = True


def scan(path: Path, name: str, encoding: str) -> Scan:
    """Look at every byte of a file.

    Args:
        path: The file.
        name: What messages call it.
        encoding: What it is said to be written in.
    """
    line, waiting, has_quotes, text = 1, 0, False, ""
    try:
        for text in _texts(path, encoding):
            first, breaks = text.find("\n"), text.count("\n")
            waiting += len(text) if first < 0 else first
            if waiting > LONGEST_LINE:
                return Scan(fault=_too_long(f"{name}, line {line}"))
            if "\0" in text:
                line += text[: text.index("\0")].count("\n")
                return Scan(fault=_zero(f"{name}, line {line}", path))
            has_quotes = has_quotes or '"' in text
            line += breaks
            waiting = waiting if first < 0 else len(text) - text.rindex("\n") - 1
    except UnicodeDecodeError as error:
        return Scan(fault=_undecoded(path, name, encoding, error))
    return Scan(fault=None, has_quotes=has_quotes, ends=not text or text.endswith("\n"))


def _texts(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if text := decoder.decode(chunk):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text


def _too_long(place: str) -> Issue:
    told = f"The line is longer than {LONGEST_LINE >> 20} MiB."
    return Issue(place, told, "That is no row of a table: is a quote not closed, or is it another kind of file?")


def _zero(place: str, path: Path) -> Issue:
    likely = likely_encoding(path)
    if likely.startswith("utf-16"):
        return Issue(place, f"The file looks like {likely}.", _declared(likely))
    return Issue(place, "There is a NUL byte.", "The file is damaged, or is no text: get it again.")


def _undecoded(path: Path, name: str, encoding: str, error: UnicodeDecodeError) -> Issue:
    line = _first_wrong_line(path, encoding)
    place = f"{name}, line {line}" if line else name
    likely = likely_encoding(path)
    shown = "UTF-8" if encoding == "utf-8" else encoding
    told = f"The file is not {shown}: {error.reason}."
    return Issue(place, told, f"It looks like {likely}. {_declared(likely)}")


def _declared(encoding: str) -> str:
    return f'Declare it in the model: "source": {{"encoding": "{encoding}"}}.'


def _first_wrong_line(path: Path, encoding: str) -> int:
    """Find the line that does not decode; 0 where lines cannot be told apart by their bytes."""
    if encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        return 0
    line, rest = 1, b""
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(_CHUNK), b""):
            head, found, tail = (rest + piece).rpartition(b"\n")
            for each in (head + found).splitlines(keepends=True):
                if not _decodes(each, encoding):
                    return line
                line += each.endswith(b"\n")
            rest = tail
    return line


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def likely_encoding(path: Path) -> str:
    """Guess what a file is written in that is not UTF-8, by its first bytes beyond ASCII."""
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head[1::2] == b"\0\0":
            return "utf-16" if head[:1] in b"\xff\xfe" else "utf-16-le"
        file.seek(0)
        sample = next((chunk for chunk in iter(lambda: file.read(_CHUNK), b"") if not chunk.isascii()), b"")
    high = sum(map(len, re.findall(rb"[\x80-\xff]+", sample)))
    paired = sum(map(len, re.findall(rb"[\x80-\xff]{2,}", sample)))
    # Letters with accents stand among others; characters of two bytes stand together.
    for encoding, first, last in _SCRIPTS if 2 * paired > high else ():
        text = sample.decode(encoding, errors="replace")
        strange = [character for character in text if ord(character) > 127]
        if sum(first <= character <= last for character in strange) > 0.8 * len(strange) > 0:
            return encoding
    return "cp1252"

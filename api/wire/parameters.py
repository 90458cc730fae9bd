"""The parameters of an address: its query string, read strictly, and the options that say how to answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from urllib.parse import parse_qsl

from cube_server.errors import Issue, NotFoundError, QueryError, nearest
from cube_server.query.text import InvalidRequestError

from ..errors import NotAcceptableError
from .options import MEDIA_TYPES, PIVOTED, Format, Headers, Layout, Options

E = TypeVar("E", bound=StrEnum)
Values = dict[str, list[str]]

OPTIONS = ("format", "layout", "headers", "meta", "bom", "delimiter", "decimal", "guard", "lang")
"""The parameters that say how to answer, on GET and POST alike."""

LANGUAGES = ("en", "ko")
MOST_PARAMETERS = 1_000
_MOST_KNOWN = 1_000
_FLAGS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
_DELIMITERS = (",", ";", "|", "\t")
_DECIMALS = (".", ",")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What else than parameters says how to answer.

    Attributes:
        suffix: The format at the end of the path, empty if there is none.
        accept: The header Accept.
        languages: The header Accept-Language.
        layout: The layout unless one is asked for.
    """

    suffix: str = ""
    accept: str = ""
    languages: str = ""
    layout: Layout = Layout.RECORDS


def read_values(query_string: bytes) -> Values:
    """Read a query string: every parameter's values in the order given.

    Raises:
        InvalidRequestError: It is not UTF-8, or has too many parameters.
    """
    try:
        pairs = parse_qsl(
            query_string.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except UnicodeDecodeError as error:
        raise InvalidRequestError(
            "The address is not UTF-8.", hint="Escape the bytes of UTF-8: é is %C3%A9."
        ) from error
    except ValueError as error:
        raise InvalidRequestError(f"The address has more than {MOST_PARAMETERS:,} parameters.") from error
    values: Values = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def split_options(values: Values, names: Collection[str]) -> tuple[Values, Values]:
    """Part the parameters that say how to answer from the question's own.

    Args:
        values: All parameters.
        names: Those of `OPTIONS` that the route knows.
    """
    options = {name: given for name, given in values.items() if name in names}
    return options, {name: given for name, given in values.items() if name not in names}


def read_options(values: Values, wishes: Wishes) -> Options:
    """Read how to answer: by suffix, parameter, and header, in that order.

    Raises:
        NotFoundError: The suffix is no format.
        NotAcceptableError: None of the accepted types can be given.
        QueryError: An option is wrong.
    """
    return _options(tuple((name, read_single(name, given)) for name, given in values.items()), wishes)


@lru_cache(maxsize=_MOST_KNOWN)
def _options(given: tuple[tuple[str, str], ...], wishes: Wishes) -> Options:
    """Read what a client tells in all of its requests, once."""
    texts = dict(given)
    options = Options(
        format=_format(texts.get("format"), wishes),
        layout=_one_of("layout", texts.get("layout"), Layout) or wishes.layout,
        headers=_one_of("headers", texts.get("headers"), Headers) or Headers.NAMES,
        meta=read_flag("meta", texts.get("meta", "false")),
        bom=read_flag("bom", texts.get("bom", "false")),
        delimiter=_choice("delimiter", texts.get("delimiter", ","), _DELIMITERS),
        decimal=_choice("decimal", texts.get("decimal", "."), _DECIMALS),
        guard=read_flag("guard", texts.get("guard", "on")),
        language=_language(texts.get("lang"), wishes.languages),
    )
    _check_together(options)
    return options


def refuse_parameters(values: Values, known: Collection[str]) -> None:
    """Raise QueryError if a parameter is given that the route does not know."""
    wrong = [
        Issue(name, f"There is no parameter {name!r} here.", nearest(name, known))
        for name in values
        if name not in known
    ]
    if wrong:
        raise QueryError("The address has parameters that mean nothing here.", issues=wrong)


def _check_together(options: Options) -> None:
    """Raise QueryError if options are right each for itself, but not together."""
    if options.layout is Layout.PIVOT and options.format not in PIVOTED:
        hint = f"Formats with it: {', '.join(PIVOTED)}. JSON has layout=cellset."
        issue = Issue("layout", f"The format {options.format.value} has no pivot layout.", hint)
        raise QueryError("The address has a mistake.", issues=[issue])
    if options.headers is Headers.CAPTIONS and options.format not in PIVOTED:
        hint = f"Formats with them: {', '.join(PIVOTED)}."
        issue = Issue("headers", f"The format {options.format.value} is for programs, which go by names.", hint)
        raise QueryError("The address has a mistake.", issues=[issue])
    if options.format is Format.CSV and options.delimiter == options.decimal:
        issue = Issue("decimal", "The comma would part both fields and decimals.", "Add delimiter=;")
        raise QueryError("The address has a mistake.", issues=[issue])


def _format(asked: str | None, wishes: Wishes) -> Format:
    if wishes.suffix:
        if wishes.suffix not in _texts(Format):
            raise NotFoundError(f"There is no format {wishes.suffix!r}.", hint=nearest(wishes.suffix, _texts(Format)))
        return Format(wishes.suffix)
    return _one_of("format", asked, Format) or _accepted(wishes.accept)


def _accepted(accept: str) -> Format:
    """Choose by the header Accept; what any type satisfies is JSON."""
    ranges = _preferences(accept) or ["*/*"]
    for wanted in ranges:
        for format, media_type in MEDIA_TYPES.items():
            if wanted in ("*/*", media_type, f"{media_type.partition('/')[0]}/*"):
                return format
    raise NotAcceptableError(
        f"None of the types in Accept ({accept}) can be given.", hint=f"Valid: {', '.join(MEDIA_TYPES.values())}."
    )


def _language(asked: str | None, header: str) -> str:
    if asked is not None and asked not in LANGUAGES:
        raise _wrong("lang", asked, LANGUAGES)
    wanted = (tag.partition("-")[0] for tag in _preferences(header))
    return asked or next((tag for tag in wanted if tag in LANGUAGES), LANGUAGES[0])


def _preferences(header: str) -> list[str]:
    """Read a header of choices with weights (`a;q=0.5, b`): the choices, best first, refused ones left out."""
    weighted = []
    for part in header.split(","):
        choice, *arguments = (piece.strip().lower() for piece in part.split(";"))
        weights = (argument.removeprefix("q=") for argument in arguments if argument.startswith("q="))
        weight = _number(next(weights, "1"))
        if choice and weight > 0:
            weighted.append((-weight, choice))
    return [choice for _, choice in sorted(weighted, key=lambda pair: pair[0])]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def read_single(name: str, given: list[str]) -> str:
    """Give the value of a parameter that may stand once; raise QueryError if it stands more often."""
    if len(given) > 1:
        issue = Issue(name, f"The parameter {name!r} is given {len(given)} times.", "Give it once.")
        raise QueryError("The address repeats a parameter.", issues=[issue])
    return given[0]


def _one_of(name: str, text: str | None, kind: type[E]) -> E | None:
    if text is not None and text not in _texts(kind):
        raise _wrong(name, text, _texts(kind))
    return None if text is None else kind(text)


def _texts(kind: type[StrEnum]) -> list[str]:
    return [choice.value for choice in kind]


def _choice(name: str, text: str, valid: Collection[str]) -> str:
    if text not in valid:
        raise _wrong(name, text, valid)
    return text


def read_flag(name: str, text: str) -> bool:
    """Read true or false; raise QueryError for anything else."""
    if text not in _FLAGS:
        raise _wrong(name, text, ("on", "off") if name == "guard" else ("true", "false"))
    return _FLAGS[text]


def _wrong(name: str, text: str, valid: Collection[str]) -> QueryError:
    issue = Issue(name, f"{text!r} is no {name}.", nearest(text, valid))
    return QueryError("The address has a mistake.", issues=[issue])

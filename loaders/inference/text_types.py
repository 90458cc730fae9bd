"""What type the texts of a CSV column are of, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cube_server.types import DataType, Kind

MOST_DIGITS = 18
MOST_SCALE = 6
"""A number with more digits behind the point is measured, not counted: a float."""

_WHOLE = r"^[+-]?[0-9]+$"
_LEADING_ZERO = r"^[+-]?0[0-9]"
_FIXED = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_BOOLS = frozenset({"true", "false", "yes", "no"})
_ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_ISO_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6}0*)?)?)?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A type, and how its values are written.

    Attributes:
        type: The type.
        format: Of dates and timestamps that are not written as ISO 8601 has them: how, as strptime writes it.
        others: Further formats that all values fit as well.
        strip: What stands in numbers besides their digits: a currency's sign, a mark between thousands.
        mark: What stands before the decimals of such numbers.
    """

    type: DataType
    format: str = ""
    others: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()
    mark: str = "."

    def formula(self, column: str) -> str:
        """Give the formula over a text column that has its values; empty where none is needed.

        >>> read_texts(pl.Series(["1.234,50"])).formula("price")
        'to_number(replace(replace(price, ".", ""), ",", "."))'
        """
        if self.format:
            return f'{"to_date" if self.type.kind is Kind.DATE else "to_timestamp"}({column}, "{self.format}")'
        if not self.strip and self.mark == ".":
            return ""
        text = column
        for sign in self.strip:
            text = f'replace({text}, "{sign}", "")'
        return f"to_number({text})" if self.mark == "." else f'to_number(replace({text}, "{self.mark}", "."))'

    def values(self, texts: pl.Series) -> pl.Series:
        """Read texts, to be converted to the type."""
        if self.format and self.type.kind is Kind.DATE:
            return texts.str.to_date(self.format, strict=False)
        if self.format:
            return texts.str.to_datetime(self.format, strict=False, time_unit="us")
        for sign in self.strip:
            texts = texts.str.replace_all(sign, "", literal=True)
        return texts if self.mark == "." else texts.str.replace(self.mark, ".", literal=True)


_TEXT = Written(type=DataType(Kind.TEXT))


def read_texts(values: pl.Series) -> Written:
    """Tell what the texts of a column are; text if they are of no one type.

    >>> read_texts(pl.Series(["31/12/2017", "1/2/2018"])).format
    '%d/%m/%Y'
    >>> str(read_texts(pl.Series(["0.50", "12.345"])).type), str(read_texts(pl.Series(["007", "12"])).type)
    ('decimal(3)', 'text')
    """
    texts = values.drop_nulls().unique()
    if not len(texts):
        return _TEXT
    return _bool(texts) or _number(texts) or _moment(texts) or _separated(texts) or _TEXT


def _all(texts: pl.Series, pattern: str) -> bool:
    return bool(texts.str.contains(pattern).all())


def _bool(texts: pl.Series) -> Written | None:
    folded = texts.str.to_lowercase()
    return Written(type=DataType(Kind.BOOL)) if len(texts) <= 8 and set(folded.to_list()) <= _BOOLS else None


def _number(texts: pl.Series) -> Written | None:
    if not _all(texts, _NUMBER) or bool(texts.str.contains(_LEADING_ZERO).any()):
        return None
    if _all(texts, _WHOLE):
        digits = int(texts.str.len_chars().max())  # type: ignore[arg-type]
        return Written(type=DataType(Kind.INT)) if digits <= MOST_DIGITS else None
    return Written(type=_fixed(texts) if _all(texts, _FIXED) else DataType(Kind.FLOAT))


def _fixed(texts: pl.Series) -> DataType:
    """Take as many digits as are written behind the point; 17850.0 is a whole number that went through a float."""
    behind = texts.str.extract(r"\.([0-9]*)$").fill_null("").str.len_chars().max()
    behind = 0 if behind == 1 and _all(texts, r"^[^.]*(\.0?)?$") else behind
    before = texts.str.extract(r"^[+-]?0*([0-9]*)").fill_null("").str.len_chars().max()
    assert isinstance(behind, int)
    assert isinstance(before, int)
    is_exact = behind <= MOST_SCALE and before + behind <= MOST_DIGITS
    return DataType(Kind.DECIMAL, behind) if is_exact else DataType(Kind.FLOAT)


def _moment(texts: pl.Series) -> Written | None:
    if _all(texts, _ISO_DATE) and _fits(texts, "%Y-%m-%d", Kind.DATE):
        return Written(type=DataType(Kind.DATE))
    if _all(texts, _ISO_TIME):
        return Written(type=DataType(Kind.TIMESTAMP))
    for kind, formats in ((Kind.DATE, _DATES), (Kind.TIMESTAMP, _TIMES)):
        found = tuple(format for format in formats if _fits(texts, format, kind))
        if found:
            return Written(type=DataType(kind), format=found[0], others=found[1:])
    return None


_DATES = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d-%b-%Y",
    "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y",
)  # fmt: skip
"""Days before months, as most of the world writes them; where both fit, the draft says that it is unsure."""

_TIMES = tuple(f"{date}{time}" for date in _DATES for time in (" %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p"))


def _fits(texts: pl.Series, format: str, kind: Kind) -> bool:
    head = texts.head(1000)
    if not _parses(head, format, kind):
        return False
    return len(head) == len(texts) or _parses(texts, format, kind)


def _parses(texts: pl.Series, format: str, kind: Kind) -> bool:
    if "%Y" in format and not _all(texts, r"(^|[^0-9])[0-9]{4}($|[^0-9])"):
        return False
    if kind is Kind.DATE:
        return texts.str.to_date(format, strict=False).null_count() == 0
    return texts.str.to_datetime(format, strict=False, time_unit="us").null_count() == 0


def _separated(texts: pl.Series) -> Written | None:
    """Take numbers such as 1.234,50 or $1,234.50 for what they are."""
    bare = texts.str.replace_all("[$€£¥ ]", "")
    for group, mark, pattern in (
        (",", ".", r"^[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]*)?$"),
        (".", ",", r"^[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]*)?$"),
    ):
        if _all(bare, pattern):
            plain = bare.str.replace_all(group, "", literal=True).str.replace(mark, ".", literal=True)
            strip = [sign for sign in (*"$€£¥ ", group) if texts.str.contains(sign, literal=True).any()]
            is_plain = not strip and not texts.str.contains(",", literal=True).any()
            return None if is_plain else Written(type=_fixed(plain), strip=tuple(strip), mark=mark)
    return None

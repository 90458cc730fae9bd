"""Addresses that the server gives out, escaped."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from .options import Format, Headers, Layout, Options

LONGEST = 8_000
"""The longest address that is given out: longer ones do not pass every proxy."""

_PLAIN = ",:/~!()"
"""Signs of the short forms that a query string may hold as they are."""


def address(path: str, parameters: Mapping[str, str]) -> str:
    """Write an address.

    >>> address("/query", {"cut": 'product.category:GROCERY/"A & B"'})
    '/query?cut=product.category:GROCERY/%22A%20%26%20B%22'
    """
    query = urlencode(parameters, quote_via=quote, safe=_PLAIN)
    return quote(path) + (f"?{query}" if query else "")


def option_parameters(options: Options, *, suffix: str, language_asked: bool) -> dict[str, str]:
    """Write the options that a GET of the next page must repeat to be answered in the same way."""
    named = {
        "format": "" if suffix or options.format is Format.JSON else options.format.value,
        "layout": "" if options.layout is Layout.RECORDS else options.layout.value,
        "headers": "" if options.headers is Headers.NAMES else options.headers.value,
        "meta": "true" if options.meta else "",
        "bom": "true" if options.bom else "",
        "delimiter": "" if options.delimiter == "," else options.delimiter,
        "decimal": "" if options.decimal == "." else options.decimal,
        "guard": "" if options.guard else "off",
        "lang": options.language if language_asked else "",
    }
    return {name: text for name, text in named.items() if text}

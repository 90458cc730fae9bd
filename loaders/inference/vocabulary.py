"""Words by which columns are told apart; what values show goes before what names say."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


IDS = _words("id key code no nr num number sk pk uuid guid sku upc ean isbn")
"""Words that a column's name ends with if it holds what identifies something."""

DOCUMENTS = _words("order invoice basket ticket transaction receipt bill booking shipment visit session")
"""Words for what happens once and has lines: its number is counted, it is no member to look at facts by."""

MEMBERS = _words(
    """store shop customer client product item department dept category branch region country city state area channel
    employee user account supplier vendor brand type class segment group campaign promotion site warehouse route
    status promo coupon household"""
)
"""Words for what facts are looked at by: a whole number called so is an id."""

TIMES = _words("year quarter month week day weekday hour minute date time period")
"""Words for parts of time."""

AMOUNTS = _words(
    """amount sales sale revenue value total turnover cost costs margin profit spend paid net gross discount disc
    discounts tax fee fees freight cogs income budget planned"""
)
"""Words for money that adds up."""

LESSER_AMOUNTS = _words("discount disc discounts tax cost costs fee fees freight cogs")
"""Those of them that people look at after the others."""

QUANTITIES = _words(
    """quantity qty units unit pieces count cnt volume hours minutes seconds duration ordered shipped sold visits clicks
    impressions views passengers responded returned"""
)
"""Words for what is counted."""

RATES = _words(
    """price rate ratio pct percent percentage share avg average mean median score rating temperature age exchange
    conversion index distance height width length depth srp msrp factor probability speed humidity min max per"""
)
"""Words for numbers that do not add up."""

STOCKS = _words("stock balance inventory headcount onhand")
"""Words for numbers that do not add up over time."""

PLACES = _words("latitude longitude lat lon lng")
"""Words for coordinates."""

ORDERS = _words("order sort rank number no seq sequence index position")
"""Words for numbers that something is sorted by."""

PARENTS = _words("parent boss manager supervisor superior superordinate reports upper")
"""Words for the row above, in a table that refers to itself."""

CAPTIONS = ("name", "title", "description", "desc", "label", "caption")
"""Words for what people read, the likeliest first."""

NO_CAPTIONS = _words("first last middle given sur short")
"""Words for parts of names."""

LADDERS = (
    ("continent", "country", "region", "state", "district", "area", "county", "city"),
    ("continent", "country", "province", "prefecture", "town"),
    ("family", "division", "department", "group", "category", "subcategory", "class", "type", "model"),
    ("company", "division", "department", "section", "team", "position"),
    ("sector", "industry", "segment"),
)
"""Levels that are known, each from the coarsest to the finest."""

"""A dimension of a cube as a table of members and the link to it.

Cubes has no tables of members: an attribute may lie in the fact table, in one that is joined to it, or in one joined to
that. Here every dimension has one table with one key. Where all of a dimension lies behind one join, its rows are those
of the joined table, keyed by the columns of the join. Else they are the different combinations of the fact table's
columns that decide the attributes, keyed by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cube_server.formulas.tree import Binary, Call, Name, Node, Unary
from cube_server.types import DataType, Kind

from .findings import Findings
from .naming import unique, word
from .snowflake import ColumnRef, Hop, Snowflake
from .specs import Attribute, Dimension, Level
from .tables import DerivedTable, Document, Tables
from .values import Value, Values

KEY = "key"
_TEXT = DataType(Kind.TEXT)
_KEYS = frozenset({Kind.INT, Kind.TEXT, Kind.DATE})
"""The types of which a single column is a key as it is; others are compared as texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelNames:
    """What a level of Cubes is called here.

    Attributes:
        level: The level.
        attributes: For each attribute the level or attribute that has its values.
        localized: The same for each attribute's translations, by locale.
    """

    level: str
    attributes: Mapping[str, str]
    localized: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """A dimension of one cube in this server's terms.

    Attributes:
        table: Its table's part of cubes.json.
        dimension: Its own, without the table's name.
        link: What in a fact is its key.
        join: How it is joined; None where it lies in the fact table.
        levels: The names of its levels.
        hierarchies: The names of its hierarchies.
    """

    table: Document
    dimension: Document
    link: Value
    join: str | None
    levels: Mapping[str, LevelNames]
    hierarchies: Mapping[str, str]


class MembersBuilder:
    """Builds the members of one dimension of one cube."""

    def __init__(
        self, dimension: Dimension, snowflake: Snowflake, values: Values, tables: Tables, findings: Findings
    ) -> None:
        self._dimension, self._snowflake, self._values = dimension, snowflake, values
        self._tables, self._findings = tables, findings
        self._taken = {word(level.name) for level in dimension.levels}
        self._taken |= {word(hierarchy.name) for hierarchy in dimension.hierarchies}
        self._found = {(part.name, locale): value for part, locale, value in self._all_values()}
        self._columns: dict[tuple[str, str | None], str] = {}

    def build(self) -> Members | None:
        """Build them; None if the dimension has no attribute with a value."""
        if any((level.key, None) not in self._found for level in self._dimension.levels):
            return None
        hops = self._hops()
        link, table = self._keyed(hops)
        for (name, locale), value in self._found.items():
            self._columns[name, locale] = table.add_new(f"{name}_{locale}" if locale else name, value)
        levels = {level.name: self._level(level) for level in self._dimension.levels}
        return Members(
            table=table.document([KEY]),
            dimension=self._document({name: document for name, (_, document) in levels.items()}),
            link=link,
            join=self._join_method(hops),
            levels={name: names for name, (names, _) in levels.items()},
            hierarchies={part.name: word(part.name) for part in self._dimension.hierarchies},
        )

    def _all_values(self) -> list[tuple[Attribute, str | None, Value]]:
        found: list[tuple[Attribute, str | None, Value]] = []
        for attribute in self._dimension.attributes:
            # The first locale stands for the attribute itself.
            for number, locale in enumerate(attribute.locales or (None,)):
                value = self._values.attribute(self._dimension, attribute, locale)
                if value is not None and number == 0:
                    found.append((attribute, None, value))
                elif value is not None:
                    found.append((attribute, locale, value))
        return found

    def _hops(self) -> tuple[Hop, ...]:
        tables = {ref.table for value in self._found.values() for ref in value.columns}
        return tuple(dict.fromkeys(hop for table in sorted(tables) for hop in self._snowflake.path(table)))

    def _keyed(self, hops: tuple[Hop, ...]) -> tuple[Value, DerivedTable]:
        """Begin the table with its key; give what links to it."""
        fact = self._snowflake.fact
        own = {ref for value in self._found.values() for ref in value.columns if ref.table == fact}
        first = [hop for hop in hops if any(master.table == fact for _, master in hop.on)]
        if not own and len(first) == 1 and all(master.table == fact for _, master in first[0].on):
            return self._behind(first[0])
        return self._in_facts(tuple(sorted(own | {ref for hop in first for _, ref in hop.on if ref.table == fact})))

    def _behind(self, hop: Hop) -> tuple[Value, DerivedTable]:
        """Key the rows of the one joined table by the join's columns."""
        details = [self._column(ColumnRef(hop.table, column)) for column, _ in hop.on]
        masters = [self._column(master) for _, master in hop.on]
        alike = all(detail.type == master.type for detail, master in zip(details, masters, strict=True))
        table = DerivedTable(self._snowflake, self._tables, hop.table)
        table.add_new(KEY, _key(details, alike=alike))
        table.where = _where_known(details, table)
        return _key(masters, alike=alike), table

    def _in_facts(self, refs: tuple[ColumnRef, ...]) -> tuple[Value, DerivedTable]:
        """Key the different combinations of the facts' columns by themselves."""
        columns = [self._column(ref) for ref in refs]
        key = _key(columns, alike=True)
        table = DerivedTable(self._snowflake, self._tables, self._snowflake.fact, distinct=True)
        table.add_new(KEY, key)
        # Alone a null is no member of its own; among others it tells members apart.
        table.where = _where_known(columns, table) if len(columns) == 1 else None
        return key, table

    def _column(self, ref: ColumnRef) -> Value:
        value = self._values.column(ref, self._dimension.place)
        # Joins of columns that there are not have been blamed; what becomes of them does not matter.
        return value or Value(node=Name(str(ref)), type=_TEXT, columns=(ref,))

    def _join_method(self, hops: tuple[Hop, ...]) -> str | None:
        methods = [hop.method for hop in hops]
        if len(set(methods)) > 1 or (len(methods) > 1 and "detail" in methods):
            joins = ", ".join(f"{hop.table} by {hop.method}" for hop in hops)
            message = f"Dimension {self._dimension.name!r} needs several joins: {joins}. They are taken together."
            self._findings.approximate(self._dimension.place, message)
        return next((method for method in ("detail", "match", "master") if method in methods), None)

    def _level(self, level: Level) -> tuple[LevelNames, Document]:
        own, key = word(level.name), self._columns[level.key, None]
        attributes, localized, documents = {level.key: own}, dict[str, dict[str, str]](), dict[str, Document]()
        for attribute in level.attributes:
            for locale in (None, *attribute.locales[1:]):
                column = self._columns.get((attribute.name, locale))
                if column is None or column == key:
                    continue
                called = self._called(attribute.name, locale)
                documents[called] = {"column": column, **_spoken(attribute.label, attribute.description)}
                if locale is None:
                    attributes[attribute.name] = called
                else:
                    localized.setdefault(attribute.name, {})[locale] = called
            if attribute.locales and attribute.name in attributes:
                first = {attribute.locales[0]: attributes[attribute.name]}
                localized[attribute.name] = first | localized.get(attribute.name, {})
        document = {"column": key, **_spoken(level.label, level.description), **self._optional(level, key)}
        names = LevelNames(level=own, attributes=attributes, localized=localized)
        return names, {**document, "attributes": documents} if documents else document

    def _called(self, name: str, locale: str | None) -> str:
        """Name an attribute of this dimension, apart from its levels and hierarchies."""
        called = unique(f"{name}_{locale}" if locale else name, self._taken)
        self._taken.add(called)
        return called

    def _optional(self, level: Level, key: str) -> Document:
        wanted = {"caption": level.label_attribute, "order": level.order_attribute}
        found = {field: self._columns.get((name, None)) for field, name in wanted.items()}
        return {field: column for field, column in found.items() if column not in (None, key)}

    def _document(self, levels: Mapping[str, Document]) -> Document:
        dimension = self._dimension
        # The first hierarchy is the default one here.
        ordered = sorted(dimension.hierarchies, key=lambda part: part.name != dimension.default_hierarchy)
        document: Document = _spoken(dimension.label, dimension.description)
        if dimension.role == "time":
            document["role"] = "time"
        # In an outer join a fact without a row has nulls, as one with a null key does.
        document["unknown"] = "null"
        document["levels"] = {word(name): level for name, level in levels.items()}
        document["hierarchies"] = {
            word(part.name): {"levels": [word(name) for name in part.levels], **_spoken(part.label, part.description)}
            for part in ordered
        }
        return document


def _key(columns: list[Value], *, alike: bool) -> Value:
    """Make one key of columns: one as it is, several as a tuple.

    Args:
        columns: The columns.
        alike: Whether what the key has to equal is of the same types; else both are made texts.
    """
    refs = tuple(ref for column in columns for ref in column.columns)
    if len(columns) > 1:
        return Value(node=Call("tuple", tuple(column.node for column in columns)), type=_TEXT, columns=refs)
    (column,) = columns
    if alike and column.type.kind in _KEYS:
        return column
    return Value(node=Call("text", (column.node,)), type=_TEXT, columns=refs)


def _where_known(columns: list[Value], table: DerivedTable) -> str:
    """Write the condition that no column is null."""
    nodes: list[Node] = [Unary("not", Call("is_null", (column.node,))) for column in columns]
    condition = nodes[0]
    for node in nodes[1:]:
        condition = Binary("and", condition, node)
    refs = tuple(ref for column in columns for ref in column.columns)
    return table.formula(Value(node=condition, type=DataType(Kind.BOOL), columns=refs))


def _spoken(label: str | None, description: str | None) -> Document:
    given = {"label": label, "description": description}
    return {field: text for field, text in given.items() if text}

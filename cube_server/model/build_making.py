"""What a table says of its rows: columns made of others, filters, rules, duplicates, counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from zoneinfo import available_timezones

from cube_server.errors import nearest
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.rows import read_row
from cube_server.formulas.tree import Call, Node, Number, Text, names
from cube_server.model.column_document import ColumnDoc, CountDoc, JsonValue, RuleDoc
from cube_server.model.document import TableDoc
from cube_server.model.making import (
    FIELDS,
    KEY,
    TYPE,
    UNIQUE,
    Cleaning,
    Column,
    Count,
    CountKind,
    Duplicates,
    Limit,
    Making,
    Others,
    Rule,
)
from cube_server.model.mistakes import Mistakes
from cube_server.types import NUMBERS, Kind, Scalar

_TIMES = (Kind.DATE, Kind.TIMESTAMP)
_GENERAL = (TYPE, KEY, UNIQUE, FIELDS)
_NULL = Call("nullif", (Text(""), Text("")))


class MakingBuilder:
    """Builds what one table says of its rows, noting every mistake.

    Args:
        name: The table's name.
        part: Its document.
        columns: Its columns.
        tables: The keys' types of all tables by name; what else a rule may name.
        mistakes: Takes the mistakes.
    """

    def __init__(
        self,
        name: str,
        part: TableDoc,
        columns: Mapping[str, Column],
        tables: Mapping[str, TableDoc],
        mistakes: Mistakes,
    ) -> None:
        self._name, self._part, self._columns = name, part, columns
        self._tables, self._mistakes = tables, mistakes
        self._kinds = {column.name: column.type.kind for column in columns.values()}

    def making(self) -> Making:
        """Build it."""
        part, place = self._part, f"/tables/{self._name}"
        return Making(
            cleanings={name: self._cleaning(name, column) for name, column in part.columns.items() if _cleans(column)},
            computed=self._computed(),
            defaults={name: value for name, column in part.columns.items() for value in self._default(name, column)},
            where=None if part.where is None else self._condition(f"{place}/where", part.where),
            hook=part.hook or "",
            rules=tuple(rule for at, each in enumerate(part.rules) for rule in self._rule(f"{place}/rules/{at}", each)),
            limits={rule.name: _limit(rule.threshold) for rule in part.rules},
            duplicates=self._duplicates(f"{place}/duplicates"),
            report=tuple(count for name, each in part.report.items() for count in self._count(name, each)),
        )

    def _cleaning(self, name: str, part: ColumnDoc) -> Cleaning:
        place = f"/tables/{self._name}/columns/{name}"
        kind = self._kinds.get(name)
        if part.value is not None or part.cases:
            self._mistakes.blame(place, "The column is computed, so that nothing of the source is to be cleaned.")
        if part.format is not None and kind not in _TIMES:
            self._mistakes.blame(f"{place}/format", f"{name} is {kind}.", "Only a date or a timestamp has a format.")
        if (part.decimal or part.thousands) and kind not in NUMBERS:
            self._mistakes.blame(place, f"{name} is {kind}.", "Only numbers have a sign for decimals or thousands.")
        if part.thousands is not None and part.thousands == part.decimal:
            self._mistakes.blame(f"{place}/thousands", "The signs for decimals and for thousands are the same.")
        if part.zone is not None:
            self._check_zone(f"{place}/zone", name)
        return Cleaning(
            source=name if self._part.from_ else part.from_ or name,
            trim=part.trim,
            case=part.case or "",
            split=(part.split.at, part.split.part) if part.split else None,
            texts={given: _as_text(meant) for given, meant in part.map.items()},
            others=Others(part.others),
            formats=(part.format,) if isinstance(part.format, str) else tuple(part.format or ()),
            decimal=part.decimal or ("." if part.thousands else ""),
            thousands=part.thousands or "",
            zones=(part.zone.from_ or "", part.zone.to) if part.zone else None,
        )

    def _check_zone(self, place: str, name: str) -> None:
        zone = self._part.columns[name].zone
        if self._kinds.get(name) is not Kind.TIMESTAMP:
            self._mistakes.blame(place, f"{name} is {self._kinds.get(name)}.", "Only a timestamp has a time zone.")
        known = available_timezones()
        for field, given in (("from", zone and zone.from_), ("to", zone and zone.to)):
            if given and given not in known:
                self._mistakes.blame(f"{place}/{field}", f"No time zone {given!r}.", nearest(given, sorted(known)))

    def _computed(self) -> dict[str, Node]:
        found = {name: node for name, part in self._part.columns.items() for node in self._formula_of(name, part)}
        needs = {name: [each for each in names(node) if each in found] for name, node in found.items()}
        try:
            order = list(TopologicalSorter(needs).static_order())
        except CycleError as error:
            circle = " of ".join(error.args[1])
            self._mistakes.blame(f"/tables/{self._name}/columns", f"Columns are computed of themselves: {circle}.")
            return {}
        return {name: found[name] for name in order}

    def _formula_of(self, name: str, part: ColumnDoc) -> Iterator[Node]:
        place = f"/tables/{self._name}/columns/{name}"
        if part.value is not None and part.cases:
            self._mistakes.blame(place, "A column has either a `value` or `cases`.", "Remove one.")
        if part.value is not None:
            yield from self._formula(f"{place}/value", part.value)
        elif part.cases:
            rest: Node = _NULL if part.else_ is None else _literal(part.else_)
            for at, case in reversed(list(enumerate(part.cases))):
                condition = self._condition(f"{place}/cases/{at}/when", case.when)
                rest = Call("if", (condition, _literal(case.value), rest)) if condition else rest
            yield rest

    def _default(self, name: str, part: ColumnDoc) -> Iterator[Scalar]:
        if part.default is not None and name in self._columns:
            try:
                yield self._columns[name].type.read(part.default)
            except ValueError as error:
                self._mistakes.blame(f"/tables/{self._name}/columns/{name}/default", f"{error}.")

    def _rule(self, place: str, part: RuleDoc) -> Iterator[Rule]:
        if [rule.name for rule in self._part.rules].count(part.name) > 1:
            self._mistakes.blame(f"{place}/name", f"Two rules are called {part.name!r}.")
        is_general = part.name in _GENERAL
        is_of_hook = bool(self._part.hook) and not is_general
        says_nothing = part.condition is None and part.in_ is None and part.column is None
        if is_general != says_nothing and not (is_of_hook and says_nothing):
            told = f"{part.name!r} is a rule that every table has." if is_general else "The rule says nothing."
            hint = f"Give a `condition`, or `column` and `in`; or name one of {', '.join(_GENERAL)}."
            self._mistakes.blame(place, told, "Name it otherwise." if is_general else hint)
        elif part.condition is not None:
            condition = self._condition(f"{place}/condition", part.condition)
            yield Rule(name=part.name, condition=condition, text=part.condition)
        elif not is_general and part.column is not None:
            column = self._mistakes.column(f"{place}/column", part.column, self._columns, self._name)
            table = part.in_ or ""
            if table not in self._tables:
                self._mistakes.blame(f"{place}/in", f"No table {table!r}.", nearest(table, self._tables))
            elif len(self._tables[table].key) != 1 or table == self._name:
                self._mistakes.blame(f"{place}/in", f"{table!r} is no other table with a key of one column.")
            else:
                yield Rule(name=part.name, column=column, table=table)

    def _duplicates(self, place: str) -> Duplicates | None:
        part = self._part.duplicates
        if part is None:
            return None
        of = part.of or self._part.key or list(self._columns)
        found = [self._mistakes.column(f"{place}/of", name, self._columns, self._name) for name in of]
        by = [self._mistakes.column(f"{place}/by", name, self._columns, self._name) for name in part.by]
        return Duplicates(
            of=tuple(column for column in found if column),
            keeps_last=part.keep == "last",
            by=tuple(column for column in by if column),
        )

    def _count(self, name: str, part: CountDoc) -> Iterator[Count]:
        place = f"/tables/{self._name}/report/{name}"
        given = [field for field in ("rows", "distinct", "several", "max") if getattr(part, field) is not None]
        if len(given) != 1 or (part.several is None) != (part.of is None):
            hint = "Give one of `rows`, `distinct`, `several` (with `of`) and `max`."
            self._mistakes.blame(place, "It does not say what is counted.", hint)
            return
        (field,) = given
        kind = CountKind.REPEATED if part.rows == "repeated" else CountKind(field)
        text = part.distinct or part.several or part.max
        formula = self._formula(f"{place}/{field}", text) if text else []
        of = self._formula(f"{place}/of", part.of) if part.of else []
        where = self._condition(f"{place}/where", part.where) if part.where is not None else None
        yield Count(name=name, kind=kind, formula=next(iter(formula), None), of=next(iter(of), None), where=where)

    def _condition(self, place: str, text: str) -> Node | None:
        return next(iter(self._formula(place, text, Kind.BOOL)), None)

    def _formula(self, place: str, text: str, wanted: Kind | None = None) -> list[Node]:
        """Read a formula over the columns of a row; nothing if it is wrong."""
        try:
            node, kind = read_row(text, self._kinds)
        except FormulaError as error:
            self._mistakes.blame(place, str(error))
            return []
        if wanted and kind is not wanted:
            self._mistakes.blame(place, f"Here stands {kind} where a condition is needed.")
        return [node]


def _cleans(part: ColumnDoc) -> bool:
    fields = part.model_fields_set & {
        "from_", "trim", "case", "split", "map", "others", "format", "decimal", "thousands", "zone"
    }  # fmt: skip
    return bool(fields)


def _limit(threshold: int | str) -> Limit:
    if isinstance(threshold, int):
        return Limit(threshold)
    return Limit(None, float(threshold.removesuffix("%")) / 100)


def _literal(value: str | float) -> Node:
    return Text(value) if isinstance(value, str) else Number(float(value))


def _as_text(value: JsonValue) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)

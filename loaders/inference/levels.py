"""The levels of a dimension: which columns tell which others, coarse to fine, and what is left as attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from cube_server.types import DataType, Kind

from .dependencies import ENOUGH, Dependencies
from .ids import is_id
from .notes import Notes
from .ranks import is_coarser, is_ranked
from .rows import Document, RowColumn
from .vocabulary import CAPTIONS, NO_CAPTIONS, ORDERS
from .wording import label, named, words

_MOST_NEARLY = 0.75
"""The share of a level's keys that have one parent, for it to be drilled down to all the same."""

_MOST_SHARED = 0.5
"""A column with more different values than this share of the rows has no members worth a level."""

_DROPPED = frozenset({"name", "key", "id", "code", "desc", "description"})
_MOST_HIERARCHIES = 3


@dataclass(slots=True)
class _Group:
    """Columns that say the same: the key that stands for them, what people read, what they are sorted by."""

    key: str
    caption: str | None = None
    order: str | None = None


@dataclass(slots=True, kw_only=True)
class LevelDrafter:
    """Drafts the levels and hierarchies of one dimension.

    Attributes:
        name: The dimension's.
        about: What its table is about, as words, to be left out of levels' names.
        place: Its table, for notes.
        frame: Its rows, one a member.
        key: The column with their key.
        columns: All columns.
        notes: Takes what was found.
    """

    name: str
    about: tuple[str, ...]
    place: str
    frame: pl.DataFrame
    key: str
    columns: Sequence[RowColumn]
    notes: Notes
    _taken: set[str] = field(default_factory=set)
    _origins: dict[str, str] = field(default_factory=dict)

    def document(self) -> Document:
        """Give `levels` and `hierarchies`."""
        known = Dependencies(self.frame)
        self._origins = {column.name: column.origin for column in self.columns}
        caption = self._caption()
        free = [
            column for column in self.columns if column.name not in (self.key, caption) and self._tells(column, known)
        ]
        groups = self._groups(free, known)
        chains = self._chains([group for group in groups if self._may_be_level(group, known)], known)
        self._taken = {self.name}
        leaf = _Group(self.key, caption)
        levels: Document = {}
        hierarchies: Document = {}
        for chain in chains or [[]]:
            path = [self._add_level(levels, group, chain, known) for group in chain]
            hierarchies[self._hierarchy_name(path, hierarchies)] = {"levels": [*path, self.name]}
        placed = {group.key for chain in chains for group in chain}
        levels[self.name] = {**self._told(leaf), "unique": True, "label": label("_".join(self.about) or self.name)}
        for group in groups:
            if group.key not in placed:
                self._add_attribute(levels[self.name], group)
        return {"levels": levels, "hierarchies": hierarchies}

    def _caption(self) -> str | None:
        """Choose the column that people read instead of the key."""
        if not is_id(self.key) and self.frame[self.key].dtype == pl.String:
            return None
        texts = [column for column in self.columns if column.type.kind is Kind.TEXT and column.name != self.key]
        scored = [(self._captioning(column.name), -place, column.name) for place, column in enumerate(texts)]
        best = max(scored, default=(0, 0, ""))
        return best[2] if best[0] else None

    def _captioning(self, name: str) -> int:
        parts = words(name)
        if is_id(name) or set(parts) & NO_CAPTIONS or self.frame[name].n_unique() < _MOST_SHARED * self.frame.height:
            return 0
        if parts in (self.about, self.about[-1:], (*self.about, "name")):
            return 9
        found = [place for place, word in enumerate(CAPTIONS) if word in "".join(parts)]
        of_own = not set(parts) - {*self.about, *CAPTIONS, "full", "fullname"}
        if found and (of_own or parts[:1] == ("fullname",)):
            return 2 + len(CAPTIONS) - min(found)
        return int(self.frame[name].n_unique() == self.frame.height)

    def _tells(self, column: RowColumn, known: Dependencies) -> bool:
        if known.distinct(column.name) == 1:
            self.notes.left_out(
                f"{self.place}.{column.name}", "It has the same value everywhere: no level, no attribute."
            )
            return False
        if column.type.kind is Kind.FLOAT:
            self.notes.left_out(f"{self.place}.{column.name}", "It is a measured number: no attribute.")
            return False
        if column.type.kind is Kind.TEXT and self.frame.height > 100:
            is_noise = known.distinct(column.name) > 0.9 * self.frame.height
            if is_noise:
                self.notes.left_out(f"{self.place}.{column.name}", "Nearly every row has another text: no attribute.")
            return not is_noise
        return True

    def _groups(self, columns: Sequence[RowColumn], known: Dependencies) -> list[_Group]:
        """Put columns together that say the same: a code, its name, its order."""
        groups: list[_Group] = []
        types = {column.name: column.type for column in self.columns}
        left = [column.name for column in columns]
        while left:
            first, *left = left
            same = [name for name in left if self._is_same(first, name, known)]
            left = [name for name in left if name not in same]
            groups.append(_grouped([first, *same], types, self.frame))
        return groups

    def _is_same(self, one: str, other: str, known: Dependencies) -> bool:
        if self._origins[one] != self._origins[other]:
            return False
        many = max(known.distinct(one), known.distinct(other)) < 0.9 * self.frame.height
        return (many or is_coarser(one, other) is is_coarser(other, one)) and known.is_same(one, other) and many

    def _may_be_level(self, group: _Group, known: Dependencies) -> bool:
        column = next(column for column in self.columns if column.name == group.key)
        is_named = column.type.kind is Kind.TEXT or (column.type.kind is Kind.INT and is_id(group.key))
        if not is_named or known.distinct(group.key) >= self.frame.height:
            return False
        return known.distinct(group.key) <= _MOST_SHARED * self.frame.height or is_ranked(group.key)

    def _chains(self, groups: list[_Group], known: Dependencies) -> list[list[_Group]]:
        """Find the longest ways from coarse to fine, each of columns that no way before has."""
        chains: list[list[_Group]] = []
        left = sorted(groups, key=lambda group: known.distinct(group.key))
        while len(chains) < _MOST_HIERARCHIES:
            best: dict[str, list[_Group]] = {}
            for position, group in enumerate(left):
                ways = [best[above.key] for above in left[:position] if self._is_above(above, group, known)]
                best[group.key] = [*max(ways, key=len, default=[]), group]
            longest = max(best.values(), key=self._weight, default=[])
            if len(longest) < (1 if not chains and _ranked(longest) else 2):
                break
            chains.append(longest)
            left = [group for group in left if group not in longest]
        return chains

    def _weight(self, way: Sequence[_Group]) -> tuple[bool, int, int]:
        """Prefer levels of the dimension's own table, then many, then those that are known."""
        own = self._origins[self.key]
        return len(way) > 1 and self._origins[way[-1].key] == own, len(way), _ranked(way)

    def _is_above(self, coarse: _Group, fine: _Group, known: Dependencies) -> bool:
        if known.distinct(coarse.key) >= known.distinct(fine.key) or is_coarser(fine.key, coarse.key):
            return False
        if self._origins[coarse.key] != self._origins[fine.key]:
            # Two tables may each have places of their own: a store's city, and the city of its sales region.
            return False
        share = known.share(fine.key, coarse.key)
        is_said = is_coarser(coarse.key, fine.key)
        if share == 1.0:
            return is_said or known.evidence(fine.key, coarse.key) >= ENOUGH
        return is_said and share >= _MOST_NEARLY

    def _add_level(self, levels: Document, group: _Group, chain: Sequence[_Group], known: Dependencies) -> str:
        name = self._name(group.caption or group.key)
        above = [other.key for other in chain[: chain.index(group)]]
        is_unique = all(known.tells(group.key, key) for key in above)
        levels[name] = {**self._told(group), "label": label(group.caption or group.key)}
        if is_unique:
            levels[name]["unique"] = True
        else:
            share = 1 - min(known.share(group.key, key) for key in above)
            told = (
                f"{share:.0%} of its values lie under several of {' > '.join(above)}; what is above tells them apart."
            )
            levels[name]["description"] = told
            self.notes.unsure(f"{self.place}.{group.key}", told)
        return name

    def _add_attribute(self, leaf: Document, group: _Group) -> None:
        leaf.setdefault("attributes", {})[self._name(group.key)] = {**self._told(group), "label": label(group.key)}

    def _told(self, group: _Group) -> Document:
        optional = {"caption": group.caption, "order": group.order}
        return {"column": group.key, **{field: column for field, column in optional.items() if column}}

    def _name(self, column: str) -> str:
        parts = words(column)
        if len(parts) > len(self.about) and parts[: len(self.about)] == self.about:
            parts = parts[len(self.about) :]
        if len(parts) > 1 and parts[-1] in _DROPPED and not set(parts) & NO_CAPTIONS:
            parts = parts[:-1]
        name = named(parts or words(column) or ("level",), self._taken)
        self._taken.add(name)
        return name

    def _hierarchy_name(self, path: list[str], hierarchies: Document) -> str:
        if not hierarchies:
            return self.name
        return named((path[0],), hierarchies)


def _ranked(way: Sequence[_Group]) -> int:
    return sum(is_ranked(group.key) for group in way)


def _grouped(names: list[str], types: dict[str, DataType], frame: pl.DataFrame) -> _Group:
    """Tell a key, its caption and its order apart."""
    texts = [name for name in names if types[name].kind is Kind.TEXT]
    numbers = [name for name in names if types[name].kind is Kind.INT]
    orders = [name for name in numbers if not is_id(name) or words(name)[-1] in ORDERS]
    ids = [name for name in numbers if name not in orders]
    if texts:
        texts.sort(key=lambda name: float(frame[name].str.len_chars().mean() or 0))  # type: ignore[arg-type]
        order = orders[0] if orders else None
        if ids:
            return _Group(ids[0], texts[-1], order)
        return _Group(texts[0], texts[-1] if len(texts) > 1 else None, order)
    return _Group(names[0])

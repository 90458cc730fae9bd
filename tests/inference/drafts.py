"""Little sources to draft models of, and what to look up in a draft."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.inference.drafting import SAMPLE, Draft, infer
from loaders.inference.notes import NoteKind


@dataclass(frozen=True)
class Drafted:
    """A draft as its document."""

    draft: Draft
    document: dict[str, Any]

    def levels(self, dimension: str) -> list[list[str]]:
        """Give the levels of each hierarchy, coarse to fine."""
        return [each["levels"] for each in self.document["dimensions"][dimension]["hierarchies"].values()]

    def attributes(self, dimension: str, level: str) -> set[str]:
        """Name the attributes of a level."""
        return set(self.document["dimensions"][dimension]["levels"][level].get("attributes", {}))

    def links(self, cube: str) -> dict[str, tuple[str, str]]:
        """Give the column and the dimension of each link."""
        links = self.document["cubes"][cube]["links"]
        return {role: (link["column"], link.get("dimension", role)) for role, link in links.items()}

    def measures(self, cube: str) -> dict[str, str]:
        """Give the aggregate of each measure, with its column or level; or its formula."""
        found = self.document["cubes"][cube]["measures"]
        return {
            name: part.get("formula")
            or " ".join(filter(None, [part["aggregate"], part.get("column"), part.get("level")]))
            for name, part in found.items()
        }

    def told(self, place: str, kind: NoteKind = NoteKind.UNSURE) -> str:
        """Give the notes on a place."""
        return " ".join(note.message for note in self.draft.notes if note.place == place and note.kind is kind)


def drafted(source: str | Path, tables: Collection[str] = (), sample: int = SAMPLE) -> Drafted:
    """Draft a model."""
    draft = infer(str(source), tables=tables, sample=sample)
    return Drafted(draft, json.loads(draft.text))


def written(folder: Path, tables: Mapping[str, str]) -> Path:
    """Write CSV files."""
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def shop() -> dict[str, str]:
    """Give a star: sales of 12 products in 4 categories of 2 departments, to customers in cities of states."""
    products = ["product_id,product_name,category,department,weight_kg"]
    for number in range(1, 13):
        category = ("Fruit", "Bread", "Tools", "Paint")[(number - 1) // 3]
        department = "Food" if number <= 6 else "Hardware"
        products.append(f"{number},Thing {number},{category},{department},{number}.{number % 10}5123789")
    customers = ["id,full_name,city,state,joined"]
    for number in range(1, 25):
        city = ("Ulm", "Bonn", "Köln", "Stuttgart")[number % 4]
        state = "BW" if city in ("Ulm", "Stuttgart") else "NW"
        customers.append(f"{number},Person {number},{city},{state},{number}/{number % 12 + 1}/2020")
    sales = ["order_no,line_no,customer_id,product_id,sold_at,shipped,quantity,unit_price,amount,online"]
    for order in range(1, 61):
        for line in (1, 2):
            product = order * line % 12 + 1
            moment = f"2024-0{order % 9 + 1}-0{order % 9 + 1} 10:{order % 60:02}:00"
            shipped = "" if order % 10 == 0 else f"2024-0{order % 9 + 1}-1{order % 10}"
            sales.append(
                f"{order:05},{line},{order % 24 + 1},{product},{moment},"
                f"{shipped},{line + order % 3},{product}.50,{(line + order % 3) * (product * 2 + 1) / 2:.2f},"
                f"{'yes' if order % 2 else 'no'}"
            )
    return {
        name: "\n".join(rows) + "\n"
        for name, rows in (("products", products), ("dim_customer", customers), ("fact_sales", sales))
    }

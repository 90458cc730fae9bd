"""`cube-server rejects`: the rows that a load left out because they broke a rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import WarehouseOption, local_settings

if TYPE_CHECKING:
    import polars as pl

EXAMPLES = """
[bold]Examples[/bold]
  cube-server rejects
  cube-server rejects --refused --rule type --limit 100
  cube-server rejects --snapshot 000003 --to rejects.csv
"""


def rejects(
    snapshot: Annotated[str | None, typer.Option(metavar="ID", help="Of which load; by default the newest.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Of the last load that was refused.")] = False,
    table: Annotated[str | None, typer.Option(metavar="TABLE", help="Only rows of this table.")] = None,
    rule: Annotated[str | None, typer.Option(metavar="RULE", help="Only rows that break this rule.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many are shown.")] = 20,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all of them to a file: CSV or Parquet.")
    ] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Show the rows that a load rejected: where they stand, and which rule they break."""
    from cube_server.cli.console import say, show
    from cube_server.cli.layout import laid_out
    from cube_server.warehouse.rejects import REFUSED, read_rejects
    from cube_server.warehouse.store import Warehouse

    store = Warehouse(local_settings(warehouse=warehouse).warehouse)
    wanted = REFUSED if refused else (store.snapshot(snapshot) if snapshot else store.latest()).id
    found = read_rejects(store.root, wanted, table=table, rule=rule)
    if to is not None:
        _write(found, to)
        say(f"{found.height:,} rejects are written to {to}.")
        return
    if found.height:
        show(
            laid_out(
                [("Table", "Place", "Rule", "Column", "Value")], [_line(row) for row in _shown(found, limit)], labels=5
            )
        )
    say(f"{min(limit, found.height):,} of {found.height:,} rejects of {wanted}.")


def _shown(found: pl.DataFrame, limit: int) -> list[dict[str, object]]:
    return found.head(limit).to_dicts()


def _line(row: dict[str, object]) -> tuple[str, ...]:
    line = f" (line {row['line']:,})" if row["line"] is not None else ""
    value = "null" if row["value"] is None else str(row["value"])
    shown = value if len(value) <= 60 else f"{value[:57]}..."
    return (
        str(row["table"]),
        f"{row['source']}, row {row['row']:,}{line}",
        str(row["rule"]),
        str(row["column"] or ""),
        shown,
    )


def _write(found: pl.DataFrame, to: Path) -> None:
    with to.open("wb") as file:
        if to.suffix == ".csv":
            found.write_csv(file)
        else:
            found.write_parquet(file)

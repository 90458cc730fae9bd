"""Tables of days made of the dates of facts; what is expected is counted by hand."""

from __future__ import annotations

import copy
import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cube_server.errors import ModelError, SourceError
from cube_server.model.read import parse_model
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "calendars",
    "tables": {
        "sale": {"columns": {"sold": "timestamp", "shipped": "date", "amount": "int"}},
        "facts": {
            "columns": {"sold_on": "date", "shipped": "date", "amount": "int"},
            "from": {"table": "sale", "values": {"sold_on": "date(sold)"}},
        },
        "calendar": {
            "key": ["date"],
            "columns": {"date": "date", "year": "int", "quarter": "text", "month": "text", "weekday": "text"},
            "from": {
                "days": ["sale.sold", "sale.shipped"],
                "values": {
                    "year": 'extract("year", date)',
                    "quarter": 'concat("Q", text(extract("quarter", date)))',
                    "month": "left(text(date), 7)",
                    "weekday": 'substr("MonTueWedThuFriSatSun", extract("weekday", date) * 3 - 2, 3)',
                },
            },
        },
    },
    "dimensions": {
        "time": {
            "table": "calendar",
            "role": "time",
            "levels": {"year": {"column": "year", "period": "year"}, "day": {"column": "date", "period": "day"}},
            "hierarchies": {"calendar": {"levels": ["year", "day"]}},
        }
    },
    "cubes": {
        "sales": {
            "table": "facts",
            "links": {"time": {"column": "sold_on"}, "shipped": {"column": "shipped", "dimension": "time"}},
            "measures": {"amount": {"aggregate": "sum", "column": "amount"}},
        }
    },
}


def days(text: str, folder: Path) -> pl.DataFrame:
    """Load facts; give the calendar."""
    (folder / "sale.csv").write_text("sold,shipped,amount\n" + text, encoding="utf-8")
    load(parse_model(json.dumps(DOCUMENT)), str(folder), folder / "warehouse")
    stored = Warehouse(folder / "warehouse").latest().table("calendar")
    return stored.read([name for name in stored.columns if not name.startswith("_")]).sort("date")


def test_a_calendar_has_every_day_of_the_years_of_all_its_dates(tmp_path: Path) -> None:
    calendar = days("2023-11-30 12:00:00,,1\n2023-12-31 23:59:59,2024-01-02,2\n,,3\n", tmp_path)
    assert calendar["date"].to_list()[0] == dt.date(2023, 1, 1)
    assert calendar["date"].to_list()[-1] == dt.date(2024, 12, 31)
    assert len(calendar) == 365 + 366
    # The 29th of February 2024 was a Thursday.
    assert calendar.row(365 + 31 + 28) == (dt.date(2024, 2, 29), 2024, "Q1", "2024-02", "Thu")


def test_without_any_date_there_are_no_days(tmp_path: Path) -> None:
    assert days(",,1\n", tmp_path).height == 0


def test_dates_that_are_none_refuse_the_load(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="sale span 2023-11-30 to 9999-12-31") as refused:
        days("2023-11-30,9999-12-31,1\n", tmp_path)
    assert "less than 500 years" in str(refused.value)


def test_wrong_days_are_told_at_their_places() -> None:
    wrong = copy.deepcopy(DOCUMENT)
    wrong["tables"]["calendar"]["from"]["days"] = ["sale.amount", "sale.shiped", "sail.sold"]
    wrong["tables"]["facts"]["from"] = {"values": {}}
    with pytest.raises(ModelError) as refused:
        parse_model(json.dumps(wrong))
    told = {issue.place: f"{issue.message} {issue.hint}" for issue in refused.value.issues}
    assert "either a `table` or `days`" in told["/tables/facts/from"]
    assert "sale.amount is int" in told["/tables/calendar/from/days/0"]
    assert "Did you mean 'shipped'?" in told["/tables/calendar/from/days/1"]
    assert "No table 'sail'." in told["/tables/calendar/from/days/2"]

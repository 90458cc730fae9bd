"""A little star whose joins, keys, levels and measures are known."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cube_server.engine import Engine
from cube_server.errors import SourceError
from cube_server.query.request import QueryRequest
from loaders.inference.notes import NoteKind
from loaders.pipeline import load

from .drafts import Drafted, drafted, shop, written


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> Drafted:
    return drafted(written(tmp_path_factory.mktemp("shop"), shop()))


def test_facts_and_dimensions_are_joined_by_names_and_values(star: Drafted) -> None:
    assert list(star.document["cubes"]) == ["sales"]
    assert star.links("sales") == {
        "customer": ("customer_id", "customer"),
        "product": ("product_id", "product"),
        "online": ("online", "online"),
        "time": ("sold_at_day", "time"),
        "shipped": ("shipped", "time"),
    }


def test_types_and_keys(star: Drafted) -> None:
    tables = star.document["tables"]
    assert tables["fact_sales"]["key"] == ["order_no", "line_no"]
    types = tables["fact_sales"]["columns"]
    # An id with leading zeros stays text; money keeps its digits.
    assert (types["order_no"], types["amount"], types["online"]) == ("text", "decimal(2)", "bool")
    assert (types["sold_at"], types["sold_at_day"], types["shipped"]) == ("timestamp", "date", "date")
    assert tables["dim_customer"]["key"] == ["id"]
    assert tables["dim_customer"]["columns"]["joined"] == "date"
    assert tables["dim_customer"]["from"]["values"] == {"joined": 'to_date(joined, "%d/%m/%Y")'}


def test_hierarchies_follow_the_values(star: Drafted) -> None:
    assert star.levels("product") == [["department", "category", "product"]]
    assert star.levels("customer") == [["state", "city", "customer"]]
    assert star.levels("time") == [["year", "quarter", "month", "day"]]
    levels = star.document["dimensions"]["customer"]["levels"]
    assert levels["customer"]["caption"] == "full_name"
    assert star.attributes("customer", "customer") == {"joined"}


def test_the_calendar_spans_all_dates_of_the_facts(star: Drafted) -> None:
    assert star.document["tables"]["calendar"]["from"]["days"] == ["fact_sales.sold_at_day", "fact_sales.shipped"]


def test_measures_add_up_what_may_be(star: Drafted) -> None:
    assert star.measures("sales") == {
        "amount": "sum amount",
        "quantity": "sum quantity",
        "row_count": "count",
        "orders": "distinct order_no",
        "customers": "distinct customer.customer",
        "amount_per_order": "amount / orders",
        "avg_unit_price": "avg unit_price",
    }


def test_it_says_what_it_is_unsure_of(star: Drafted) -> None:
    assert "made of the facts' own columns" in star.told("fact_sales.online", NoteKind.FOUND)
    assert "measured number" in star.told("products.weight_kg", NoteKind.LEFT_OUT)


def test_dates_that_fit_two_formats_are_told(tmp_path: Path) -> None:
    flat = "day,amount\n01/02/2024,1.00\n03/04/2024,2.00\n"
    draft = drafted(written(tmp_path, {"sales": flat}))
    assert "read as %d/%m/%Y; they fit %m/%d/%Y as well" in draft.told("sales.day")


def test_tables_can_be_chosen_and_names_are_checked(tmp_path: Path) -> None:
    folder = written(tmp_path, shop())
    alone = drafted(folder, tables=["fact_sales"])
    assert "product" in alone.links("sales")
    assert alone.document["tables"]["product_members"]["from"]["table"] == "fact_sales"
    with pytest.raises(SourceError, match="There is no table 'fact_sale'"):
        drafted(folder, tables=["fact_sale"])


def test_a_source_without_facts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nothing here to make a cube of"):
        drafted(written(tmp_path, {"empty": "a,b\n"}))


def test_a_dimension_may_have_only_some_of_the_members(tmp_path: Path) -> None:
    people = "person_id,age\n1,20-29\n2,30-39\n3,20-29\n"
    visits = "day,person_id,minutes\n" + "".join(f"2024-01-{n + 1:02},{n % 20 + 1},{n}\n" for n in range(28))
    draft = drafted(written(tmp_path, {"people": people, "visits": visits}))
    assert draft.links("visits")["person"] == ("person_id", "person")
    made = draft.document["tables"]["person_members"]["from"]
    assert made["table"] == "visits"
    assert made["joins"][0]["on"] == {"person_id": "person_id"}
    assert draft.attributes("person", "person") == {"age"}


def test_rows_that_repeat_in_full_are_loaded_once(tmp_path: Path) -> None:
    items = "item_id,item\n1,Pear\n2,Fig\n2,Fig\n3,Plum\n"
    sales = "day,item_id,pieces\n" + "".join(f"2024-01-{n + 1:02},{n % 3 + 1},{n}\n" for n in range(28))
    draft = drafted(written(tmp_path, {"items": items, "sales": sales}))
    assert draft.document["tables"]["items"]["from"]["distinct"] is True
    assert "1 rows repeat others in full" in draft.told("items")


def test_a_table_that_refers_to_itself_is_a_tree(tmp_path: Path) -> None:
    staff = "staff_id,name,boss_id\n1,Ada,0\n2,Ben,1\n3,Cyd,1\n4,Dov,2\n5,Eve,4\n6,Fay,0\n"
    pay = "day,staff_id,paid\n" + "".join(f"2024-01-{n + 1:02},{n % 6 + 1},{n}.50\n" for n in range(28))
    draft = drafted(written(tmp_path, {"staff": staff, "pay": pay}))
    tree, alone = draft.document["dimensions"]["staff"]["hierarchies"].values()
    assert tree == {"tree": {"of": "staff", "parent": "boss_id", "root": 0, "depth": 4}}
    assert alone == {"levels": ["staff"]}
    assert draft.document["dimensions"]["staff"]["levels"]["staff"]["caption"] == "name"
    folder, warehouse = str(tmp_path), tmp_path / "warehouse"
    load(draft.draft.model, folder, warehouse)
    (tmp_path / "cubes.json").write_text(draft.draft.text, encoding="utf-8")
    request = QueryRequest(cube="pay", measures=["paid"], axes={"rows": ["staff.staff_1"]})
    cells = Engine.open(tmp_path / "cubes.json", warehouse).query(request)
    # Fay is paid on the days 6, 12, 18 and 24; the others are all below Ada.
    of_fay = sum(n + 0.5 for n in range(28) if n % 6 == 5)
    assert cells.matrix("paid") == [[sum(n + 0.5 for n in range(28)) - of_fay], [of_fay]]


@pytest.mark.parametrize(
    ("bosses", "why"),
    [("1,1,1", "stand under no root"), ("2,1,1", "stand under no root"), ("7,8,1", "2 of its values have no row")],
)
def test_what_is_named_like_a_tree_and_is_none_is_told(tmp_path: Path, bosses: str, why: str) -> None:
    staff = "staff_id,name,boss_id\n" + "".join(f"{n},P{n},{boss}\n" for n, boss in enumerate(bosses.split(","), 1))
    pay = "day,staff_id,paid\n" + "".join(f"2024-01-{n + 1:02},{n % 3 + 1},{n}.50\n" for n in range(28))
    draft = drafted(written(tmp_path, {"staff": staff, "pay": pay}))
    assert why in draft.told("staff.boss_id")
    assert "tree" not in draft.document["dimensions"]["staff"]["hierarchies"]


def test_what_a_database_declares_goes_before_names(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        connection.executescript("""
            create table things (nr integer primary key, called text, within integer references things (nr));
            create table people (nr integer primary key, who text);
            create table sold (day text, thing integer references things (nr), by integer references people (nr),
                pieces integer);
            insert into things values (1, 'Pear', null), (2, 'Fig', 1), (3, 'Plum', 1), (4, 'Leaf', 2);
            insert into people values (1, 'Ann'), (2, 'Bob'), (3, 'Cyd'), (4, 'Dov');""")
        rows = [(f"2024-01-{n + 1:02}", n % 4 + 1, n % 3 + 1, n) for n in range(28)]
        connection.executemany("insert into sold values (?, ?, ?, ?)", rows)
    connection.close()
    draft = drafted(f"sqlite:///{file}")
    links = draft.links("sold")
    assert {column: draft.document["dimensions"][name]["table"] for column, name in links.values()} | {"day": ""} == {
        "thing": "things",
        "by": "people",
        "day": "",
    }
    things = draft.document["dimensions"][links["thing"][1]]
    assert things["hierarchies"]["tree"]["tree"]["parent"] == "within"
    assert load(draft.draft.model, f"sqlite:///{file}", tmp_path / "warehouse").rows["sold"] == 28

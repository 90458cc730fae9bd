"""Laws about rollups in databases: whichever are there, every answer is that of facts in memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from tests.comparison import assert_same_rows
from tests.laws.databases import answer
from tests.laws.questions import questions
from tests.laws.stars import NAMES_OF_MEASURES, Star, stars
from tests.laws.test_databases import FORMULAS, SET, asked
from tests.laws.worlds import loaded
from tests.postgresql import empty_database
from tests.rollups.forcing import every_grain
from tests.sql.rolled import rolled
from tests.sql.sources import fill, fill_clickhouse, fill_tables

PROFILE = settings(settings.get_profile("laws"), max_examples=int(os.environ.get("CUBE_TEST_EXAMPLES", "5")))


@PROFILE
@given(star=stars(), data=st.data())
def test_rollups_in_a_database_change_no_answer(
    postgresql: sa.URL, clickhouse: str, star: Star, data: st.DataObject
) -> None:
    """Any question to any star, with all rollups, with some and with none: on DuckDB, PostgreSQL and ClickHouse."""
    drawn = [data.draw(questions(star)) for _ in range(3)]
    defined = {"measures": {name: {"formula": text} for name, text in FORMULAS.items()}, "sets": {"good": SET}}
    more = {"with": defined, "measures": [*NAMES_OF_MEASURES, *FORMULAS], "nonempty": data.draw(st.booleans())}
    requests = [asked(question, more, data) for question in drawn]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        memory = loaded(star, folder)
        model = parse_model((folder / "cubes.json").read_text(encoding="utf-8"))
        grains = list(every_grain(model.cubes[0]))
        kept = data.draw(st.lists(st.sampled_from(grains), unique=True, max_size=4))
        for address in _databases(postgresql, clickhouse, model, folder):
            database = rolled(folder / "cubes.json", address, lambda _: kept)
            for request in requests:
                assert_same_rows(answer(database, request), answer(memory, request))
            database.close()


def _databases(server: sa.URL, clickhouse: str, model: Model, folder: Path) -> Iterator[str]:
    yield fill("duckdb", model, folder / "source", folder)
    address = empty_database(server, "drawn").render_as_string(hide_password=False)
    fill_tables(address, model, folder / "source")
    yield address
    yield fill_clickhouse(clickhouse, "drawn", model, folder / "source")

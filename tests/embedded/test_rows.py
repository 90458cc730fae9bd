"""What rows refuse to tell, rather than tell something wrong."""

from __future__ import annotations

import pytest

from cube_server.backends.embedded.rows import LeafRows, RelationRows
from cube_server.errors import InternalError
from cube_server.model.elements import Cube
from tests.embedded.conftest import Ref


def test_leaves_are_each_row_once(ref: Ref) -> None:
    rows = LeafRows(ref("product.brand").link, 4)
    assert rows.positions(ref("product.brand").link).tolist() == [0, 1, 2, 3]


def test_leaves_know_nothing_of_facts_or_other_dimensions(ref: Ref, cube: Cube) -> None:
    rows = LeafRows(ref("product.brand").link, 4)
    with pytest.raises(InternalError, match="know nothing of customer"):
        rows.positions(ref("customer.age").link)
    with pytest.raises(InternalError, match="no measure"):
        rows.numbers(cube.table.column("amount"))
    with pytest.raises(InternalError, match="no fact column basket_id"):
        rows.keys(cube.table.column("basket_id"))


def test_a_relation_has_no_columns_of_facts(cube: Cube) -> None:
    with pytest.raises(InternalError, match="no fact column basket_id"):
        RelationRows(0, (), {}).keys(cube.table.column("basket_id"))

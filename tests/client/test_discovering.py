"""What a cube has, with completion by name."""

from __future__ import annotations

import pytest

from cube_server_client import Client, Cube, InvalidQueryError, NotFoundError


def test_cubes_by_name(shop: Client) -> None:
    assert "sales" in shop.cubes()
    with pytest.raises(NotFoundError) as caught:
        shop.cube("salse")
    assert (caught.value.code, caught.value.hint) == ("not_found", "Did you mean 'sales'?")


def test_parts_complete_in_notebooks(sales: Cube) -> None:
    assert {"amount", "lines", "baskets"} <= set(dir(sales.measures))
    assert str(sales.measures.amount) == "amount"
    assert str(sales.dimensions.product.levels.category) == "product.category"
    assert [str(level) for level in sales.dimensions["product"].hierarchies["product"].levels][:2] == [
        "product.department",
        "product.category",
    ]
    assert sales.dimensions.time.is_time
    assert "brand" in sales.dimensions.product.levels


def test_a_name_that_is_not_there_names_those_that_are(sales: Cube) -> None:
    with pytest.raises(AttributeError, match=r"no 'amout'. There are: .*amount"):
        _ = sales.measures.amout


def test_members(sales: Cube) -> None:
    page = sales.members("product.department")
    assert [str(member) for member in page.members] == ["Food", "Home", "(unknown)", "null"]
    assert (page.total, page.members[0].key) == (4, ("Food",))
    assert [member.key for member in sales.members("product.department", search="oo").members] == [("Food",)]
    with pytest.raises(InvalidQueryError):
        sales.members("product.nothing")

"""Members of cell sets as JSON: each written once, whatever is told of it beside its keys."""

from __future__ import annotations

import json

import polars as pl

from api.formats.json_members import Marks, write_members
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from cube_server.result.dictionary import Dictionary

_PLAIN = Marks(None, None)


def dictionary_of(engine: Engine, level: str) -> Dictionary:
    body = {"cube": "sales", "measures": ["lines"], "axes": {"rows": [level]}}
    (found,) = engine.query(QueryRequest.model_validate(body)).rows.dictionaries
    return found


def told(dictionary: Dictionary, codes: list[int | None], marks: Marks = _PLAIN) -> list[object]:
    return [json.loads(text) for text in write_members(codes, dictionary, (), marks, "en")]


def test_a_level_has_one_dictionary(toy: Engine) -> None:
    assert dictionary_of(toy, "product.category") is dictionary_of(toy, "product.category")


def test_members_are_told_alike_each_time(toy: Engine) -> None:
    dictionary = dictionary_of(toy, "product.category")
    keys = dictionary.frame.select("key_0", "key_1").rows()
    asked: tuple[list[int | None], ...] = ([1, 0, None, 1], [2, 1])
    for codes in asked:
        expected = [None if code is None else list(keys[code]) for code in codes]
        found = told(dictionary, codes)
        assert [member and member["key"] for member in found] == expected  # type: ignore[index]


def test_what_is_told_beside_keys_is_the_questions_own(toy: Engine) -> None:
    dictionary = dictionary_of(toy, "product.category")
    leaves = pl.Series([code == 1 for code in range(len(dictionary))])
    plain = told(dictionary, [0, 1])
    marked = told(dictionary, [0, 1], Marks(None, leaves))
    assert marked == [plain[0], {**plain[1], "leaf": True}]  # type: ignore[dict-item]
    assert told(dictionary, [0, 1]) == plain

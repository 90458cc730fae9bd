"""Every error has an exit code, and the program tells all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import cube_server.query.text  # noqa: F401 - defines an error of its own
from cube_server.cli.exits import EXITS, exit_code
from cube_server.errors import CubeServerError, InternalError, UserError

from .conftest import Run


def subclasses(error: type[CubeServerError]) -> Iterator[type[CubeServerError]]:
    for subclass in error.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def test_every_kind_of_user_error_has_a_code_of_its_own_sort() -> None:
    kinds = [kind for kind in subclasses(UserError) if kind.__module__.startswith("cube_server.")]
    assert len(kinds) >= 8
    assert {kind.__name__ for kind in kinds if exit_code(kind("x")) in (0, 1)} == set()


def test_a_fault_is_no_users_mistake() -> None:
    assert exit_code(InternalError("x")) == 1


def test_codes_are_told_apart() -> None:
    codes = [exit.code for exit in EXITS]
    assert sorted(set(codes)) == codes


def test_help_lists_every_code(run: Run) -> None:
    shown = run("--help").stdout
    for exit in EXITS:
        assert f"{exit.code}  {exit.meaning}" in shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["validate", "nowhere.json"], 3),
        (["query", "sales", "--limit", "few"], 4),
        (["query", "sales", "--offset", "-1"], 2),
        (["query"], 2),
        (["nonsense"], 2),
    ],
)
def test_mistakes_end_with_the_code_of_their_kind(run: Run, arguments: list[str], code: int) -> None:
    assert run(*arguments).exit_code == code


def test_an_unknown_cube_is_a_wrong_query(ask: Run) -> None:
    result = ask("query", "sale")
    assert result.exit_code == 4
    assert "error[not_found]: No cube 'sale'.\nhint: Did you mean 'sales'?" in result.stderr


def test_an_answer_over_a_limit_is_refused(ask: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBE_MAX_ROWS", "2")
    result = ask("query", "sales", "--rows", "product.product", "--format", "csv")
    assert result.exit_code == 7
    assert result.stdout == ""
    assert "error[limit_exceeded]" in result.stderr
    assert "CUBE_MAX_ROWS" in result.stderr

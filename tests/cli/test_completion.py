"""The shell completes names of the model."""

from __future__ import annotations

import pytest

from .conftest import ROOT, process

MODEL = str(ROOT / "tests" / "toy" / "cubes.json")


def completed(*words: str) -> list[str]:
    """What Typer's own protocol answers a shell that completes the last word."""
    line = " ".join(("cube-server", *words))
    env = {
        "CUBE_MODEL": MODEL,
        "_CUBE_SERVER_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)),
    }
    return process(env=env).stdout.split()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("query", "sa"), {"sales"}),
        (("query", "sales", "--measures", "amount,lin"), {"amount,lines"}),
        (("query", "sales", "--rows", "product.de"), {"product.department"}),
        (("query", "sales", "--columns", "product.department,time.qu"), {"product.department,time.quarter"}),
        (("query", "nothing", "--rows", "product"), set[str]()),
    ],
)
def test_names_of_the_model_are_completed(words: tuple[str, ...], wanted: set[str]) -> None:
    assert set(completed(*words)) == wanted


def test_without_a_model_nothing_is_completed_and_nothing_fails() -> None:
    asked = {"_CUBE_SERVER_COMPLETE": "complete_bash", "COMP_WORDS": "cube-server query s", "COMP_CWORD": "2"}
    ended = process(env={**asked, "CUBE_MODEL": "/nowhere"})
    assert (ended.stdout.strip(), ended.stderr) == ("", "")

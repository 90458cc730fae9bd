from __future__ import annotations

import json
from pathlib import Path

from tests.toy.star import MODEL

from .conftest import ROOT, Run


def test_a_valid_model_is_counted(run: Run) -> None:
    result = run("validate", ROOT / "cubes.json")
    assert result.exit_code == 0
    # Besides the sets' counts: 5 measures of redemptions, 4 of promotions, and what contacts take from redemptions.
    assert result.stdout == f"{ROOT / 'cubes.json'} is valid: 4 cubes, 8 dimensions, 39 measures\n"


def test_every_mistake_is_told_with_its_place(run: Run, tmp_path: Path) -> None:
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    document["cubes"]["sales"]["table"] = "fact_sale"
    document["dimensions"]["store"]["tabel"] = "x"
    model = tmp_path / "cubes.json"
    model.write_text(json.dumps(document), encoding="utf-8")
    result = run("validate", model)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "  /cubes/sales/table: " in result.stderr
    assert "  /dimensions/store/tabel: Unknown field 'tabel'. Did you mean 'table'" in result.stderr


def test_a_model_may_be_checked_against_what_is_loaded(run: Run, toy_paths: tuple[Path, Path]) -> None:
    model, warehouse = toy_paths
    assert run("validate", model, "--warehouse", warehouse).exit_code == 0
    other = run("validate", ROOT / "cubes.json", "--warehouse", warehouse)
    assert other.exit_code == 3
    assert "The model does not fit snapshot 000001." in other.stderr

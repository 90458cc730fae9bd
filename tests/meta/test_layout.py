"""The budgets and habits of CONTRIBUTING.md that a machine can count."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("cube_server", "api", "loaders")
SOURCES = tuple(sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")))
LOCKS = tuple(sorted((ROOT / "requirements").glob("*.txt")))

# Put together here, so that this file does not name them either.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
    )
)
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})

MOST_LINES_OF_A_FILE = 400
MEDIAN_LINES_OF_A_FILE = 150
MOST_LINES_OF_A_FUNCTION = 40
MEDIAN_LINES_OF_A_FUNCTION = 8

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def committed_files() -> tuple[Path, ...]:
    """List what git has or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = (ROOT / os.fsdecode(name) for name in listed.stdout.split(b"\0") if name)
    return tuple(path for path in paths if path.is_file())


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function of a file with its lines, the docstring not counted."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, FUNCTION):
            assert node.end_lineno is not None
            lines = node.end_lineno - node.lineno + 1
            yield f"{place(path)}:{node.lineno} {node.name}", lines - docstring_lines(node)


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    docstring = node.body[0]
    assert docstring.end_lineno is not None
    return docstring.end_lineno - docstring.lineno + 1


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the absolute names that a file imports."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout: nothing tells what is committed")
def test_no_committed_file_names_a_registry_host() -> None:
    pattern = re.compile("|".join(map(re.escape, REGISTRY_HOSTS)).encode())
    naming = [place(path) for path in committed_files() if pattern.search(path.read_bytes())]
    assert naming == []


@pytest.mark.parametrize("lock", LOCKS, ids=place)
def test_a_lock_holds_pinned_versions_with_hashes_and_nothing_else(lock: Path) -> None:
    text = re.sub(r"\\\n", " ", lock.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    requirement = re.compile(r"[\w.-]+==\S+( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+")
    assert lines
    assert [line for line in lines if not requirement.fullmatch(line.strip())] == []


def test_running_and_developing_use_the_same_versions() -> None:
    run, dev = (
        set(re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements" / name).read_text(), flags=re.MULTILINE))
        for name in ("run.txt", "dev.txt")
    )
    assert run - dev == set()


def test_no_module_has_a_name_that_says_nothing() -> None:
    places = [path.relative_to(ROOT).with_suffix("") for path in SOURCES]
    assert [str(name) for name in places if VAGUE_NAMES & set(name.parts)] == []


def test_files_are_short() -> None:
    lines = {place(path): line_count(path) for path in SOURCES}
    assert {name: count for name, count in lines.items() if count > MOST_LINES_OF_A_FILE} == {}
    assert median(lines.values()) <= MEDIAN_LINES_OF_A_FILE


def test_functions_are_short() -> None:
    lines = dict(function for path in SOURCES for function in functions(path))
    assert {name: count for name, count in lines.items() if count > MOST_LINES_OF_A_FUNCTION} == {}
    assert median(lines.values()) <= MEDIAN_LINES_OF_A_FUNCTION


@pytest.mark.parametrize("package", ["api", "loaders"])
def test_generic_packages_import_themselves_relatively(package: str) -> None:
    importing = [
        f"{place(path)}: {name}"
        for path in SOURCES
        if path.is_relative_to(ROOT / package)
        for name in imported_modules(path)
        if name.split(".")[0] == package
    ]
    assert importing == []

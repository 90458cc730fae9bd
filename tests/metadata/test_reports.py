"""Reports are versions that only grow, whoever writes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cube_server.errors import ConflictError, NotFoundError, StaleError
from cube_server.metadata.database import Database, open_metadata
from cube_server.metadata.reports import Reports, SavedReport


def test_a_report_is_found_by_slug_and_id(database: Database) -> None:
    reports = Reports(database)
    made = reports.create({"name": "매출"}, slug="sales", author="ann")
    assert reports.find("sales") == reports.find(made.id) == made
    assert (made.version, made.latest, made.owner, made.author, made.document) == (1, 1, "ann", "ann", {"name": "매출"})
    with pytest.raises(NotFoundError, match="no report 'sale'") as caught:
        reports.find("sale")
    assert caught.value.hint == "Did you mean 'sales'?"
    with pytest.raises(NotFoundError, match="has no version 2"):
        reports.find("sales", 2)


def test_a_save_adds_a_version(database: Database) -> None:
    reports = Reports(database)
    reports.create({"n": 1}, slug="sales", author="ann")
    saved = reports.save("sales", {"n": 2}, author="bob", expected=1)
    assert (saved.version, saved.owner, saved.author) == (2, "ann", "bob")
    assert [(each.version, each.document) for each in reports.versions("sales")] == [(2, {"n": 2}), (1, {"n": 1})]
    assert reports.find("sales", 1).document == {"n": 1}


def test_an_editor_who_was_slower_is_refused(database: Database) -> None:
    reports = Reports(database)
    reports.create({}, slug="sales", author="ann")
    reports.save("sales", {"by": "bob"}, author="bob", expected=1)
    with pytest.raises(StaleError, match="'sales' has version 2 by now, not 1: bob saved it at "):
        reports.save("sales", {"by": "eve"}, author="eve", expected=1)
    with pytest.raises(StaleError):
        reports.archive("sales", expected=1)
    assert reports.find("sales").document == {"by": "bob"}


def test_of_many_editors_one_wins(database: Database) -> None:
    reports = Reports(database)
    reports.create({}, slug="sales", author="")

    def save(number: int) -> SavedReport | None:
        try:
            return reports.save("sales", {"number": number}, author="", expected=1)
        except StaleError:
            return None

    with ThreadPoolExecutor(8) as pool:
        (won,) = filter(None, pool.map(save, range(8)))
    assert [each.document for each in reports.versions("sales")] == [won.document, {}]


def test_a_slug_is_taken_once(database: Database) -> None:
    reports = Reports(database)
    reports.create({}, slug="sales", author="")
    with pytest.raises(ConflictError, match="a report 'sales' already"):
        reports.create({}, slug="sales", author="")
    assert reports.create({}, slug="sales", author="", or_similar=True).slug == "sales-2"
    with ThreadPoolExecutor(4) as pool:
        slugs = pool.map(lambda _: reports.create({}, slug="new", author="", or_similar=True).slug, range(4))
        assert sorted(slugs) == ["new", "new-2", "new-3", "new-4"]


def test_what_is_archived_keeps_its_versions_and_comes_back_with_a_save(database: Database) -> None:
    reports = Reports(database)
    reports.create({"n": 1}, slug="sales", author="")
    reports.archive("sales")
    reports.archive("sales")
    (archived,) = reports.all()
    assert archived.archived is not None
    assert reports.find("sales").document == {"n": 1}
    assert reports.save("sales", {"n": 2}, author="").archived is None


DOCUMENTS = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none(), max_size=3)


@settings(max_examples=30, deadline=None)
@given(document=DOCUMENTS)
def test_a_document_reads_back_as_it_was(document: dict[str, object]) -> None:
    with TemporaryDirectory() as folder:
        reports = Reports(open_metadata(None, Path(folder)))
        try:
            json.dumps(document, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return
        assert reports.create(document, slug="one", author="").document == document


class Growing(RuleBasedStateMachine):
    """Whatever is done to a report, its versions only grow, and none of them changes."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.reports = Reports(open_metadata(None, Path(self._folder.name)))
        self.reports.create({"n": 0}, slug="one", author="")
        self.told = [{"n": 0}]

    @rule(number=st.integers(), behind=st.integers(0, 2))
    def save(self, number: int, behind: int) -> None:
        try:
            self.reports.save("one", {"n": number}, author="", expected=len(self.told) - behind)
        except StaleError:
            assert behind
        else:
            assert not behind
            self.told.append({"n": number})

    @rule()
    def archive(self) -> None:
        self.reports.archive("one")

    @invariant()
    def versions_grow(self) -> None:
        found = self.reports.versions("one")
        assert [each.document for each in reversed(found)] == self.told
        assert self.reports.find("one").version == len(self.told)

    def teardown(self) -> None:
        self._folder.cleanup()


Growing.TestCase.settings = settings(max_examples=15, stateful_step_count=10, deadline=None)
TestVersionsGrow = Growing.TestCase

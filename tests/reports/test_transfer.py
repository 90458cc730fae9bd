"""Export and import give the same reports; a report is kept as it was said."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.metadata.database import open_metadata
from cube_server.metadata.reports import Reports
from cube_server.model.read import read_model
from cube_server.reports.checking import report_issues, saved_issues
from cube_server.reports.document import ReportRequest
from cube_server.reports.slugs import slug_of
from cube_server.reports.transfer import document_of, read_reports, write_reports
from tests.toy.star import MODEL

TOY = read_model(MODEL)

texts = st.text(st.characters(codec="utf-8"), max_size=8)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
objects = st.dictionaries(
    texts, st.recursive(scalars, lambda inner: st.lists(inner, max_size=2), max_leaves=4), max_size=3
)
queries = st.fixed_dictionaries(
    {"cube": st.just("sales")},
    optional={
        "measures": st.just(["amount"]),
        "axes": st.sampled_from(
            [{"rows": ["product.department"]}, {"columns": [{"level": "time.year", "alone": False}]}]
        ),
        "cut": st.just([{"level": "time.year", "members": [2024, {"parameter": "year"}]}]),
        "totals": st.booleans(),
        "limit": st.integers(0, 9),
    },
)


@st.composite
def reports(draw: st.DrawFn) -> dict[str, Any]:
    named = st.dictionaries(st.sampled_from("abcdef"), queries, min_size=1, max_size=3)
    report: dict[str, Any] = {"name": draw(texts.filter(bool)), "queries": draw(named)}
    if any("cut" in query for query in report["queries"].values()):
        report["parameters"] = {"year": {"level": "time.year", "default": draw(st.sampled_from([2023, "2024"]))}}
    for name, values in (("description", texts), ("view", objects), ("chart", objects)):
        if draw(st.booleans()):
            report[name] = draw(values)
    if draw(st.booleans()):
        report["layout"] = draw(st.sampled_from(["records", "cellset", "pivot", None]))
    return report


@settings(max_examples=60, deadline=None)
@given(st.lists(reports(), min_size=1, max_size=3))
def test_what_is_exported_is_imported_as_the_same(said: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as here, TemporaryDirectory() as there:
        first, second = (Reports(open_metadata(None, Path(folder))) for folder in (here, there))
        for number, report in enumerate(said):
            document = document_of(ReportRequest.model_validate(report))
            assert document == report
            assert saved_issues(document, TOY) == ()
            first.create(document, slug=f"r{number}", author="ann")
        file = write_reports({**report.document, "slug": report.slug} for report in first.all())
        for read in read_reports(file):
            second.create(document_of(read), slug=str(read.slug), author="bob")
        assert [(each.slug, each.document) for each in second.all()] == [
            (each.slug, each.document) for each in first.all()
        ]
        assert [each.document for each in second.all()] == said


@given(st.text(max_size=80))
def test_a_slug_can_stand_in_an_address(name: str) -> None:
    report = ReportRequest(name="x", slug=slug_of(name), queries={"one": {"cube": "sales"}})
    assert report_issues(report, TOY) == ()

"""In process: each question timed on the engine and on DuckDB. No result cache is at work: every answer is computed."""

from __future__ import annotations

import polars as pl
from duckdb import DuckDBPyConnection

from benchmarks.agreement import refuse_differences
from benchmarks.questions import QUESTIONS, Question
from benchmarks.reference import open_reference
from benchmarks.results import Answer
from benchmarks.sample import Sample
from benchmarks.timing import median_milliseconds
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.result.flat import flatten


def time_answers(sample: Sample, rounds: int) -> tuple[Answer, ...]:
    """Time every question.

    Args:
        sample: The panel.
        rounds: How often each is asked.

    Raises:
        DisagreementError: The engine and DuckDB do not give the same answer.
    """
    engine = Engine.open(sample.model, sample.warehouse)
    with open_reference(sample.star) as reference:
        for question in QUESTIONS:
            _compare(question, engine, reference)
        return tuple(_time(question, engine, reference, rounds) for question in QUESTIONS)


def _compare(question: Question, engine: Engine, reference: DuckDBPyConnection) -> None:
    ours = flatten(engine.query(question.request), Budget(Limits()))
    theirs = pl.DataFrame(reference.sql(question.sql).to_arrow_table())
    refuse_differences(question.name, ours, theirs)


def _time(question: Question, engine: Engine, reference: DuckDBPyConnection, rounds: int) -> Answer:
    request = question.request
    ours, duckdb = median_milliseconds(
        lambda: engine.query(request),
        lambda: reference.sql(question.sql).to_arrow_table(),
        rounds=rounds,
    )
    return Answer(question=question.name, ours=ours, duckdb=duckdb, target=question.target)

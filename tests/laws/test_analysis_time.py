"""Laws about other places in time: shifts and windows are what SQL gives over the facts of the other place.

The oracle numbers periods by the calendar, so that a month that no day of the calendar lies in is still a month. In
its conditions `k` is the shown tuple, `e` the last day of its member and `s` a fact within the cut.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison import same_row
from tests.laws.calendars import (
    AGGREGATES,
    DAY,
    MEASURES,
    MONTH,
    PLACES,
    QUARTER,
    WEEK,
    YEAR,
    OpenShop,
    Place,
    Rows,
    Shop,
    by_key,
    opened,
    shops,
)

PROFILE = settings(settings.get_profile("laws"), max_examples=12)


@dataclass(frozen=True, slots=True)
class Question:
    """Members of a level of time, perhaps crossed with categories, perhaps of one area only."""

    place: Place
    by_category: bool
    area: str

    def found(self, shop: OpenShop, formula: str) -> Rows:
        """Ask the engine for a formula of every measure."""
        link = self.place.name.rpartition(".")[0]
        keys = [*(f"time.{key}" for key in self.place.keys), f"{link}.unknown"]
        keys += ["product.category", "product.unknown"] if self.by_category else []
        return shop.rows(
            keys,
            [f"{name}_there" for name in MEASURES],
            **{"with": {"measures": {f"{name}_there": {"formula": formula.format(name)} for name in MEASURES}}},
            axes={"rows": [self.place.name, *(["product.category"] if self.by_category else [])]},
            cut=[{"level": "customer.area", "members": [self.area]}] if self.area else [],
        )

    def expected(self, shop: OpenShop, condition: str) -> Rows:
        """Aggregate, for every tuple with facts, the facts that a condition chooses."""
        keys = [*self.place.keys, "time_odd", *(["category", "product_odd"] if self.by_category else [])]
        shown = ", ".join(f"k.{key}" for key in keys)
        same = [f"s.{key} is not distinct from k.{key}" for key in keys if key in ("category", "product_odd")]
        number = self.place.number
        sql = f"""
            with f as (select * from sales where {f"area = '{self.area}'" if self.area else "true"}),
              e as (select {number} as n, max(d) as last from calendar group by n),
              k as (select distinct {", ".join(keys)}, {number} as n from f)
            select {shown}, {", ".join(AGGREGATES.values())}
            from k left join e using (n) left join f s on {" and ".join([condition, *same])}
            group by {shown}"""
        return by_key(shop.sql(sql), len(keys))

    def holds(self, shop: OpenShop, formula: str, condition: str) -> None:
        """Assert that engine and oracle agree."""
        found, expected = self.found(shop, formula), self.expected(shop, condition)
        assert found.keys() == expected.keys()
        for key, values in expected.items():
            assert same_row(found[key], values), f"{formula} at {key}: {found[key]} is not {values}"


@st.composite
def questions(draw: st.DrawFn, *places: Place) -> Question:
    """Draw a question."""
    return Question(draw(st.sampled_from(places)), draw(st.booleans()), draw(st.sampled_from(("", "north"))))


@PROFILE
@given(shops(), questions(*PLACES), st.integers(-2, 3))
def test_a_shift_is_the_value_at_the_other_member(shop: Shop, question: Question, count: int) -> None:
    """`previous(x, n)` and `(x, time.lag(n))` are x of the period n before, null where the calendar has none."""
    there = f"s.{question.place.number} = k.n - {count}"
    hierarchy = "time.weekly" if question.place is WEEK else "time"
    step = f"lag({count})" if count >= 0 else f"lead({-count})"
    with opened(shop) as here:
        question.holds(here, f"({{}}, {hierarchy}.{step})", there)
        if count >= 0:
            question.holds(here, f"previous({{}}, {count})", there)


@PROFILE
@given(shops(), questions(MONTH, QUARTER), st.integers(1, 2))
def test_a_parallel_period_is_the_same_one_of_another_year(shop: Shop, question: Question, years: int) -> None:
    """`parallel(x, time.year, n)` is x twelve months, or four quarters, before each of n years."""
    periods = {"m": 12, "q": 4}[question.place.number] * years
    with opened(shop) as here:
        question.holds(here, f"parallel({{}}, time.year, {years})", f"s.{question.place.number} = k.n - {periods}")


@PROFILE
@given(shops(), questions(DAY), st.sampled_from(("year", "quarter", "month")))
def test_a_parallel_day_is_the_same_day_or_none(shop: Shop, question: Question, level: str) -> None:
    """A day's parallel is the day of the same number; the 29th of February has none in a year without it."""
    months = {"year": 12, "quarter": 3, "month": 1}[level]
    same_day = f"s.day = k.day - interval {months} month and day(s.day) = day(k.day)"
    with opened(shop) as here:
        question.holds(here, f"parallel({{}}, time.{level})", same_day)


@PROFILE
@given(shops(), questions(MONTH, DAY, QUARTER, YEAR), st.sampled_from((YEAR, QUARTER)))
def test_to_date_is_sql_over_the_facts_so_far(shop: Shop, question: Question, whole: Place) -> None:
    """`to_date(x, time.year)` evaluates x over all facts of the member's year up to the member's end."""
    if len(question.place.keys) < len(whole.keys):
        return
    same = " and ".join(f"s.{key} = k.{key}" for key in whole.keys)
    with opened(shop) as here:
        question.holds(here, f"to_date({{}}, {whole.name})", f"{same} and s.{question.place.number} <= k.n")


@PROFILE
@given(shops(), questions(*PLACES), st.integers(1, 4))
def test_a_full_window_is_sql_over_its_facts(shop: Shop, question: Question, size: int) -> None:
    """`rolling(x, n)` evaluates x over n periods, empty ones counting, and is null unless the facts cover them all."""
    number = question.place.number
    covered = f"k.n - {size - 1} >= (select min({number}) from sales) and k.n <= (select max({number}) from sales)"
    with opened(shop) as here:
        question.holds(here, f"rolling({{}}, {size})", f"s.{number} between k.n - {size - 1} and k.n and {covered}")


@PROFILE
@given(shops(), questions(MONTH, DAY, QUARTER, YEAR), st.sampled_from((1, 30, 90, 366)))
def test_a_trailing_window_is_sql_over_its_days(shop: Shop, question: Question, days: int) -> None:
    """`trailing(x, n, time.day)` evaluates x over the n days up to the member's last day, as far as there are facts."""
    with opened(shop) as here:
        question.holds(here, f"trailing({{}}, {days}, time.day)", f"s.d between e.last - {days - 1} and e.last")


@PROFILE
@given(shops(), st.sampled_from(("2024-01", "2024-02")))
def test_a_named_member_replaces_the_cut(shop: Shop, month: str) -> None:
    """`(x, time.month[m])` is x of that month, at every member and under every cut of time."""
    names = list(MEASURES)
    there = {f"{name}_there": {"formula": f'({name}, time.month["{month}"])'} for name in names}
    with opened(shop) as here:
        if not here.sql(f"from calendar where month = '{month}'"):
            return
        whole = here.ask([], names, cut=[{"level": "time.month", "members": [month]}])
        cut = [{"level": "time.month", "members": [month], "exclude": True}]
        found = here.ask([], list(there), **{"with": {"measures": there}}, axes={"rows": ["time.year"]}, cut=cut)
    for row in found:
        assert same_row(row, whole[0])


@PROFILE
@given(shops(), st.integers(0, 2))
def test_a_cut_to_one_member_makes_it_the_current_one(shop: Shop, count: int) -> None:
    """A measure that moves has at a slice the value that it has at that member's row."""
    there = {"before": {"formula": f"previous(amount, {count})"}, "so_far": {"formula": "to_date(baskets, time.year)"}}
    with opened(shop) as here:
        body = {"with": {"measures": there}}
        table = here.rows(["time.month", "time.unknown"], list(there), **body, axes={"rows": ["time.month"]})
        for (month, unknown), values in table.items():
            if month is None or unknown:
                continue
            cut = [{"level": "time.month", "members": [month]}]
            assert same_row(here.ask([], list(there), **body, cut=cut)[0], values), month

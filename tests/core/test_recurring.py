"""Periods are arithmetic; rows are made ahead for them, each once, and go when their ground goes."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import MetaData, UniqueConstraint, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ems.core import recurring, settle
from ems.core.db import InUnit, db
from ems.core.duties import Clock, Duty
from ems.core.recurring import MONTHLY, QUARTERLY, YEARLY, Count, Every, Period, Rows
from ems.core.rules import Rule, Span

DAY = timedelta(days=1)
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
spans = st.tuples(days, st.integers(0, 4000)).map(lambda s: (s[0], s[0] + s[1] * DAY))
rhythms = st.one_of(
    st.builds(Every, months=st.integers(1, 60), anchor=days), st.builds(Every, days=st.integers(1, 400), anchor=days)
)


@given(rhythms, spans)
def test_periods_tile_the_time_without_a_gap_and_without_an_overlap(every, span):
    found = every.between(*span)
    assert found[0].first <= span[0] <= found[0].last
    assert found[-1].first <= span[1] <= found[-1].last
    assert all(one.first <= one.last for one in found)
    assert all(before.last + DAY == after.first for before, after in pairwise(found))


@given(rhythms, days)
def test_every_day_lies_in_the_period_of_its_number(every, day):
    first, last = every.nth(every.number(day))
    assert first <= day <= last


@given(rhythms, days, days)
def test_a_later_day_never_lies_in_an_earlier_period(every, one, other):
    earlier, later = sorted((one, other))
    assert every.number(earlier) <= every.number(later)


@given(rhythms, spans, spans)
def test_a_shorter_life_has_the_same_periods_and_fewer(every, span, other):
    first, last = max(span[0], other[0]), min(span[1], other[1])
    assert set(every.between(first, last)) <= set(every.between(*span))


def test_nobody_asks_for_a_life_that_is_over_before_it_begins():
    assert YEARLY.between(date(2026, 1, 2), date(2026, 1, 1)) == []


@pytest.mark.parametrize("bad", [{}, {"months": 1, "days": 1}, {"months": -1}, {"days": -7}])
def test_a_rhythm_goes_by_one_measure_and_forward(bad):
    with pytest.raises(ValueError, match="by months or by days"):
        Every(**bad)


def test_the_calendar_has_its_own_quarters_and_a_31st_comes_back_after_february():
    assert QUARTERLY.between(date(2026, 11, 24), date(2027, 1, 1)) == [
        Period(date(2026, 10, 1), date(2026, 12, 31)),
        Period(date(2027, 1, 1), date(2027, 3, 31)),
    ]
    late = Every(months=1, anchor=date(2026, 1, 31))
    assert [late.begins(n) for n in range(4)] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30),
    ]  # fmt: skip


@given(spans)
def test_a_fixed_day_comes_once_in_every_year(span):
    found = recurring.fixed("03-31", *span)
    assert all(span[0] <= day <= span[1] and (day.month, day.day) == (3, 31) for day in found)
    assert len({day.year for day in found}) == len(found)
    whole = set(range(span[0].year + 1, span[1].year))
    assert whole <= {day.year for day in found}


def test_a_leap_day_is_the_28th_in_other_years():
    found = recurring.fixed("02-29", date(2027, 1, 1), date(2028, 12, 31))
    assert found == [date(2027, 2, 28), date(2028, 2, 29)]


keys = st.sets(st.integers(0, 30))


@given(st.dictionaries(st.integers(0, 30), st.booleans()), keys)
def test_what_is_there_and_what_is_asked_for_are_told_apart_without_a_rest(known, wanted):
    turn = recurring.compare(known, wanted)
    assert set(turn.missing) == wanted - known.keys()
    assert {*turn.kept, *turn.lost} == {key for key, written in known.items() if not written}
    assert set(turn.kept) <= wanted
    assert not set(turn.lost) & wanted


@given(st.dictionaries(st.integers(0, 30), st.booleans()), keys)
def test_compared_again_after_it_was_done_nothing_is_left_to_do(known, wanted):
    turn = recurring.compare(known, wanted)
    after = {key: known.get(key, False) for key in {*known, *turn.missing} - {*turn.lost}}
    again = recurring.compare(after, wanted)
    assert (again.missing, again.lost) == ([], [])


@given(st.dictionaries(st.integers(0, 30), st.booleans()), keys, keys)
def test_a_shorter_life_takes_exactly_what_nobody_has_dealt_with(known, wanted, cut):
    full = {key: known.get(key, False) for key in {*known, *wanted}}
    lost = recurring.compare(full, wanted - cut).lost
    assert set(lost) == {key for key, written in full.items() if not written and key not in wanted - cut}


# —— a module of its own: what the year of an ISO 14001 system asks for again and again


class Round(InUnit):
    """One turn of something that comes round: `what` is the code of its rule."""

    __tablename__ = "test_round"
    metadata = MetaData()  # not of the house: no other test makes its table
    area = "home"
    __table_args__ = (UniqueConstraint("unit_id", "what", "number"),)

    unit_id: Mapped[int] = mapped_column()
    what: Mapped[str]
    number: Mapped[int | None]
    start_on: Mapped[date | None]
    done_on: Mapped[date | None]


KEPT = Rows(Round, ("unit_id", "what", "number"), lambda: Round.done_on.isnot(None), {"start_on": None})
CODES = ("EMS_IA", "EMS_LAWREG", "DOC_REVIEW", "CERT_SURV", "HW_PLAN")
CLOCKS = tuple(
    Clock(code, start=Round.start_on, met=Round.done_on, when=lambda c, code=code: c.what == code) for code in CODES
)


@pytest.fixture
def home(app, units):
    """The unit whose rounds they are. Document review is a rule of this test, every three years."""
    known = {"title": "评审文件", "trigger": "上次评审日", "leads": [], "kind": "recurring", "bearer": "own"}
    if not db.session.scalar(select(Rule.code).where(Rule.code == "DOC_REVIEW")):
        rule = {"code": "DOC_REVIEW", "since": date(1900, 1, 1), "offset": 3, "unit": Span.YEAR, "roll": "previous"}
        db.session.add(Rule(**known | rule))
        db.session.commit()
    Round.metadata.create_all(db.engine)
    settle.watch(db.session, CLOCKS)
    yield units["bureau"].id
    settle.CLOCKS.pop(Round)
    db.session.rollback()
    Round.metadata.drop_all(db.engine)


def put(home, what, turns):
    """Make the turns of `what` these: number → the day each runs from."""
    wanted = {(home, what, n): {"start_on": day} for n, day in turns.items()}
    others = select(Round.what, Round.number, Round.start_on).where(Round.what != what, Round.done_on.is_(None))
    kept = {(home, w, n): {"start_on": day} for w, n, day in db.session.execute(others)}
    made = recurring.materialise(db.session(), KEPT, [home], kept | wanted)
    db.session.commit()
    return made


def duties(what):
    asked = select(Duty).where(Duty.subject_type == "test_round", Duty.rule == what).order_by(Duty.start_on)
    found = db.session.scalars(asked.execution_options(populate_existing=True))
    return [(duty.start_on, duty.due_on, duty.met_on) for duty in found]


def turn(what, number):
    return db.session.scalars(select(Round).where(Round.what == what, Round.number == number)).one()


def done(home, what, number, day):
    turn(what, number).done_on = day
    db.session.flush()
    rows = select(Round.done_on).where(Round.what == what, Round.done_on.isnot(None)).order_by(Round.number)
    begins = turn(what, 1).start_on
    return put(home, what, recurring.chain(begins, db.session.scalars(rows).all()))


@pytest.mark.parametrize(
    ("what", "begins", "due", "then", "next_due"),
    [
        ("EMS_IA", date(2025, 12, 3), date(2026, 12, 3), date(2026, 11, 20), date(2027, 11, 19)),
        ("EMS_LAWREG", date(2026, 9, 30), date(2026, 12, 30), date(2026, 12, 28), date(2027, 3, 26)),
        ("DOC_REVIEW", date(2024, 2, 29), date(2027, 2, 26), date(2027, 2, 20), date(2030, 2, 20)),
        ("CERT_SURV", date(2026, 3, 31), date(2027, 3, 31), date(2027, 3, 1), date(2028, 3, 1)),
    ],
)
def test_what_is_due_so_long_after_the_last_time_runs_from_that_day(home, what, begins, due, then, next_due):
    """Our own cycles are done early: a day off is the working day before."""
    assert put(home, what, recurring.chain(begins, [])) == Count(1, 0)
    assert duties(what) == [(begins, due, None)]
    assert done(home, what, 1, then) == Count(1, 0)
    assert duties(what) == [(begins, due, then), (then, next_due, None)]


def test_a_day_that_was_written_down_wrong_moves_the_next_turn_and_makes_no_second_one(home):
    put(home, "EMS_IA", recurring.chain(date(2025, 12, 3), []))
    done(home, "EMS_IA", 1, date(2026, 11, 20))
    assert done(home, "EMS_IA", 1, date(2026, 11, 23)) == Count(0, 1)
    assert [(start, met) for start, _due, met in duties("EMS_IA")] == [
        (date(2025, 12, 3), date(2026, 11, 23)), (date(2026, 11, 23), None),
    ]  # fmt: skip


def test_what_is_done_on_the_day_it_begins_still_has_a_next_time(home):
    put(home, "EMS_IA", recurring.chain(date(2026, 1, 5), []))
    done(home, "EMS_IA", 1, date(2026, 1, 5))
    assert turn("EMS_IA", 2).start_on == date(2026, 1, 5)
    assert len(duties("EMS_IA")) == 2


def years(first, last):
    return {period.first.year: period.first for period in YEARLY.between(date(first, 1, 1), date(last, 12, 31))}


def test_a_fixed_day_of_the_year_is_due_on_it_in_every_year(home):
    put(home, "HW_PLAN", years(2026, 2029))
    assert duties("HW_PLAN") == [(date(y, 1, 1), date(y, 3, 31), None) for y in range(2026, 2030)]


def test_asked_again_in_any_order_nothing_changes(home):
    turns = years(2026, 2029)
    assert put(home, "HW_PLAN", turns) == Count(4, 0)
    before = duties("HW_PLAN")
    assert put(home, "HW_PLAN", dict(reversed(turns.items()))) == Count(0, 0)
    assert duties("HW_PLAN") == before


def test_when_the_ground_falls_away_what_is_open_goes_and_what_was_done_stays(home):
    put(home, "HW_PLAN", years(2026, 2029))
    turn("HW_PLAN", 2026).done_on = turn("HW_PLAN", 2029).done_on = date(2026, 3, 2)
    assert put(home, "HW_PLAN", years(2026, 2027)) == Count(0, 1)
    assert [start.year for start, _due, _met in duties("HW_PLAN")] == [2026, 2027, 2029]
    assert turn("HW_PLAN", 2028).start_on is None
    assert put(home, "HW_PLAN", years(2026, 2028)) == Count(0, 1)
    assert [start.year for start, _due, _met in duties("HW_PLAN")] == [2026, 2027, 2028, 2029]
    assert db.session.scalar(select(func.count()).select_from(Round)) == 4


def test_the_table_itself_knows_no_row_twice(home):
    put(home, "HW_PLAN", years(2026, 2026))
    db.session.add(Round(unit_id=home, what="HW_PLAN", number=2026, start_on=date(2026, 1, 1)))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_the_duties_are_true_after_all_this(home):
    put(home, "HW_PLAN", years(2026, 2029))
    put(home, "EMS_LAWREG", recurring.chain(date(2026, 9, 30), []))
    turn("HW_PLAN", 2026).done_on = date(2026, 2, 1)
    put(home, "HW_PLAN", years(2026, 2027))
    assert settle.rebuild(db.session(), Round, check=True) == []


def test_a_row_without_a_key_does_not_come_round(home):
    db.session.add(stray := Round(unit_id=home, what="HW_PLAN", start_on=date(2026, 1, 1)))
    put(home, "HW_PLAN", years(2027, 2027))
    assert stray.start_on == date(2026, 1, 1)


def test_a_month_has_a_row_for_each_unit_that_asks(home, units):
    """Owners beside each other do not take each other's rows."""
    street = units["street"].id
    put(home, "HW_PLAN", years(2026, 2026))
    wanted = {(street, "EMS_IA", n): {"start_on": p.first} for n, p in enumerate(MONTHLY.between(*YEARLY.nth(26)))}
    assert recurring.materialise(db.session(), KEPT, [street], wanted) == Count(12, 0)
    assert len(duties("HW_PLAN")) == 1

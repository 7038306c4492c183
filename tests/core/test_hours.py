"""Rules in hours, on the event's day and on a fixed day of the year, kept by real clocks on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from ems.core import dates, settle
from ems.core.db import InUnit, db
from ems.core.duties import Clock, Duty, late
from ems.core.reckon import reckon, yearly
from ems.core.rules import LocalRule, Span
from ems.core.why import explain
from ems.web.filters import due
from tests.core.test_calendar import SEEDED
from tests.core.test_rules import rule


class Incident(InUnit):
    """As the module of emergencies will have it: found at a moment, reported at a moment."""

    __tablename__ = "test_incident"
    area = "inspections"

    found_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    told_on: Mapped[date | None]
    year_from: Mapped[date | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


I = Incident  # noqa: E741  as the modules write it
CLOCKS = (
    Clock("EMG_REPORT_4H", I.found_at, I.reported_at, owner=I.owner_id),
    Clock("EMG_REPORT_CO", I.told_on, I.told_on),
    Clock("HW_PLAN", I.year_from, I.told_on),
)
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # in the zone


@pytest.fixture(autouse=True)
def clocks(app):
    settle.watch(db.session, CLOCKS)
    yield
    settle.CLOCKS.pop(Incident)


def incident(units, **known):
    row = Incident(unit_id=units["bureau"].id, **known)
    db.session.add(row)
    db.session.commit()
    return row


def duty(code):
    found = select(Duty).where(Duty.rule == code).execution_options(populate_existing=True)
    return db.session.scalars(found).one_or_none()


def differences():
    return settle.rebuild(db.session(), Incident, check=True)


def test_four_hours_from_the_moment_it_was_found(units):
    incident(units, found_at=NOON)
    found = duty("EMG_REPORT_4H")
    assert (found.start_at, found.due_at) == (NOON, NOON + timedelta(hours=4))
    assert (found.start_on, found.due_on) == (date(2026, 11, 24), date(2026, 11, 24))
    assert found.sentence.startswith("初步认定时 2026-11-24 12:00 + 4 小时 = 2026-11-24 16:00，依据《")
    assert differences() == []


def test_at_night_the_day_is_the_next_one_where_the_bureau_is(units):
    incident(units, found_at=datetime(2026, 11, 24, 14, 30, 15, 250000, tzinfo=UTC))  # 22:30 in the zone
    assert (duty("EMG_REPORT_4H").start_on, duty("EMG_REPORT_4H").due_on) == (date(2026, 11, 24), date(2026, 11, 25))
    assert differences() == []


def test_within_the_day_it_is_late_by_the_hour(app, units):
    incident(units, found_at=NOON)
    with dates.stopped(NOON + timedelta(hours=3)):
        assert (duty("EMG_REPORT_4H").overdue, "剩 1 小时" in due(duty("EMG_REPORT_4H"))) == (False, True)
        assert db.session.scalars(select(Incident.id).where(late(Incident))).all() == []
    with dates.stopped(NOON + timedelta(hours=4, minutes=20)):
        assert (duty("EMG_REPORT_4H").overdue, "超 20 分钟" in due(duty("EMG_REPORT_4H"))) == (True, True)
        assert len(db.session.scalars(select(Incident.id).where(late(Incident))).all()) == 1


@pytest.mark.parametrize(("minutes", "in_time"), [(239, True), (240, True), (241, False)])
def test_whether_it_was_in_time_is_a_matter_of_minutes(units, minutes, in_time):
    row = incident(units, found_at=NOON)
    row.reported_at = NOON + timedelta(minutes=minutes)
    db.session.commit()
    assert (duty("EMG_REPORT_4H").met_on, duty("EMG_REPORT_4H").on_time) == (date(2026, 11, 24), in_time)
    assert differences() == []


def test_a_corrected_moment_moves_it_and_one_taken_away_ends_it(units):
    row = incident(units, found_at=NOON)
    row.found_at = NOON + timedelta(minutes=30)
    db.session.commit()
    assert duty("EMG_REPORT_4H").due_at == NOON + timedelta(hours=4, minutes=30)
    row.found_at = None
    db.session.commit()
    assert duty("EMG_REPORT_4H") is None
    assert differences() == []


def test_at_once_is_the_day_of_the_event(units):
    incident(units, told_on=date(2026, 11, 21))  # a Saturday
    assert duty("EMG_REPORT_CO").due_on == date(2026, 11, 21)


def test_a_fixed_day_is_the_next_one_there_is(app, units):
    incident(units, year_from=date(2027, 1, 1))
    found = duty("HW_PLAN")
    assert (found.due_on, explain(found.why).startswith("年度 2027-01-01，每年 03-31 为限 = 2027-03-31")) == (
        date(2027, 3, 31),
        True,
    )


def test_a_change_on_the_day_leaves_what_was_met_that_day(units):
    row = incident(units, found_at=NOON - timedelta(hours=4))
    row.reported_at = NOON
    db.session.commit()
    change = {"code": "EMG_REPORT_4H", "from_on": date(2026, 11, 24), "reason": "从严", "at": NOON}
    db.session.add(LocalRule(offset=2, unit=None, leads=None, ladder=None, **change))
    db.session.flush()
    settle.rebuild(db.session(), Incident)
    db.session.commit()
    assert duty("EMG_REPORT_4H").on_time
    assert differences() == []


def test_a_29_february_is_the_28th_where_there_is_none():
    assert yearly(date(2026, 1, 1), "02-29") == date(2026, 2, 28)
    assert yearly(date(2027, 3, 1), "02-29") == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("start", "end"), [("2026-01-01", "2026-03-31"), ("2026-03-31", "2026-03-31"), ("2026-04-01", "2027-03-31")]
)
def test_a_fixed_day_that_is_over_comes_next_year(start, end):
    assert yearly(date.fromisoformat(start), "03-31") == date.fromisoformat(end)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)), st.integers(1, 72))
def test_hours_know_no_holiday(start, hours):
    start = start.replace(tzinfo=UTC)
    found = reckon(rule(hours, Span.HOUR), start, 0, SEEDED)
    assert found.at == start + timedelta(hours=hours)
    assert found.on == dates.local(found.at).date()

"""Rules in hours: told by the minute, on any day, at night too."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import event, literal, select, text

from ems.core import dates
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Deputy
from ems.core.reckon import reckon
from ems.core.rules import Bearer, Rule
from ems.core.sets import as_moment
from ems.reminders import jobs
from ems.reminders.claim import claim
from ems.reminders.models import MessageKind, Reminder
from tests.conftest import NOON, TODAY
from tests.postgres import database  # noqa: F401  what holds here holds on both
from tests.reminders.conftest import day

CODE = "EMG_REPORT_4H"
COUNTER = count(1)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def report(cast, units):
    """A report that was due, or is, so long after noon."""

    def made(left, owner="officer", unit="bureau", bearer=Bearer.OWN, **known):
        rule = db.session.scalars(select(Rule).where(Rule.code == CODE)).one()
        start = NOON + left - 4 * HOUR
        due = reckon(rule, start, 0, calendar(db.session()))
        row = Duty(
            subject_type="complaint", subject_id=next(COUNTER), rule=CODE, since=rule.since, why=due.why, bearer=bearer,
            unit_id=units[unit].id, owner_id=cast[owner].id if owner else None,
            **{"start_at": start, "start_on": dates.local(start).date(), "due_at": due.at, "due_on": due.on} | known,
        )  # fmt: skip
        db.session.add(row)
        db.session.commit()
        return row

    return made


def minute(after=timedelta()):
    with dates.stopped(NOON + after):
        return jobs.run(next(job for job in jobs.JOBS if job.name == "at_once"))


def told(inbox, user):
    return [message.lead for message in inbox(user)]


def test_the_rule_is_the_one_in_hours(app):
    rule = db.session.scalars(select(Rule).where(Rule.code == CODE)).one()
    assert (rule.unit.value, rule.leads, rule.ladder) == ("hour", [1, 0, -1], [["head", 0], ["leader", -1]])


def test_nobody_hears_before_its_hour(cast, report, inbox):
    report(HOUR + MINUTE)
    minute()
    assert told(inbox, cast["officer"]) == []


def test_it_is_told_hour_by_hour_and_climbs(cast, report, inbox):
    report(2 * HOUR)
    for after in (59 * MINUTE, 60 * MINUTE, 90 * MINUTE, 119 * MINUTE, 120 * MINUTE, 121 * MINUTE, 3 * HOUR, 9 * HOUR):
        minute(after)
    assert told(inbox, cast["officer"]) == [1, 0, -1]
    assert told(inbox, cast["chief"]) == [0]
    assert told(inbox, cast["leader"]) == [-1]


def test_what_was_missed_is_made_up_for_at_the_closest(cast, report, inbox):
    report(-2 * HOUR)
    minute()
    minute(MINUTE)
    assert told(inbox, cast["officer"]) == [-1]
    assert [message.kind for message in inbox(cast["officer"])] == [MessageKind.LATE]


@pytest.mark.parametrize("at", [(4, 3), (5, 23), (0, 2)])
def test_neither_weekend_nor_night_keeps_it_back(cast, report, inbox, at):
    n, hour = at
    with day(n, hour):
        report(dates.now() - NOON + HOUR)
        minute(dates.now() - NOON)
    assert told(inbox, cast["officer"]) == [1]


def test_what_is_not_ours_climbs_no_ladder(cast, report, inbox):
    report(-2 * HOUR, bearer=Bearer.ENTERPRISE)
    minute()
    assert (told(inbox, cast["officer"]), told(inbox, cast["chief"])) == ([-1], [])


def test_while_its_clock_stands_still_nobody_hears(cast, report, inbox):
    report(HOUR, due_on=dates.NEVER, due_at=None)
    minute()
    assert told(inbox, cast["officer"]) == []


def test_what_is_done_is_not_spoken_of(cast, report, inbox):
    row = report(HOUR)
    row.met_on = TODAY
    db.session.commit()
    minute()
    assert told(inbox, cast["officer"]) == []


def test_put_off_within_the_day_it_is_told_anew(cast, report, inbox):
    """The hour it began was written down wrong."""
    row = report(HOUR)
    minute()
    row.due_at += 3 * HOUR
    db.session.commit()
    minute(2 * HOUR)
    assert told(inbox, cast["officer"]) == [1]
    minute(3 * HOUR)
    assert told(inbox, cast["officer"]) == [1, 1]


def test_a_successor_and_a_deputy_hear_it_in_the_minute(cast, report, inbox):
    row = report(HOUR)
    minute()
    row.owner_id = cast["hotline"].id
    db.session.add(Deputy(absent_id=cast["hotline"].id, deputy_id=cast["auditor"].id, since=TODAY, until=TODAY))
    db.session.commit()
    minute(MINUTE)
    minute(2 * MINUTE)
    assert [told(inbox, cast[name]) for name in ("officer", "hotline", "auditor")] == [[1], [1], [1]]


def test_nobodys_report_is_an_alarm_at_once(cast, report, inbox):
    for name in ("head", "officer"):
        cast[name].active = False
    db.session.commit()
    report(HOUR, unit="street")
    minute()
    assert [message.kind for message in inbox(cast["chief"])] == [MessageKind.ALARM]


def test_a_servers_own_time_zone_moves_no_hour(cast, report, inbox):
    """A server in China is set to Chinese time: what is compared as text must not be read by it."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET TIME ZONE 'Asia/Shanghai'"))
    written = literal(f"{NOON:%Y-%m-%d %H:%M:%S.%f}").concat("")
    assert db.session.scalar(select(as_moment(db.engine.dialect.name, written))) == NOON
    report(HOUR + MINUTE)
    minute()
    assert told(inbox, cast["officer"]) == []
    minute(MINUTE)
    assert told(inbox, cast["officer"]) == [1]


def test_a_minute_asks_as_many_statements_with_many_duties_as_with_one(report):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    def asked():
        seen.clear()
        claim(morning=False)
        return len(seen)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        report(HOUR)
        one = asked()
        for _n in range(30):
            report(HOUR)
        assert asked() == one <= 9
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(db.session.scalars(select(Reminder.id)).all()) == 31

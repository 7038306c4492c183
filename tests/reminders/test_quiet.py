"""Days off are quiet, and nothing falls due unseen: what is due before the next working morning is told now."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, strategies as st

from ems.core import dates
from ems.core.calendar import Calendar
from ems.core.db import db
from ems.core.rules import LocalRule, Rule
from ems.reminders import jobs, steps
from ems.reminders.claim import claim
from ems.reminders.models import Rung
from ems.reminders.work import remind
from tests.conftest import NOON, TODAY
from tests.postgres import database  # noqa: F401  what holds here holds on both
from tests.reminders.conftest import day

FRIDAY, SATURDAY, SUNDAY, MONDAY = 3, 4, 5, 6  # days from TODAY, a Tuesday


def told(inbox, cast, name="officer"):
    return [message.lead for message in inbox(cast[name])]


def whole_day(n):
    for hour in (7, 8, 9, 23):
        with day(n, hour):
            for job in jobs.JOBS:
                if job.name in {"morning", "at_once"}:
                    jobs.run(job)


def test_a_day_off_is_quiet_and_the_next_working_morning_makes_up_for_it(cast, case, inbox):
    case(MONDAY + 1)
    for n in (FRIDAY, SATURDAY, SUNDAY):
        whole_day(n)
    assert told(inbox, cast) == [7]
    whole_day(MONDAY)
    assert told(inbox, cast) == [7, 1]


@pytest.mark.parametrize("due", [SATURDAY, SUNDAY])
def test_what_ends_within_the_weekend_is_told_on_friday_as_if_it_ended_then(cast, case, inbox, due):
    case(due)
    whole_day(FRIDAY)
    assert told(inbox, cast) == [0]
    whole_day(SATURDAY)
    whole_day(SUNDAY)
    assert told(inbox, cast) == [0]


def test_and_the_message_says_the_day_it_really_ends(cast, case, inbox):
    case(SUNDAY)
    whole_day(FRIDAY)
    assert inbox(cast["officer"])[0].due_on == TODAY + timedelta(days=SUNDAY)


def test_nothing_falls_due_unseen_over_a_holiday_week(cast, case, inbox):
    """国庆节 2026: off from October 1st to 7th; what ends on the 8th is told on its own morning at the latest."""
    for n in range(1, 9):
        case((date(2026, 10, n) - TODAY).days)
    with dates.stopped(datetime(2026, 9, 30, 8)):
        remind()
    assert [(m.due_on.day, m.lead) for m in inbox(cast["officer"])] == [(n, 0) for n in range(1, 8)]
    for n in range(1, 8):
        with dates.stopped(datetime(2026, 10, n, 8)):
            assert remind() == 0
    with dates.stopped(datetime(2026, 10, 8, 8)):
        remind()
    assert (8, 0) in [(m.due_on.day, m.lead) for m in inbox(cast["officer"])]


def test_what_was_late_over_the_weekend_is_told_on_monday(cast, case, inbox):
    case(FRIDAY)
    for n in (FRIDAY, SATURDAY, SUNDAY, MONDAY):
        whole_day(n)
    assert told(inbox, cast) == [0, -3]


def test_heads_too_are_left_alone_until_monday(cast, case, inbox):
    case(FRIDAY)
    for n in (FRIDAY, SATURDAY, SUNDAY):
        whole_day(n)
    assert told(inbox, cast, "chief") == []
    whole_day(MONDAY)
    assert told(inbox, cast, "chief") == [-1]


def test_a_rule_for_any_day_is_told_on_a_day_off(cast, case, rule, inbox):
    rule.any_day = True
    db.session.commit()
    case(SUNDAY)
    whole_day(FRIDAY)
    assert told(inbox, cast) == [3]
    whole_day(SATURDAY)
    whole_day(SUNDAY)
    assert told(inbox, cast) == [3, 1, 0]


@pytest.mark.parametrize("left", [0, 1, 2])
def test_what_arises_on_friday_and_ends_before_monday_is_told_within_the_minute(cast, case, inbox, left):
    whole_day(FRIDAY)
    case(FRIDAY + left)
    with day(FRIDAY, 14):
        assert claim(morning=False) == 1
        assert claim(morning=False) == 0


def test_what_arises_with_more_time_waits_for_the_morning(case):
    case(2)
    with day(0, 14):
        assert claim(morning=False) == 0
    with day(1):
        assert claim() == 1


def test_what_arises_on_a_day_off_and_ends_on_it_cannot_wait(cast, case, inbox):
    with day(SATURDAY, 10):
        case(SATURDAY)
        case(MONDAY)
        assert claim(morning=False) == 1


def test_before_eight_what_is_due_that_day_waits_for_the_morning(cast, case):
    case(0)
    with day(0, 7):
        assert claim(morning=False) == 0
    with day(0, 8):
        assert claim(morning=False) == 0  # the morning scan has the first minutes to itself
    with dates.stopped(datetime.combine(TODAY, steps.OPEN)):
        assert claim(morning=False) == 1


def test_who_takes_over_what_is_due_today_hears_within_the_minute(cast, case, inbox):
    row = case(0)
    remind()
    row.handler_id = cast["hotline"].id
    db.session.commit()
    whole_day(0)
    assert told(inbox, cast, "hotline") == [0]


def test_leads_and_ladder_are_those_the_bureau_has_set(cast, case, inbox):
    for since, leads in ((TODAY - timedelta(days=9), [20]), (TODAY, [5, -2])):
        change = {"leads": leads, "ladder": [["head", 3], ["leader", -2]], "reason": "试行", "at": NOON}
        db.session.add(LocalRule(code="DOC_DUE", from_on=since, **change))
    db.session.commit()
    case(3)
    case(-1)
    case(-2)
    remind()
    assert told(inbox, cast) == [-2, 5, 5]
    assert sorted(told(inbox, cast, "chief")) == [3, 3, 3]
    assert told(inbox, cast, "leader") == [-2]


def test_a_ladder_the_bureau_took_away_is_gone(cast, case, inbox):
    change = {"ladder": [], "reason": "试行", "at": NOON}
    db.session.add(LocalRule(code="DOC_DUE", from_on=TODAY, **change))
    db.session.commit()
    case(-8)
    remind()
    assert (told(inbox, cast), told(inbox, cast, "chief"), told(inbox, cast, "leader")) == ([-3], [], [])


def test_a_rule_that_is_switched_off_is_not_spoken_of(rule):
    rule.enabled = False
    db.session.commit()
    assert "DOC_DUE" not in {said.code for said in steps.spoken(db.session())}


def test_each_version_of_a_rule_speaks_for_itself(rule):
    db.session.add(Rule(code="DOC_DUE", since=date(2027, 1, 1), title="新", trigger="文件", offset=0, leads=[5]))
    db.session.commit()
    said = {rule.since: rule.leads for rule in steps.spoken(db.session()) if rule.code == "DOC_DUE"}
    assert said == {rule.since: rule.leads, date(2027, 1, 1): [5]}


RULE = steps.Spoken("X", TODAY, hours=False, any_day=False, leads=[1, 30, -1, 1], ladder=[["head", -1]])


def windows(rule, today, last, *, whole=True):
    return [step[2:] for step in steps.day_steps(rule, today, last, whole=whole)]


def test_each_duty_is_at_one_lead_only():
    assert windows(RULE, TODAY, TODAY) == [
        (Rung.PERSON, 30, "2026-11-25", "2026-12-24"),
        (Rung.PERSON, 1, "2026-11-23", "2026-11-25"),
        (Rung.PERSON, -1, "1900-01-01", "2026-11-23"),
        (Rung.HEAD, -1, "1900-01-01", "2026-11-23"),
    ]


def test_what_cannot_wait_is_only_what_ends_before_the_next_working_morning():
    assert windows(RULE, TODAY, TODAY + timedelta(days=2), whole=False) == [
        (Rung.PERSON, 1, "2026-11-23", "2026-11-26")
    ]


@given(
    st.sets(st.integers(-30, 60), min_size=1),
    st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=30),
    st.dates(date(2026, 2, 1), date(2026, 10, 1)),
)
def test_whatever_the_leads_and_the_holidays_nothing_falls_due_unseen(leads, off, due):
    """A rule that speaks at all before the day is over has spoken on a working morning up to that day."""
    works = Calendar(dict.fromkeys(off, False)).works
    rule = RULE._replace(leads=sorted(leads), ladder=[])
    mornings = [due - timedelta(days=n) for n in range(90) if works(due - timedelta(days=n))]
    seen = [
        lead
        for today in mornings
        for _code, _since, _rung, lead, after, upto in steps.day_steps(
            rule, today, steps.eve(datetime.combine(today, time(8)), works), whole=True
        )
        if after < f"{due}" <= upto
    ]
    assert bool(seen) == any(lead >= 0 for lead in leads)
    assert min(seen, default=0) == min((lead for lead in leads if lead >= 0), default=0)

"""What the bureau made of a rule: it moves what is open, leaves what is over, and is said beside the law."""

from datetime import date

import pytest
from sqlalchemy import delete, select

from ems.complaints.models import Channel, Complaint
from ems.core import dates, seeds, settle
from ems.core.calendar import Workday
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.rules import LocalRule, Rule, Span
from ems.core.terms import kept_until, lapsing, last_day, readings, too_early
from tests.conftest import TODAY
from tests.core.rows import case, differences, duty


def change(code, on=TODAY, **values):
    local = {"code": code, "from_on": on, "reason": "本局承诺提速", "at": dates.now()} | values
    db.session.add(LocalRule(**dict.fromkeys(("offset", "unit", "leads", "ladder")) | local))
    db.session.flush()
    moved = settle.rebuild(db.session(), Complaint)
    db.session.commit()
    return len(moved)


def test_a_promise_moves_what_is_open_and_stands_beside_the_law(units, cast):
    case(units, cast)
    assert duty("PET_NOTICE").due_on == date(2026, 12, 9)
    assert change("PET_NOTICE", offset=7) == 1
    assert duty("PET_NOTICE").due_on == date(2026, 12, 1)
    assert "收到日 2026-11-24 + 7 日（本局另定，法定 15 日） = 2026-12-01" in duty("PET_NOTICE").sentence
    assert differences() == []


def test_what_was_met_before_the_change_stays_as_it_was(units, cast):
    row = case(units, cast, received_on=date(2026, 11, 2), notified_on=date(2026, 11, 16))
    assert (duty("PET_NOTICE").due_on, duty("PET_NOTICE").on_time) == (date(2026, 11, 17), True)
    assert change("PET_NOTICE", offset=7) == 0
    assert duty("PET_NOTICE").on_time
    row.notified_on = TODAY  # on the day of the change itself the old promise still counts
    db.session.commit()
    assert duty("PET_NOTICE").due_on == date(2026, 11, 17)
    row.notified_on = None
    db.session.commit()
    assert duty("PET_NOTICE").due_on == date(2026, 11, 9)
    assert differences() == []


def test_of_two_changes_the_one_before_the_day_it_was_met_counts(units, cast):
    row = case(units, cast, received_on=date(2026, 10, 9))
    change("PET_NOTICE", date(2026, 10, 10), offset=10)
    change("PET_NOTICE", date(2026, 10, 20), offset=3)
    for met, due in ((date(2026, 10, 15), 19), (date(2026, 10, 20), 19), (date(2026, 10, 21), 12), (None, 12)):
        row.notified_on = met
        db.session.commit()
        assert duty("PET_NOTICE").due_on == date(2026, 10, due), met
    assert differences() == []


def test_back_to_the_law(units, cast):
    case(units, cast)
    change("PET_NOTICE", date(2026, 11, 23), offset=7)
    change("PET_NOTICE", TODAY)
    assert duty("PET_NOTICE").due_on == date(2026, 12, 9)
    assert "本局另定" not in duty("PET_NOTICE").sentence


def test_another_way_to_count(units, cast):
    case(units, cast)
    change("PET_NOTICE", unit=Span.WORKING_DAY)
    assert "+ 15 个工作日（本局另定，法定 15 日）" in duty("PET_NOTICE").sentence
    assert duty("PET_NOTICE").due_on == date(2026, 12, 15)
    assert differences() == []


def test_a_flush_counts_as_the_rebuild_does(units, cast):
    change("HOT_12345", offset=3)
    case(units, cast, channel=Channel.H12345)
    assert duty("HOT_12345").due_on == date(2026, 11, 27)
    assert differences() == []


def test_a_right_lapses_by_the_promise_too(units, cast):
    assert last_day("PET_RETURN", TODAY) == date(2026, 11, 25)
    change("PET_RETURN", offset=2)
    assert last_day("PET_RETURN", TODAY) == date(2026, 11, 26)
    assert readings(["PET_RETURN"])["PET_RETURN"].offset == 2


@pytest.mark.parametrize(("day", "said"), [(date(2026, 11, 24), True), (date(2026, 11, 25), False)])
def test_a_shortest_period_stands_against_what_comes_too_early(app, day, said):
    """Twenty working days from 2026-10-27 end on 2026-11-24: the day after, it may be done."""
    with dates.stopped(dates.at_noon(day)):
        no = too_early("ACCEPT_PUB_LEN", date(2026, 10, 27))
    assert (no == "“验收报告公示满期”到 2026-11-24 为止，次日起方可办理。") is said
    assert (no is None) is not said


def test_a_limitation_warns_when_it_comes_near(app):
    assert lapsing("PEN_LIMIT_2Y", date(2025, 11, 24)) is None
    assert lapsing("PEN_LIMIT_2Y", date(2024, 12, 1)) == "处罚时效（一般）：2026-12-01 届满，剩 7 天。"
    assert lapsing("PEN_LIMIT_2Y", date(2024, 11, 1)) == "处罚时效（一般）：已于 2026-11-01 届满。"
    assert lapsing("PEN_LIMIT_2Y", None) is None


def test_the_longest_period_says_how_long_a_record_is_kept(app):
    assert kept_until(["LEDGER_KEEP", "HWLIC_BOOK"], date(2026, 11, 24)) == date(2036, 11, 24)
    assert kept_until([], TODAY) is None


def test_a_rule_switched_off_leaves_what_was_met_under_it(units, cast):
    over = case(units, cast, received_on=date(2026, 11, 2), notified_on=date(2026, 11, 16))
    case(units, cast)
    switch("PET_NOTICE", on=False)
    assert [(d.subject_id, d.on_time) for d in notices()] == [(over.id, True)]
    assert differences() == []
    switch("PET_NOTICE", on=True)
    assert len(notices()) == 2
    assert differences() == []


def switch(code, *, on):
    for rule in db.session.scalars(select(Rule).where(Rule.code == code)):
        rule.enabled = on
    db.session.flush()
    settle.rebuild(db.session(), Complaint)
    db.session.commit()


def notices():
    rows = select(Duty).where(Duty.rule == "PET_NOTICE").order_by(Duty.id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def test_a_new_version_that_comes_with_a_release_says_so(app):
    """Then the duties are reckoned anew; loaded again, nothing changes."""
    assert not seeds.seed(db.session())
    db.session.delete(db.session.scalars(select(Rule).order_by(Rule.since.desc())).first())
    db.session.flush()
    assert seeds.seed(db.session())
    db.session.execute(delete(Workday).where(Workday.day == date(2026, 10, 1)))
    assert seeds.seed(db.session())
    assert not seeds.seed(db.session())

"""Who is told of what, and how often."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from ems.core import settle
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.rules import Bearer, Rule
from ems.reminders import work
from ems.reminders.claim import claim
from ems.reminders.models import Message, MessageKind, Reminder, Rung
from ems.reminders.work import remind, tell_all
from tests.conftest import TODAY
from tests.postgres import database  # noqa: F401  what holds here holds on both
from tests.reminders.conftest import day


def leads():
    """What is newly told to whoever answers for it."""
    before = db.session.scalar(select(func.max(Reminder.id))) or 0
    remind()
    new = select(Reminder.lead).where(Reminder.id > before, Reminder.rung == Rung.PERSON)
    return db.session.scalars(new.order_by(Reminder.id)).all()


def test_nobody_else_is_told(cast, case, inbox):
    case(1)
    remind()
    assert [name for name, user in cast.items() if inbox(user)] == ["officer"]


def test_a_duty_is_told_once_and_a_second_run_finds_nothing(cast, case, inbox):
    case(1)
    assert (remind(), remind()) == (1, 0)
    assert [(m.kind, m.lead) for m in inbox(cast["officer"])] == [(MessageKind.DUE, 1)]


def test_a_duty_still_far_off_is_not_spoken_of(case):
    case(40)
    assert (claim(), remind()) == (0, 0)


def test_it_is_told_again_as_it_comes_closer(case, rule):
    assert rule.leads == [7, 3, 1, 0, -1, -3]
    case(10)  # on a Friday
    seen = []
    for n in (2, 3, 6, 7, 8, 9, 10, 13, 14):
        with day(n):
            seen.append(leads())
    assert seen == [[], [7], [], [3], [], [1], [0], [-3], []]


def test_days_that_were_missed_are_made_up_for_at_the_closest_lead_alone(case):
    case(3)
    with day(2):
        assert leads() == [1]
        assert leads() == []


def test_a_duty_put_off_is_told_anew(case):
    row = case(1)
    assert leads() == [1]
    row.document_due_on += timedelta(days=6)
    db.session.commit()
    assert leads() == [7]


def test_a_telling_that_fails_is_rolled_back_and_tried_again(cast, case, inbox, monkeypatch, caplog):
    case(1)

    def fail(_person, _rows):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(work, "tell", fail)
        assert remind() == 0
    assert "digest of person" in caplog.text
    assert inbox(cast["officer"]) == []
    assert tell_all() == 1
    assert len(inbox(cast["officer"])) == 1


def test_one_persons_trouble_keeps_nobody_elses_news_back(cast, case, inbox, monkeypatch, caplog):
    case(1)
    case(1, handler="chief")
    tell = work.tell

    def halting(person, rows):
        if person.name == "officer":
            raise ConnectionRefusedError
        tell(person, rows)

    monkeypatch.setattr(work, "tell", halting)
    assert remind() == 1
    assert (len(inbox(cast["officer"])), len(inbox(cast["chief"]))) == (0, 1)


def test_what_is_done_meanwhile_is_not_spoken_of(cast, case, inbox):
    row = case(1)
    assert (claim(), claim()) == (1, 0)
    row.answered_on = TODAY
    db.session.commit()
    assert tell_all() == 0
    assert inbox(cast["officer"]) == []


def test_one_digest_for_all_of_a_persons_duties(cast, case, inbox):
    for left in (1, 0, 3):
        case(left)
    assert remind() == 1
    assert [m.due_on - TODAY for m in inbox(cast["officer"])] == [timedelta(0), timedelta(1), timedelta(3)]


def test_many_are_told_in_slices_the_nearest_first_and_once(cast, case, inbox, monkeypatch):
    tell, slices = work.tell, []
    monkeypatch.setattr(work, "SLICE", 2)
    monkeypatch.setattr(work, "tell", lambda person, rows: (slices.append(len(rows)), tell(person, rows)))
    for left in (3, 0, 1, 0, -1):
        case(left)
    assert (remind(), remind()) == (2, 0)  # the officer, and of what is late the head
    assert slices == [1, 2, 2, 1]
    assert [(m.due_on - TODAY).days for m in inbox(cast["officer"])] == [-1, 0, 0, 1, 3]


def test_nobodys_duty_goes_to_the_chief_of_the_unit(cast, case, inbox):
    case(1, handler=None)
    remind()
    assert len(inbox(cast["chief"])) == 1
    assert inbox(cast["head"]) == []


def test_in_a_unit_without_a_chief_it_goes_to_the_nearest_above(cast, case, inbox):
    case(1, handler=None, unit="brigade")
    case(1, handler=None, unit="street")
    remind()
    assert (len(inbox(cast["chief"])), len(inbox(cast["head"]))) == (1, 1)


@pytest.mark.parametrize("gone", [{"active": False}, {"barred": True}])
def test_who_has_left_is_not_told_but_the_chief_is(cast, case, inbox, gone):
    case(1)
    for name, value in gone.items():
        setattr(cast["officer"], name, value)
    db.session.commit()
    remind()
    assert inbox(cast["officer"]) == []
    assert len(inbox(cast["chief"])) == 1


def test_what_is_overdue_appears_in_the_heads_inbox(cast, case, inbox):
    case(-1)
    remind()
    [theirs], [escalated] = inbox(cast["officer"]), inbox(cast["chief"])
    assert (theirs.kind, escalated.kind) == (MessageKind.LATE, MessageKind.ESCALATED)
    assert escalated.text.startswith("责任：科技局（环保处） officer")
    assert inbox(cast["leader"]) == []


def test_what_is_due_today_does_not(cast, case, inbox):
    case(0)
    remind()
    assert inbox(cast["chief"]) == []


def test_a_week_late_the_leader_hears_of_it_once(cast, case, inbox):
    case(-6)
    remind()
    assert inbox(cast["leader"]) == []
    for n in (1, 2, 8):
        with day(n):
            remind()
    assert [m.kind for m in inbox(cast["leader"])] == [MessageKind.ESCALATED]
    assert len(inbox(cast["chief"])) == 1


def test_of_a_heads_own_lateness_the_next_above_hears(cast, case, inbox):
    case(-1, handler="chief")
    remind()
    assert [m.kind for m in inbox(cast["chief"])] == [MessageKind.LATE]
    assert [m.kind for m in inbox(cast["head"])] == [MessageKind.ESCALATED]


def test_a_head_who_answers_for_it_as_chief_hears_it_once(cast, case, inbox):
    case(-1, handler=None)
    remind()
    assert [m.kind for m in inbox(cast["chief"])] == [MessageKind.LATE]


def test_what_an_enterprise_is_late_with_is_not_our_lateness(cast, case, rule, inbox):
    rule.bearer = Bearer.ENTERPRISE
    db.session.commit()
    case(-8)
    remind()
    assert [m.kind for m in inbox(cast["officer"])] == [MessageKind.LATE]
    assert inbox(cast["chief"]) == inbox(cast["leader"]) == []


def test_each_version_of_a_rule_has_its_own_leads(cast, case, rule, inbox):
    db.session.add(
        Rule(code="DOC_DUE", since=date(2026, 11, 25), title="按新规办结", trigger="文件", offset=0, leads=[5])
    )
    db.session.commit()
    case(0)  # begun under the old version
    case(5)  # begun under the new
    remind()
    assert [(m.lead, m.title.rpartition(" · ")[2]) for m in inbox(cast["officer"])] == [
        (0, rule.title),
        (5, "按新规办结"),
    ]


def test_a_duty_that_goes_takes_its_reminders_but_leaves_what_was_said(cast, case, inbox):
    row = case(1)
    remind()
    row.document_due_on = None
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Reminder)) == 0
    assert len(inbox(cast["officer"])) == 1


def test_a_row_out_of_its_owners_reach_is_told_to_the_head_instead(cast, case, inbox):
    case(1, handler="outsider", unit="street")
    remind()
    assert (len(inbox(cast["outsider"])), len(inbox(cast["head"]))) == (0, 1)


def test_a_rebuild_of_the_duties_tells_nobody_anew(case):
    row = case(1)
    remind()
    settle.rebuild(db.session(), type(row))
    db.session.commit()
    assert remind() == 0


def test_old_rows_have_nothing_to_tell(case):
    case(-400, historical=True)
    assert remind() == 0
    assert db.session.scalar(select(func.count()).select_from(Duty).where(Duty.met_on.is_(None))) == 0


def test_the_tables_of_telling_leave_no_trace_in_the_log(case):
    case(1)
    before = db.session.scalar(text("SELECT count(*) FROM log_entry"))
    remind()
    assert db.session.scalar(text("SELECT count(*) FROM log_entry")) == before
    assert db.session.scalar(select(func.count()).select_from(Message)) == 1

"""A duty nobody can be told about: an alarm, never a silence."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ems.core.db import db
from ems.core.people import Deputy, Post, Role
from ems.core.settings import Setting
from ems.reminders.models import MessageKind, Reminder, Rung
from ems.reminders.work import remind, unheard
from tests.conftest import TODAY, person
from tests.postgres import database  # noqa: F401  what holds here holds on both
from tests.reminders.conftest import day


def without(*roles):
    for post in db.session.scalars(select(Post).where(Post.role.in_(roles))):
        post.until = TODAY - timedelta(days=1)
    db.session.commit()


@pytest.fixture
def orphan(cast, case):
    """Of the street: its own chiefs, and those above it, are gone; the bureau lies beside it."""
    cast["head"].posts[0].until = TODAY - timedelta(days=1)
    db.session.commit()
    return case(1, handler=None, unit="street", title="机密的事项")


def alarms():
    return [(row.name, row.due_on) for row in db.session.execute(unheard())]


def test_the_administrator_reads_rule_unit_and_day_and_nothing_of_the_case(orphan, rule):
    remind()
    [alarm] = db.session.execute(unheard())
    assert (alarm.why["title"], alarm.name, alarm.due_on) == (rule.title, "石羊街道办事处", TODAY + timedelta(days=1))
    assert "机密" not in str(alarm)


def test_the_case_itself_goes_to_the_head_of_the_bureau_and_to_nobody_else(cast, orphan, inbox):
    assert remind() == 1
    assert [name for name, user in cast.items() if inbox(user)] == ["chief"]
    assert [message.kind for message in inbox(cast["chief"])] == [MessageKind.ALARM]


def test_the_bureau_is_the_one_that_is_set(cast, units, orphan, inbox):
    other = person("other", Role.CHIEF, units["other"])
    db.session.add(Setting(key="alarms.unit", value="other"))
    db.session.commit()
    remind()
    assert (len(inbox(other)), inbox(cast["chief"])) == (1, [])


def test_without_a_head_of_the_bureau_a_leader_hears(cast, orphan, inbox):
    without(Role.CHIEF)
    remind()
    assert [message.kind for message in inbox(cast["leader"])] == [MessageKind.ALARM]


def test_once_a_duty_and_due_day_however_near_it_comes(cast, orphan, inbox):
    for n in (0, 1, 2, 3, 4):
        with day(n):
            remind()
    assert [message.kind for message in inbox(cast["chief"])] == [MessageKind.ALARM]


def test_put_off_it_is_an_alarm_anew(cast, orphan, inbox):
    remind()
    orphan.document_due_on += timedelta(days=1)
    db.session.commit()
    remind()
    assert len(inbox(cast["chief"])) == 2
    assert alarms() == [("石羊街道办事处", TODAY + timedelta(days=2))]


def test_where_nobody_at_all_can_hear_it_stands_on_the_administrators_page_once(orphan):
    without(Role.CHIEF, Role.LEADER)
    assert (remind(), remind()) == (0, 0)
    assert len(alarms()) == 1
    assert db.session.execute(select(Reminder.rung, Reminder.person_id)).all() == [(Rung.ALARM, None)]


def test_it_reaches_the_first_who_can_hear_again(cast, units, orphan, inbox):
    without(Role.CHIEF, Role.LEADER)
    remind()
    db.session.add(Post(user_id=cast["auditor"].id, unit_id=units["bureau"].id, role=Role.CHIEF, since=TODAY))
    db.session.commit()
    remind()
    assert [message.kind for message in inbox(cast["auditor"])] == [MessageKind.ALARM]
    assert len(alarms()) == 1


def test_the_alarm_goes_as_soon_as_somebody_answers_for_it(cast, units, orphan, inbox):
    remind()
    db.session.add(Post(user_id=cast["auditor"].id, unit_id=units["zone"].id, role=Role.CHIEF, since=TODAY))
    db.session.commit()
    assert alarms() == []
    remind()
    assert [message.kind for message in inbox(cast["auditor"])] == [MessageKind.DUE]


def test_the_alarm_goes_when_the_duty_is_done(orphan):
    remind()
    orphan.answered_on = TODAY
    db.session.commit()
    assert alarms() == []


def test_an_owner_away_without_anybody_able_to_stand_in_is_nobody(cast, units, orphan):
    days = {"since": TODAY, "until": TODAY + timedelta(days=3)}
    orphan.handler_id = cast["officer"].id
    cast["auditor"].barred = True
    db.session.add(Deputy(absent_id=cast["officer"].id, deputy_id=cast["auditor"].id, **days))
    db.session.commit()
    remind()
    assert len(alarms()) == 1
    with day(4):
        assert alarms() == []


def test_a_late_one_climbs_to_the_leader_all_the_same(cast, case, inbox):
    cast["head"].posts[0].until = TODAY - timedelta(days=1)
    db.session.commit()
    case(-8, handler=None, unit="street")
    remind()
    assert [message.kind for message in inbox(cast["leader"])] == [MessageKind.ESCALATED]
    assert [message.kind for message in inbox(cast["chief"])] == [MessageKind.ALARM]

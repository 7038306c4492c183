"""Whoever takes a duty over, or stands in, receives what the one before would."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ems.core import dates, module
from ems.core.db import db
from ems.core.people import Deputy, Post, Role
from ems.core.rules import LocalRule
from ems.reminders import hearers, stuck
from ems.reminders.claim import claim
from ems.reminders.models import MessageKind, Reminder
from ems.reminders.work import remind, tell_all, unheard
from tests.conftest import TODAY, person
from tests.postgres import database  # noqa: F401  what holds here holds on both
from tests.reminders.conftest import day


def stands_in(absent, deputy, since=-1, until=1):
    days = {"since": TODAY + timedelta(days=since), "until": TODAY + timedelta(days=until)}
    db.session.add(Deputy(absent_id=absent.id, deputy_id=deputy.id, **days))
    db.session.commit()


def gone(user):
    user.barred = True
    db.session.commit()


def heads(user, unit, role, since=TODAY):
    db.session.add(Post(user_id=user.id, unit_id=unit.id, role=role, since=since))
    db.session.commit()


def leads(inbox, user):
    return [message.lead for message in inbox(user)]


def test_who_handed_it_over_before_anybody_was_told_hears_nothing(cast, case, inbox):
    row = case(1)
    claim()
    row.handler_id = cast["hotline"].id
    db.session.commit()
    tell_all()
    assert inbox(cast["officer"]) == []
    assert remind() == 1
    assert leads(inbox, cast["hotline"]) == [1]


def test_who_takes_it_over_hears_of_what_is_near_though_the_one_before_was_told(cast, case, inbox):
    row = case(1)
    remind()
    row.handler_id = cast["hotline"].id
    db.session.commit()
    remind()
    assert leads(inbox, cast["hotline"]) == leads(inbox, cast["officer"]) == [1]
    assert remind() == 0


def test_who_takes_over_what_is_far_off_is_left_in_peace(cast, case, inbox):
    row = case(40)
    row.handler_id = cast["hotline"].id
    db.session.commit()
    assert remind() == 0


def test_who_gives_it_away_and_takes_it_back_is_told_once(cast, case, inbox):
    row = case(1)
    for name in ("officer", "hotline", "officer"):
        row.handler_id = cast[name].id
        db.session.commit()
        remind()
    assert leads(inbox, cast["officer"]) == [1]


def test_it_comes_back_before_the_other_was_told_and_is_told_then(cast, case, inbox):
    row = case(1)
    claim()
    row.handler_id = cast["hotline"].id
    db.session.commit()
    tell_all()
    row.handler_id = cast["officer"].id
    db.session.commit()
    remind()
    assert leads(inbox, cast["officer"]) == [1]


def test_a_new_head_hears_of_what_was_late_before(cast, units, case, inbox):
    case(-2)
    remind()
    cast["chief"].posts[0].until = TODAY
    db.session.add(
        Post(user_id=cast["auditor"].id, unit_id=units["bureau"].id, role=Role.CHIEF, since=TODAY + timedelta(days=1))
    )
    db.session.commit()
    with day(1):
        remind()
    assert [message.kind for message in inbox(cast["auditor"])] == [MessageKind.ESCALATED]


def test_what_was_put_off_after_it_was_claimed_is_not_said(cast, case, inbox):
    row = case(1)
    claim()
    row.document_due_on += timedelta(days=60)
    db.session.commit()
    assert tell_all() == 0
    assert db.session.scalars(select(Reminder.id)).all() == []


def test_who_was_barred_after_it_was_claimed_is_not_told_but_the_chief_is(cast, case, inbox):
    case(1)
    claim()
    gone(cast["officer"])
    assert tell_all() == 0
    remind()
    assert (leads(inbox, cast["officer"]), leads(inbox, cast["chief"])) == ([], [1])


def test_the_deputy_hears_what_the_absent_person_would(cast, case, inbox):
    stands_in(cast["officer"], cast["auditor"])
    case(1)
    assert remind() == 2
    [theirs], [copy] = inbox(cast["officer"]), inbox(cast["auditor"])
    assert (copy.title, copy.absent_id) == (theirs.title, cast["officer"].id)
    assert copy.text.startswith("代 officer 收到")
    assert remind() == 0


@pytest.mark.parametrize(("since", "until"), [(-9, -1), (1, 9)])
def test_a_deputy_of_other_days_hears_nothing(cast, case, inbox, since, until):
    stands_in(cast["officer"], cast["auditor"], since, until)
    case(1)
    remind()
    assert inbox(cast["auditor"]) == []


def test_a_deputy_who_begins_the_day_after_it_was_told_hears_of_it_that_day(cast, case, inbox):
    case(2)
    remind()
    stands_in(cast["officer"], cast["auditor"], 1, 5)
    with day(1):
        remind()
    assert leads(inbox, cast["auditor"]) == [1]
    assert leads(inbox, cast["officer"]) == [3, 1]


def test_a_deputy_who_begins_between_two_leads_hears_of_the_one_that_was_told(cast, case, inbox):
    case(6)
    remind()
    stands_in(cast["officer"], cast["auditor"], 1, 5)
    with day(1):
        assert remind() == 1
    assert (leads(inbox, cast["officer"]), leads(inbox, cast["auditor"])) == ([7], [7])


def test_the_deputy_of_a_deputy_hears_it_too(cast, case, inbox):
    stands_in(cast["officer"], cast["auditor"])
    stands_in(cast["auditor"], cast["hotline"])
    case(1)
    remind()
    assert [leads(inbox, cast[name]) for name in ("officer", "auditor", "hotline")] == [[1], [1], [1]]
    assert inbox(cast["hotline"])[0].absent_id == cast["officer"].id


def test_two_who_stand_in_for_each_other_each_hear_it_once(cast, case, inbox):
    stands_in(cast["officer"], cast["auditor"])
    stands_in(cast["auditor"], cast["officer"])
    case(1)
    remind()
    assert [leads(inbox, cast[name]) for name in ("officer", "auditor")] == [[1], [1]]


def test_in_place_of_a_barred_deputy_the_next_one_named_hears(cast, case, inbox):
    stands_in(cast["officer"], cast["auditor"])
    stands_in(cast["officer"], cast["leader"])
    gone(cast["auditor"])
    case(1)
    remind()
    assert [leads(inbox, cast[name]) for name in ("officer", "auditor", "leader")] == [[1], [], [1]]


def test_through_a_barred_deputy_it_goes_to_whoever_stands_in_for_them(cast, case, inbox):
    stands_in(cast["officer"], cast["auditor"])
    stands_in(cast["auditor"], cast["hotline"])
    gone(cast["auditor"])
    case(1)
    remind()
    assert [leads(inbox, cast[name]) for name in ("auditor", "hotline")] == [[], [1]]


def test_who_is_away_with_nobody_able_to_stand_in_is_answered_for_by_the_chief(cast, case, inbox):
    stands_in(cast["officer"], cast["auditor"])
    gone(cast["auditor"])
    case(1)
    remind()
    assert [leads(inbox, cast[name]) for name in ("officer", "auditor", "chief")] == [[], [], [1]]
    with day(2):
        remind()
    assert leads(inbox, cast["officer"]) == [-1]


def test_a_heads_deputy_hears_what_is_late(cast, case, inbox):
    stands_in(cast["chief"], cast["auditor"])
    case(-1)
    remind()
    assert [message.kind for message in inbox(cast["auditor"])] == [MessageKind.ESCALATED]


def test_each_rung_is_somebody_else_up_to_the_next_above(cast, units, case, inbox):
    """The head of the bureau is its leader too: of what the next above heard as head, another leader hears."""
    for name in ("chief", "head"):
        heads(cast[name], units["bureau"], Role.LEADER)
    case(-8, handler="chief")
    remind()
    assert [message.kind for message in inbox(cast["chief"])] == [MessageKind.LATE]
    assert [message.kind for message in inbox(cast["head"])] == [MessageKind.ESCALATED]
    assert [message.kind for message in inbox(cast["leader"])] == [MessageKind.ESCALATED]


def test_the_nearest_head_comes_first_and_each_once(cast, units):
    heads(cast["head"], units["bureau"], Role.CHIEF)
    new = person("new", Role.CHIEF, units["brigade"])
    heads(cast["outsider"], units["brigade"], Role.CHIEF, TODAY + timedelta(days=1))
    found = hearers.over(db.session())
    assert found[units["brigade"].id].chiefs == [new.id, cast["chief"].id, cast["head"].id]
    assert found[units["street"].id] == ([cast["head"].id], [cast["leader"].id])


def ladder(*steps, leads=None):
    """As the bureau changes it."""
    change = {"leads": leads, "ladder": [list(step) for step in steps] or None}
    db.session.merge(LocalRule(code="DOC_DUE", from_on=TODAY, reason="试", at=dates.now(), **change))
    db.session.commit()


def test_who_was_told_as_head_or_leader_does_not_hear_again_when_the_ladder_is_changed(cast, case, inbox):
    case(-8)
    remind()
    ladder(("head", -2), ("leader", -5))
    assert remind() == 0
    assert [leads(inbox, cast[name]) for name in ("chief", "leader")] == [[-1], [-7]]


def test_of_other_leads_only_a_nearer_one_is_told(cast, case, inbox):
    case(3)
    remind()
    ladder(leads=[10, 5, 2])
    assert remind() == 0
    with day(1):
        remind()
    assert leads(inbox, cast["officer"]) == [3, 2]


def test_a_head_who_is_away_with_nobody_able_to_stand_in_is_passed_over(cast, units, case, inbox):
    new = person("new", Role.CHIEF, units["brigade"])
    stands_in(new, cast["auditor"])
    gone(cast["auditor"])
    case(1, handler=None, unit="brigade")
    remind()
    assert (leads(inbox, new), leads(inbox, cast["chief"])) == ([], [1])


def test_where_that_head_was_the_only_one_it_is_an_alarm(cast, case, inbox):
    stands_in(cast["head"], cast["auditor"])
    gone(cast["auditor"])
    case(1, handler=None, unit="street")
    remind()
    assert [message.kind for message in inbox(cast["chief"])] == [MessageKind.ALARM]
    assert inbox(cast["head"]) == []
    assert len(db.session.execute(unheard()).all()) == 1
    assert "石羊街道办事处" in stuck.headless()


def left(user):
    """Their posts have ended, their account has not."""
    for post in user.posts:
        post.until = TODAY - timedelta(days=1)
    db.session.commit()


def test_who_holds_no_post_any_more_hears_nothing_and_the_head_answers(cast, case, inbox):
    left(cast["officer"])
    case(1)
    remind()
    assert (leads(inbox, cast["officer"]), leads(inbox, cast["chief"])) == ([], [1])


def test_who_went_to_another_unit_or_to_a_role_that_sees_no_case_hears_nothing(cast, units, case, inbox):
    for unit, role in ((units["street"], Role.OFFICER), (units["bureau"], Role.LOGADMIN)):
        left(cast["officer"])
        heads(cast["officer"], unit, role, TODAY - timedelta(days=1))
        case(1)
        remind()
    assert (leads(inbox, cast["officer"]), leads(inbox, cast["chief"])) == ([], [1, 1])


def test_whose_posts_ended_after_it_was_claimed_is_not_told_but_the_chief_is(cast, case, inbox):
    case(1)
    claim()
    left(cast["officer"])
    assert tell_all() == 0
    remind()
    assert (leads(inbox, cast["officer"]), leads(inbox, cast["chief"])) == ([], [1])


def test_who_stands_in_for_somebody_with_a_post_hears_of_their_own_too(cast, case, inbox):
    left(cast["officer"])
    stands_in(cast["chief"], cast["officer"])
    case(1)
    remind()
    assert leads(inbox, cast["officer"]) == [1]


def test_a_check_finds_what_lies_with_somebody_who_holds_no_post_any_more(cast, case):
    case(1)
    case(1, handler=None)
    asked = next(check for check in module.checks() if check.code == "reminders.unposted")
    assert db.session.scalars(asked.found(cast["chief"])).all() == []
    left(cast["officer"])
    [found] = db.session.scalars(asked.found(cast["chief"]))
    assert found.owner_id == cast["officer"].id

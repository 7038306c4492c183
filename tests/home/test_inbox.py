"""Messages: each person's own."""

import pytest
from sqlalchemy import select

from ems.core import dates
from ems.core.db import db
from ems.reminders.models import Message
from ems.reminders.work import remind


@pytest.fixture
def told(case):
    row = case(-1)
    remind()
    return row


def message(user):
    return db.session.scalars(select(Message).where(Message.person_id == user.id)).one()


def test_nobody_reads_or_marks_anothers_message(cast, told, as_):
    theirs = message(cast["officer"]).id
    for name in ("head", "leader", "sysadmin"):
        assert as_(cast[name]).get(f"/inbox/{theirs}").status_code == 404
        assert as_(cast[name]).post(f"/inbox/{theirs}/acted").status_code == 404
    db.session.expire_all()
    assert message(cast["officer"]).read_at is None


def test_marking_asks_for_the_token(cast, told, as_):
    theirs = message(cast["officer"]).id
    assert as_(cast["officer"]).post(f"/inbox/{theirs}/acted", token=False).status_code == 400


def test_the_overdue_case_appears_in_the_heads_inbox(told, seen):
    page = seen("chief", "/inbox")
    assert told.no in page
    assert "逾期上报" in page
    assert "责任：科技局（环保处） officer" in page


def test_an_empty_inbox_says_what_will_come(cast, seen):
    assert "还没有消息" in seen("auditor", "/inbox")


def test_the_band_and_the_menu_count_what_is_unread(told, seen):
    assert seen("officer").count('消息<span class="tally">1</span>') == 2  # both menus
    assert '<span class="wide">消息</span><span class="tally">1</span>' in seen("officer")


def test_opening_leads_to_the_record_and_marks_it_read(cast, told, as_):
    answer = as_(cast["officer"]).get(f"/inbox/{message(cast['officer']).id}")
    assert answer.location == f"/complaints/{told.id}"
    db.session.expire_all()
    assert message(cast["officer"]).read_at == dates.now()


def test_marking_it_done_marks_it_read(cast, told, as_):
    answer = as_(cast["officer"]).post(f"/inbox/{message(cast['officer']).id}/acted")
    assert (answer.status_code, answer.location) == (303, "/inbox")
    db.session.expire_all()
    assert None not in {message(cast["officer"]).read_at, message(cast["officer"]).acted_at}


def test_all_are_marked_read_at_once_and_only_mine(cast, told, as_):
    as_(cast["officer"]).post("/inbox/read")
    db.session.expire_all()
    assert message(cast["officer"]).read_at is not None
    assert message(cast["chief"]).read_at is None


def test_unread_stands_first(cast, case, as_, seen):
    first, second = case(0), case(0)
    remind()
    of = {
        m.subject_id: m.id for m in db.session.scalars(select(Message).where(Message.person_id == cast["officer"].id))
    }
    as_(cast["officer"]).get(f"/inbox/{of[second.id]}")
    page = seen("officer", "/inbox")
    assert page.index(first.no) < page.index(second.no)


def test_a_message_outlives_the_right_to_its_record_without_a_link(cast, units, told, seen, as_):
    told.unit_id = units["street"].id
    db.session.commit()
    page = seen("chief", "/inbox")
    assert told.no in page  # what was said was said
    assert f'/inbox/{message(cast["chief"]).id}"' not in page
    assert as_(cast["chief"]).get(f"/inbox/{message(cast['chief']).id}").location == "/inbox"


def test_many_messages_come_in_pages(case, seen):
    for _n in range(35):
        case(0)
    remind()
    assert seen("officer", "/inbox").count("标为已办：") == 30
    assert seen("officer", "/inbox?page=2").count("标为已办：") == 5

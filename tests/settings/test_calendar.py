from datetime import date

import pytest
from sqlalchemy import select

from ems.complaints.models import Channel, Complaint, ComplaintState
from ems.core import settle
from ems.core.calendar import Workday
from ems.core.db import db
from ems.core.duties import Duty
from tests.conftest import TODAY
from tests.factories import complaint

MONDAY = date(2026, 11, 30)


@pytest.fixture
def case(units, cast):
    """Taken up on Tuesday 2026-11-24, over 12345: some of its days are working days, one is a promise of our own."""
    return complaint(units, cast, channel=Channel.H12345, state=ComplaintState.ACCEPTED, accepted_on=TODAY)


def days(case):
    db.session.expire_all()
    return {d.rule: d.due_on for d in db.session.scalars(select(Duty).where(Duty.subject_id == case.id))}


def set_day(client, day=MONDAY, works="off", note="临时放假"):
    return client.post("/settings/calendar", data={"day": day, "works": works, "note": note})


def test_a_day_off_moves_the_duties_that_run_over_it_at_once(cast, as_, case):
    before = days(case)
    wednesday = date(2026, 11, 25)
    answer = set_day(as_(cast["sysadmin"]), wednesday)
    assert answer.status_code == 303
    after = days(case)
    moved = {rule for rule in before if before[rule] != after[rule]}
    assert moved
    assert all(after[rule] > before[rule] for rule in moved)
    assert settle.rebuild(db.session(), Complaint, check=True) == []


def test_how_many_moved_is_told(cast, as_, case):
    client = as_(cast["sysadmin"])
    before = days(case)
    page = client.post(
        "/settings/calendar", data={"day": "2026-11-25", "works": "off", "note": "临时放假"}, follow_redirects=True
    ).text
    moved = [rule for rule, day in days(case).items() if before[rule] != day]
    assert f"重新计算后有 {len(moved)} 项期限变动" in page


def test_a_day_made_plain_again_moves_them_back(cast, as_, case):
    before = days(case)
    set_day(as_(cast["sysadmin"]), date(2026, 11, 25))
    set_day(as_(cast["sysadmin"]), date(2026, 11, 25), works="plain", note="")
    assert days(case) == before
    assert db.session.get(Workday, date(2026, 11, 25)) is None


def test_a_day_changed_says_why(cast, as_):
    answer = set_day(as_(cast["sysadmin"]), note="")
    assert (answer.status_code, "请写明是哪个节日" in answer.text) == (422, True)
    assert db.session.get(Workday, MONDAY) is None


def test_the_year_shows_days_unlike_their_weekday(cast, as_):
    page = as_(cast["head"]).get("/settings/calendar?year=2026").text
    assert "国庆节" in page
    assert "暂按周一至周五计算" not in page
    assert "暂按周一至周五计算" in as_(cast["head"]).get("/settings/calendar?year=2031").text
    assert as_(cast["head"]).get("/settings/calendar?year=99999").status_code == 200


NOTICE = "2027-10-01 放假 国庆节\n2027年10月4日，休，国庆节\n\n2027-10-09 上班 国庆节调休\n"


def test_the_notice_of_a_year_is_taken_in_one_go(cast, as_):
    answer = as_(cast["sysadmin"]).post("/settings/calendar/notice", data={"notice": NOTICE})
    assert answer.location == "/settings/calendar?year=2027"
    rows = db.session.scalars(select(Workday).where(Workday.day >= date(2027, 1, 1)).order_by(Workday.day)).all()
    assert [(row.day, row.works, row.note) for row in rows] == [
        (date(2027, 10, 1), False, "国庆节"),
        (date(2027, 10, 4), False, "国庆节"),
        (date(2027, 10, 9), True, "国庆节调休"),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("2027-10-40 放假 国庆节", "第 2 行看不懂"),
        ("国庆节放七天", "第 2 行看不懂"),
        ("2027-10-01 放假 国庆节", "写了两次"),
    ],
)
def test_a_notice_with_one_bad_line_is_not_taken_at_all(cast, as_, line, why):
    notice = f"2027-10-01 放假 国庆节\n{line}"
    answer = as_(cast["sysadmin"]).post("/settings/calendar/notice", data={"notice": notice})
    assert (answer.status_code, why in answer.text) == (422, True)
    assert db.session.scalars(select(Workday).where(Workday.day >= date(2027, 1, 1))).all() == []

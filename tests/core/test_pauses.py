"""Time that is not counted: on the page, in the arithmetic and in the table, on both databases."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import select

from ems.complaints.models import Channel
from ems.core import dates, duties, pauses
from ems.core.calendar import Calendar
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.pauses import Ask, Pause
from ems.core.reckon import reckon
from ems.core.rules import PauseKind, Roll, Span
from ems.core.why import explain, strip
from ems.core.workflow import Step
from tests.conftest import TODAY
from tests.core.rows import case, differences, duty
from tests.core.test_calendar import SEEDED
from tests.core.test_rules import rule

OBJECTION = PauseKind.OBJECTION
DAY = timedelta(days=1)


def order(units, cast, **known):
    """A 12345 order of three days ago: five working days, the law excludes an objection's time."""
    return case(units, cast, **{"channel": Channel.H12345, "received_on": date(2026, 11, 20)} | known)


def stop(row, by, on=TODAY, kind=OBJECTION):
    made = pauses.pause(row, duty("HOT_12345"), Ask(kind, on, "已退回平台，等待答复"), by)
    db.session.commit()
    return made


def test_who_may_not_stop_a_clock(as_, cast, units):
    row = order(units, cast, unit_id=units["street"].id, handler_id=cast["liaison"].id)
    for who, status in (("liaison", 403), ("officer", 403), ("hotline", 403), ("outsider", 404), ("auditor", 403)):
        asked = as_(cast[who]).get(f"/clocks/{duty('HOT_12345').id}/pause")
        assert (who, asked.status_code) == (who, status)
    sent = as_(cast["officer"]).post(
        f"/clocks/{duty('HOT_12345').id}/pause", data={"kind": "objection", "on": "2026-11-24", "reason": "x"}
    )
    assert (sent.status_code, db.session.scalars(select(Pause)).all()) == (403, [])
    assert row.id


def test_a_head_stops_it_and_starts_it_again_on_the_record_page(as_, cast, units):
    row = order(units, cast)
    page = as_(cast["head"]).get(f"/complaints/{row.id}").text
    assert f"/clocks/{duty('HOT_12345').id}/pause" in page
    known = {"kind": "objection", "on": "2026-11-24", "reason": "已退回平台（工单 417），等待答复"}
    answer = as_(cast["head"]).post(f"/clocks/{duty('HOT_12345').id}/pause", data=known)
    assert answer.status_code == 303, answer.text
    page = as_(cast["head"]).get(answer.location).text
    assert "期限未定" in page
    assert "自 2026-11-24 起因异议退回待答复停止计算" in page
    assert "已退回平台（工单 417），等待答复" in page
    with dates.stopped(dates.at_noon(date(2026, 11, 26))):
        gone_on = as_(cast["head"]).post(f"/clocks/{duty('HOT_12345').id}/resume", data={"on": "2026-11-26"})
    assert gone_on.status_code == 303, gone_on.text
    assert duty("HOT_12345").due_on == date(2026, 12, 1)
    assert "不计入 2 个工作日（异议退回待答复 2026-11-24 至 2026-11-26）" in duty("HOT_12345").sentence


def test_what_was_typed_stays_and_the_day_says_why_not(as_, cast, units):
    order(units, cast)
    known = {"kind": "objection", "on": "2026-11-25", "reason": "等待平台答复"}
    answer = as_(cast["head"]).post(f"/clocks/{duty('HOT_12345').id}/pause", data=known)
    assert answer.status_code == 422
    assert "暂停日期：暂停日期不能晚于今天。" in answer.text
    assert "等待平台答复" in answer.text


def test_of_two_who_stop_it_at_one_moment_one_gets_through(as_, cast, units, monkeypatch):
    """The other looked before the first had committed."""
    first = stop(order(units, cast), cast["leader"])
    monkeypatch.setattr(pauses, "objections", lambda *_asked: ())
    known = {"kind": "objection", "on": "2026-11-24", "reason": "等待平台答复"}
    answer = as_(cast["head"]).post(f"/clocks/{duty('HOT_12345').id}/pause", data=known)
    assert (answer.status_code, "刚刚由别人暂停" in answer.text) == (409, True)
    assert [pause.id for pause in db.session.scalars(select(Pause))] == [first.id]


def test_while_it_stands_still_nothing_is_late_and_no_difference_is_found(cast, units):
    row = order(units, cast)
    stop(row, cast["head"])
    found = duty("HOT_12345")
    assert (found.paused, found.due_on, found.overdue) == (True, dates.NEVER, False)
    with dates.stopped(dates.at_noon(date(2027, 6, 1))):
        assert not duty("HOT_12345").overdue
    assert differences() == []


@pytest.mark.parametrize(("answered", "in_time"), [(date(2027, 9, 1), True), (date(2026, 11, 24), True)])
def test_a_pause_ends_with_the_answer_and_the_day_is_known_again(cast, units, answered, in_time):
    """Whoever forgot to start the clock again: the time not counted is said, up to the day of the answer."""
    row = order(units, cast)
    stop(row, cast["head"], date(2026, 11, 24))
    row.answered_on = answered
    db.session.commit()
    found = duty("HOT_12345")
    held = db.session.scalars(select(Pause).execution_options(populate_existing=True)).one()
    assert (held.until_on, found.paused, found.on_time) == (answered, False, in_time)
    assert found.due_on < dates.NEVER
    assert differences() == []


def test_a_clock_is_not_stopped_for_the_past_once_it_has_run_out(cast, units):
    """Late is late: a day before the end, named weeks after it, would unsay it."""
    row = order(units, cast)
    assert duty("HOT_12345").due_on == date(2026, 11, 27)
    with dates.stopped(dates.at_noon(date(2026, 12, 10))), pytest.raises(Refused, match="届满之后不能再暂停"):
        stop(row, cast["head"], date(2026, 11, 25))


def test_a_clock_stopped_long_ago_is_found_by_a_check(as_, cast, units):
    row = order(units, cast)
    stop(row, cast["head"])
    for day, found in ((date(2026, 12, 23), False), (date(2026, 12, 24), True)):
        with dates.stopped(dates.at_noon(day)):
            page = as_(cast["leader"]).get("/duties?check=duties.paused_long").text
        assert (row.no in page) is found


@pytest.mark.parametrize(
    ("on", "kind", "said"),
    [
        (date(2026, 11, 25), OBJECTION, "暂停日期不能晚于今天。"),
        (date(2026, 11, 19), OBJECTION, "暂停日期不能早于起算日 2026-11-20。"),
        (TODAY, PauseKind.HEARING, "听证的时间依规定计入这项期限，不能暂停。"),
    ],
)
def test_what_stands_against_a_pause(cast, units, on, kind, said):
    row = order(units, cast)
    with pytest.raises(Refused, match=said):
        stop(row, cast["head"], on, kind)


def test_a_clock_that_has_run_out_is_not_stopped(cast, units):
    row = order(units, cast, received_on=date(2026, 11, 10))
    with pytest.raises(Refused, match="期限到 2026-11-17 为止，届满之后不能再暂停。"):
        stop(row, cast["head"])


def test_nobody_stops_their_own_clock(cast, units):
    row = order(units, cast, handler_id=cast["head"].id)
    with pytest.raises(Refused, match="请由他人决定"):
        stop(row, cast["head"])


def test_it_is_stopped_once_and_not_before_the_last_stop_ended(cast, units):
    row = order(units, cast)
    stop(row, cast["head"], date(2026, 11, 23))
    with pytest.raises(Refused, match="已经暂停"):
        stop(row, cast["head"])
    pauses.resume(row, duty("HOT_12345"), TODAY, cast["head"])
    db.session.commit()
    with pytest.raises(Refused, match="上一次暂停到 2026-11-24 为止"):
        stop(row, cast["head"], date(2026, 11, 23))
    with pytest.raises(Refused, match="没有暂停"):
        pauses.resume(row, duty("HOT_12345"), TODAY, cast["head"])


def test_a_pause_of_one_case_moves_no_other(cast, units):
    one, other = order(units, cast), order(units, cast)
    made = pauses.pause(one, of(one), Ask(OBJECTION, date(2026, 11, 23), "等待答复"), cast["head"])
    db.session.commit()
    made.until_on = TODAY
    db.session.commit()
    assert (of(one).due_on, of(other).due_on) == (date(2026, 11, 30), date(2026, 11, 27))
    assert differences() == []


def of(row):
    return next(d for d in duties.of(type(row), [row.id])[row.id] if d.rule == "HOT_12345")


def test_both_steps_stand_in_the_diary(cast, units):
    row = order(units, cast)
    stop(row, cast["head"])
    pauses.resume(row, duty("HOT_12345"), TODAY, cast["head"])
    db.session.commit()
    said = db.session.scalars(select(Step.remark).where(Step.subject_id == row.id).order_by(Step.id)).all()
    assert [("停止计算" in text, "恢复计算" in text) for text in said] == [(True, False), (False, True)]


def held(first, until=None):
    return Pause(kind=PauseKind.EXPERT, from_on=date.fromisoformat(first), until_on=until and date.fromisoformat(until))


DECIDE = rule(20, roll=Roll.NEXT, law="排污许可管理条例", article="14")


@pytest.mark.parametrize(
    ("stops", "due"),
    [
        ([], "2026-10-08"),
        ([held("2026-09-20", "2026-09-25")], "2026-10-13"),
        ([held("2026-09-20", "2026-09-20")], "2026-10-08"),
        ([held("2026-09-20", "2026-09-25"), held("2026-09-25", "2026-09-28")], "2026-10-16"),
        ([held("2026-09-20", "2026-09-28"), held("2026-09-25", "2026-09-30")], "2026-10-18"),
        ([held("2026-10-20", "2026-11-20")], "2026-10-08"),
        ([held("2026-10-07", "2026-10-09")], "2026-10-10"),
        ([held("2026-09-20")], "9999-12-31"),
        ([held("2026-10-20")], "2026-10-08"),
    ],
)
def test_the_days_of_a_pause_are_not_counted(stops, due):
    due_on = reckon(DECIDE, date(2026, 9, 18), 0, SEEDED, stops).on
    assert due_on == SEEDED.roll(date.fromisoformat(due), 1) if due != "9999-12-31" else due_on == dates.NEVER


def test_the_sentence_names_the_pause(app):
    why = reckon(DECIDE, date(2026, 9, 1), 0, SEEDED, [held("2026-09-10", "2026-09-15")]).why
    said = "受理日 2026-09-01 + 20 日 + 不计入 5 日（专家评审 2026-09-10 至 2026-09-15） = 2026-09-26，遇休息日顺延至"
    assert explain(why) == f"{said} 2026-09-28，依据《排污许可管理条例》第14条"


def test_the_strip_shows_the_days_that_are_not_counted():
    why = reckon(DECIDE, date(2026, 9, 1), 0, SEEDED, [held("2026-09-17", "2026-09-21")]).why
    cells = strip(why, date(2026, 9, 22), SEEDED)
    assert [c.day.day for c in cells if c.is_held] == [21]
    lasting = reckon(DECIDE, date(2026, 9, 1), 0, SEEDED, [held("2026-09-17")]).why
    assert [c.day.day for c in strip(lasting, date(2026, 9, 22), SEEDED) if c.is_held][:2] == [18, 19]


days = st.dates(date(2024, 6, 1), date(2026, 6, 1))


@given(
    days,
    st.integers(1, 60),
    st.sampled_from([Span.CALENDAR_DAY, Span.WORKING_DAY]),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_a_pause_within_the_period_moves_its_end_by_just_its_days(start, offset, unit, after, length):
    """Calendar days by so many days, working days so that as many are left when it is over."""
    asked = rule(offset, unit)
    end = reckon(asked, start, 0, SEEDED).on
    first = start + after * DAY
    until = first + length * DAY
    stops = [Pause(kind=PauseKind.EXPERT, from_on=first, until_on=until)]
    moved = reckon(asked, start, 0, SEEDED, stops).on
    if first >= end:
        assert moved == end
    elif unit is Span.CALENDAR_DAY:
        assert moved == end + length * DAY
    else:
        assert worked(SEEDED, start, first) + worked(SEEDED, until, moved) == offset


def worked(calendar: Calendar, after: date, until: date) -> int:
    return sum(calendar.works(after + n * DAY) for n in range(1, (until - after).days + 1))

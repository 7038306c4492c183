"""The week to the heads, the month to the leaders: who is written to, when, once, and of what."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from ems.complaints.models import Identity
from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Deputy
from ems.core.rules import Bearer
from ems.reminders import summaries
from ems.reminders.models import Channel
from ems.reminders.notices import Notice
from ems.reminders.standings import lines, monday
from ems.reminders.summaries import first, first_of
from tests.conftest import NOON, TODAY
from tests.postgres import database  # noqa: F401  what holds here holds on both
from tests.reminders.office import golden, letters

YESTERDAY, LAST_WEEK = TODAY - timedelta(days=1), TODAY - timedelta(days=7)


@pytest.fixture
def config(config):
    return replace(config, MAIL_HOST="127.0.0.1", BASE_URL="https://ems.example")


@pytest.fixture
def addressed(cast):
    for name, user in cast.items():
        user.email = f"{name}@gaoxin.example"
    db.session.commit()
    return cast


def met(row, on):
    """As if it had been answered that day."""
    duty = db.session.scalars(select(Duty).where(Duty.subject_id == row.id, Duty.rule == "DOC_DUE")).one()
    duty.met_on = on
    db.session.commit()


@pytest.fixture
def full(addressed, case, rule):
    """Some of everything: late, met in time and late, last week and last month, due this week, of several units."""
    case(-9, no="TS-2026-1101", title="锦城湖夜间施工噪声")
    case(-1, no="TS-2026-1187", title="中和街道夜间噪声", unit="street", handler="liaison")
    case(-3, no="TS-2026-1150", title="不该出现的事项", identity=Identity.CONFIDENTIAL, handler=None)
    case(1, no="TS-2026-1203", title="天府三街餐饮油烟")
    case(12, no="TS-2026-1300", title="还早的事项")
    met(case(-8), TODAY - timedelta(days=8))
    met(case(-7), TODAY - timedelta(days=6))
    met(case(-40, unit="street"), TODAY - timedelta(days=40))
    met(case(-41, unit="street"), TODAY - timedelta(days=39))


def to(name):
    return [letter for letter in letters() if letter.to == f"{name}@gaoxin.example"]


def test_only_heads_hear_of_the_week_and_only_leaders_of_the_month(full):
    summaries.weekly()
    assert [letter.to.partition("@")[0] for letter in letters()] == ["chief", "head"]
    summaries.monthly()
    assert [letter.to.partition("@")[0] for letter in letters()] == ["chief", "head", "leader"]


def test_a_head_reads_of_no_unit_but_their_own_and_those_below(full):
    summaries.weekly()
    [chief], [head] = to("chief"), to("head")
    assert "石羊街道办事处" not in chief.text + chief.html
    assert "TS-2026-1187" not in chief.text + chief.html
    assert "石羊街道办事处" in head.text


def test_the_week_as_it_is_written(full):
    summaries.weekly()
    [letter] = to("head")
    assert letter.subject == "第 48 周：逾期 3 件，本周到期 1 件，上周按期率 50%"
    golden("weekly.txt", letter.text)
    golden("weekly.html", letter.html)


def test_the_month_as_it_is_written(full, rule, case, units):
    case(-20, no="TS-2026-0900", title="企业未整改")
    owed = db.session.scalars(select(Duty).order_by(Duty.id.desc()).limit(1)).one()
    owed.bearer = Bearer.ENTERPRISE
    about = {"subject_type": "complaint", "subject_id": 1, "rule": "DOC_DUE", "start_on": TODAY, "due_on": TODAY}
    raised = datetime(2026, 10, 12, 8, tzinfo=dates.HERE)
    db.session.add(
        Notice(channel=Channel.MAIL, unit_id=units["street"].id, lead=1, raised_at=raised, failed_at=raised, **about)
    )
    db.session.commit()
    summaries.monthly()
    [letter] = to("leader")
    assert letter.subject == "10月：按期率 50%，逾期 3 件，企业逾期 1 件"
    assert "上月 1 条提醒没有送达" in letter.text
    golden("monthly.txt", letter.text)
    golden("monthly.html", letter.html)


def test_no_text_no_identity_and_of_confidential_cases_no_headline(full):
    summaries.weekly()
    summaries.monthly()
    for letter in letters():
        said = letter.text + letter.html + letter.subject
        for secret in ("张女士", "13800000162", "饭时段油烟", "不该出现的事项"):
            assert secret not in said
    assert "TS-2026-1150" in to("head")[0].text


def test_a_reader_of_english_reads_english(full, cast):
    for name in ("head", "leader"):
        cast[name].language = "en"
    db.session.commit()
    summaries.weekly()
    summaries.monthly()
    assert all('lang="en"' in to(name)[0].html for name in ("head", "leader"))


def test_each_week_and_month_is_written_once(full):
    for _n in range(2):
        summaries.weekly()
        summaries.monthly()
    assert [letter.key.split(":")[::2] for letter in letters()] == [
        ["weekly", "2026-W48"],
        ["weekly", "2026-W48"],
        ["monthly", "2026-10"],
    ]
    with dates.stopped(NOON + timedelta(days=7)):
        summaries.weekly()
    assert len(to("head")) == 2


def test_who_stands_in_for_a_head_reads_it_too(full, cast):
    days = {"since": TODAY, "until": TODAY + timedelta(days=3)}
    db.session.add(Deputy(absent_id=cast["head"].id, deputy_id=cast["auditor"].id, **days))
    db.session.commit()
    summaries.weekly()
    [theirs], [head] = to("auditor"), to("head")
    assert theirs.subject == head.subject


@pytest.mark.parametrize("gone", [{"active": False}, {"barred": True}, {"email": ""}])
def test_who_has_left_or_has_no_address_is_not_written_to(full, cast, gone):
    for name, value in gone.items():
        setattr(cast["head"], name, value)
    db.session.commit()
    summaries.weekly()
    assert to("head") == []
    assert len(to("chief")) == 1


def test_where_nothing_is_and_nothing_was_nothing_is_written(addressed):
    assert summaries.weekly() == "周报 0 人"
    assert letters() == []


def test_where_no_mail_leaves_the_house_none_is_written(app, full):
    app.config["MAIL_HOST"] = ""
    summaries.weekly()
    summaries.monthly()
    assert letters() == []


def test_one_that_fails_does_not_keep_the_others(full, monkeypatch, cast):
    week = summaries.week
    chief = cast["chief"].id
    monkeypatch.setattr(summaries, "week", lambda person: 1 / 0 if person.id == chief else week(person))
    assert summaries.weekly() == "周报 1 人"


def test_what_enterprises_bear_is_not_our_lateness(addressed, case, rule, cast):
    rule.bearer = Bearer.ENTERPRISE
    db.session.commit()
    case(-9)
    period = (monday(TODAY), TODAY)
    assert {line.late for line in lines(cast["head"], cast["head"].posts[0].role, period)} == {0}


# ── when ─────────────────────────────────────────────────────────────────────

EIGHT = time(8, 20)


def at(day, hour=12):
    return datetime.combine(day, time(hour), dates.HERE)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        (at(date(2026, 11, 23), 8), None),  # a Monday, before the time
        (at(date(2026, 11, 23), 9), date(2026, 11, 23)),
        (at(date(2026, 11, 26)), date(2026, 11, 23)),  # made up for
        (at(date(2026, 11, 26), 3), None),  # though not at night
        (at(date(2026, 11, 28)), None),  # on a Saturday nobody writes
        (at(date(2026, 10, 5)), None),  # the whole of National Day's week is off until Thursday
        (at(date(2026, 10, 8)), date(2026, 10, 8)),
    ],
)
def test_the_week_is_written_on_its_first_working_morning(app, now, slot):
    assert first_of(monday, EIGHT)(now) == (slot and datetime.combine(slot, EIGHT))


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        (at(date(2026, 11, 1)), None),  # a Sunday
        (at(date(2026, 11, 2)), date(2026, 11, 2)),
        (at(date(2026, 11, 24)), date(2026, 11, 2)),
        (at(date(2026, 10, 7)), None),
        (at(date(2026, 10, 8)), date(2026, 10, 8)),
    ],
)
def test_the_month_is_written_on_its_first_working_morning(app, now, slot):
    assert first_of(first, EIGHT)(now) == (slot and datetime.combine(slot, EIGHT))

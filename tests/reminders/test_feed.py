"""The calendar by subscription: whose it is, what stands in it, and that a reader of calendars reads it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select, text

from ems.complaints.models import Identity
from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Deputy, Post, Role
from ems.core.rules import Bearer
from ems.reminders import feed
from ems.reminders.models import Feed
from tests.conftest import NOON, TODAY
from tests.postgres import database  # noqa: F401  what holds here holds on both
from tests.reminders.conftest import day

LONG = "天府大道中段一千二百六十八号楼下多家餐馆晚饭时段油烟直排并伴有噪声影响整栋居民休息"


@pytest.fixture
def config(config):
    return replace(config, BASE_URL="https://ems.example")


@pytest.fixture
def path(as_, cast):
    """The officer's calendar's address."""

    def renewed(name="officer"):
        page = as_(cast[name]).post("/account/feed").text
        start = page.index("https://ems.example/feed/")
        return page[start : page.index(".ics", start) + 4].removeprefix("https://ems.example")

    return renewed


@pytest.fixture
def calendar(app, path):
    """What a calendar that logs in nowhere reads there."""
    address = path()

    def read(**asked):
        answer = app.test_client().get(asked.pop("at", address), headers=asked)
        assert answer.status_code == 200
        return answer

    return read


def events(answer):
    return Calendar.from_ical(answer.data).walk("VEVENT")


def duty(row):
    asked = select(Duty).where(Duty.subject_id == row.id, Duty.rule == "DOC_DUE")
    return db.session.scalars(asked.execution_options(populate_existing=True)).one()


# ── who may not ──────────────────────────────────────────────────────────────


def test_nobody_reads_a_calendar_by_guessing(app, path):
    address = path()
    client = app.test_client()
    for wrong in (
        "/feed/x.ics",
        "/feed/.ics",
        address.replace(address[8], "_" if address[8] != "_" else "-", 1),
        address.upper(),
    ):
        assert client.get(wrong).status_code == 404, wrong


@pytest.mark.parametrize("gone", [{"active": False}, {"barred": True}])
def test_of_who_has_left_or_is_locked_out_nothing_is_told(app, path, cast, gone):
    address = path()
    for name, value in gone.items():
        setattr(cast["officer"], name, value)
    db.session.commit()
    assert app.test_client().get(address).status_code == 404


def test_of_who_holds_no_post_any_more_nothing_is_told(app, path, cast):
    address = path()
    cast["officer"].posts[0].until = TODAY - timedelta(days=1)
    db.session.commit()
    assert app.test_client().get(address).status_code == 404


def test_what_they_may_not_open_any_more_leaves_their_calendar(calendar, case, cast, units):
    case(3)
    assert len(events(calendar())) == 1
    cast["officer"].posts[0].unit_id = units["street"].id
    db.session.commit()
    assert events(calendar()) == []


def test_a_renewed_address_ends_the_one_before(app, path):
    old, new = path(), path()
    assert (app.test_client().get(old).status_code, app.test_client().get(new).status_code) == (404, 200)


def test_a_revoked_one_leads_nowhere_and_the_log_says_who_did_it(app, path, cast, as_):
    address = path()
    assert as_(cast["officer"]).post("/account/feed/revoke").status_code == 303
    assert app.test_client().get(address).status_code == 404
    logged = db.session.execute(
        text("SELECT act, actor_id FROM log_entry WHERE subject_type = 'feed' ORDER BY id")
    ).all()
    assert logged == [("added", cast["officer"].id), ("deleted", cast["officer"].id)]


def test_making_one_asks_for_a_log_in_and_the_token(app, cast, as_):
    assert app.test_client().post("/account/feed").status_code == 401
    assert as_(cast["officer"]).post("/account/feed", token=False).status_code == 400


def test_of_the_address_only_the_hash_is_kept(app, path, cast, as_):
    token = path().removeprefix("/feed/").removesuffix(".ics")
    assert len(token) >= 43
    for table in ("feed", "log_entry"):
        assert token not in str(db.session.execute(text(f"SELECT * FROM {table}")).all())
    assert token not in as_(cast["officer"]).get("/account").text
    assert db.session.scalars(select(Feed.hash)).one() == feed.hashed(token)


def test_nobody_reads_anothers_duties(calendar, case):
    case(1, handler="liaison")
    assert events(calendar()) == []


def test_no_text_no_identity_and_of_confidential_cases_no_headline(calendar, case):
    row = case(1, identity=Identity.CONFIDENTIAL, title="保密的标题")
    said = Calendar.from_ical(calendar().data).to_ical().decode().replace("\r\n ", "")
    for secret in ("保密的标题", "张女士", "13800000162", "饭时段油烟"):
        assert secret not in said
    assert row.no in said


def test_a_row_out_of_reach_is_not_in_it(app, path, case):
    case(1, handler="outsider", unit="street")
    assert events(app.test_client().get(path("outsider"))) == []


# ── what stands in it ────────────────────────────────────────────────────────


def test_a_duty_is_a_day(calendar, case):
    row = case(3, no="TS-2026-1187", title="中和街道夜间噪声")
    [event] = events(calendar())
    assert event["SUMMARY"] == "投诉 TS-2026-1187 中和街道夜间噪声 · 按文件载明期限办理"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (TODAY + timedelta(days=3), TODAY + timedelta(days=4))
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["DESCRIPTION"] == duty(row).sentence
    assert event["URL"] == f"https://ems.example/complaints/{row.id}"
    assert (event["TRANSP"], event["CLASS"]) == ("TRANSPARENT", "PRIVATE")
    [alarm] = event.walk("VALARM")
    assert (alarm["ACTION"], alarm["TRIGGER"].dt) == ("DISPLAY", timedelta(hours=-15))
    assert alarm["DESCRIPTION"] == event["SUMMARY"]


def test_a_duty_in_hours_ends_at_its_minute(calendar, case):
    one = duty(case(0))
    one.start_at, one.due_at = NOON, NOON + timedelta(hours=4)
    db.session.commit()
    [event] = events(calendar())
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (
        datetime(2026, 11, 24, 7, 30, tzinfo=UTC),
        datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    )
    assert event.walk("VALARM")[0]["TRIGGER"].dt == timedelta(hours=-2)


def test_what_is_met_vanishes(calendar, case):
    one = duty(case(1))
    case(2)
    assert len(events(calendar())) == 2
    one.met_on = TODAY
    db.session.commit()
    assert len(events(calendar())) == 1


def test_a_clock_that_stands_still_has_no_day(calendar, case):
    duty(case(1)).due_on = dates.NEVER
    db.session.commit()
    assert events(calendar()) == []


def test_what_others_bear_is_not_ours_to_do(calendar, case):
    duty(case(1)).bearer = Bearer.ENTERPRISE
    db.session.commit()
    assert events(calendar()) == []


def test_a_head_finds_what_nobody_owns_below(app, path, case):
    case(1, handler=None, no="TS-2026-0001")
    case(1, handler=None, unit="street", no="TS-2026-0002")
    case(1, no="TS-2026-0003")
    said = app.test_client().get(path("chief")).text
    assert [no in said for no in ("TS-2026-0001", "TS-2026-0002", "TS-2026-0003")] == [True, False, False]


def test_a_deputy_finds_what_the_absent_would_as_long_as_they_stand_in(app, path, case, cast):
    days = {"since": TODAY, "until": TODAY + timedelta(days=1)}
    db.session.add(Deputy(absent_id=cast["officer"].id, deputy_id=cast["auditor"].id, **days))
    db.session.commit()
    case(5, no="TS-2026-0001")
    address = path("auditor")
    assert "TS-2026-0001" in app.test_client().get(address).text
    with day(2):
        assert "TS-2026-0001" not in app.test_client().get(address).text


def test_who_lost_their_posts_reads_no_names(app, path, case, cast):
    case(1, title="离岗后的事项")
    address = path()
    for post in db.session.scalars(select(Post).where(Post.user_id == cast["officer"].id)):
        post.until = TODAY - timedelta(days=1)
    db.session.commit()
    assert "离岗后的事项" not in app.test_client().get(address).text


def test_in_english_for_who_reads_english(calendar, case, cast):
    cast["officer"].language = "en"
    db.session.commit()
    case(1)
    assert "按文件载明期限办理" not in calendar().text.replace("\r\n ", "")


# ── that calendars read it ───────────────────────────────────────────────────


def test_it_says_what_it_is_and_how_often_to_ask(calendar, case):
    case(1)
    answer = calendar()
    assert answer.content_type == "text/calendar; charset=utf-8"
    head = Calendar.from_ical(answer.data)
    assert (head["VERSION"], head["METHOD"], head["X-WR-CALNAME"]) == ("2.0", "PUBLISH", "期限 · officer")
    assert head["PRODID"]
    assert head["REFRESH-INTERVAL"].dt == timedelta(hours=4)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT4H\r\n" in answer.data


def test_lines_end_and_fold_as_the_standard_says(calendar, case):
    case(1, title=LONG)
    body = calendar().data
    assert body.count(b"\n") == body.count(b"\r\n")
    assert body.endswith(b"END:VCALENDAR\r\n")
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert sum(line.startswith(b" ") for line in lines) >= 2
    for line in lines:
        line.decode()  # no sign is cut in two
    [event] = events(calendar())
    assert LONG in event["SUMMARY"]


def test_signs_that_mean_something_to_a_calendar_are_only_signs(calendar, case):
    title = "甲;乙,丙\\丁\n戊: END:VEVENT"
    case(1, title=title)
    [event] = events(calendar())
    assert title in event["SUMMARY"]


def test_the_same_duties_make_the_same_bytes_whenever_they_are_read(calendar, case):
    case(1)
    first = calendar()
    with day(1, 15):
        second = calendar()
    assert second.data == first.data


def test_who_has_it_already_is_told_so(app, path, case):
    case(1)
    address, client = path(), app.test_client()
    etag = client.get(address).headers["ETag"]
    again = client.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    case(2)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_a_change_keeps_the_name_and_counts_one_more(calendar, case):
    row = case(3)
    [before] = events(calendar())
    with day(1, 15):
        row.title = "改过的标题"
        db.session.commit()
        [after] = events(calendar())
    with day(2, 15):
        [same] = events(calendar())
    assert before["UID"] == after["UID"] == same["UID"]
    assert [event["SEQUENCE"] for event in (before, after, same)] == [0, 1, 1]
    moment = datetime(2026, 11, 25, 7, tzinfo=UTC)
    assert (after["LAST-MODIFIED"].dt, after["DTSTAMP"].dt, same["DTSTAMP"].dt) == (moment, moment, moment)


def test_a_duty_made_anew_is_the_same_event(calendar, case):
    row = case(3)
    [before] = events(calendar())
    day_ = row.document_due_on
    row.document_due_on = None
    db.session.commit()
    assert events(calendar()) == []
    row.document_due_on = day_
    db.session.commit()
    assert events(calendar())[0]["UID"] == before["UID"]


def test_no_two_duties_share_a_name(calendar, case):
    for n in range(5):
        case(n)
    names = [event["UID"] for event in events(calendar())]
    assert len(set(names)) == 5
    assert all(name.endswith("@ems.example") for name in names)


def test_the_account_page_says_when_it_was_read_last(calendar, cast, as_, case):
    client = as_(cast["officer"])
    assert "还没有日历来读取" in client.get("/account").text
    calendar()
    assert "最近读取 2026-11-24 12:00" in client.get("/account").text


def test_reading_leaves_no_trace_in_the_log(calendar, case):
    case(1)
    before = db.session.scalar(text("SELECT count(*) FROM log_entry"))
    calendar()
    assert db.session.scalar(text("SELECT count(*) FROM log_entry")) == before


def test_the_roles_of_an_administrator_have_an_empty_calendar(app, path, case, cast):
    case(1, handler=None)
    assert cast["sysadmin"].posts[0].role is Role.SYSADMIN
    assert b"VEVENT" not in app.test_client().get(path("sysadmin")).data

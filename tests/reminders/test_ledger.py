"""The ledger: who was told of what, by which channel, and what came of it."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text

from ems.complaints.models import ComplaintState, Identity
from ems.core import dates, module
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Deputy
from ems.core.policy import Act
from ems.core.rules import Span
from ems.reminders import jobs, ledger, links, post
from ems.reminders.links import Link
from ems.reminders.models import Channel, Message, Outbox, OutboxState, Reminder, Rung
from ems.reminders.notices import Notice, NoticeState
from ems.reminders.outcome import WENT, Outcome
from ems.reminders.work import remind
from tests.conftest import NOON, TODAY
from tests.postgres import database  # noqa: F401  what holds here holds on both
from tests.reminders.conftest import day

LATER = NOON + timedelta(hours=3)


@pytest.fixture
def config(config):
    return replace(config, MAIL_HOST="127.0.0.1", BASE_URL="https://ems.example")


@pytest.fixture
def reader(cast):
    cast["officer"].email = "officer@gaoxin.example"
    db.session.commit()
    return cast["officer"]


def notices(*asked):
    rows = select(Notice).where(*asked).order_by(Notice.id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def carried(outcome=WENT):
    """The one letter that waits, as if this had come of it."""
    letter = db.session.scalars(select(Outbox).where(Outbox.state == OutboxState.WAITING)).one()
    letter.tries += 1
    post.settle(letter, outcome)
    db.session.commit()
    return letter


# ── who may not ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["liaison", "officer", "hotline", "sysadmin", "secadmin"])
def test_nobody_else_reads_the_ledger(cast, case, as_, name):
    case(1)
    remind()
    client = as_(cast[name])
    for page in ("/ledger/", "/ledger/export.xlsx", "/ledger/export.csv", "/ledger/1"):
        assert client.get(page).status_code == 403, page


def test_a_head_reads_of_their_own_units_only(cast, case, as_):
    case(1, no="TS-2026-0001")
    case(1, no="TS-2026-0002", unit="street", handler="liaison")
    remind()
    client = as_(cast["chief"])
    page = client.get("/ledger/").text
    assert "TS-2026-0001" in page
    assert "TS-2026-0002" not in page
    [theirs] = notices(Notice.no == "TS-2026-0002")
    assert client.get(f"/ledger/{theirs.id}").status_code == 404


def test_the_log_administrator_reads_who_and_when_and_no_matter(cast, case, as_):
    case(-1, no="TS-2026-0001", title="不该看到的事项")
    remind()
    client = as_(cast["logadmin"])
    [told] = notices(Notice.rung == Rung.PERSON)
    pages = client.get("/ledger/").text + client.get(f"/ledger/{told.id}").text
    sheet = str(
        CalamineWorkbook.from_filelike(BytesIO(client.get("/ledger/export.xlsx").data))
        .get_sheet_by_index(0)
        .to_python()
    )
    for said in ("officer", "按文件载明期限办理", "科技局（环保处）", "TS-2026-0001"):
        assert said in pages
        assert said in sheet
    for secret in ("不该看到的事项", "张女士", "饭时段油烟", "打开记录"):
        assert secret not in pages + sheet
    assert client.get("/complaints/1").status_code == 403


def test_nothing_is_ever_taken_out_of_it(app):
    with app.test_request_context():
        writing = {"POST", "DELETE", "PUT", "PATCH"}
        ways = [
            rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("ledger.") and rule.methods & writing
        ]
    assert ways == []


# ── what is entered ──────────────────────────────────────────────────────────


def test_each_telling_is_entered_for_each_channel(case, reader):
    row = case(1)
    remind()
    [inbox, mail] = notices()
    for entry in (inbox, mail):
        assert (entry.subject_type, entry.subject_id, entry.no, entry.rule) == ("complaint", row.id, row.no, "DOC_DUE")
        assert (entry.asked, entry.due_on, entry.lead) == ("按文件载明期限办理", TODAY + timedelta(days=1), 1)
        assert (entry.rung, entry.deputy, entry.person_id, entry.unit_id) == (
            Rung.PERSON,
            False,
            reader.id,
            row.unit_id,
        )
        assert entry.raised_at == NOON
    assert (inbox.channel, inbox.sent_at, inbox.state) == (Channel.INBOX, NOON, NoticeState.SENT)
    assert (mail.channel, mail.sent_at, mail.state) == (Channel.MAIL, None, NoticeState.WAITING)


def test_what_the_one_mail_of_the_day_no_longer_takes_stands_in_the_inbox_alone(case, reader):
    case(1)
    remind()
    case(0)
    remind()
    assert [entry.channel for entry in notices()] == [Channel.INBOX, Channel.MAIL, Channel.INBOX]


def test_a_telling_that_fails_is_not_entered(case, reader, monkeypatch):
    case(1)
    monkeypatch.setattr(post, "put", lambda *args, **said: 1 / 0)
    remind()
    assert notices() == []


def test_head_leader_and_deputy_are_entered_as_what_they_are(cast, case):
    days = {"since": TODAY, "until": TODAY + timedelta(days=3)}
    db.session.add(Deputy(absent_id=cast["officer"].id, deputy_id=cast["auditor"].id, **days))
    db.session.commit()
    case(-9)
    remind()
    found = {(entry.person.name, entry.rung, entry.deputy) for entry in notices()}
    assert found == {
        ("officer", Rung.PERSON, False), ("auditor", Rung.PERSON, True), ("chief", Rung.HEAD, False),
        ("leader", Rung.LEADER, False),
    }  # fmt: skip


def test_an_alarm_is_entered_once_for_each_day_it_is_due(cast, case):
    for name in ("chief", "head", "leader"):
        cast[name].active = False
    db.session.commit()
    case(1, handler=None, unit="street")
    remind()
    assert (ledger.alarms(), ledger.alarms()) == (1, 0)
    db.session.commit()
    remind()
    assert ledger.alarms() == 0
    [row] = db.session.scalars(select(Notice).where(Notice.channel == Channel.ALARM))
    assert (row.person_id, row.due_on, row.sent_at) == (None, TODAY + timedelta(days=1), NOON)


def test_it_outlives_duty_reminder_and_message(case, reader):
    row = case(1)
    remind()
    row.document_due_on = None
    db.session.commit()
    db.session.execute(text("DELETE FROM message"))
    db.session.execute(text("DELETE FROM outbox"))
    db.session.commit()
    assert db.session.scalars(select(Duty).where(Duty.rule == "DOC_DUE")).all() == []
    assert db.session.scalars(select(Reminder)).all() == []
    assert [entry.no for entry in notices()] == [row.no, row.no]


def test_it_leaves_no_trace_in_the_log(case, reader):
    case(1)
    before = db.session.scalar(text("SELECT count(*) FROM log_entry"))
    remind()
    carried()
    assert db.session.scalar(text("SELECT count(*) FROM log_entry")) == before


# ── what becomes of it ───────────────────────────────────────────────────────


def test_a_mail_that_went_was_delivered(case, reader):
    case(1)
    remind()
    with dates.stopped(LATER):
        carried()
    [_inbox, mail] = notices()
    assert (mail.sent_at, mail.state) == (LATER, NoticeState.SENT)


def test_a_mail_that_failed_is_tried_again_and_then_given_up_with_its_reason(case, reader):
    case(1)
    remind()
    carried(Outcome("451 try later"))
    [_inbox, mail] = notices()
    assert (mail.failed_at, mail.error, mail.state) == (None, "451 try later", NoticeState.WAITING)
    with dates.stopped(LATER):
        carried(Outcome("550 no such user", hopeless=True))
    [_inbox, mail] = notices()
    assert (mail.failed_at, mail.error, mail.state) == (LATER, "550 no such user", NoticeState.FAILED)
    post.again(Outbox.id == mail.outbox_id)
    carried()
    [_inbox, mail] = notices()
    assert (mail.failed_at, mail.error, mail.state) == (None, "", NoticeState.SENT)


def entry(user):
    return db.session.scalars(select(Message).where(Message.person_id == user.id)).one()


def test_opening_the_entry_counts_once_and_for_the_inbox(case, reader, as_):
    case(1)
    remind()
    for moment in (LATER, LATER + timedelta(hours=1)):
        with dates.stopped(moment):
            as_(reader).get(f"/inbox/{entry(reader).id}")
    [inbox, mail] = notices()
    assert (inbox.opened_at, inbox.state) == (LATER, NoticeState.OPENED)
    assert mail.opened_at is None


def test_marking_all_as_read_opens_ones_own_alone(case, cast, reader, as_):
    case(-1)
    remind()
    as_(reader).post("/inbox/read")
    assert {(n.person.name, n.opened_at) for n in notices(Notice.channel == Channel.INBOX)} == {
        ("officer", NOON),
        ("chief", None),
    }


def test_ticking_off_acts_for_every_channel_of_that_person(case, reader, as_, cast):
    case(-1)
    remind()
    as_(reader).post(f"/inbox/{entry(reader).id}/acted")
    assert {(n.person.name, n.channel, n.acted_at) for n in notices()} == {
        ("officer", Channel.INBOX, NOON), ("officer", Channel.MAIL, NOON), ("chief", Channel.INBOX, None),
    }  # fmt: skip


def test_what_is_met_is_acted_on_for_everybody(case, cast):
    row, other = case(-1), case(-1)
    remind()
    duty = db.session.scalars(select(Duty).where(Duty.subject_id == row.id, Duty.rule == "DOC_DUE")).one()
    duty.met_on = TODAY
    db.session.commit()
    with dates.stopped(LATER):
        ledger.minute()
        ledger.minute()
    assert {n.acted_at for n in notices(Notice.subject_id == row.id)} == {LATER}
    assert {n.acted_at for n in notices(Notice.subject_id == other.id)} == {None}


def test_of_a_case_that_was_voided_nothing_is_asked_any_more(case, cast, reader, as_):
    row, other = case(1), case(1)
    remind()
    carried(Outcome("550", hopeless=True))
    assert found("reminders.undelivered", cast["head"]) == 2
    row.state = ComplaintState.VOID
    db.session.commit()
    with dates.stopped(LATER):
        assert "撤销入账 2 条" in ledger.minute()
        assert jobs.tick_off() == 1
    gone, stands = (notices(Notice.subject_id == one.id) for one in (row, other))
    assert {(n.state, n.withdrawn_at, n.acted_at) for n in gone} == {(NoticeState.WITHDRAWN, LATER, None)}
    assert {n.withdrawn_at for n in stands} == {None}
    assert found("reminders.undelivered", cast["head"]) == 1
    entries = db.session.scalars(select(Message).execution_options(populate_existing=True)).all()
    assert {entry.subject_id: bool(entry.acted_at) for entry in entries} == {row.id: True, other.id: False}
    page = as_(cast["chief"]).get("/ledger/?state=withdrawn")
    assert page.text.count("已撤销") > as_(cast["chief"]).get("/ledger/?state=acted").text.count("已撤销")
    assert ledger.minute() == "没有待办"


# ── the link in a mail ───────────────────────────────────────────────────────


@pytest.fixture
def link(case, reader):
    """The way in, as it stands in the mail."""
    case(1)
    remind()
    letter = db.session.scalars(select(Outbox)).one()
    start = letter.text.index("https://ems.example/go/")
    address = letter.text[start:].split()[0]
    assert address in unescape(letter.html)
    return address.removeprefix("https://ems.example")


def test_a_link_opens_nothing_to_who_does_not_log_in(app, link):
    answer = app.test_client().get(link)
    assert answer.location.startswith("/login?next=%2Fgo%2F") or answer.location.startswith("/login?next=/go/")
    assert {n.opened_at for n in notices()} == {None}


def test_a_link_that_somebody_else_follows_opens_nothing_for_them_either(link, cast, as_):
    assert as_(cast["outsider"]).get(link).location == "/inbox"  # not theirs to see
    assert as_(cast["chief"]).get(link).location == "/complaints/1"
    assert {n.opened_at for n in notices()} == {None}


def test_whom_it_was_written_to_gets_to_the_record_and_has_read_it(link, reader, as_):
    with dates.stopped(LATER):
        assert as_(reader).get(link).location == "/complaints/1"
    [inbox, mail] = notices()
    assert (mail.opened_at, inbox.opened_at) == (LATER, None)


def test_a_link_that_was_tampered_with_leads_nowhere(link, reader, as_):
    assert as_(reader).get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404
    assert as_(reader).get("/go/x").status_code == 404


def test_a_link_ends_some_day(link, reader, as_):
    with dates.stopped(NOON + links.LASTS):
        assert as_(reader).get(link).location == "/inbox"
    assert {n.opened_at for n in notices()} == {None}


def test_a_link_of_another_making_is_none_of_ours(app, reader, as_):
    app.config["SECRET_KEY"], ours = "other", app.config["SECRET_KEY"]
    foreign = links.address(Link("digest:1:2026-11-24", "complaint", 1)).removeprefix("https://ems.example")
    app.config["SECRET_KEY"] = ours
    assert as_(reader).get(foreign).status_code == 404


# ── its pages ────────────────────────────────────────────────────────────────


def test_a_record_shows_who_was_told_to_whoever_may_see_it(case, cast, reader, as_):
    row = case(-1)
    remind()
    page = as_(reader).get(f"/complaints/{row.id}").text
    assert "提醒记录（3）" in page
    assert "chief" in page
    quiet = case(30)
    assert "提醒记录" not in as_(reader).get(f"/complaints/{quiet.id}").text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", 4), ("channel=mail", 1), ("state=waiting", 1), ("state=sent", 3), ("state=acted", 0), ("rule=DOC_DUE", 4),
        ("rule=PET_CLOSE", 0), ("since=2026-11-24", 4), ("since=2026-11-25", 0), ("until=2026-11-23", 0),
        ("until=2026-11-24", 4), ("view=failed", 0), ("view=late", 3), ("view=alarm", 0), ("view=unread", 0),
    ],
)  # fmt: skip
def test_its_filters_find_what_they_say(case, cast, reader, as_, asked, found):
    case(-1)
    remind()
    case(0, handler="liaison")
    remind()
    page = as_(cast["auditor"]).get(f"/ledger/?{asked}").text
    assert len(re.findall(r'href="/ledger/\d+"', page)) == found


def test_it_is_found_by_person_and_by_unit_with_those_below(case, cast, units, as_):
    case(1, no="TS-2026-0001", unit="brigade")
    case(1, no="TS-2026-0002", unit="street", handler="liaison")
    remind()
    client = as_(cast["auditor"])
    page = client.get(f"/ledger/?unit={units['bureau'].id}").text
    assert ("TS-2026-0001" in page, "TS-2026-0002" in page) == (True, False)
    page = client.get(f"/ledger/?person={cast['liaison'].id}").text
    assert ("TS-2026-0001" in page, "TS-2026-0002" in page) == (False, True)
    assert client.get("/ledger/?channel=nonsense").status_code == 409


def test_three_days_unread_stand_in_a_view(case, cast, as_):
    case(1)
    remind()
    with day(4):
        page = as_(cast["auditor"]).get("/ledger/?view=unread").text
    assert "TS-2026" in page


def test_an_auditor_takes_it_along_as_a_sheet(case, cast, reader, as_):
    case(1, no="TS-2026-0001")
    remind()
    carried(Outcome("550 =cmd|' /C calc'!A0", hopeless=True))
    client = as_(cast["auditor"])
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(client.get("/ledger/export.xlsx").data))
        .get_sheet_by_index(0)
        .to_python()
    )
    lines = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert {(line["渠道"], line["结果"], line["通知对象"]) for line in lines} == {
        ("站内消息", "已送达", "officer"),
        ("邮件", "未送达", "officer"),
    }
    assert "未送达原因" in client.get("/ledger/export.csv").text


@pytest.mark.parametrize("asked", ["until=9999-12-31", "since=0001-01-01", "since=9999-12-31", "until=0001-01-01"])
def test_the_first_and_the_last_day_there_is_are_days_like_any_other(cast, case, as_, asked):
    case(1)
    remind()
    client = as_(cast["auditor"])
    there = asked in {"until=9999-12-31", "since=0001-01-01"}
    page = client.get(f"/ledger/?{asked}")
    assert (page.status_code, "/ledger/1" in page.text) == (200, there)
    assert client.get(f"/ledger/export.xlsx?{asked}").status_code == 200


# ── figures and checks ───────────────────────────────────────────────────────


def value(code):
    figure, period = module.figures()[code], (TODAY.replace(day=1), TODAY + timedelta(days=9))
    return figure.of(None, period)


def test_the_figures_say_how_telling_went(case, cast, reader):
    case(1)
    case(-1)
    remind()
    carried(Outcome("550", hopeless=True))
    assert value("reminders.raised") == 5  # two to the officer by two ways, one to the chief
    assert value("reminders.delivered") == 3
    assert (value("reminders.due"), value("reminders.in_time")) == (2, 1)
    notices()[0].opened_at = NOON
    db.session.commit()
    assert value("reminders.opened") == 1


def found(code, user):
    return len(db.session.scalars(next(c for c in module.checks() if c.code == code).found(user)).all())


def test_a_check_finds_what_did_not_arrive_until_it_is_met(case, cast, reader):
    case(1)
    remind()
    carried(Outcome("550", hopeless=True))
    assert found("reminders.undelivered", cast["head"]) == 1
    for entry in notices():
        entry.acted_at = NOON
    db.session.commit()
    assert found("reminders.undelivered", cast["head"]) == 0


def test_a_check_finds_who_has_duties_and_no_address(app, case, cast):
    case(1)
    for email, n in (("", 1), ("nonsense", 1), ("two words@x.example", 1), ("a@b@c.example", 1), ("a@b.example", 0)):
        cast["officer"].email = email
        db.session.commit()
        assert found("reminders.addresses", cast["head"]) == n, email
    cast["officer"].email = ""
    app.config["MAIL_HOST"] = ""
    assert found("reminders.addresses", cast["head"]) == 0


def test_a_check_finds_what_nobody_can_be_told_of_as_long_as_nobody_can(case, cast, units):
    for name in ("chief", "head"):
        cast[name].active = False
    db.session.commit()
    case(1, handler=None, unit="street")
    remind()
    ledger.minute()
    assert found("reminders.unheard", cast["leader"]) == 1
    cast["head"].active = True
    db.session.commit()
    remind()
    assert found("reminders.unheard", cast["leader"]) == 0


# ── what leaves the house ────────────────────────────────────────────────────


def test_nothing_of_a_confidential_case_is_in_any_mail_feed_or_ledger(case, cast, reader, as_, rule):
    for name in ("chief", "head", "leader"):
        cast[name].email = f"{name}@gaoxin.example"
    row = case(-9, identity=Identity.CONFIDENTIAL, title="保密的标题")
    rule.unit = Span.EVENT
    db.session.commit()
    remind()
    ledger.minute()
    address = as_(reader).post("/account/feed").text
    token = address[address.index("/feed/") :].split(".ics")[0]
    calendar = as_(reader).get(f"{token}.ics").text
    tables = [str(db.session.execute(text(f"SELECT * FROM {name}")).all()) for name in ("outbox", "notice", "feed")]
    for secret in ("保密的标题", "张女士", "13800000162", "饭时段油烟"):
        assert secret not in "".join([*tables, calendar])
    assert row.no in calendar
    assert row.no in tables[0]


def test_whoever_may_read_the_ledger_is_named_in_the_matrix():
    from ems.core.policy import ALLOWED  # noqa: PLC0415

    assert sorted(ALLOWED["ledger"][Act.VIEW]) == ["auditor", "chief", "leader", "logadmin"]

"""A year played through on a copy: it finds what the clock leaves out and what it says for nothing."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from unicodedata import east_asian_width

import pytest
from sqlalchemy import func, insert, select

from ems import create_app
from ems.complaints.models import Complaint
from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.pauses import Pause
from ems.core.people import Post, Role
from ems.core.rules import Bearer, LocalRule, PauseKind, Rule
from ems.reminders import jobs, simulation, truth, verdict, work
from ems.reminders.models import Message, MessageKind, Outbox
from tests import factories
from tests.conftest import TODAY

DAY = timedelta(days=1)
MONDAY = date(2026, 11, 9)
several = pytest.mark.parametrize("database", ["memory", "file", "postgresql"], indirect=True)


def on(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=dates.HERE).astimezone(UTC)


def lived(first=MONDAY, last=date(2026, 12, 1), rule=None, then=None):
    """What came of these days, on a copy; `then` is done there before it is judged."""
    with simulation.copied(create_app):
        truth.lay_aside(rule)
        for _day in simulation.replay([first + n * DAY for n in range((last - first).days + 1)]):
            pass
        if then:
            then()
        return verdict.judged(2026)


def line(found, code="DOC_DUE"):
    return next(line for line in found.rules if line.code == code)


@pytest.fixture
def off(monkeypatch):
    """The clock does nothing on days of which this is true."""

    def switched(days):
        def but(job):
            return lambda: "" if days(dates.today()) else job.work()

        monkeypatch.setattr(jobs, "JOBS", tuple(replace(job, work=but(job)) for job in jobs.JOBS))

    return switched


def everything():
    """All rows of all tables, as they are."""
    tables = db.metadata.tables.values()
    return {table.name: sorted(map(repr, db.session.execute(select(table)).all())) for table in tables}


@several
def test_nothing_of_the_database_is_changed_whichever_it_is(app, cast, case):
    case(3)
    work.remind()
    before = everything()
    assert (len(before["duty"]) > 0, len(before["reminder"]) > 0) == (True, True)
    found = lived(TODAY, TODAY + 3 * DAY)
    assert sum(line(found).leads["person"].values()) == 3
    assert everything() == before


def test_no_mail_leaves_the_copy_and_no_identity_enters_it(app, cast, case):
    cast["officer"].email = "officer@example.cn"
    db.session.commit()
    app.config["MAIL_HOST"] = "mail.example.cn"
    row = case(1)
    assert row.complainant == "张女士"
    copied = []

    def look():
        copied.append(db.session.scalar(select(func.count()).select_from(Outbox)))
        copied.append(db.session.execute(select(Complaint.complainant, Complaint.phone)).all())

    assert line(lived(TODAY, TODAY + DAY, then=look)).reminders == 2
    assert copied == [0, [(None, None)]]


def test_a_year_in_which_all_were_told_has_nothing_to_find_fault_with(case):
    for left in (-10, 0, 5, 9):
        case(left)
    found = lived()
    counted = found.totals
    assert (counted["due"], counted["misses"], counted["false_alarms"], counted["alarms"]) == (4, 0, 0, 0)
    assert (found.misses, found.false_alarms) == ([], [])


def test_a_scan_that_is_off_for_a_week_leaves_out_what_fell_due_in_it(case, off):
    lost = [case(n) for n in (-12, -11)]
    case(5)
    off(lambda day: TODAY - 19 * DAY <= day <= TODAY - 8 * DAY)
    found = lived()
    assert line(found).misses == 2
    assert [one.subject for one in found.misses] == [f"complaint:{row.id}" for row in lost]
    assert {one.rule for one in found.misses} == {"DOC_DUE"}


def test_who_heard_only_when_it_was_too_late_was_missed(case, off):
    case(-12)
    off(lambda day: day < TODAY - 11 * DAY)
    found = lived()
    assert (line(found).misses, line(found).leads["person"]["-1"], line(found).ahead) == (1, 1, None)


def test_an_inbox_that_stays_empty_is_a_miss_though_the_reminder_says_it_was_told(case, monkeypatch):
    case(0)
    monkeypatch.setattr(work, "tell", lambda _person, _rows: None)
    found = lived(TODAY - 9 * DAY, TODAY)
    assert (line(found).reminders, line(found).misses) == (3, 1)


def test_a_rule_that_says_nothing_ahead_is_listed_as_silent_and_is_no_miss(case, rule):
    rule.leads = [-1]
    db.session.commit()
    case(0)
    case(5)
    found = lived()
    assert (line(found).silent, line(found).misses, found.misses) == (2, 0, [])


def test_what_the_bureau_made_of_the_leads_counts(cast, case):
    about = {"code": "DOC_DUE", "from_on": TODAY, "reason": "自行掌握", "by_id": cast["chief"].id, "at": dates.now()}
    db.session.add(LocalRule(**about, leads=[2]))
    db.session.commit()
    case(3)
    found = line(lived(TODAY, TODAY + 5 * DAY))
    assert (found.leads["person"], found.ahead) == ({"2": 1}, 2)


def test_a_duty_nobody_can_be_told_of_is_an_alarm_and_no_miss(cast, case):
    for post in db.session.scalars(select(Post).where(Post.role.in_([Role.CHIEF, Role.LEADER]))):
        post.until = MONDAY - DAY
    db.session.commit()
    case(5, handler=None)
    case(6)
    found = line(lived())
    assert (found.alarms, found.misses, found.due) == (1, 0, 2)


def test_an_alarm_the_head_of_the_bureau_hears_is_one_too(cast, case):
    for post in db.session.scalars(select(Post).where(Post.role == Role.CHIEF)):
        post.until = MONDAY - DAY
    db.session.commit()
    case(3, handler=None)
    found = line(lived(TODAY, TODAY + 5 * DAY))
    assert (found.alarms, found.misses, found.leads) == (1, 0, {"alarm": {"3": 1}})


def test_each_lead_is_told_once_and_what_is_late_climbs(case):
    case(-10)  # Saturday the 14th
    found = line(lived())
    assert found.leads["person"] == {"7": 1, "3": 1, "0": 1, "-1": 1, "-3": 1}
    assert (found.leads["head"], found.leads["leader"]) == ({"-1": 1}, {"-7": 1})
    assert (found.late, found.climbed) == (1, {"nobody": 0, "person": 0, "head": 0, "leader": 1})
    assert (found.reminders, found.ahead, found.unit) == (7, 5, "day")


def test_what_is_late_by_a_day_has_come_to_the_head(case):
    case(-1)
    assert line(lived(TODAY - 2 * DAY, TODAY + 8 * DAY)).climbed == {"nobody": 0, "person": 0, "head": 1, "leader": 0}


def test_days_to_come_are_played_but_nothing_in_them_counts_as_late(case):
    case(-1)
    case(3)
    found = lived(TODAY, TODAY + 12 * DAY)
    assert (line(found).late, line(found).leads["leader"], found.known_to) == (1, {"-7": 2}, "2026-11-24")


def test_what_was_met_is_not_told_of_any_more(case):
    case(5, answered_on=TODAY)
    found = lived()
    assert line(found).leads == {"person": {"7": 1}}
    assert found.totals["false_alarms"] == 0


def test_what_has_not_begun_is_not_told_of(units, cast):
    factories.complaint(units, cast, handler_id=cast["officer"].id)  # received at noon, five working days
    with_it = lived(TODAY - DAY, TODAY + 8 * DAY, rule="HOT_12345")
    assert line(with_it, "HOT_12345").leads["person"] == {"1": 1, "0": 1, "-1": 1}
    assert {each.code for each in with_it.rules} == {"HOT_12345"}


def test_what_ends_on_the_day_it_begins_is_told_of_after_noon(units, cast):
    add("EMG_REPORT_CO", units, cast, TODAY, TODAY, why="event")
    found = line(lived(TODAY, TODAY), "EMG_REPORT_CO")
    assert (found.due, found.misses, found.leads) == (1, 0, {"person": {"0": 1}})


def test_what_begins_ends_and_is_met_on_one_day_was_not_to_be_told_of(units, cast):
    add("EMG_REPORT_CO", units, cast, TODAY, TODAY, why="event", met_on=TODAY)
    found = line(lived(TODAY, TODAY), "EMG_REPORT_CO")
    assert (found.due, found.misses, found.reminders) == (1, 0, 0)


def test_hours_that_are_counted_back_are_known_from_the_start(units, cast):
    add("EMG_REPORT_4H", units, cast, TODAY + DAY, TODAY, start_at=on(25, 9), due_at=on(24, 21))
    found = line(lived(TODAY, TODAY), "EMG_REPORT_4H")
    assert (found.misses, found.ahead, found.leads["person"]) == (0, 1, {"1": 1, "0": 1, "-1": 1})


def test_over_days_off_nothing_is_missed(case):
    for left in range(-4, 7):
        case(left)
    found = lived(TODAY - 5 * DAY, TODAY + 6 * DAY)
    assert (found.totals["due"], found.totals["misses"]) == (11, 0)


def add(code, units, cast, start, due, **known):
    """A duty of a module that is still to come."""
    why = {"title": code, "trigger": "起", "unit": known.pop("why", "hour"), "offset": 1}
    why |= {"start": f"{start}", "end": f"{due}", "due": f"{due}"}
    since = db.session.scalar(select(func.max(Rule.since)).where(Rule.code == code, Rule.since <= TODAY))
    row = Duty(
        subject_type="incident", subject_id=1, rule=code, since=since, start_on=start, due_on=due, why=why,
        bearer=Bearer.OWN, unit_id=units["bureau"].id, owner_id=cast["officer"].id, **known,
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()


def at_night(units, cast, **known):
    """Four hours from ten to eleven in the evening of a Saturday on."""
    day = date(2026, 11, 21)
    moments = {"start_at": on(21, 22, 50), "due_at": on(22, 2, 50)}
    add("EMG_REPORT_4H", units, cast, day, day + DAY, **moments, **known)


def test_a_rule_in_hours_is_told_to_the_minute_on_any_night(units, cast):
    at_night(units, cast)
    found = line(lived(date(2026, 11, 20), TODAY), "EMG_REPORT_4H")
    assert (found.unit, found.ahead, found.misses, found.late) == ("hour", 1, 0, 1)
    assert found.leads == {"person": {"1": 1, "0": 1, "-1": 1}, "head": {"0": 1}, "leader": {"-1": 1}}


def test_a_rule_in_hours_whose_minutes_nobody_asks_for_is_missed(units, cast, off):
    at_night(units, cast)
    off(lambda day: dates.local(dates.now()).hour not in {8, 17})
    assert line(lived(date(2026, 11, 20), TODAY), "EMG_REPORT_4H").misses == 1


def test_of_a_report_made_within_its_hours_nobody_was_to_be_told(units, cast):
    at_night(units, cast, met_on=date(2026, 11, 21), met_at=on(21, 23, 10))
    found = lived(date(2026, 11, 20), TODAY)
    assert (line(found, "EMG_REPORT_4H").reminders, found.totals["misses"], found.totals["late"]) == (0, 0, 0)


def test_a_clock_that_stood_still_was_not_spoken_of_and_then_of_its_new_day(units, cast):
    row = factories.complaint(units, cast, received_on=date(2026, 11, 11), handler_id=cast["officer"].id)
    about = {"subject_type": "complaint", "subject_id": row.id, "rule": "HOT_12345", "reason": "等待答复"}
    days = {"from_on": date(2026, 11, 17), "until_on": date(2026, 11, 25)}
    db.session.add(Pause(kind=PauseKind.OBJECTION, **about, **days, by_id=cast["chief"].id, at=dates.now()))
    db.session.commit()
    told = []

    def look():
        said = select(Message.at, Message.due_on, Message.lead).where(Message.rule == "HOT_12345").order_by(Message.id)
        told.extend((dates.local(at).day, due.day, lead) for at, due, lead in db.session.execute(said))

    found = lived(date(2026, 11, 11), date(2026, 11, 26), rule="HOT_12345", then=look)
    assert told == [(16, 18, 2), (17, 18, 1), (26, 26, 0)]
    assert (found.totals["misses"], found.totals["false_alarms"]) == (0, 0)


def test_a_clock_that_forgets_what_was_met_says_things_for_nothing(case, monkeypatch):
    row = case(2, answered_on=TODAY - DAY)
    monkeypatch.setattr(truth, "MET", select(1))
    found = lived(TODAY - 2 * DAY, TODAY + 2 * DAY)
    told = [(one.subject, one.at, one.why) for one in found.false_alarms]
    assert told[0] == (f"complaint:{row.id}", "2026-11-25 08:00", "met")
    assert line(found).false_alarms == len(told) == 2


def said(**other):
    """Writes into an inbox what nobody should read there."""
    row = db.session.scalars(select(Message).order_by(Message.id)).first()
    same = {column.name: getattr(row, column.name) for column in Message.__table__.columns if column.name != "id"}
    db.session.execute(insert(Message), [same | other])
    db.session.commit()


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"subject_id": 999}, "withdrawn"),
        ({"at": on(23, 17)}, "not_begun"),
        ({"at": on(26, 17)}, "met"),
        ({"due_on": date(2026, 12, 2)}, "other_day"),
    ],
)
def test_what_was_said_for_nothing_is_counted_and_why(units, cast, other, why):
    add("DOC_DUE", units, cast, TODAY - DAY, TODAY + DAY, why="document", met_on=TODAY + 2 * DAY)
    db.session.execute(Duty.__table__.update().values(start_on=TODAY))
    db.session.commit()
    found = lived(TODAY - 2 * DAY, TODAY + 3 * DAY, then=lambda: said(**other))
    assert [one.why for one in found.false_alarms] == [why]
    assert (line(found).false_alarms, found.totals["misses"], line(found).late) == (1, 0, 1)


def test_of_an_alarm_alone_nobody_says_that_the_owner_was_told(case):
    def all_alarms():
        db.session.execute(Message.__table__.update().values(kind=MessageKind.ALARM))
        db.session.commit()

    case(0)
    assert line(lived(TODAY - DAY, TODAY, then=all_alarms)).misses == 1


def test_a_duty_that_outlived_its_rule_is_a_miss_and_named_by_its_code(units, cast):
    add("DOC_DUE", units, cast, TODAY - 5 * DAY, TODAY)
    db.session.execute(Duty.__table__.update().values(rule="GONE"))
    db.session.commit()
    found = lived(TODAY - 2 * DAY, TODAY)
    assert (line(found, "GONE").misses, line(found, "GONE").title) == (1, "")


def test_it_begins_as_long_before_the_year_as_its_longest_lead(case, rule):
    case(0)
    rule.leads = [40, 0]
    db.session.commit()
    with simulation.copied(create_app):
        truth.lay_aside()
        days = simulation.days(2026)
    assert (days[0], days[-1]) == (date(2025, 11, 22), date(2026, 12, 31))


def test_twice_it_says_the_same(case):
    for left in (-3, 0, 2):
        case(left)
    first, second = (lived(TODAY - 9 * DAY, TODAY + 3 * DAY).as_data() for _n in range(2))
    assert first == second


@pytest.fixture
def command(app, monkeypatch):
    """The command, through three weeks of its year."""
    monkeypatch.setattr(simulation, "days", lambda _year: [MONDAY + n * DAY for n in range(21)])
    return lambda *words: app.test_cli_runner().invoke(args=["clock", "simulate", *words])


def test_the_command_gives_numbers_to_machines(command, case):
    row = case(2)
    answer = command("2026", "--json")
    found = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert (found["year"], found["known_to"], found["misses"], found["false_alarms"]) == (2026, "2026-11-24", [], [])
    assert found["totals"]["due"] == len([row])
    [only] = [each for each in found["rules"] if each["due"]]
    assert (only["code"], only["title"], only["bearer"]) == ("DOC_DUE", "按文件载明期限办理", "own")
    assert only["leads"]["person"] == {"7": 1, "3": 1, "1": 1, "0": 1, "-1": 1}


def test_it_ends_with_one_if_somebody_was_not_told(command, case, off):
    row = case(2)
    off(lambda day: True)
    answer = command("2026")
    assert answer.exit_code == 1
    assert f"  DOC_DUE complaint:{row.id}，期限 2026-11-26" in answer.stdout.splitlines()
    assert "漏提醒 1 件" in answer.stdout


def test_people_get_a_table_whose_columns_stand_under_each_other(command, case, rule):
    case(2)
    rule.title = "按照文件载明的期限认真办理并书面答复的事项"
    db.session.commit()
    shown = command("2026").stdout.splitlines()
    head = next(n for n, text in enumerate(shown) if text.startswith("规则"))
    ends = [sum(1 + (east_asian_width(c) in "WF") for c in text) for text in shown[head : head + 2]]
    assert len(set(ends)) == 1
    assert "…" in shown[head + 1]
    assert "  DOC_DUE：提前 7 天 1、提前 3 天 1、提前 1 天 1、当天 1、逾期 1 天 1；单位负责人：逾期 1 天 1" in shown
    assert shown[-1].startswith("合计：到期 1 件")


def test_a_rule_that_is_none_is_refused(command):
    answer = command("2026", "--rule", "NOPE")
    assert (answer.exit_code, "没有这条规则：NOPE" in answer.stderr) == (2, True)

"""The demo year as it stands on the morning of 24 November 2026."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from flask import current_app, url_for
from sqlalchemy import func, select

from ems.complaints.models import Complaint, ComplaintState, Identity
from ems.core import audit, dates, module, settle
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.figures import share
from ems.core.people import Post, Role, Unit, User
from ems.core.policy import allows
from ems.core.rules import Bearer
from ems.core.workflow import Step
from ems.enterprises.credit_code import fault
from ems.enterprises.models import Enterprise, EnterpriseState, Outlet
from ems.home.units import lights, tally
from ems.inspections.models import Finding, Inspection, InspectionState, InspectionType
from ems.nonconformities.models import NcState, Nonconformity
from ems.orders.models import Order, OrderState
from ems.people import passwords
from ems.permits.models import Permit, PermitReview, PermitState, ReviewState
from ems.reminders.models import Message, Outbox
from ems.reports import sealing
from ems.reports.models import Report, ReportState
from ems.tasks.models import Task, TaskState
from tests.conftest import TODAY
from tests.demo.conftest import person

pytestmark = pytest.mark.xdist_group("demo")  # one process builds the year

#: one account of each role
FACES = {
    Role.LIAISON: "sunxiaomei", Role.OFFICER: "wanghaiyan", Role.HOTLINE: "liuqian", Role.CHIEF: "zhoujianguo",
    Role.AUDITOR: "zhaolei", Role.LEADER: "zhenglixin", Role.SYSADMIN: "sysadmin", Role.SECADMIN: "secadmin",
    Role.LOGADMIN: "logadmin",
}  # fmt: skip
NAMED = {
    "成都南星热电厂": "closed", "成都水泵厂": "closed", "新光电镀厂": "closed", "欧阳雨辉成都号俱乐部": "closed",
    "高新区织染厂": "operating", "成都恒通铝业有限公司": "relocated", "晨龙纸业有限公司": "relocated",
}  # fmt: skip


def count(model, *asked):
    return db.session.scalar(select(func.count()).select_from(model).where(*asked))


def received(year):
    return Complaint.received_on.between(*dates.year(year))


def late(*asked):
    return (Duty.met_on.is_(None), Duty.due_on < TODAY, Duty.bearer == Bearer.OWN, *asked)


def states(column):
    return set(db.session.scalars(select(column).distinct()))


def test_it_has_three_hundred_enterprises_and_six_hundred_complaints_of_the_year(demo):
    assert count(Enterprise, Enterprise.merged_into_id.is_(None)) == 300  # and one that was there twice
    assert count(Complaint, received(2026)) == 600


def test_the_two_years_before_have_enough_to_compare_with_and_all_of_it_is_closed(demo):
    for year in (2024, 2025):
        assert count(Complaint, received(year)) == 250
        assert count(Complaint, received(year), Complaint.state != ComplaintState.CLOSED) == 0


def test_the_enterprises_of_the_source_are_there_with_their_facts(demo):
    rows = select(Enterprise.name, Enterprise.state).where(Enterprise.name.in_(NAMED))
    assert {name: state.value for name, state in db.session.execute(rows)} == NAMED


def test_nobody_can_take_another_enterprise_for_a_real_one(demo):
    rest = db.session.scalars(select(Enterprise.name).where(Enterprise.name.not_in(NAMED))).all()
    assert all(name.endswith("（演示）") for name in rest)
    assert len(set(rest)) == len(rest)


def test_credit_codes_are_right_but_for_the_few_that_are_doubtful(demo):
    once = Enterprise.merged_into_id.is_(None)  # one was there twice
    rows = db.session.execute(select(Enterprise.credit_code, Enterprise.code_doubt).where(once)).all()
    sound = [code for code, doubt in rows if doubt is None]
    assert 8 <= len(rows) - len(sound) <= 12
    assert [code for code in sound if fault(code)] == []
    assert len(set(sound)) == len(sound)


def test_no_telephone_is_anybodys(demo):
    numbers = [*db.session.scalars(select(Enterprise.phone)), *db.session.scalars(select(User.phone))]
    numbers += [phone for phone in db.session.scalars(select(Complaint.phone)) if phone]
    assert {number[:7] for number in numbers} == {"1380000"}


@pytest.mark.parametrize(
    ("column", "all_of"),
    [
        (Complaint.state, ComplaintState), (Complaint.channel, None), (Complaint.identity, Identity),
        (Inspection.state, InspectionState), (Inspection.type, InspectionType), (Order.state, OrderState),
        (Nonconformity.state, NcState),
        (Task.state, set(TaskState) - {TaskState.VOID}),
        (Report.state, {ReportState.DRAFT, ReportState.SEALED}), (PermitReview.state, ReviewState),
        (Permit.state, set(PermitState) - {PermitState.VOID}),
        (Enterprise.state, EnterpriseState),
    ],
)  # fmt: skip
def test_every_state_and_kind_occurs(demo, column, all_of):
    assert states(column) == set(all_of or column.type.enum_class)


def test_every_channel_brings_complaints_each_year(demo):
    rows = db.session.execute(select(func.extract("year", Complaint.received_on), Complaint.channel).distinct())
    assert Counter(int(year) for year, _channel in rows) == {2024: 8, 2025: 8, 2026: 8}


def test_there_are_answers_extensions_returns_reopenings_and_reviews(demo):
    moves = Counter(db.session.scalars(select(Step.move).where(Step.subject_type == "complaint")))
    assert moves["answer"] > 900
    for move in ("grant_extension", "return_order", "reopen", "supplement", "reassign", "ask_review", "decide_review"):
        assert moves[move] > 0, move


def test_nothing_happened_before_it_could(demo):
    days = [getattr(Complaint, f"{name}_on") for name in ("received", "decided", "assigned")]
    later = [Complaint.investigated_on, Complaint.handled_on, Complaint.revisited_on, Complaint.closed_on]
    plain = Complaint.reopened_on.is_(None)
    for first, then in zip(days, [*days[1:], *later[:1]], strict=True):
        assert count(Complaint, first > then, plain) == 0
    for first, then in pairwise(later):
        assert count(Complaint, first > then, plain) == 0
    assert count(Complaint, Complaint.answered_on < Complaint.assigned_on, plain) == 0


def test_in_a_diary_each_move_begins_where_the_one_before_ended(demo):
    rows = db.session.execute(
        select(Step.subject_type, Step.subject_id, Step.before, Step.after)
        .where(Step.move.not_in(["", "register", "plan", "issue", "draft", "begin"]))
        .order_by(Step.subject_type, Step.subject_id, Step.at, Step.id)
    )
    stands: dict[tuple[str, int], str] = {}
    for kind, id, before, after in rows:
        assert stands.get((kind, id), before) == before, (kind, id)
        stands[kind, id] = after


def test_diaries_were_written_in_office_hours_and_not_beyond_this_morning(demo):
    for at in map(dates.local, db.session.scalars(select(Step.at))):
        assert at.date() <= TODAY
        assert (7 if at.date() == TODAY else 9) <= at.hour < 18


def test_a_text_comes_once(demo):
    assert count(Complaint) == db.session.scalar(select(func.count(Complaint.text.distinct())))


def test_about_ninety_seven_of_a_hundred_were_closed_in_time(demo):
    figures = module.figures()
    period = (date(2026, 1, 1), TODAY)
    on_time = share(*(figures[f"complaints.{code}"].of(None, period) for code in ("on_time", "judged")))
    assert 95 <= on_time <= 99


def test_a_few_of_our_own_duties_are_late_in_three_units_or_more(demo):
    units = db.session.scalars(select(Duty.unit_id).where(*late())).all()
    assert 2 <= len(units) <= 8  # one of a kind: a case, a review, a chase, a matter …
    assert len(set(units)) >= 3


def test_units_show_red_yellow_and_green_to_the_leader(demo):
    assert all(tally(lights(person("zhenglixin"))).values())


@pytest.mark.parametrize("name", ["wanghaiyan", "liuqian", "sunxiaomei"])
def test_their_morning_has_something_late_something_today_and_something_soon(demo, name):
    mine = (Duty.owner_id == person(name).id, Duty.met_on.is_(None), Duty.bearer == Bearer.OWN)
    assert count(Duty, *mine, Duty.due_on < TODAY) > 0
    assert count(Duty, *mine, Duty.due_on == TODAY) > 0
    assert count(Duty, *mine, Duty.due_on.between(TODAY + timedelta(days=1), TODAY + timedelta(days=3))) > 0


def test_the_chief_has_cases_of_their_own_and_sees_everybodys(demo, by):
    mine = (Duty.owner_id == person("zhoujianguo").id, Duty.met_on.is_(None))
    assert count(Duty, *mine, Duty.due_on <= TODAY + timedelta(days=3)) > 0
    assert "共 600 件" in by("zhoujianguo").get("/complaints/?since=2026-01-01").get_data(as_text=True)


def test_permits_run_out_at_all_distances_and_some_are_late_to_renew(demo):
    for least, most in ((0, 60), (61, 90), (91, 180)):
        ends = Permit.valid_to.between(TODAY + timedelta(days=least), TODAY + timedelta(days=most))
        assert count(Permit, Permit.state == PermitState.VALID, ends) > 0, most
    open_ = (Duty.met_on.is_(None), Duty.due_on < TODAY)
    assert count(Duty, Duty.rule == "PERMIT_RENEW", *open_) > 0
    assert count(Duty, Duty.rule == "PERMIT_REVIEW", *open_) > 0


def test_inspections_found_things_and_their_orders_stand_open_late_and_closed(demo):
    assert count(Finding) > 150
    assert count(Order, Order.state == OrderState.CLOSED) > 100
    assert count(Order, Order.state == OrderState.ISSUED, Order.ends_on < TODAY) > 0
    assert count(Order, Order.state == OrderState.ISSUED, Order.ends_on >= TODAY) > 0
    assert count(Inspection, Inspection.state == InspectionState.PLANNED, Inspection.planned_on >= TODAY) > 5
    assert count(Outlet, Outlet.signed.is_(True)) > 300


def test_every_unit_has_its_self_check_of_the_month(demo):
    month = Inspection.planned_on.between(date(2026, 11, 1), date(2026, 11, 30))
    checks = select(Inspection.unit_id).where(Inspection.type == InspectionType.SELF_CHECK, month)
    liaisons = select(Post.unit_id).where(Post.role == Role.LIAISON)
    assert Counter(db.session.scalars(checks)) == Counter(db.session.scalars(liaisons))


def test_every_duty_is_as_it_would_be_reckoned_anew(demo):
    for model in settle.CLOCKS:
        assert settle.rebuild(db.session(), model, check=True) == [], model


def test_the_log_is_whole_and_tells_of_every_row(demo):
    read, broken = audit.verify(db.session())
    assert broken is None
    assert read > count(Complaint) + count(Enterprise) + count(Inspection)


def test_last_years_report_is_sealed_and_holds_and_this_years_is_being_written(demo):
    last, this = db.session.scalars(select(Report).order_by(Report.year)).all()
    assert (last.year, last.state, list(sealing.faults(last))) == (2025, ReportState.SEALED, [])
    assert last.approved_by_id != last.sealed_by_id
    assert (this.year, this.state) == (2026, ReportState.DRAFT)


def test_inboxes_hold_messages_and_no_mail_waits(demo):
    assert count(Message, Message.person_id == person("wanghaiyan").id) > 0
    assert count(Message) > 20
    assert count(Outbox) == 0


def test_all_accounts_open_with_the_one_password_and_need_no_other(demo):
    users = db.session.scalars(select(User)).all()
    assert len(users) == 72
    assert {user.must_change for user in users} == {False}
    assert all(passwords.fits(user.password_hash, "Gaoxin-2026") for user in users)


def test_the_log_in_page_lists_the_accounts(demo):
    page = demo.test_client().get("/login").get_data(as_text=True)
    assert "Gaoxin-2026" in page
    assert "wanghaiyan" in page


def test_who_works_for_the_whole_zone_has_a_post_at_its_top(demo):
    top = db.session.scalars(select(Unit.id).where(Unit.parent_id.is_(None))).one()
    wide = set(db.session.scalars(select(Post.role).where(Post.unit_id == top).distinct()))
    assert wide == set(Role) - {Role.LIAISON}
    assert count(Post, Post.unit_id == top, Post.role == Role.CHIEF) == 1


def registers():
    """Every list of the house, with the area whose readers may open it."""
    for part in module.MODULES:
        if part.line is not None:
            yield f"{part.blueprint.name}.{part.index}"
        yield from (subject.index for subject in part.subjects)


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_the_menu_opens_for_those_it_is_for(demo, by, role):
    client = by(FACES[role])
    assert client.get("/", follow_redirects=True).status_code == 200
    for endpoint in dict.fromkeys(registers()):
        needs = current_app.view_functions[endpoint].needs
        with current_app.test_request_context():
            address = url_for(endpoint)
        expected = 200 if needs[0] == "own" or allows(frozenset({role}), *needs) else 403
        assert client.get(address, follow_redirects=True).status_code == expected, address


@pytest.mark.parametrize("subject", ["complaint", "enterprise", "outlet", "permit", "permit_review", "inspection",
                                     "inspection_finding", "correction_order", "task", "report"])  # fmt: skip
def test_record_pages_open(demo, by, subject):
    about = module.subject(subject)
    client = by("zhoujianguo")
    for id in db.session.scalars(select(about.model.id).order_by(about.model.id.desc()).limit(3)).all():
        with current_app.test_request_context():
            address = url_for(about.endpoint, id=id)
        assert client.get(address, follow_redirects=True).status_code == 200, address

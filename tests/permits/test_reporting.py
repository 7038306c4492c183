"""Execution reports and self-monitoring as rows: what is asked for, by when, what excuses it, and what follows."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import func, select

from ems.core import dates, settle
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.errors import Refused
from ems.core.recurring import Period
from ems.core.rules import Bearer
from ems.enterprises.models import EnterpriseState
from ems.enterprises.moves import WORKFLOW as ENTERPRISE
from ems.permits import reporting, work
from ems.permits.life import Grounds, idle, lifetime
from ems.permits.models import Authority, Origin, Permit, PermitClass, PermitState
from ems.permits.moves import WORKFLOW as PERMIT
from ems.permits.report_models import (
    Exemption,
    Frequency,
    MonitoringState,
    PermitReport,
    ReportState,
    ReportTerm,
    SelfMonitoring,
)
from ems.permits.report_moves import MONITORING_WORKFLOW, WORKFLOW
from tests.conftest import TODAY
from tests.factories import plan, reported

MONTH, QUARTER, HALF, YEAR = Frequency
DUE, RECEIVED, EXEMPT, WITHDRAWN = ReportState


def rows(permit, *states):
    asked = select(PermitReport).where(PermitReport.permit_id == permit.id).order_by(PermitReport.last_on)
    found = db.session.scalars(asked.order_by(PermitReport.id)).all()
    return [row for row in found if not states or row.state in states]


def periods(permit, *states):
    return [row.period for row in rows(permit, *states)]


def one(permit, period):
    return next(row for row in rows(permit) if row.period == period)


def duties(row):
    asked = select(Duty).where(Duty.subject_type == row.__tablename__, Duty.subject_id == row.id)
    found = db.session.scalars(asked.order_by(Duty.due_on).execution_options(populate_existing=True))
    return {duty.rule: (duty.due_on, duty.met_on, duty.bearer, duty.owner_id) for duty in found}


def at(day):
    return dates.stopped(dates.at_noon(day))


def test_a_permit_whose_copy_asks_for_nothing_owes_no_report(units, cast):
    assert rows(reported(units, cast)) == []


def test_reports_are_rows_for_all_the_life_that_is_left_and_not_for_what_nobody_knows_of(units, cast):
    row = reported(units, cast, QUARTER, YEAR, entered_on=TODAY)
    assert periods(row) == ["2026年第4季度", "2026年"]
    known = rows(row)[0]
    assert (known.no, known.title, known.unit_id, known.officer_id) == (
        row.no, f"{row.title} · 2026年第4季度", row.unit_id, row.officer_id,
    )  # fmt: skip
    young = reported(units, cast, YEAR, valid_from=date(2026, 3, 1), valid_to=date(2031, 2, 28))
    assert periods(young) == [f"{year}年" for year in range(2026, 2031)]


@pytest.mark.parametrize(
    ("kind", "period", "rule", "due"),
    [
        (MONTH, "2026年11月", "EXEC_REPORT_M", date(2026, 12, 15)),
        (QUARTER, "2026年第3季度", "EXEC_REPORT_Q", date(2026, 10, 15)),
        (HALF, "2026年上半年", "EXEC_REPORT_H", date(2026, 7, 15)),
        (YEAR, "2026年", "EXEC_REPORT_Y", date(2027, 2, 1)),  # the 31st of January is a Sunday
    ],
)
def test_a_report_is_due_as_the_rule_says_and_the_enterprise_owes_it(units, cast, kind, period, rule, due):
    row = one(reported(units, cast, kind), period)
    assert duties(row) == {rule: (due, None, Bearer.ENTERPRISE, cast["officer"].id)}


@pytest.mark.parametrize(
    ("months", "day", "due"),
    [(1, 15, date(2027, 1, 15)), (1, 31, date(2027, 1, 31)), (2, 31, date(2027, 2, 28))],
)
def test_where_the_copy_names_a_day_that_day_holds_even_on_a_day_off(units, cast, months, day, due):
    permit = reported(units, cast)
    db.session.add(ReportTerm(permit_id=permit.id, unit_id=permit.unit_id, kind=YEAR, months=months, day=day))
    reporting.materialise([permit.id])
    assert duties(one(permit, "2026年")) == {"EXEC_REPORT_DOC": (due, None, Bearer.ENTERPRISE, cast["officer"].id)}


def test_a_copy_that_is_read_again_moves_what_is_open_and_not_what_came(units, cast):
    permit = reported(units, cast, QUARTER)
    receive(one(permit, "2026年第3季度"), cast)
    term = db.session.scalars(select(ReportTerm)).one()
    term.day = 20
    reporting.materialise([permit.id])
    assert duties(one(permit, "2026年第3季度"))["EXEC_REPORT_Q"][0] == date(2026, 10, 15)
    assert list(duties(one(permit, "2026年第4季度"))) == ["EXEC_REPORT_DOC"]
    db.session.delete(term)
    reporting.materialise([permit.id])
    assert (len(periods(permit, RECEIVED)), periods(permit, DUE)) == (1, [])


def receive(row, cast, day=TODAY):
    row.received_on = day
    WORKFLOW.fire("receive", cast["officer"], row)
    db.session.commit()


# —— never twice, and gone when the ground goes


def test_asked_again_and_again_it_makes_no_second_row(units, cast):
    reported(units, cast, MONTH, QUARTER, YEAR)
    before = db.session.scalar(select(func.count()).select_from(PermitReport))
    assert [work.materialise_all() for _n in range(3)] == [0, 0, 0]
    assert db.session.scalar(select(func.count()).select_from(PermitReport)) == before > 50


@pytest.mark.parametrize("move", ["revoke", "void"])
def test_when_a_permit_ends_what_is_to_come_is_withdrawn_and_what_came_stays(units, cast, move):
    permit = reported(units, cast, QUARTER)
    receive(one(permit, "2026年第2季度"), cast)
    PERMIT.fire(move, cast["head"], permit, "企业申请注销")
    db.session.commit()
    assert periods(permit, RECEIVED) == ["2026年第2季度"]
    assert one(permit, "2026年第4季度").state is WITHDRAWN
    assert duties(one(permit, "2026年第4季度")) == {}
    owed = one(permit, "2026年第3季度").state  # its period was over while the permit held
    assert owed is (DUE if move == "revoke" else WITHDRAWN)


def test_one_that_ran_out_is_asked_for_nothing_after_its_end(units, cast):
    with at(date(2026, 6, 1)):
        permit = reported(units, cast, MONTH, valid_to=date(2026, 8, 15))
    PERMIT.fire("expire", cast["officer"], permit)
    db.session.commit()
    assert periods(permit, DUE)[-1] == "2026年7月"
    assert one(permit, "2026年7月").last_on <= permit.ended_on


@given(cut=st.dates(date(2026, 1, 1), date(2027, 2, 15)), done=st.sets(st.integers(0, 12)))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_shorter_life_withdraws_exactly_what_lies_beyond_it_and_nobody_dealt_with(units, cast, cut, done):
    permit = reported(units, cast, MONTH, valid_from=date(2026, 1, 1), issued_on=date(2026, 1, 1))
    for n, row in enumerate(rows(permit)):
        if n in done and row.first_on <= TODAY:
            receive(row, cast)
    kept = {row.id for row in rows(permit, RECEIVED)}
    permit.valid_to = cut
    reporting.materialise([permit.id])
    assert {row.id for row in rows(permit, WITHDRAWN)} == {
        row.id for row in rows(permit) if row.last_on > cut and row.id not in kept
    }
    permit.valid_to = date(2027, 2, 15)
    reporting.materialise([permit.id])
    assert rows(permit, WITHDRAWN) == []
    db.session.commit()


def renewed(permit, cast, **known):
    PERMIT.fire("apply_renewal", cast["officer"], permit)
    PERMIT.fire("renew", cast["officer"], permit)
    about = {"issued_on": TODAY, "valid_from": date(2027, 2, 16), "valid_to": date(2032, 2, 15)}
    after = work.succeed(permit, Origin.RENEWAL, **about | known)
    db.session.commit()
    return after


def test_a_renewal_goes_on_with_the_same_reports_and_none_is_asked_for_twice(units, cast):
    permit = reported(units, cast, QUARTER, YEAR, entered_on=date(2026, 1, 5))
    receive(one(permit, "2026年第3季度"), cast)
    ids = {row.id for row in rows(permit)}
    after = renewed(permit, cast)
    assert rows(permit) == []
    assert ids <= {row.id for row in rows(after)}
    assert len(set(periods(after))) == len(periods(after))
    assert periods(after)[-1] == "2031年"
    assert rows(after, WITHDRAWN) == []
    assert "2027年第1季度" in periods(after, DUE)  # it was held all the quarter: under both versions
    assert (after.held_from, after.asked_from) == (date(2022, 2, 16), date(2026, 1, 5))


def test_a_change_goes_on_too_and_a_version_voided_gives_them_back(units, cast):
    permit = reported(units, cast, QUARTER)
    before = [(row.id, row.state) for row in rows(permit)]
    PERMIT.fire("change", cast["officer"], permit, "法定代表人变更")
    known = {"valid_from": permit.valid_from, "valid_to": permit.valid_to}
    after = work.succeed(permit, Origin.CHANGE, issued_on=TODAY, **known)
    db.session.commit()
    assert [(row.id, row.state) for row in rows(after)] == before
    PERMIT.fire("void", cast["head"], after, "登记错误")
    db.session.commit()
    assert ([(row.id, row.state) for row in rows(permit)], rows(after)) == (before, [])


def test_another_officer_watches_what_is_open(units, cast):
    permit = reported(units, cast, QUARTER)
    receive(one(permit, "2026年第3季度"), cast)
    work.pass_on(permit, cast["head"].id)
    work.materialise(permit)
    db.session.commit()
    assert {row.officer_id for row in rows(permit, DUE)} == {cast["head"].id}
    assert one(permit, "2026年第3季度").officer_id == cast["officer"].id


# —— what excuses a report


@pytest.mark.parametrize(
    ("kind", "held", "first"),
    [
        (YEAR, date(2026, 10, 1), DUE), (YEAR, date(2026, 10, 2), EXEMPT),
        (QUARTER, date(2026, 12, 1), DUE), (QUARTER, date(2026, 12, 2), EXEMPT),
        (MONTH, date(2026, 11, 21), DUE), (MONTH, date(2026, 11, 22), EXEMPT),
        (HALF, date(2026, 12, 30), DUE),
    ],
)  # fmt: skip
def test_a_first_period_held_too_short_is_excused_by_the_day(units, cast, kind, held, first):
    """Three months of the year, one of the quarter, ten days of the month (HJ 944-2018)."""
    known = {"valid_from": held, "issued_on": min(held, TODAY), "valid_to": held.replace(year=held.year + 5)}
    row = rows(reported(units, cast, kind, **known))[0]
    assert (row.state, row.exemption) == (first, Exemption.SHORT if first is EXEMPT else None)
    assert bool(duties(row)) is (first is DUE)


def test_the_first_period_after_a_renewal_is_not_short(units, cast):
    permit = reported(units, cast, YEAR)
    after = renewed(permit, cast, valid_from=date(2026, 12, 20))
    assert one(after, "2026年").state is DUE


def test_the_last_quarter_may_stand_in_the_annual_report(units, cast):
    permit = reported(units, cast, QUARTER, YEAR)
    for term in db.session.scalars(select(ReportTerm).where(ReportTerm.kind == QUARTER)):
        term.merged = True
    reporting.materialise([permit.id])
    assert {row.period for row in rows(permit) if row.exemption is Exemption.MERGED} == {
        f"{year}年第4季度" for year in range(2022, 2027)
    }
    assert one(permit, "2026年").state is DUE


def stop(permit, cast, day, move="stop"):
    permit.enterprise.state_on = day
    ENTERPRISE.fire(move, cast["officer"], permit.enterprise)
    db.session.commit()


def test_a_stop_excuses_the_periods_that_lie_in_it_once_they_are_over(units, cast):
    permit = reported(units, cast, MONTH, entered_on=date(2026, 8, 1))
    stop(permit, cast, date(2026, 9, 1))
    work.materialise_all()
    excused = {row.period: row.exemption for row in rows(permit, EXEMPT)}
    assert excused == {"2026年9月": Exemption.STOPPED, "2026年10月": Exemption.STOPPED}
    assert periods(permit, DUE)[:2] == ["2026年8月", "2026年11月"]  # what comes nobody knows yet
    with at(date(2026, 12, 1)):
        work.materialise_all()
    assert one(permit, "2026年11月").state is EXEMPT


def test_who_runs_again_reports_again(units, cast):
    permit = reported(units, cast, MONTH, entered_on=date(2026, 8, 1))
    stop(permit, cast, date(2026, 9, 1))
    work.materialise_all()
    stop(permit, cast, date(2026, 10, 20), "resume")
    work.materialise_all()
    assert periods(permit, EXEMPT) == ["2026年9月"]
    assert one(permit, "2026年10月").state is DUE


def test_a_report_that_came_is_not_excused_afterwards(units, cast):
    permit = reported(units, cast, MONTH, entered_on=date(2026, 9, 1))
    receive(one(permit, "2026年9月"), cast)
    stop(permit, cast, date(2026, 9, 1))
    work.materialise_all()
    assert one(permit, "2026年9月").state is RECEIVED


@pytest.mark.parametrize(
    ("known", "span"),
    [
        ({}, None),
        ({"state": EnterpriseState.STOPPED, "state_on": date(2026, 9, 1), "stopped_on": date(2026, 9, 1)},
         (date(2026, 9, 1), date.max)),
        ({"state": EnterpriseState.CLOSED, "state_on": date(2026, 10, 1), "stopped_on": date(2026, 9, 1)},
         (date(2026, 9, 1), date.max)),
        ({"stopped_on": date(2026, 9, 1), "resumed_on": date(2026, 9, 11)}, (date(2026, 9, 1), date(2026, 9, 10))),
        ({"state": EnterpriseState.CONVERTED, "state_on": date(2026, 9, 1)}, None),
    ],
)  # fmt: skip
def test_how_long_an_enterprise_stood_still(units, cast, known, span):
    owner = reported(units, cast).enterprise
    for name, value in known.items():
        setattr(owner, name, value)
    assert idle(owner) == span


# —— what was not there by its day


def late(units, cast):
    permit = reported(units, cast, QUARTER, entered_on=date(2026, 7, 1))
    return permit, one(permit, "2026年第3季度")


def test_on_the_day_it_is_due_nothing_is_missed(units, cast):
    _permit, row = late(units, cast)
    with at(date(2026, 10, 15)):
        work.materialise_all()
        assert not reporting.overdue(row)
    assert row.missed_on is None


def test_the_day_after_it_is_ours_to_ask_once_and_by_a_day(units, cast):
    """2026-10-15 was the last day; three working days from the 16th are Wednesday the 21st."""
    _permit, row = late(units, cast)
    with at(date(2026, 10, 16)):
        work.materialise_all()
        assert reporting.overdue(row)
    work.materialise_all()
    assert row.missed_on == date(2026, 10, 16)
    assert duties(row) == {
        "EXEC_REPORT_Q": (date(2026, 10, 15), None, Bearer.ENTERPRISE, cast["officer"].id),
        "EXEC_REPORT_CHASE": (date(2026, 10, 21), None, Bearer.OWN, cast["officer"].id),
    }


def test_a_night_that_was_missed_makes_no_difference(units, cast):
    _permit, row = late(units, cast)
    work.materialise_all()
    assert duties(row)["EXEC_REPORT_CHASE"][0] == date(2026, 10, 21)


def test_asking_meets_our_duty_and_not_theirs(units, cast):
    _permit, row = late(units, cast)
    work.materialise_all()
    WORKFLOW.fire("chase", cast["officer"], row, "电话督促，答复一周内提交。")
    db.session.commit()
    assert [duties(row)[rule][1] for rule in ("EXEC_REPORT_Q", "EXEC_REPORT_CHASE")] == [None, TODAY]
    work.materialise_all()
    assert row.missed_on == date(2026, 10, 16)
    with pytest.raises(Refused, match="可以开具整改通知"):
        WORKFLOW.fire("chase", cast["officer"], row)


def test_what_is_not_late_is_not_asked_for(units, cast):
    permit, _row = late(units, cast)
    with pytest.raises(Refused, match="还没有逾期"):
        WORKFLOW.fire("chase", cast["officer"], one(permit, "2026年第4季度"))


@pytest.mark.parametrize(("day", "ours"), [(TODAY, TODAY), (date(2026, 10, 14), None)])
def test_what_comes_late_needs_no_asking_and_what_came_in_time_was_never_missed(units, cast, day, ours):
    _permit, row = late(units, cast)
    work.materialise_all()
    receive(row, cast, day)
    assert duties(row)["EXEC_REPORT_Q"][1] == day
    assert duties(row).get("EXEC_REPORT_CHASE", (None, None))[1] == ours


def test_a_notice_that_puts_it_off_makes_it_late_no_more(units, cast):
    permit, row = late(units, cast)
    work.materialise_all()
    row.stated_on = date(2026, 12, 31)
    WORKFLOW.fire("defer", cast["head"], row, "环办便函〔2026〕1 号")
    db.session.commit()
    work.materialise_all()
    assert list(duties(row)) == ["EXEC_REPORT_DOC"]
    assert (row.missed_on, row.stated_on) == (None, date(2026, 12, 31))
    term = db.session.scalars(select(ReportTerm).where(ReportTerm.permit_id == permit.id)).one()
    term.day = 20
    work.materialise_all()
    assert row.stated_on == date(2026, 12, 31)


def test_a_stop_told_of_late_takes_the_asking_away(units, cast):
    permit = reported(units, cast, MONTH, entered_on=date(2026, 9, 1))
    row = one(permit, "2026年9月")
    work.materialise_all()
    stop(permit, cast, date(2026, 9, 1))
    work.materialise_all()
    assert (row.state, duties(row)) == (EXEMPT, {})


# —— by hand


@pytest.mark.parametrize("move", ["exempt", "defer", "withdraw"])
def test_an_officer_neither_excuses_nor_puts_off(units, cast, move):
    _permit, row = late(units, cast)
    with pytest.raises(Refused, match="您不能"):
        WORKFLOW.fire(move, cast["officer"], row)


def test_what_a_head_excused_stays_so_until_a_head_asks_again(units, cast):
    _permit, row = late(units, cast)
    row.exemption = Exemption.OTHER
    WORKFLOW.fire("exempt", cast["head"], row, "搬迁期间")
    work.materialise_all()
    assert (row.state, row.by_id) == (EXEMPT, cast["head"].id)
    with pytest.raises(Refused, match="您不能"):
        WORKFLOW.fire("ask_again", cast["officer"], row)
    WORKFLOW.fire("ask_again", cast["head"], row, "搬迁没有进行")
    db.session.commit()
    assert (row.state, row.exemption, row.by_id) == (DUE, None, None)
    assert "EXEC_REPORT_Q" in duties(row)


def test_what_the_permit_itself_excuses_nobody_asks_for_again(units, cast):
    permit = reported(units, cast, YEAR, valid_from=date(2026, 11, 1), issued_on=date(2026, 11, 1))
    with pytest.raises(Refused, match="自动判定"):
        WORKFLOW.fire("ask_again", cast["head"], rows(permit)[0])


def test_a_receipt_noted_by_mistake_is_taken_back(units, cast):
    _permit, row = late(units, cast)
    receive(row, cast)
    WORKFLOW.fire("take_back", cast["officer"], row, "登记错了企业")
    db.session.commit()
    assert (row.state, row.received_on) == (DUE, None)
    assert duties(row)["EXEC_REPORT_Q"][1] is None


def test_nobody_hands_in_a_report_of_a_time_that_has_not_begun(units, cast):
    permit = reported(units, cast, YEAR, valid_to=date(2029, 2, 15))
    with pytest.raises(Refused, match="还没有开始"):
        WORKFLOW.fire("receive", cast["officer"], one(permit, "2027年"))


# —— self-monitoring


def runs(row):
    asked = select(SelfMonitoring).where(SelfMonitoring.plan_id == row.id).order_by(SelfMonitoring.first_on)
    return db.session.scalars(asked.execution_options(populate_existing=True)).all()


def test_what_is_to_be_measured_is_a_row_for_each_time_that_is_left(units, cast):
    row = plan(units, cast, QUARTER)
    assert [run.period for run in runs(row)] == ["2026年第4季度"]
    assert duties(runs(row)[0]) == {"SELF_MON": (date(2026, 12, 31), None, Bearer.ENTERPRISE, cast["officer"].id)}
    assert len(runs(plan(units, cast, MONTH))) == 4  # October to January; in February the permit ends
    assert [work.materialise_all() for _n in range(2)] == [0, 0]


def test_what_was_measured_stays_when_nothing_more_is_asked_for(units, cast):
    row = plan(units, cast, MONTH)
    MONITORING_WORKFLOW.fire("measure", cast["officer"], runs(row)[0])
    row.void = True
    reporting.materialise([row.permit_id])
    db.session.commit()
    assert [run.state for run in runs(row)] == [MonitoringState.DONE, *[MonitoringState.WITHDRAWN] * 3]
    assert [bool(duties(run)) for run in runs(row)] == [True, False, False, False]


def test_a_plan_goes_on_under_the_next_version(units, cast):
    row = plan(units, cast, QUARTER)
    before = runs(row)[0].id
    after = renewed(db.session.get_one(Permit, row.permit_id), cast)
    assert row.permit_id == after.id
    assert runs(row)[0].id == before
    assert runs(row)[-1].period == "2031年第4季度"


def test_a_stop_excuses_what_was_to_be_measured_in_it(units, cast):
    row = plan(units, cast, MONTH)
    stop(row.permit, cast, date(2026, 10, 1))
    work.materialise_all()
    assert [run.exemption for run in runs(row)[:2]] == [Exemption.STOPPED, None]


# —— the life of a permit


@pytest.mark.parametrize(
    ("known", "last"),
    [
        ({}, date(2027, 2, 15)),
        ({"valid_to": None}, date(2027, 12, 31)),
        ({"state": PermitState.RENEWING, "valid_to": date(2026, 11, 1)}, date(2026, 12, 31)),
        ({"state": PermitState.REVOKED, "ended_on": date(2026, 5, 1)}, date(2026, 5, 1)),
        ({"permit_class": PermitClass.REGISTERED}, None),
        ({"state": PermitState.VOID}, None),
        ({"state": PermitState.RENEWED, "ended_on": date(2026, 5, 1)}, None),
        ({"valid_from": None, "issued_on": None}, None),
    ],
)
def test_until_when_a_permit_asks(units, cast, known, last):
    life = lifetime(Permit(**about(units) | known), TODAY)
    assert (life and life.last) == last


def about(units):
    return {"state": PermitState.VALID, "valid_from": date(2022, 2, 16), "valid_to": date(2027, 2, 15)}


def test_a_rule_that_is_switched_off_excuses_nobody(units, cast):
    held = date(2026, 11, 1)
    permit = Permit(**about(units) | {"valid_from": held})
    grounds = Grounds(TODAY)
    whole = Period(date(2026, 1, 1), date(2026, 12, 31))
    assert grounds.short(permit, YEAR, whole)
    grounds.rules["EXEC_REPORT_Y_EXEMPT"].enabled = False
    assert not grounds.short(permit, YEAR, whole)


# —— our own decision on a renewal


def decision(permit):
    asked = select(Duty).where(Duty.subject_type == "permit", Duty.rule == "PERMIT_RENEW_DECIDE")
    found = db.session.scalars(asked.where(Duty.subject_id == permit.id).execution_options(populate_existing=True))
    return [(duty.start_on, duty.due_on, duty.met_on, duty.bearer) for duty in found]


def applied(units, cast, authority, day=date(2026, 11, 2)):
    permit = reported(units, cast, authority=authority)
    permit.renewal_applied_on = day
    PERMIT.fire("apply_renewal", cast["officer"], permit)
    db.session.commit()
    return permit


@pytest.mark.parametrize("authority", [Authority.CITY, None])
def test_what_the_city_decides_is_not_ours_to_accept(units, cast, authority):
    permit = applied(units, cast, authority)
    with pytest.raises(Refused, match="由发证机关受理和决定"):
        PERMIT.fire("accept_renewal", cast["officer"], permit)
    assert decision(permit) == []


@pytest.mark.parametrize("authority", [Authority.OWN, Authority.ENTRUSTED])
def test_from_the_acceptance_to_the_decision_twenty_days_are_ours(units, cast, authority):
    permit = applied(units, cast, authority)
    assert decision(permit) == []
    with at(date(2026, 11, 9)):
        PERMIT.fire("accept_renewal", cast["officer"], permit)
    db.session.commit()
    assert decision(permit) == [(date(2026, 11, 9), date(2026, 11, 30), None, Bearer.OWN)]  # the 29th is a Sunday
    PERMIT.fire("renew", cast["officer"], permit)
    about = {"issued_on": TODAY, "valid_from": date(2027, 2, 16), "valid_to": date(2032, 2, 15)}
    work.succeed(permit, Origin.RENEWAL, **about)
    db.session.commit()
    assert [(due, met) for _start, due, met, _bearer in decision(permit)] == [(date(2026, 11, 30), TODAY)]


def test_a_refusal_is_a_decision_too_and_only_a_head_refuses(units, cast):
    permit = applied(units, cast, Authority.OWN)
    PERMIT.fire("accept_renewal", cast["officer"], permit)
    with pytest.raises(Refused, match="您不能"):
        PERMIT.fire("refuse_renewal", cast["officer"], permit)
    PERMIT.fire("refuse_renewal", cast["head"], permit, "达不到许可条件")
    db.session.commit()
    assert (permit.state, decision(permit)[0][2]) == (PermitState.VALID, TODAY)


def test_it_is_accepted_once(units, cast):
    permit = applied(units, cast, Authority.OWN)
    PERMIT.fire("accept_renewal", cast["officer"], permit)
    with pytest.raises(Refused, match="已于 2026-11-24 受理"):
        PERMIT.fire("accept_renewal", cast["officer"], permit)


def test_the_table_of_duties_is_true_after_all_this(units, cast):
    permit = reported(units, cast, MONTH, QUARTER, YEAR)
    receive(one(permit, "2026年第3季度"), cast)
    work.materialise_all()
    stop(permit, cast, TODAY - timedelta(days=90))
    renewed(reported(units, cast, MONTH), cast)
    plan(units, cast, MONTH)
    work.materialise_all()
    for model in (Permit, PermitReport, SelfMonitoring):
        assert settle.rebuild(db.session(), model, check=True) == []

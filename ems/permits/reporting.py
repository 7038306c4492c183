"""Reports and self-monitoring as rows: for all the time a permit still has, each once, with what excuses them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from ems.core import dates, recurring
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.recurring import DAY, Key, Rows, Values
from ems.permits.life import Grounds, idle, lifetime
from ems.permits.models import Permit
from ems.permits.report_models import (
    EVERY,
    Exemption,
    Frequency,
    MonitoringPlan,
    MonitoringState,
    PermitReport,
    ReportState,
    ReportTerm,
    SelfMonitoring,
    named,
)

Wanted = dict[Key, Values]
DUE_RULES = ("EXEC_REPORT_M", "EXEC_REPORT_Q", "EXEC_REPORT_H", "EXEC_REPORT_Y", "EXEC_REPORT_DOC")
DECEMBER = 12


def dealt_with() -> ColumnElement[bool]:
    return or_(PermitReport.by_id.isnot(None), PermitReport.state == ReportState.RECEIVED)


def measured() -> ColumnElement[bool]:
    return or_(SelfMonitoring.by_id.isnot(None), SelfMonitoring.state == MonitoringState.DONE)


REPORTS = Rows(
    PermitReport, ("permit_id", "kind", "first_on"), dealt_with, {"state": ReportState.WITHDRAWN, "exemption": None}
)
RUNS = Rows(
    SelfMonitoring, ("plan_id", "kind", "first_on"), measured, {"state": MonitoringState.WITHDRAWN, "exemption": None}
)


def reports_of(permit: Permit, terms: Sequence[ReportTerm], grounds: Grounds) -> Iterator[tuple[Key, Values]]:
    """What the open reports of a permit should say."""
    life, still = lifetime(permit, grounds.today), idle(permit.enterprise)
    annual = any(term.kind is Frequency.YEAR for term in terms)
    for term in terms:
        if life is None:
            return
        about = {name: getattr(permit, name) for name in ("no", "unit_id", "officer_id", "enterprise_id")}
        for period in EVERY[term.kind].between(*life):
            if period.last > life.last:
                break
            exemption = grounds.of(permit, term.kind, period, still)
            if exemption is None and annual and term.merged and period.last.month == DECEMBER:
                exemption = Exemption.MERGED
            state = ReportState.EXEMPT if exemption else ReportState.DUE
            title = f"{permit.title} · {named(term.kind, period.first)}"[-200:]
            said = {"state": state, "exemption": exemption, "stated_on": term.stated(period), "title": title}
            yield (permit.id, term.kind, period.first), about | said


def runs_of(plan: MonitoringPlan, permit: Permit, grounds: Grounds) -> Iterator[tuple[Key, Values]]:
    """What the open times of measuring should say."""
    life, still = lifetime(permit, grounds.today), idle(permit.enterprise)
    if life is None or plan.void:
        return
    first = max(life.first, plan.from_on or life.first)
    what = " ".join(filter(None, (plan.outlet, plan.pollutant)))
    about = {name: getattr(permit, name) for name in ("no", "unit_id", "officer_id", "enterprise_id")}
    about |= {"outlet": plan.outlet, "pollutant": plan.pollutant}
    for period in EVERY[plan.frequency].between(first, life.last):
        if period.last > life.last:
            break
        exemption = Exemption.STOPPED if grounds.stopped(period, still) else None
        state = MonitoringState.EXEMPT if exemption else MonitoringState.DUE
        title = f"{permit.title} · {what} · {named(plan.frequency, period.first)}"[-200:]
        said = {"state": state, "exemption": exemption, "title": title}
        yield (plan.id, plan.frequency, period.first), about | said


def new_rows(keys: Sequence[Key]) -> list[dict[str, Any]]:
    """What never changes of a row."""
    return [
        {"period": named(kind, first), "last_on": EVERY[kind].nth(EVERY[kind].number(first)).last}
        for _owner, kind, first in keys
    ]


def materialise(ids: Sequence[int]) -> int:
    """Make the reports and the measurements of these permits what they should be. Returns how many were added.

    What was dealt with stays; asked twice it changes nothing. Not committed.
    """
    session, grounds = db.session(), Grounds(dates.today())
    session.flush()
    recurring.hold(session, Permit, ids)
    permits = {permit.id: permit for permit in session.scalars(held(ids))}
    terms, plans = terms_of(ids), plans_of(ids)
    reports: Wanted = {}
    for permit in permits.values():
        reports.update(reports_of(permit, terms[permit.id], grounds))
    postpone(reports, ids)
    runs: Wanted = {}
    for plan in plans:
        plan.unit_id = permits[plan.permit_id].unit_id
        runs.update(runs_of(plan, permits[plan.permit_id], grounds))
    made = recurring.materialise(session, REPORTS, ids, reports, new_rows)
    return made.added + recurring.materialise(session, RUNS, [plan.id for plan in plans], runs, new_rows).added


def held(ids: Sequence[int]) -> Any:
    """As the one who held them before left them."""
    rows = select(Permit).where(Permit.id.in_(ids)).order_by(Permit.id).options(joinedload(Permit.enterprise))
    return rows.execution_options(populate_existing=True)


def terms_of(ids: Sequence[int]) -> dict[int, list[ReportTerm]]:
    found: defaultdict[int, list[ReportTerm]] = defaultdict(list)
    for term in db.session.scalars(select(ReportTerm).where(ReportTerm.permit_id.in_(ids)).order_by(ReportTerm.id)):
        found[term.permit_id].append(term)
    return found


def plans_of(ids: Sequence[int]) -> Sequence[MonitoringPlan]:
    rows = select(MonitoringPlan).where(MonitoringPlan.permit_id.in_(ids)).order_by(MonitoringPlan.id)
    return db.session.scalars(rows).all()


def postpone(wanted: Wanted, ids: Sequence[int]) -> None:
    """A day that a notice gave stays."""
    R = PermitReport  # noqa: N806  as in the tables
    rows = select(R.permit_id, R.kind, R.first_on, R.stated_on).where(R.permit_id.in_(ids), R.deferred)
    for permit_id, kind, first, stated in db.session.execute(rows.order_by(R.id)):
        if (key := (permit_id, kind, first)) in wanted:
            wanted[key] = {**wanted[key], "stated_on": stated}


def hand_on(source: Permit, target: Permit) -> None:
    """The next version, or the one that holds again: reports and plans are one row through all versions."""
    reports = select(PermitReport).where(PermitReport.permit_id == source.id).order_by(PermitReport.id)
    for report in db.session.scalars(reports):
        report.permit_id = target.id
    for plan in plans_of([source.id]):
        plan.permit_id = target.id


def copy_terms(source: Permit, target: Permit) -> None:
    for term in terms_of([source.id])[source.id]:
        known = {name: getattr(term, name) for name in ("unit_id", "kind", "months", "day", "merged")}
        db.session.add(ReportTerm(permit_id=target.id, **known))


def open_duty() -> Any:
    """The enterprise's own duty to hand a report in, beside the report."""
    return and_(
        Duty.subject_type == PermitReport.__tablename__,
        Duty.subject_id == PermitReport.id,
        Duty.rule.in_(DUE_RULES),
        Duty.met_on.is_(None),
    )


def find_missed() -> int:
    """Of each report that did not come by its day the next one is written down: from then on it is ours to ask.

    A day that was moved since moves with it, or goes. Returns how many were found. Not committed.
    """
    R, found = PermitReport, 0  # noqa: N806
    rows = select(R, Duty.due_on).join(Duty, open_duty()).where(R.state == ReportState.DUE, R.chased_on.is_(None))
    late = or_(Duty.due_on < dates.today(), R.missed_on.isnot(None))
    for report, due_on in db.session.execute(rows.where(late).order_by(R.id)):
        missed_on = due_on + DAY if due_on < dates.today() else None
        if report.missed_on != missed_on:
            report.missed_on = missed_on
            found += missed_on is not None
    db.session.flush()
    return found


def overdue(report: PermitReport) -> bool:
    """Not received by the day it was due."""
    due = select(Duty.due_on).join(PermitReport, open_duty()).where(PermitReport.id == report.id)
    day = db.session.scalar(due)
    return day is not None and day < dates.today()

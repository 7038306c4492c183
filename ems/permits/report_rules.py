"""The clocks of reports and self-monitoring, and what is counted and checked."""

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from ems.core import dates
from ems.core.checks import Check
from ems.core.duties import Clock, Duty, having, late
from ems.core.figures import Figure, Period
from ems.permits.models import Permit, PermitClass
from ems.permits.registers import in_force
from ems.permits.report_models import Frequency, MonitoringPlan, PermitReport, ReportTerm, SelfMonitoring
from ems.permits.report_moves import DONE, DUE, RECEIVED, TO_DO
from ems.permits.reporting import DUE_RULES
from ems.permits.rules import operating

R, S = PermitReport, SelfMonitoring
LONGEST = timedelta(days=400)  # between a period's end and the day its report is due, notices of the ministry included


def asked(c: Any) -> ColumnElement[bool]:
    answered: ColumnElement[bool] = c.state.in_([DUE, RECEIVED])
    return answered


def by_rule(kind: Frequency) -> Any:
    """Where the permit's copy names no day of its own."""
    return lambda c: and_(asked(c), c.kind == kind, c.stated_on.is_(None))


def ended(rule: str, kind: Frequency) -> Clock:
    return Clock(rule, start=R.last_on, met=R.received_on, owner=R.officer_id, when=by_rule(kind))


CLOCKS = (
    ended("EXEC_REPORT_M", Frequency.MONTH),
    ended("EXEC_REPORT_Q", Frequency.QUARTER),
    ended("EXEC_REPORT_H", Frequency.HALF),
    ended("EXEC_REPORT_Y", Frequency.YEAR),
    Clock("EXEC_REPORT_DOC", start=R.stated_on, met=R.received_on, owner=R.officer_id, when=asked),
    Clock("EXEC_REPORT_CHASE", start=R.missed_on, met=R.chased_on, owner=R.officer_id,
          when=lambda c: or_(asked(c), c.chased_on.isnot(None))),
    Clock("SELF_MON", start=S.last_on, met=S.done_on, owner=S.officer_id, when=lambda c: c.state.in_([TO_DO, DONE])),
)  # fmt: skip


def due_in(period: Period, *more: ColumnElement[bool]) -> Select[PermitReport]:
    """Reports to be handed in by a day of the period."""
    duty = exists().where(
        Duty.subject_type == R.__tablename__,
        Duty.subject_id == R.id,
        Duty.rule.in_(DUE_RULES),
        Duty.due_on.between(*period),
        *more,
    )
    return select(R).where(R.last_on.between(period[0] - LONGEST, period[1]), duty)


def overdue_at(period: Period) -> Select[PermitReport]:
    """Not there on the period's last day, though it was due before it."""
    day = period[1]
    missing = R.received_on.is_(None) | (R.received_on > day)
    return due_in((day - LONGEST, min(day, dates.today()) - timedelta(days=1))).where(missing)


def measured_in(period: Period) -> Select[SelfMonitoring]:
    """Times whose period ended in it, and which were asked for."""
    return select(S).where(S.last_on.between(*period), S.state.in_([TO_DO, DONE]))


def in_time() -> ColumnElement[bool]:
    return Duty.met_on <= Duty.due_on


PIECE, TIMES = _l("份"), _l("次")
FIGURES = (
    Figure("permits.reports_due", _l("应交执行报告"), PIECE, due_in),
    Figure("permits.reports_received", _l("收到执行报告"), PIECE,
           lambda p: select(R).where(R.state == RECEIVED, R.received_on.between(*p))),
    Figure("permits.reports_on_time_rate", _l("执行报告按期提交率"), "%", lambda p: due_in(p, in_time()),
           whole="permits.reports_due"),
    Figure("permits.reports_overdue", _l("逾期未交执行报告"), PIECE, overdue_at, state=True),
    Figure("permits.monitoring_due", _l("应开展自行监测"), TIMES, measured_in),
    Figure("permits.monitoring_done_rate", _l("自行监测完成率"), "%", lambda p: measured_in(p).where(S.state == DONE),
           whole="permits.monitoring_due"),
)  # fmt: skip


def overdue() -> ColumnElement[bool]:
    return having(R, Duty.rule.in_(DUE_RULES), Duty.due_on < dates.today())


def unmeasured() -> ColumnElement[bool]:
    return having(S, Duty.rule == "SELF_MON", Duty.due_on < dates.today())


def without(model: Any, *more: ColumnElement[bool]) -> Select[Permit]:
    """Permits proper in force of running enterprises, of which no such row tells."""
    proper = (in_force(), Permit.permit_class.in_([PermitClass.KEY, PermitClass.SIMPLIFIED]), operating(Permit))
    return select(Permit).where(*proper, ~exists().where(model.permit_id == Permit.id, *more))


CHECKS = (
    Check("permits.report_overdue", _l("企业逾期未提交执行报告"), mend="permits.report",
          rows=lambda: select(R).where(overdue())),
    Check("permits.report_unchased", _l("执行报告逾期，本局没有督促"), mend="permits.report",
          rows=lambda: select(R).where(late(R))),
    Check("permits.report_too_early", _l("执行报告的收到日期早于报告期"), mend="permits.report",
          rows=lambda: select(R).where(R.received_on < R.first_on)),
    Check("permits.no_terms", _l("许可证没有登记执行报告要求"), mend="permits.terms",
          rows=lambda: without(ReportTerm)),
    Check("permits.no_plan", _l("重点管理的许可证没有登记自行监测要求"), mend="permits.detail",
          rows=lambda: without(MonitoringPlan, MonitoringPlan.void.is_(False)).where(
              Permit.permit_class == PermitClass.KEY)),
    Check("permits.monitoring_overdue", _l("自行监测逾期未开展"), mend="permits.run",
          rows=lambda: select(S).where(unmeasured())),
)  # fmt: skip

"""What the lists of execution reports and of self-monitoring show, and how they are narrowed."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.duties import Duty, having, late
from ems.core.people import Unit, User
from ems.core.register import Column, Filter, Register, View
from ems.enterprises.models import Enterprise
from ems.enterprises.registers import numbered
from ems.permits.registers import of_permit, one_of
from ems.permits.report_models import (
    Exemption,
    Frequency,
    MonitoringPlan,
    MonitoringState,
    PermitReport,
    ReportState,
    SelfMonitoring,
)
from ems.permits.report_moves import DONE, DUE, EXEMPT, RECEIVED, TO_DO
from ems.permits.reporting import DUE_RULES

R, S = PermitReport, SelfMonitoring
OFFICER, MEASURER, LOOKING = aliased(User), aliased(User), aliased(Unit)


def with_people(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Enterprise, Enterprise.id == R.enterprise_id).join(LOOKING, LOOKING.id == R.unit_id)
    return rows.outerjoin(OFFICER, OFFICER.id == R.officer_id)


def due_day() -> ColumnElement[Any]:
    """Whether it came or not."""
    duty = select(func.min(Duty.due_on)).where(Duty.subject_type == R.__tablename__, Duty.subject_id == R.id)
    return duty.where(Duty.rule.in_(DUE_RULES)).correlate(R).scalar_subquery()


def missing() -> ColumnElement[bool]:
    return having(R, Duty.rule.in_(DUE_RULES), Duty.due_on < dates.today())


def unmeasured() -> ColumnElement[bool]:
    return having(S, Duty.rule == "SELF_MON", Duty.due_on < dates.today())


def in_hand() -> ColumnElement[bool]:
    """The period is over, and the report is waited for."""
    return and_(R.state == DUE, R.last_on < dates.today())


def ahead() -> ColumnElement[bool]:
    return R.first_on > dates.today()


REPORTS = Register(
    name=_l("排污许可执行报告"),
    model=PermitReport,
    columns=(
        Column("no", _l("许可证编号"), R.no, "no",
               ("排污许可证编号", "许可证号", "排污许可证号", "许可证", "排污许可证", "证书编号"), sort=True, width=26),
        Column("title", _l("企业与报告期"), R.title, sort=True, width=40),
        Column("kind", _l("报告类型"), R.kind, choice=Frequency),
        Column("state", _l("状态"), R.state, choice=ReportState, kind="state"),
        Column("last_on", _l("报告期止"), R.last_on, kind="date", sort=True),
        Column("received_on", _l("收到日期"), R.received_on, "received_on",
               ("提交日期", "提交时间", "上报日期", "收到时间", "报送日期"), kind="date", sort=True),
        Column("officer", _l("经办人"), OFFICER.name),
        Column("enterprise", _l("企业名称"), Enterprise.name, listed=False, width=36),
        Column("period", _l("报告期"), R.period, "period", ("报告周期", "报告时段", "所属期", "报告年度"),
               listed=False),
        Column("first_on", _l("报告期起"), R.first_on, kind="date", listed=False),
        Column("due_on", _l("应交日期"), due_day(), kind="date", listed=False),
        Column("missed_on", _l("逾期之日"), R.missed_on, kind="date", listed=False),
        Column("chased_on", _l("督促日期"), R.chased_on, kind="date", listed=False),
        Column("exemption", _l("免报原因"), R.exemption, choice=Exemption, listed=False),
        Column("unit", _l("监管单位"), LOOKING.name, listed=False, width=20),
        Column("note", _l("备注"), R.note, "note", ("说明",), listed=False, width=36),
    ),
    filters=(
        Filter("holder", _l("许可证编号、企业"), lambda v: of_permit(R.permit_id, v)),
        numbered(R.enterprise_id),
        Filter("frequency", _l("报告类型"), lambda v: one_of(R.kind, Frequency, v), Frequency.choices),
        Filter("state", _l("状态"), lambda v: one_of(R.state, ReportState, v), ReportState.choices),
        Filter("since", _l("报告期止不早于"), lambda v: R.last_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("报告期止不晚于"), lambda v: R.last_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("due", _l("应交"), lambda _me: in_hand()),
        View("overdue", _l("企业逾期"), lambda _me: missing()),
        View("chase", _l("待督促"), lambda _me: having(R, Duty.rule == "EXEC_REPORT_CHASE")),
        View("received", _l("已交"), lambda _me: R.state == RECEIVED),
        View("exempt", _l("免报"), lambda _me: R.state == EXEMPT),
        View("mine", _l("我经办"), lambda me: in_hand() & (R.officer_id == me.id)),
        View("late", _l("本局逾期"), lambda _me: late(R)),
        View("ahead", _l("以后"), lambda _me: ahead()),
    ),
    order="-last_on",
    last=ahead,
    join=with_people,
    searched=False,
)  # fmt: skip


def with_measurer(rows: Select[Any]) -> Select[Any]:
    return rows.outerjoin(MEASURER, MEASURER.id == S.officer_id)


def planned_by(words: str) -> ColumnElement[bool]:
    return S.plan_id.in_(select(MonitoringPlan.id).where(of_permit(MonitoringPlan.permit_id, words)))


def open_period() -> ColumnElement[bool]:
    return and_(S.state == TO_DO, S.first_on <= dates.today())


MONITORING = Register(
    name=_l("自行监测"),
    model=SelfMonitoring,
    columns=(
        Column("no", _l("许可证编号"), S.no, sort=True, width=26),
        Column("title", _l("企业与监测内容"), S.title, sort=True, width=48),
        Column("kind", _l("监测频次"), S.kind, choice=Frequency),
        Column("state", _l("状态"), S.state, choice=MonitoringState, kind="state"),
        Column("last_on", _l("应于何日前"), S.last_on, kind="date", sort=True),
        Column("done_on", _l("监测日期"), S.done_on, kind="date", sort=True),
        Column("officer", _l("经办人"), MEASURER.name),
        Column("outlet", _l("排放口"), S.outlet, listed=False, width=20),
        Column("pollutant", _l("污染物"), S.pollutant, listed=False, width=20),
        Column("period", _l("监测周期"), S.period, listed=False),
        Column("exemption", _l("免测原因"), S.exemption, choice=Exemption, listed=False),
        Column("note", _l("备注"), S.note, listed=False, width=36),
    ),
    filters=(
        Filter("holder", _l("许可证编号、企业"), planned_by),
        Filter("frequency", _l("监测频次"), lambda v: one_of(S.kind, Frequency, v), Frequency.choices),
        Filter("state", _l("状态"), lambda v: one_of(S.state, MonitoringState, v), MonitoringState.choices),
        Filter("since", _l("不早于"), lambda v: S.last_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("不晚于"), lambda v: S.last_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("due", _l("本期应测"), lambda _me: open_period()),
        View("overdue", _l("企业逾期"), lambda _me: unmeasured()),
        View("done", _l("已测"), lambda _me: S.state == DONE),
        View("mine", _l("我经办"), lambda me: open_period() & (S.officer_id == me.id)),
    ),
    order="-last_on",
    last=lambda: S.first_on > dates.today(),
    join=with_measurer,
    searched=False,
)

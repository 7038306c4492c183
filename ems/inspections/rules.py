"""What the two registers show, which clocks run on an inspection, and what is counted and checked."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.checks import Check
from ems.core.db import db
from ems.core.duties import Clock, late
from ems.core.figures import Figure, Period
from ems.core.people import Unit, User
from ems.core.policy import Act
from ems.core.register import Column, Filter, Register, View
from ems.enterprises.models import Enterprise, EnterpriseClass
from ems.enterprises.registers import numbered
from ems.inspections.models import (
    LAW,
    CheckLine,
    Finding,
    Inspection,
    InspectionState,
    InspectionType,
    Remedy,
    Running,
    Severity,
    Verdict,
)
from ems.inspections.moves import DONE, OPEN, PLANNED, VOID
from ems.inspections.plan_models import InspectionPlan
from ems.nonconformities.models import Nonconformity
from ems.orders.models import Order
from ems.orders.rules import of_class, staff

I = Inspection  # noqa: E741  as in the tables below
LEAD, SECOND = aliased(User), aliased(User)
AHEAD = (PLANNED, OPEN)
LAWS = sorted(LAW)


def named(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Unit, Unit.id == I.unit_id).join(LEAD, LEAD.id == I.lead_id)
    return rows.outerjoin(SECOND, SECOND.id == I.second_id)


def day() -> ColumnElement[Any]:
    """Of the list: done, or else planned for."""
    return func.coalesce(I.done_on, I.planned_on, type_=I.planned_on.type)


def far_ahead() -> ColumnElement[bool]:
    """A self-check of a month that has not begun: planned, but nobody needs to see it yet."""
    return and_(I.month.isnot(None), I.month > dates.today())


def faults() -> ColumnElement[Any]:
    return select(func.count(Finding.id)).where(Finding.inspection_id == I.id).scalar_subquery()


def by(person: str) -> ColumnElement[bool]:
    return or_(I.lead_id == int(person), I.second_id == int(person))


def plans_listed() -> list[tuple[int, str]]:
    """Approved ones, the latest first."""
    P = InspectionPlan  # noqa: N806  as in the tables below
    rows = select(P.id, P.no, P.title).where(P.approved_on.isnot(None)).order_by(P.id.desc()).limit(50)
    return [(id, f"{no} {title}") for id, no, title in db.session.execute(rows)]


def in_state(value: str) -> ColumnElement[bool]:
    return I.state.in_(AHEAD) if value == "open" else I.state == InspectionState(value)


REGISTER = Register(
    name=_l("现场检查"),
    model=Inspection,
    columns=(
        Column("no", _l("编号"), I.no, sort=True),
        Column("title", _l("事项"), I.title, width=36),
        Column("type", _l("类型"), I.type, choice=InspectionType, listed=False, width=18),
        Column("party", _l("被检查单位"), I.party, listed=False, width=28),
        Column("place", _l("地点"), I.place, listed=False, width=28),
        Column("state", _l("状态"), I.state, choice=InspectionState, kind="state"),
        Column("lead", _l("检查人"), LEAD.name),
        Column("second", _l("第二人"), SECOND.name),
        Column("day", _l("日期"), day(), kind="date", sort=True),
        Column("planned_on", _l("计划日期"), I.planned_on, kind="date", listed=False),
        Column("facility", _l("治理设施"), I.facility_running, choice=Running, listed=False),
        Column("faults", _l("问题"), faults(), kind="number"),
        Column("unit", _l("检查单位"), Unit.name, listed=False, width=20),
    ),
    filters=(
        Filter("type", _l("类型"), lambda v: I.type == InspectionType(v), InspectionType.choices),
        Filter("state", _l("状态"), in_state, lambda: [("open", _l("未完成")), *InspectionState.choices()]),
        Filter("class", _l("企业类别"), lambda v: of_class(I.enterprise_id, v), EnterpriseClass.choices),
        numbered(I.enterprise_id),
        Filter("plan", _l("检查计划"), lambda v: I.plan_id == int(v), plans_listed),
        Filter("officer", _l("检查人"), by, lambda: staff("inspections", Act.HANDLE)),
        Filter("since", _l("不早于"), lambda v: day() >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("不晚于"), lambda v: day() <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("mine", _l("我的检查"),
             lambda me: and_(or_(I.lead_id == me.id, I.second_id == me.id), I.state.in_(AHEAD), ~far_ahead())),
        View("today", _l("今日"), lambda _me: and_(I.state.in_(AHEAD), I.planned_on <= dates.today())),
        View("late", _l("逾期"), lambda _me: late(Inspection)),
        View("found", _l("发现问题"), lambda _me: I.findings.any()),
        View("self", _l("单位自查"), lambda _me: I.type == InspectionType.SELF_CHECK),
    ),
    order="-day",
    last=far_ahead,
    join=named,
)  # fmt: skip


def with_its_inspection(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Inspection, I.id == Finding.inspection_id)
    rows = rows.outerjoin(Nonconformity, Nonconformity.id == Finding.nonconformity_id)
    return rows.outerjoin(Order, Order.id == Finding.order_id)


FINDINGS = Register(
    name=_l("检查发现的问题"),
    model=Finding,
    columns=(
        Column("no", _l("编号"), Finding.no, sort=True),
        Column("text", _l("问题"), Finding.text, width=48),
        Column("party", _l("被检查单位"), I.party, width=28),
        Column("severity", _l("程度"), Finding.severity, choice=Severity),
        Column("remedy", _l("处理"), Finding.remedy, choice=Remedy),
        Column("found_on", _l("发现"), Finding.found_on, kind="date", sort=True),
        Column("due_on", _l("整改期限"), Finding.due_on, kind="date", sort=True),
        Column("order", _l("整改通知"), Order.no),
        Column("nonconformity", pgettext("register", "不符合"), Nonconformity.no),
    ),
    filters=(
        Filter("remedy", _l("处理"), lambda v: Finding.remedy == Remedy(v), Remedy.choices),
        Filter("severity", _l("程度"), lambda v: Finding.severity == Severity(v), Severity.choices),
        Filter("class", _l("企业类别"), lambda v: of_class(Finding.enterprise_id, v), EnterpriseClass.choices),
        Filter("since", _l("发现不早于"), lambda v: Finding.found_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("发现不晚于"), lambda v: Finding.found_on <= date.fromisoformat(v), kind="date"),
    ),
    order="-found_on",
    join=with_its_inspection,
)  # fmt: skip

CLOCKS = (
    Clock("INSP_PLAN", start=I.planned_on, met=I.done_on, owner=I.lead_id,
          when=lambda c: and_(c.state != VOID, c.type != InspectionType.SELF_CHECK)),
    Clock("SELF_CHECK", start=I.planned_on, met=I.done_on, owner=I.lead_id,
          when=lambda c: and_(c.state != VOID, c.type == InspectionType.SELF_CHECK)),
)  # fmt: skip


def done(period: Period, *asked: ColumnElement[bool]) -> Select[Inspection]:
    """Inspections by law that ended in the period; units' own checks are not counted with them."""
    return select(Inspection).where(I.state == DONE, I.type.in_(LAWS), I.done_on.between(*period), *asked)


def of_enterprises(period: Period, *asked: ColumnElement[bool]) -> Select[Inspection]:
    return done(period, I.enterprise_id.isnot(None), *asked)


def looked_after_as(flag: Any) -> ColumnElement[bool]:
    return I.enterprise_id.in_(select(Enterprise.id).where(flag.is_(True)))


def enterprises() -> ColumnElement[Any]:
    return func.count(distinct(I.enterprise_id))


def found(period: Period) -> Select[Finding]:
    behind = exists().where(I.id == Finding.inspection_id, I.state == DONE, I.type.in_(LAWS))
    return select(Finding).where(Finding.found_on.between(*period), behind)


TIMES, HOUSE, PIECE = _l("次"), _l("家"), _l("个")
FIGURES = (
    Figure("inspections.done", _l("开展现场检查"), TIMES, done),
    Figure("inspections.enterprises", _l("检查企业"), HOUSE, of_enterprises, enterprises),
    Figure("inspections.key_enterprises", _l("检查重点工业企业"), HOUSE,
           lambda p: of_enterprises(p, looked_after_as(Enterprise.key)), enterprises),
    Figure("inspections.catering", _l("检查饮食企业"), HOUSE,
           lambda p: of_enterprises(p, looked_after_as(Enterprise.catering)), enterprises),
    Figure("inspections.findings", _l("检查发现问题"), PIECE, found),
    Figure("inspections.serious", _l("检查发现严重问题"), PIECE,
           lambda p: found(p).where(Finding.severity == Severity.SERIOUS)),
    Figure("inspections.founded", _l("投诉查实的现场检查"), TIMES,
           lambda p: done(p, I.source.startswith("complaint:"), I.findings.any())),
    Figure("inspections.facility_asked", _l("核查治理设施运行的检查"), TIMES,
           lambda p: done(p, I.facility_running.in_([Running.YES, Running.NO]))),
    Figure("inspections.facility_running", _l("治理设施正常运行率"), "%",
           lambda p: done(p, I.facility_running == Running.YES), whole="inspections.facility_asked"),
)  # fmt: skip


def nameless() -> ColumnElement[bool]:
    return I.lines.any(and_(CheckLine.verdict == Verdict.FAILS, func.trim(CheckLine.remark) == ""))


def unordered() -> ColumnElement[bool]:
    only_noted = and_(Finding.remedy == Remedy.NOTED, Finding.severity == Severity.SERIOUS)
    return or_(Finding.remedy == Remedy.ORDER, only_noted)


CHECKS = (
    Check("inspections.one_officer", _l("执法检查只有一名检查人员"), mend="inspections.detail",
          rows=lambda: select(Inspection).where(I.state == DONE, I.type.in_(LAWS), I.second_id.is_(None))),
    Check("inspections.no_order", _l("应当整改或者严重的问题没有下达整改"), mend="inspections.finding",
          rows=lambda: select(Finding).where(Finding.order_id.is_(None), Finding.nonconformity_id.is_(None),
                                          unordered())),
    Check("inspections.overdue", _l("计划检查逾期未开展"), mend="inspections.detail",
          rows=lambda: select(Inspection).where(I.state == PLANNED, I.planned_on < dates.today())),
    Check("inspections.unfinished", _l("检查已开始而没有完成"), mend="inspections.field",
          rows=lambda: select(Inspection).where(I.state == OPEN, I.planned_on < dates.today())),
    Check("inspections.nameless", _l("判为不符合而没有写明问题"), mend="inspections.detail",
          rows=lambda: select(Inspection).where(I.state == DONE, nameless())),
    Check("inspections.unlinked", _l("被检查单位没有对应到企业档案"), mend="inspections.detail",
          rows=lambda: select(Inspection).where(I.type.in_(LAWS), I.state != VOID, I.party != "",
                                                I.enterprise_id.is_(None))),
    Check("inspections.unanswered", _l("检查已完成而有检查项没有结果"), mend="inspections.detail",
          rows=lambda: select(Inspection).where(I.state == DONE, I.lines.any(CheckLine.verdict.is_(None)))),
)  # fmt: skip

"""What the registers of plans and draws show, and what is counted and checked of them."""

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.attachments import Attachment
from ems.core.checks import Check
from ems.core.figures import Figure, Period
from ems.core.people import Unit, User
from ems.core.register import Column, Filter, Register, View
from ems.enterprises.models import Enterprise, EnterpriseState
from ems.inspections.crew import concerns
from ems.inspections.models import LAW, Inspection, InspectionState, InspectionType
from ems.inspections.plan_models import (
    Draw,
    DrawPick,
    DrawState,
    InspectionPlan,
    OfficerConflict,
    PlanKind,
    PlanState,
)

I = Inspection  # noqa: E741  as in the tables below
P, C = InspectionPlan, OfficerConflict
PLANNED, OPEN, DONE, VOID = InspectionState
AUTHOR, DRAWER, WITNESS = aliased(User), aliased(User), aliased(User)
SOON = 10  # days in which a transcript is printed for good
LOOKED_BACK = 365  # days: what is older was printed before transcripts were kept here


def of_plan(*states: InspectionState) -> ColumnElement[Any]:
    rows = select(func.count(I.id)).where(I.plan_id == P.id, I.state.in_(states))
    return rows.correlate(P).scalar_subquery()


PLANS = Register(
    name=_l("检查计划"),
    model=InspectionPlan,
    columns=(
        Column("no", _l("编号"), P.no, sort=True),
        Column("title", _l("计划"), P.title, width=36),
        Column("kind", _l("方式"), P.kind, choice=PlanKind, width=14),
        Column("type", _l("检查类型"), P.type, choice=InspectionType, listed=False, width=18),
        Column("state", _l("状态"), P.state, choice=PlanState, kind="state"),
        Column("from_on", _l("自"), P.from_on, kind="date", sort=True),
        Column("until_on", _l("至"), P.until_on, kind="date", sort=True),
        Column("planned", _l("安排次数"), of_plan(PLANNED, OPEN, DONE), kind="number"),
        Column("done", _l("完成次数"), of_plan(DONE), kind="number"),
        Column("unit", _l("检查单位"), Unit.name, width=20),
        Column("author", _l("拟订人"), AUTHOR.name, listed=False),
        Column("approved_on", _l("批准日期"), P.approved_on, kind="date", listed=False),
    ),
    filters=(
        Filter("state", _l("状态"), lambda v: P.state == PlanState(v), PlanState.choices),
        Filter("way", _l("方式"), lambda v: P.kind == PlanKind(v), PlanKind.choices),
        Filter("since", _l("结束不早于"), lambda v: P.until_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("开始不晚于"), lambda v: P.from_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("running", _l("执行中"), lambda _me: P.state == PlanState.APPROVED),
        View("waiting", _l("待批准"), lambda _me: P.state == PlanState.DRAFT),
        View("behind", _l("进度滞后"), lambda _me: behind()),
    ),
    order="-from_on",
    join=lambda rows: rows.join(Unit, Unit.id == P.unit_id).join(AUTHOR, AUTHOR.id == P.author_id),
)  # fmt: skip

DRAWS = Register(
    name=_l("双随机抽查"),
    model=Draw,
    columns=(
        Column("no", _l("编号"), Draw.no, sort=True),
        Column("title", _l("抽查"), Draw.title, width=36),
        Column("type", _l("检查类型"), Draw.type, choice=InspectionType, listed=False, width=18),
        Column("state", _l("状态"), Draw.state, choice=DrawState, kind="state"),
        Column("houses", _l("抽取家数"), Draw.houses, kind="number"),
        Column("from_on", _l("检查自"), Draw.from_on, kind="date", sort=True),
        Column("until_on", _l("检查至"), Draw.until_on, kind="date"),
        Column("drawer", _l("抽取人"), DRAWER.name),
        Column("witness", _l("监督人"), WITNESS.name),
        Column("public_number", _l("公开数"), Draw.public_number, listed=False),
        Column("digest", _l("校验码"), Draw.digest, listed=False, width=66),
        Column("unit", _l("检查单位"), Unit.name, listed=False, width=20),
    ),
    filters=(
        Filter("state", _l("状态"), lambda v: Draw.state == DrawState(v), DrawState.choices),
        Filter("since", _l("检查不早于"), lambda v: Draw.from_on >= date.fromisoformat(v), kind="date"),
    ),
    order="-no",
    join=lambda rows: rows.join(Unit, Unit.id == Draw.unit_id).outerjoin(DRAWER, DRAWER.id == Draw.drawn_by_id)
                          .outerjoin(WITNESS, WITNESS.id == Draw.witness_id),
)  # fmt: skip


def planned(period: Period, *asked: ColumnElement[bool]) -> Select[Inspection]:
    """What plans asked for in the period."""
    return select(I).where(I.plan_id.isnot(None), I.state != VOID, I.planned_on.between(*period), *asked)


def drawn(period: Period, *asked: ColumnElement[bool]) -> Select[Inspection]:
    """Done in the period, of those that were drawn at random."""
    picked = exists().where(DrawPick.inspection_id == I.id)
    return select(I).where(I.state == DONE, I.done_on.between(*period), picked, *asked)


def enterprises() -> ColumnElement[Any]:
    return func.count(distinct(I.enterprise_id))


def operating(period: Period) -> Select[Enterprise]:
    """On the register at the period's end and not closed or gone by now."""
    E = Enterprise  # noqa: N806  as in the tables above
    there = E.state.in_([EnterpriseState.OPERATING, EnterpriseState.CONVERTED])
    return select(E).where(there, or_(E.registered_on.is_(None), E.registered_on <= period[1]))


def key_houses(period: Period) -> Select[Inspection]:
    """Inspections by law of enterprises that are key and on the register, as the whole below counts them."""
    key = select(Enterprise.id).where(Enterprise.key.is_(True), Enterprise.state != EnterpriseState.VOID)
    inspected = and_(I.state == DONE, I.type.in_(sorted(LAW)), I.done_on.between(*period))
    return select(I).where(inspected, I.enterprise_id.in_(key))


TIMES, HOUSE = _l("次"), _l("家")
FIGURES = (
    Figure("plans.planned", _l("计划安排检查"), TIMES, planned),
    Figure("plans.completed", _l("检查计划完成率"), "%", lambda p: planned(p, I.state == DONE), whole="plans.planned"),
    Figure("plans.on_time", _l("检查计划按期完成率"), "%",
           lambda p: planned(p, I.state == DONE, I.done_on <= I.planned_on), whole="plans.planned"),
    Figure("draws.times", _l("双随机抽查检查"), TIMES, drawn),
    Figure("draws.houses", _l("双随机抽查企业"), HOUSE, drawn, enterprises),
    Figure("draws.operating", _l("可供抽查的企业"), HOUSE, operating, state=True),
    Figure("draws.rate", _l("双随机抽查比例"), "%", drawn, enterprises, whole="draws.operating"),
    Figure("inspections.key_covered", _l("重点工业企业检查覆盖率"), "%", key_houses, enterprises,
           whole="enterprises.key"),
)  # fmt: skip


def behind() -> ColumnElement[bool]:
    """Approved, and one of its inspections was to be done by now."""
    late = exists().where(I.plan_id == P.id, I.state == PLANNED, I.planned_on < dates.today())
    return and_(P.state == PlanState.APPROVED, late)


def barred() -> ColumnElement[bool]:
    """One of its officers has declared a conflict that holds on the day."""
    mine = or_(C.user_id == I.lead_id, C.user_id == I.second_id)
    holds = and_(C.since <= I.planned_on, or_(C.until.is_(None), C.until >= I.planned_on))
    return exists().where(Enterprise.id == I.enterprise_id, concerns(), mine, holds)


def unprinted() -> ColumnElement[bool]:
    """Ended some days ago, and neither printed for good nor filed as a scan of the paper."""
    scanned = exists().where(
        Attachment.subject_type == I.__tablename__, Attachment.subject_id == I.id,
        Attachment.type == "application/pdf", ~Attachment.void,
    )  # fmt: skip
    today = dates.today()
    when = I.done_on.between(today - timedelta(days=LOOKED_BACK), today - timedelta(days=SOON + 1))
    return and_(I.state == DONE, I.type.in_(sorted(LAW)), when, I.transcript_id.is_(None), ~scanned)


CHECKS = (
    Check("plans.empty", _l("检查计划已批准而没有安排检查"), mend="inspections.plan",
          rows=lambda: select(P).where(P.state == PlanState.APPROVED, ~exists().where(I.plan_id == P.id))),
    Check("plans.behind", _l("检查计划进度滞后"), mend="inspections.plan", rows=lambda: select(P).where(behind())),
    Check("plans.unapproved", _l("检查计划已到开始日期而没有批准"), mend="inspections.plan",
          rows=lambda: select(P).where(P.state == PlanState.DRAFT, P.from_on <= dates.today())),
    Check("inspections.barred", _l("安排的检查人员须回避"), mend="inspections.edit",
          rows=lambda: select(I).where(I.state == PLANNED, barred())),
    Check("draws.unwitnessed", _l("双随机抽取没有监督人确认"), mend="inspections.draw",
          rows=lambda: select(Draw).where(Draw.state == DrawState.DRAWN,
                                          Draw.drawn_at < dates.now() - timedelta(days=1))),
    Check("inspections.unprinted", _l("检查完成 10 日仍没有定稿笔录"), mend="inspections.transcript",
          rows=lambda: select(I).where(unprinted())),
)  # fmt: skip

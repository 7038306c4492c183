"""What the brigade means to inspect: a plan under way, one that waits for approval, draws, declared conflicts."""

from datetime import date, datetime, time
from io import BytesIO

from pypdf import PdfWriter
from sqlalchemy import select

from ems.core import attachments, dates, numbers
from ems.core.attachments import Attachment
from ems.core.people import User
from ems.core.workflow import step
from ems.demo.enterprises import Made
from ems.demo.world import World
from ems.enterprises.models import EnterpriseClass
from ems.inspections.draws import usual_weights
from ems.inspections.models import LAW, Inspection, InspectionState, InspectionType
from ems.inspections.plan_models import (
    Draw,
    InspectionPlan,
    OfficerConflict,
    PlanKind,
    PlanQuota,
    PlanState,
    PlanTarget,
)
from ems.inspections.plan_moves import DRAW_WORKFLOW

TEN = time(10, 15)
KEPT = 400  # days back to which transcripts were scanned
FORGOTTEN = 3  # that nobody filed
UNTIL = 12  # days ago: the younger ones still wait to be printed


def build(world: World, enterprises: list[Made]) -> None:
    quarter(world)
    next_year(world)
    declared(world, enterprises)
    confirmed(world)
    prepared(world)
    scans(world)
    world.session.flush()


def numbered(world: World, prefix: str, day: date) -> str:
    return numbers.take(world.session, prefix, day.year)[0]


def began(world: World, row: InspectionPlan | Draw, by: User, day: date, move: str) -> None:
    with dates.stopped(datetime.combine(day, TEN)):
        world.session.add(row)
        world.session.flush()
        world.session.add(step(row, by, move=move, after=row.state))


def quarter(world: World) -> None:
    """The plan of this quarter: of its inspections some are done, the others lie ahead."""
    first, last = quarter_of(world.today)
    author, chief = world.people["wanghaiyan"], world.at("jiancha", "chief")
    day = world.before(first)
    row = InspectionPlan(
        no=numbered(world, "JH", day),
        title=f"{first.year}年第{(first.month + 2) // 3}季度重点企业检查计划",
        kind=PlanKind.CAMPAIGN, type=InspectionType.KEY_INDUSTRY, scope_id=world.units["hitech"], from_on=first,
        until_on=last, times=1, note="每家一次，检查治理设施运行、自行监测和危险废物管理。",
        unit_id=world.units["jiancha"], author_id=author.id,
    )  # fmt: skip
    began(world, row, author, world.work(-3, day), "draft")
    row.state, row.approved_by_id, row.approved_on = PlanState.APPROVED, chief.id, day
    with dates.stopped(datetime.combine(day, TEN)):
        world.session.add(step(row, chief, move="approve", before=PlanState.DRAFT, after=PlanState.APPROVED))
    for one in of_quarter(world, first, last):
        one.plan_id, one.plan_key = row.id, f"plan:{row.id}:{one.enterprise_id}:1"
        row.named.append(PlanTarget(enterprise_id=one.enterprise_id))


def quarter_of(day: date) -> tuple[date, date]:
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    month = first.month + 2
    return first, date(first.year, month, 31 if month in {3, 12} else 30)


def of_quarter(world: World, first: date, last: date) -> list[Inspection]:
    """One of each enterprise."""
    alive = Inspection.state.in_([InspectionState.PLANNED, InspectionState.DONE])
    asked = (Inspection.type == InspectionType.KEY_INDUSTRY, Inspection.enterprise_id.isnot(None), alive)
    rows = select(Inspection).where(*asked, Inspection.planned_on.between(first, last))
    found: dict[int, Inspection] = {}
    for row in world.session.scalars(rows.order_by(Inspection.planned_on, Inspection.id)):
        found.setdefault(row.enterprise_id or 0, row)
    return list(found.values())


def next_year(world: World) -> None:
    """Waits for the brigade's chief."""
    author, year = world.people["limin"], world.year + 1
    row = InspectionPlan(
        no=numbered(world, "JH", world.today), title=f"{year}年第1季度监督检查计划", kind=PlanKind.CLASSES,
        type=InspectionType.KEY_INDUSTRY, scope_id=world.units["hitech"], from_on=date(year, 1, 1),
        until_on=date(year, 3, 31), times=1, note="", unit_id=world.units["jiancha"], author_id=author.id,
        quotas=[
            PlanQuota(kind=EnterpriseClass.KEY, houses=None, times=1),
            PlanQuota(kind=EnterpriseClass.CATERING, houses=30, times=1),
        ],
    )  # fmt: skip
    began(world, row, author, world.work(-2), "draft")


def declared(world: World, enterprises: list[Made]) -> None:
    some = [one.row for one in enterprises if one.row.key][:2]
    for who, row, why in zip(("tanghui", "chengang"), some, ("配偶在该企业任职", "近亲属持有该企业股权"), strict=True):
        user = world.people[who]
        known = {"since": world.part(world.year, 0.2), "reason": why, "declared_by_id": user.id}
        one = OfficerConflict(user_id=user.id, enterprise_id=row.id, unit_id=world.units["jiancha"], **known)
        world.session.add(one)


def draw_of(  # noqa: PLR0917  read as a sentence
    world: World, title: str, day: date, ahead: tuple[int, int], houses: int, number: str
) -> Draw:
    weights = {str(kind): n for kind, n in usual_weights().items()}
    return Draw(
        no=numbered(world, "CQ", day), title=title, type=InspectionType.SPECIAL, scope_id=world.units["hitech"],
        houses=houses, from_on=world.work(ahead[0]), until_on=world.work(ahead[1]), rested_days=60, weights=weights,
        public_number=number, announced_at=dates.aware(datetime.combine(day, TEN)), unit_id=world.units["jiancha"],
        prepared_by_id=world.people["limin"].id,
    )  # fmt: skip


def confirmed(world: World) -> None:
    """Drawn last week by the brigade's chief, an auditor looked on; its inspections lie ahead."""
    day, chief, witness = world.work(-6), world.at("jiancha", "chief"), world.people["zhaolei"]
    row = draw_of(world, "第四季度污染源双随机抽查", day, (1, 20), 8, "3867.18")
    began(world, row, world.people["limin"], day, "prepare")
    row.witness_id = witness.id
    for move, by, hour in (("draw", chief, 11), ("confirm", witness, 14)):
        with dates.stopped(datetime.combine(day, time(hour))):
            DRAW_WORKFLOW.fire(move, by, row)
            world.session.flush()


def prepared(world: World) -> None:
    """Its seed is announced, it waits to be drawn."""
    row = draw_of(world, "年末餐饮油烟双随机抽查", world.work(-1), (6, 24), 12, "3902.55")
    row.type, row.weights = InspectionType.CATERING, row.weights | {"key": 0, "discharger": 0, "other": 0}
    began(world, row, world.people["limin"], world.work(-1), "prepare")


def scans(world: World) -> None:
    """Transcripts used to be signed on paper and filed as scans: one blank page stands for all."""
    page = PdfWriter()
    page.add_blank_page(width=595, height=842)
    page.write(out := BytesIO())
    digest = attachments.store(out.getvalue())
    law = (Inspection.state == InspectionState.DONE, Inspection.type.in_(sorted(LAW)))
    since, until = date.fromordinal(world.today.toordinal() - KEPT), date.fromordinal(world.today.toordinal() - UNTIL)
    rows = select(Inspection).where(*law, Inspection.done_on.between(since, until))
    for row in world.session.scalars(rows.order_by(Inspection.done_on.desc(), Inspection.id).offset(FORGOTTEN)):
        about = {"subject_type": row.__tablename__, "subject_id": row.id, "at": row.ended_at, "by_id": row.lead_id}
        known = {"type": "application/pdf", "size": len(out.getvalue()), "digest": digest, "note": ""}
        world.session.add(Attachment(**about, **known, name=f"现场检查笔录（纸质扫描） {row.no}.pdf"))

"""What the registers of tasks, of stages and of other units' parts show, and which clocks run on them."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Clock, Duty, having, late
from ems.core.people import Post, Unit, User
from ems.core.policy import ALLOWED, Act
from ems.core.register import Column, Filter, Register, View
from ems.core.rules import Bearer
from ems.tasks.models import (
    PartState,
    SourceKind,
    StageState,
    Task,
    TaskPart,
    TaskStage,
    TaskState,
    Urgency,
)
from ems.tasks.moves import ASKED, DRAFT, OPEN, REPORTED, VOID

T = Task
OWNER, ISSUER = aliased(User), aliased(User)


def named(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Unit, Unit.id == T.unit_id).outerjoin(ISSUER, ISSUER.id == T.issued_by_id)
    return rows.outerjoin(OWNER, OWNER.id == T.owner_id)


def staff(act: Act) -> list[tuple[int, str]]:
    """Whoever may do so somewhere."""
    able = select(Post.user_id).where(Post.role.in_(sorted(ALLOWED["tasks"][act])))
    asked = select(User.id, User.name).where(User.id.in_(able), User.active).order_by(User.name, User.id)
    return [(id, name) for id, name in db.session.execute(asked)]


def in_state(value: str) -> ColumnElement[bool]:
    return T.state.in_(sorted(OPEN)) if value == "open" else T.state == TaskState(value)


def charged() -> list[tuple[int, str]]:
    """The units that were ever asked."""
    rows = select(Unit.id, Unit.name).where(Unit.id.in_(select(T.unit_id))).order_by(Unit.path, Unit.id)
    return [(id, name) for id, name in db.session.execute(rows)]


def of_kind(value: str) -> ColumnElement[bool]:
    if value not in {"matter", "slip"}:
        raise ValueError(value)
    return T.subject_type.is_(None) if value == "matter" else T.subject_type.isnot(None)


def with_others(unit_id: int) -> ColumnElement[bool]:
    return or_(T.unit_id == unit_id, T.parts.any(TaskPart.unit_id == unit_id))


def others() -> ColumnElement[Any]:
    """How many units have a part in it."""
    mine = (TaskPart.task_id == T.id, TaskPart.state != PartState.DROPPED)
    return select(func.count(TaskPart.id)).where(*mine).scalar_subquery()


def behind() -> ColumnElement[bool]:
    """Late itself, or with a stage that is."""
    lagging = and_(Duty.due_on < dates.today(), Duty.met_on.is_(None), Duty.subject_type == TaskStage.__tablename__)
    rows = select(TaskStage.task_id).join(Duty, Duty.subject_id == TaskStage.id).where(lagging)
    return or_(late(Task), T.id.in_(rows.where(Duty.bearer == Bearer.OWN)))


REGISTER = Register(
    name=_l("督办台账"),
    model=Task,
    columns=(
        Column("no", _l("编号"), T.no, sort=True),
        Column("title", _l("督办事项"), T.title, "title",
               ("事项", "议定事项", "工作任务", "任务", "重点工作", "工作事项"), width=36),
        Column("unit", _l("承办单位"), Unit.name, "unit_id",
               ("责任单位", "牵头单位", "主办单位", "落实单位"), width=20),
        Column("owner", _l("承办人"), OWNER.name, "owner_id", ("责任人", "经办人")),
        Column("state", _l("状态"), T.state, choice=TaskState, kind="state"),
        Column("percent", _l("进度（%）"), T.percent, kind="number"),
        Column("issued_on", _l("下达"), T.issued_on, kind="date", sort=True),
        Column("due_on", _l("期限"), T.due_on, "due_on",
               ("完成时限", "办结期限", "完成时间", "办理时限", "反馈期限", "时限要求"), kind="date", sort=True),
        Column("urgency", _l("缓急"), T.urgency, "urgency", ("紧急程度", "缓急程度"), choice=Urgency, listed=False),
        Column("source_kind", _l("来源"), T.source_kind, "source_kind", ("来源类别", "事项来源"), choice=SourceKind,
               listed=False),
        Column("source", _l("来文或批示"), T.source, "source", ("来源文件", "会议名称", "来文标题"), listed=False,
               width=24),
        Column("source_no", _l("文号"), T.source_no, "source_no", ("来文文号", "会议纪要文号"), listed=False, width=18),
        Column("source_on", _l("来文日期"), T.source_on, "source_on", ("会议日期", "批示日期"), kind="date",
               listed=False),
        Column("source_from", _l("交办人"), T.source_from, "source_from",
               ("交办领导", "批示人", "交办单位", "来文单位"), listed=False, width=18),
        Column("demand", _l("督办要求"), T.demand, "demand", ("工作要求", "具体要求", "要求", "议定内容", "主要内容"),
               listed=False, width=40),
        Column("issued_by", _l("下达人"), ISSUER.name, listed=False),
        Column("others", _l("协办单位"), others(), kind="number", listed=False),
        Column("matter", _l("逾期的记录"), T.matter, listed=False, width=24),
        Column("asked", _l("逾期的期限"), T.asked, listed=False, width=24),
        Column("matter_due_on", _l("原期限"), T.matter_due_on, kind="date", listed=False),
        Column("days_late", _l("下达时逾期天数"), T.days_late, kind="number", listed=False),
        Column("extensions", _l("延期次数"), T.extensions, kind="number", listed=False),
        Column("round", _l("第几次反馈"), T.round, kind="number", listed=False),
        Column("reported_on", _l("反馈"), T.reported_on, kind="date", listed=False),
        Column("report", _l("办理情况"), T.report, listed=False, width=40),
        Column("closed_on", _l("办结"), T.closed_on, kind="date", listed=False),
    ),
    filters=(
        Filter("state", _l("状态"), in_state, lambda: [("open", _l("未办结")), *TaskState.choices()]),
        Filter("unit", _l("承办或协办单位"), lambda v: with_others(int(v)), charged),
        Filter("group", _l("类别"), of_kind, lambda: [("matter", _l("督办事项")), ("slip", _l("逾期督办"))]),
        Filter("source", _l("来源"), lambda v: T.source_kind == SourceKind(v), SourceKind.choices),
        Filter("urgency", _l("缓急"), lambda v: T.urgency == Urgency(v), Urgency.choices),
        Filter("owner", _l("承办人"), lambda v: T.owner_id == int(v), lambda: staff(Act.HANDLE)),
        Filter("by", _l("下达人"), lambda v: T.issued_by_id == int(v), lambda: staff(Act.ADD)),
        Filter("since", _l("下达不早于"), lambda v: T.issued_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("下达不晚于"), lambda v: T.issued_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("mine", _l("我承办"), lambda me: (T.owner_id == me.id) & T.state.in_(sorted(OPEN))),
        View("issued", _l("我下达"), lambda me: (T.issued_by_id == me.id) & T.state.in_(sorted(OPEN))),
        View("drafts", _l("拟办"), lambda _me: T.state == DRAFT),
        View("reported", _l("已反馈待办结"), lambda _me: T.state == REPORTED),
        View("wishes", _l("申请延期"), lambda _me: T.extension_to.isnot(None) & T.state.in_(sorted(ASKED))),
        View("late", _l("逾期"), lambda _me: behind()),
    ),
    order="-issued_on",
    join=named,
)  # fmt: skip

P, LEADING = TaskPart, aliased(Unit)


def with_its_task(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Task, T.id == P.task_id).join(Unit, Unit.id == P.unit_id)
    return rows.join(LEADING, LEADING.id == T.unit_id)


ASKED_FOR = Register(
    name=_l("协办事项"),
    model=TaskPart,
    columns=(
        Column("no", _l("编号"), P.no, sort=True),
        Column("title", _l("督办事项"), P.title, width=36),
        Column("unit", _l("协办单位"), Unit.name, width=20),
        Column("leading", _l("承办单位"), LEADING.name, width=20),
        Column("state", _l("状态"), P.state, choice=PartState, kind="state"),
        Column("asked_on", _l("下达"), P.asked_on, kind="date", sort=True),
        Column("due_on", _l("协办期限"), P.due_on, kind="date", sort=True),
        Column("given_on", _l("反馈"), P.given_on, kind="date", listed=False),
    ),
    filters=(
        Filter("state", _l("状态"), lambda v: P.state == PartState(v), PartState.choices),
        Filter("since", _l("期限不早于"), lambda v: P.due_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("期限不晚于"), lambda v: P.due_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("asked", _l("待反馈"), lambda _me: having(TaskPart)),
        View("late", _l("逾期"), lambda _me: late(TaskPart)),
    ),
    order="-due_on",
    join=with_its_task,
)  # fmt: skip


def running(c: Any) -> ColumnElement[bool]:
    asked: ColumnElement[bool] = c.state.notin_([DRAFT, VOID])
    return asked


CLOCKS = (
    Clock("TASK_REPLY", start=T.due_on, met=T.reported_on, owner=T.owner_id,
          when=lambda c: and_(running(c), c.subject_type.isnot(None))),
    Clock("TASK_DUE", start=T.due_on, met=T.reported_on, owner=T.owner_id,
          when=lambda c: and_(running(c), c.subject_type.is_(None))),
    Clock("TASK_PROGRESS", start=T.watched_on, met=T.reported_on, owner=T.owner_id, when=running),
    Clock("TASK_STAGE", start=TaskStage.due_on, met=TaskStage.done_on, owner=TaskStage.owner_id,
          when=lambda c: and_(c.asked_on.isnot(None), c.state != StageState.DROPPED)),
    Clock("TASK_PART", start=P.due_on, met=P.given_on,
          when=lambda c: and_(c.asked_on.isnot(None), c.state != PartState.DROPPED)),
)  # fmt: skip

"""What the register of tasks shows, which clock runs on one, and what is counted and checked."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.checks import Check
from ems.core.db import db
from ems.core.duties import Clock, late
from ems.core.figures import Figure, Period
from ems.core.people import Post, Unit, User
from ems.core.policy import ALLOWED, Act
from ems.core.register import Column, Filter, Register, View
from ems.tasks.models import Task, TaskState
from ems.tasks.moves import OPEN, REPORTED, VOID

T = Task
OWNER, ISSUER = aliased(User), aliased(User)


def named(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Unit, Unit.id == T.unit_id).join(ISSUER, ISSUER.id == T.issued_by_id)
    return rows.outerjoin(OWNER, OWNER.id == T.owner_id)


def staff(act: Act) -> list[tuple[int, str]]:
    """Whoever may do so somewhere."""
    able = select(Post.user_id).where(Post.role.in_(sorted(ALLOWED["tasks"][act])))
    asked = select(User.id, User.name).where(User.id.in_(able), User.active).order_by(User.name, User.id)
    return [(id, name) for id, name in db.session.execute(asked)]


def in_state(value: str) -> ColumnElement[bool]:
    return T.state.in_(sorted(OPEN)) if value == "open" else T.state == TaskState(value)


REGISTER = Register(
    name=_l("督办单"),
    model=Task,
    columns=(
        Column("no", _l("编号"), T.no, sort=True),
        Column("title", _l("督办事项"), T.title, width=36),
        Column("unit", _l("承办单位"), Unit.name, width=20),
        Column("owner", _l("承办人"), OWNER.name),
        Column("state", _l("状态"), T.state, choice=TaskState, kind="state"),
        Column("issued_on", _l("下达"), T.issued_on, kind="date", sort=True),
        Column("due_on", _l("反馈期限"), T.due_on, kind="date", sort=True),
        Column("issued_by", _l("下达人"), ISSUER.name, listed=False),
        Column("matter", _l("事项"), T.matter, listed=False, width=24),
        Column("asked", _l("逾期的期限"), T.asked, listed=False, width=24),
        Column("matter_due_on", _l("原期限"), T.matter_due_on, kind="date", listed=False),
        Column("days_late", _l("下达时逾期天数"), T.days_late, kind="number", listed=False),
        Column("source", _l("来文"), T.source, listed=False, width=24),
        Column("round", _l("第几次反馈"), T.round, kind="number", listed=False),
        Column("reported_on", _l("反馈"), T.reported_on, kind="date", listed=False),
        Column("closed_on", _l("办结"), T.closed_on, kind="date", listed=False),
    ),
    filters=(
        Filter("state", _l("状态"), in_state, lambda: [("open", _l("未办结")), *TaskState.choices()]),
        Filter("owner", _l("承办人"), lambda v: T.owner_id == int(v), lambda: staff(Act.HANDLE)),
        Filter("by", _l("下达人"), lambda v: T.issued_by_id == int(v), lambda: staff(Act.ADD)),
        Filter("since", _l("下达不早于"), lambda v: T.issued_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("下达不晚于"), lambda v: T.issued_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("mine", _l("我承办"), lambda me: (T.owner_id == me.id) & T.state.in_(sorted(OPEN))),
        View("issued", _l("我下达"), lambda me: (T.issued_by_id == me.id) & T.state.in_(sorted(OPEN))),
        View("reported", _l("已反馈待办结"), lambda _me: T.state == REPORTED),
        View("late", _l("逾期未反馈"), lambda _me: late(Task)),
    ),
    order="-issued_on",
    join=named,
)  # fmt: skip


CLOCKS = (
    Clock("TASK_REPLY", start=T.due_on, met=T.reported_on, owner=T.owner_id, when=lambda c: c.state != VOID),
)  # fmt: skip


def issued(*asked: ColumnElement[bool]) -> Select[Task]:
    return select(Task).where(T.state != VOID, *asked)


def unanswered(day: date) -> ColumnElement[bool]:
    """At the end of `day` past its day, and without any answer."""
    return and_(T.issued_on <= day, T.asked_by_on < day, or_(T.replied_on.is_(None), T.replied_on > day))


def replied(period: Period) -> ColumnElement[bool]:
    return T.replied_on.between(*period)


SLIP = _l("份")
FIGURES = (
    Figure("tasks.issued", _l("下达督办单"), SLIP, lambda p: issued(T.issued_on.between(*p))),
    Figure("tasks.closed", _l("督办办结"), SLIP, lambda p: issued(T.closed_on.between(*p))),
    Figure("tasks.replied", _l("督办已反馈"), SLIP, lambda p: issued(replied(p))),
    Figure("tasks.in_time", _l("督办按期反馈率"), "%", lambda p: issued(replied(p), T.replied_on <= T.asked_by_on),
           whole="tasks.replied"),
    Figure("tasks.late", _l("督办逾期未反馈"), SLIP, lambda p: issued(unanswered(p[1])), state=True),
)  # fmt: skip

CHECKS = (
    Check("tasks.unowned", _l("督办单没有承办人"), mend="tasks.detail",
          rows=lambda: select(Task).where(T.state.in_(sorted(OPEN)), T.owner_id.is_(None))),
    Check("tasks.overdue", _l("督办单逾期未反馈"), mend="tasks.detail",
          rows=lambda: select(Task).where(T.state.in_(sorted(OPEN)), T.reported_on.is_(None),
                                          T.due_on < dates.today())),
)  # fmt: skip

"""From a late duty to a slip: which duty may be urged, what the slip says of it, and whether there is one already."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import force_locale, gettext as _
from sqlalchemy import Select, select

from ems.core import dates, module, numbers
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.policy import Act, reaching, visible
from ems.core.workflow import step
from ems.tasks.models import REPLY_DAYS, Task, TaskPart, TaskStage, TaskState
from ems.tasks.moves import OPEN

URGED = frozenset(model.__tablename__ for model in (Task, TaskStage, TaskPart))  # asked for in writing already
DIGITS = 9  # of an id: behind the colon nothing else has bounded it


def found(asked: Mapping[str, str]) -> Select[Duty]:
    """The duty an address names: by its id, or, of what outlives it, by what it is of."""
    if asked.get("duty", "").isdecimal():
        return select(Duty).where(Duty.id == int(asked["duty"]))
    type, _colon, id = asked.get("subject", "").partition(":")
    known = int(id) if id.isdecimal() and len(id) <= DIGITS else 0
    try:
        start = date.fromisoformat(asked.get("start", ""))
    except ValueError:
        start = dates.NEVER
    of = (Duty.subject_type == type, Duty.subject_id == known)
    return select(Duty).where(*of, Duty.rule == asked.get("rule", ""), Duty.start_on == start)


def objections(duty: Duty, user: User) -> Iterator[str]:
    """What stands against urging this duty."""
    if not duty.ours:
        yield _("这项期限由%(bearer)s承担，不能对本单位督办。", bearer=duty.bearer.label)
    if duty.met_on:
        yield _("这件事项已于 %(day)s 办理，不需要督办。", day=duty.met_on)
    elif not duty.overdue:
        yield _("这件事项还没有逾期（期限 %(day)s），不需要督办。", day=duty.due_on)
    if duty.owner_id == user.id:
        yield _("这件事项由您本人办理，不能督办自己。")
    if duty.subject_type in URGED:
        yield _("这已经是督办事项，请在原督办单上办理。")


def standing(duty: Duty) -> Task | None:
    """The slip that asks for this duty already."""
    same = (Task.subject_type == duty.subject_type, Task.subject_id == duty.subject_id, Task.rule == duty.rule)
    rows = select(Task).where(*same, Task.start_on == duty.start_on, Task.state.in_(sorted(OPEN)))
    return db.session.scalars(rows.order_by(Task.id).limit(1)).first()


@dataclass(frozen=True)
class Ground:
    """What a slip says of the duty: in Chinese whoever writes it, for it stands on the paper."""

    matter: str
    asked: str
    basis: str


def ground(duty: Duty) -> Ground:
    """Of the record its number alone: slips lie on more desks than the record does."""
    about = module.subject(duty.subject_type)
    no = db.session.scalar(select(about.no).where(about.model.id == duty.subject_id))
    with force_locale("zh_CN"):
        return Ground(f"{about.name} {no or ''}".strip()[:120], duty.title[:200], duty.sentence)


def suggested(duty: Duty, user: User) -> dict[str, Any]:
    """What the form says before anybody wrote in it."""
    known = ground(duty)
    able = db.session.scalars(reaching("tasks", Act.HANDLE, duty.unit_id)).all()
    with force_locale("zh_CN"):
        demand = _(
            "请抓紧办理“%(asked)s”，于%(y)s年%(m)s月%(d)s日前书面反馈办理情况、未按期完成的原因和今后的措施。",
            **spoken(reply_by()), asked=known.asked,
        )  # fmt: skip
    return {
        "title": f"{known.matter}：{known.asked}"[:200],
        "demand": demand,
        "unit_id": duty.unit_id,
        "owner_id": duty.owner_id if duty.owner_id in able and duty.owner_id != user.id else None,
        "due_on": reply_by(),
    }


def spoken(day: date) -> dict[str, int]:
    return {"y": day.year, "m": day.month, "d": day.day}


def reply_by() -> date:
    return calendar(db.session()).shift(dates.today(), REPLY_DAYS)


def issue(task: Task, duty: Duty, user: User) -> Task:
    """Give the slip its number and its ground. Raises `Refused`. Not committed.

    Of two that are issued at one moment the index lets one through: the other raises IntegrityError.
    """
    for no in objections(duty, user):
        raise Refused(no)
    of(task, duty)
    task.no = numbers.take(db.session(), "DB", dates.today().year)[0]
    task.state, task.issued_on, task.issued_by_id = TaskState.ISSUED, dates.today(), user.id
    task.asked_by_on = task.due_on
    db.session.add(task)
    db.session.flush()
    db.session.add(step(task, user, move="issue", after=task.state))
    return task


def of(task: Task, duty: Duty) -> None:
    known = ground(duty)
    task.subject_type, task.subject_id, task.rule = duty.subject_type, duty.subject_id, duty.rule
    task.start_on, task.matter_due_on, task.days_late = duty.start_on, duty.due_on, max(0, -duty.left)
    task.matter, task.asked, task.basis = known.matter, known.asked, known.basis


def now(task: Task) -> Duty | None:
    """The duty as it stands today; none where its ground fell away, or where there never was one."""
    of = (Duty.subject_type == task.subject_type, Duty.subject_id == task.subject_id)
    same = select(Duty).where(*of, Duty.rule == task.rule, Duty.start_on == task.start_on)
    return db.session.scalars(same).first()


@dataclass(frozen=True)
class About:
    """The record a slip is about, as far as this reader may see it."""

    title: str
    endpoint: str
    id: int
    confidential: bool
    name: str  # its kind and number


def about(task: Task, user: User) -> About | None:
    """The record the late duty is of. None where it is out of the reader's reach, or of a kind that is no more."""
    return seen(task.subject_type or "", task.subject_id or 0, user)


def origin(task: Task, user: User) -> About | None:
    """The record that gave rise to a matter."""
    type, _colon, id = task.origin.partition(":")
    return seen(type, int(id) if id.isdecimal() else 0, user)


def seen(type: str, id: int, user: User) -> About | None:
    kind = next((subject for subject in module.subjects() if subject.type == type), None)
    if kind is None:
        return None
    hidden = [] if kind.confidential is None else [kind.confidential]
    rows = visible(kind.model, user).where(kind.model.id == id).with_only_columns(kind.title, kind.no, *hidden)
    row = db.session.execute(rows).first()
    if row is None:
        return None
    name = f"{kind.name} {row[1] or ''}".strip()
    return About(row[0] or "", kind.endpoint, id, bool(hidden and row[2]), name)

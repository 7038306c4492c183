"""A matter of its own (督办事项): drawn up, issued, kept up with by notes, handed in with its evidence."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import IO, NamedTuple

from sqlalchemy import ColumnElement, Select, select

from ems.core import attachments, dates, numbers
from ems.core.attachments import Attachment
from ems.core.db import db
from ems.core.people import User
from ems.core.policy import Act, allows, roles_at, visible
from ems.core.workflow import step
from ems.tasks.models import Progress, Task, TaskPart, TaskStage, Urgency
from ems.tasks.moves import WORKFLOW


class Step(NamedTuple):
    """A stage as it is asked for."""

    title: str
    due_on: date


class Sent(NamedTuple):
    """A file on its way in."""

    name: str
    file: IO[bytes]


def draw_up(task: Task, user: User, steps: Iterable[Step] = (), partners: Sequence[int] = ()) -> Task:
    """A draft with its number, stages and parts. `partners` are the ids of units. Not committed."""
    task.no = numbers.take(db.session(), "DB", dates.today().year)[0]
    task.drafted_by_id, task.asked_by_on = user.id, task.due_on
    db.session.add(task)
    db.session.flush()
    compose(task, steps, partners)
    db.session.add(step(task, user, move="draft", after=task.state))
    return task


def compose(task: Task, steps: Iterable[Step], partners: Sequence[int]) -> None:
    """The stages and parts of a draft, made anew: nobody has been asked for them yet."""
    task.stages, task.parts = [], []
    db.session.flush()
    known = {"unit_id": task.unit_id, "owner_id": task.owner_id}
    task.stages = [
        TaskStage(number=n, no=f"{task.no}-{n}", title=one.title, due_on=one.due_on, **known)
        for n, one in enumerate(sorted(steps, key=lambda one: one.due_on), start=1)
    ]
    others = sorted(set(partners) - {task.unit_id})
    about = {"title": task.title, "demand": task.demand, "due_on": task.due_on}
    task.parts = [TaskPart(unit_id=id, no=f"{task.no}-X{n}", **about) for n, id in enumerate(others, start=1)]
    db.session.flush()


def may_issue(task: Task, user: User) -> bool:
    return allows(roles_at(user, task.unit_id), "tasks", Act.ADD)


def issue(task: Task, user: User) -> None:
    """Raises `Refused` where this person may not, or is the one who would be asked."""
    WORKFLOW.fire("issue", user, task)


def keep(row: Task | TaskPart, user: User, files: Iterable[Sent], note: str) -> list[Attachment]:
    """Files that come with a note, a result or a part. Raises `Refused`."""
    return [attachments.attach(row, one.name, one.file, user, note) for one in files]


def progress(task: Task, user: User, text: str, percent: int | None) -> Progress:
    """How far it has come; of what is urgent the next note is counted from today."""
    made = Progress(task_id=task.id, at=dates.now(), by_id=user.id, text=text, percent=percent)
    task.progressed_on = dates.today()
    task.percent = task.percent if percent is None else percent
    if task.urgency is not Urgency.ROUTINE and task.reported_on is None:
        task.watched_on = dates.today()
    db.session.add(made)
    return made


def seen(id: int, user: User) -> Select[Task]:
    """The matter itself, for who may see more of it than their part."""
    return visible(Task, user).where(Task.id == id)


def evidenced() -> ColumnElement[bool]:
    """Tasks with a file, or with the reason why there is none."""
    about = (Attachment.subject_type == Task.__tablename__, Attachment.subject_id == Task.id, ~Attachment.void)
    return select(Attachment.id).where(*about, Attachment.by_id == Task.reported_by_id).exists() | (
        Task.no_evidence != ""
    )


def has_file_of(task: Task, user: User) -> bool:
    """Whether `user` has put a file with it already."""
    mine = attachments.of(task).where(Attachment.by_id == user.id)
    return db.session.scalar(select(mine.exists())) or False

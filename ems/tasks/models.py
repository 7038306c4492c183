"""A task (督办): a late duty somebody above asks about, on paper, and the answer to it."""

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, title
from ems.core.people import Unit, User

REPLY_DAYS = 3  # working days in which the unit answers, unless the slip says another day
STANDING = text("state IN ('issued', 'reported', 'returned')")


class TaskState(Choice):
    ISSUED = "issued", _l("已下达")
    REPORTED = "reported", _l("已反馈")
    RETURNED = "returned", _l("已退回")
    CLOSED = "closed", _l("已办结")
    VOID = "void", _l("作废")


TaskState.TONE = {  # type: ignore[attr-defined]
    "issued": "run", "reported": "run", "returned": "back", "closed": "done", "void": "stop",
}  # fmt: skip


class Task(InUnit):
    """One slip. `unit` must see to it, `owner` in person; `due_on` is the day it must be answered by.

    What it is about is kept as it stood when it was issued: the duty may be met, moved or withdrawn since, and the
    paper must still say why. The record's headline is not kept: who may read that is asked each time.
    """

    __tablename__ = "task"
    area = "tasks"
    __table_args__ = (
        CheckConstraint("(state NOT IN ('reported', 'closed')) OR (reported_on IS NOT NULL)", "reported_has_date"),
        CheckConstraint("(state <> 'closed') OR (closed_on IS NOT NULL)", "closed_has_date"),
        CheckConstraint(
            "closed_by_id IS NULL OR reported_by_id IS NULL OR closed_by_id <> reported_by_id", "closed_by_another"
        ),
        Index(
            "uq_task_standing", "subject_type", "subject_id", "rule", "start_on",
            unique=True, sqlite_where=STANDING, postgresql_where=STANDING,
        ),
        Index("ix_task_state", "state", "due_on", "id"),
        Index("ix_task_issued", "issued_on", "id"),
        Index("ix_task_replied", "replied_on"),
        Index("ix_task_owner", "owner_id", "state"),
    )  # fmt: skip

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    subject_type: Mapped[str] = mapped_column(String(40))  # with the three below, the duty it came of
    subject_id: Mapped[int]
    rule: Mapped[str] = mapped_column(String(40))
    start_on: Mapped[date]
    matter: Mapped[str] = mapped_column(String(120))  # what the record is, and its number: 投诉 TS-2026-0312
    asked: Mapped[str] = mapped_column(String(200))  # the rule's title
    basis: Mapped[str] = mapped_column(Text)  # the sentence why it was due that day
    matter_due_on: Mapped[date]
    days_late: Mapped[int]  # on the day of issue
    source: Mapped[str] = mapped_column(String(200), default="")  # a leader's instruction, another office's paper
    demand: Mapped[str] = mapped_column(Text)

    state: Mapped[TaskState] = mapped_column(default=TaskState.ISSUED)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    issued_on: Mapped[date]
    due_on: Mapped[date]
    asked_by_on: Mapped[date]  # the first such day: a slip sent back keeps whether it was answered in time
    replied_on: Mapped[date | None]  # the first answer
    reported_on: Mapped[date | None]  # the answer that stands
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    report: Mapped[str] = mapped_column(Text, default="")
    closed_on: Mapped[date | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    round: Mapped[int] = mapped_column(default=1)  # how often an answer was asked for

    unit: Mapped[Unit] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    issued_by: Mapped[User] = relationship(foreign_keys=[issued_by_id])
    reported_by: Mapped[User | None] = relationship(foreign_keys=[reported_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])

"""A task (督办): what somebody above asks for in writing, a late duty or a matter of its own, and the answer to it."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, Model, by_user, pk, title
from ems.core.people import Unit, User

REPLY_DAYS = 3  # working days in which the unit answers, unless the slip says another day
STANDING = text("state IN ('issued', 'reported', 'returned')")
OF_A_DUTY = ("subject_type", "subject_id", "rule", "start_on")


class TaskState(Choice):
    DRAFT = "draft", _l("拟办")
    ISSUED = "issued", _l("已下达")
    REPORTED = "reported", _l("已反馈")
    RETURNED = "returned", _l("已退回")
    CLOSED = "closed", _l("已办结")
    VOID = "void", _l("作废")


TaskState.TONE = {  # type: ignore[attr-defined]
    "draft": "draft", "issued": "run", "reported": "run", "returned": "back", "closed": "done", "void": "stop",
}  # fmt: skip


class SourceKind(Choice):
    """Where a matter comes from."""

    LEADER = "leader", _l("领导批示")
    MEETING = "meeting", _l("会议议定")
    SUPERIOR = "superior", _l("上级来文")
    PROPOSAL = "proposal", _l("人大建议、政协提案")
    OFFICE = "office", _l("其他部门转办")
    ANALYSIS = "analysis", _l("本局研判")


class Urgency(Choice):
    ROUTINE = "routine", pgettext("urgency", "一般")
    URGENT = "urgent", _l("紧急")
    CRITICAL = "critical", _l("特急")


class StageState(Choice):
    OPEN = "open", _l("未完成")
    DONE = "done", _l("已完成")
    DROPPED = "dropped", _l("已取消")


StageState.TONE = {"open": "run", "done": "done", "dropped": "stop"}  # type: ignore[attr-defined]


class PartState(Choice):
    ASKED = "asked", _l("待反馈")
    GIVEN = "given", _l("已反馈")
    DROPPED = "dropped", _l("已取消")


PartState.TONE = {"asked": "run", "given": "done", "dropped": "stop"}  # type: ignore[attr-defined]


def all_or_none(*names: str) -> str:
    return " OR ".join("(" + " AND ".join(f"{name} IS {said}" for name in names) + ")" for said in ("NULL", "NOT NULL"))


class Task(InUnit):
    """One slip. `unit` must see to it, `owner` in person; `due_on` is the day it must be answered by.

    It asks for a late duty, or for a matter of its own (督办事项) that a leader, a meeting or another office gave us.
    What it is about is kept as it stood when it was issued: the duty may be met, moved or withdrawn since, and the
    paper must still say why. The record's headline is not kept: who may read that is asked each time.
    """

    __tablename__ = "task"
    area = "tasks"
    __table_args__ = (
        CheckConstraint("(state NOT IN ('reported', 'closed')) OR (reported_on IS NOT NULL)", "reported_has_date"),
        CheckConstraint("(state <> 'closed') OR (closed_on IS NOT NULL)", "closed_has_date"),
        CheckConstraint(
            "state IN ('draft', 'void') OR (issued_on IS NOT NULL AND issued_by_id IS NOT NULL)", "issued_by_somebody"
        ),
        CheckConstraint(all_or_none(*OF_A_DUTY), "of_a_duty_or_not"),
        CheckConstraint("subject_type IS NOT NULL OR source_kind IS NOT NULL", "a_matter_has_a_source"),
        CheckConstraint("percent BETWEEN 0 AND 100", "percent_of_a_whole"),
        CheckConstraint(
            "closed_by_id IS NULL OR reported_by_id IS NULL OR closed_by_id <> reported_by_id", "closed_by_another"
        ),
        Index(
            "uq_task_standing", *OF_A_DUTY,
            unique=True, sqlite_where=STANDING, postgresql_where=STANDING,
        ),
        Index("ix_task_state", "state", "due_on", "id"),
        Index("ix_task_issued", "issued_on", "id"),
        Index("ix_task_replied", "replied_on"),
        Index("ix_task_owner", "owner_id", "state"),
        Index("ix_task_origin", "origin"),
    )  # fmt: skip

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    subject_type: Mapped[str | None] = mapped_column(String(40))  # with the three below, the duty it came of
    subject_id: Mapped[int | None]
    rule: Mapped[str | None] = mapped_column(String(40))
    start_on: Mapped[date | None]
    matter: Mapped[str] = mapped_column(String(120), default="")  # the record and its number: 投诉 TS-2026-0312
    asked: Mapped[str] = mapped_column(String(200), default="")  # the rule's title
    basis: Mapped[str] = mapped_column(Text, default="")  # the sentence why it was due that day
    matter_due_on: Mapped[date | None]
    days_late: Mapped[int] = mapped_column(default=0)  # on the day of issue

    source_kind: Mapped[SourceKind | None]
    source: Mapped[str] = mapped_column(String(200), default="")  # a leader's instruction, another office's paper
    source_no: Mapped[str] = mapped_column(String(80), default="")  # of that paper
    source_on: Mapped[date | None]
    source_from: Mapped[str] = mapped_column(String(120), default="")  # who asks
    origin: Mapped[str] = mapped_column(String(60), default="")  # the row that gave rise to it: "hotspot:12"
    urgency: Mapped[Urgency] = mapped_column(default=Urgency.ROUTINE)
    demand: Mapped[str] = mapped_column(Text)

    state: Mapped[TaskState] = mapped_column(default=TaskState.DRAFT)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    issued_on: Mapped[date | None]
    due_on: Mapped[date]
    asked_by_on: Mapped[date]  # the first such day: a slip sent back keeps whether it was answered in time
    watched_on: Mapped[date | None]  # of what is urgent: the day from which the next note of progress is counted
    progressed_on: Mapped[date | None]  # the last note of progress
    percent: Mapped[int | None]
    replied_on: Mapped[date | None]  # the first answer
    reported_on: Mapped[date | None]  # the answer that stands
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    report: Mapped[str] = mapped_column(Text, default="")
    no_evidence: Mapped[str] = mapped_column(String(300), default="")  # why no file goes with the result
    closed_on: Mapped[date | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    round: Mapped[int] = mapped_column(default=1)  # how often an answer was asked for
    extension_to: Mapped[date | None]  # asked for, not yet decided
    extension_stage: Mapped[int | None]  # the number of the stage it is for; none: the whole
    extension_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    extensions: Mapped[int] = mapped_column(default=0)  # granted

    unit: Mapped[Unit] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    drafted_by: Mapped[User | None] = relationship(foreign_keys=[drafted_by_id])
    issued_by: Mapped[User | None] = relationship(foreign_keys=[issued_by_id])
    reported_by: Mapped[User | None] = relationship(foreign_keys=[reported_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    extension_by: Mapped[User | None] = relationship(foreign_keys=[extension_by_id])
    stages: Mapped[list["TaskStage"]] = relationship(
        back_populates="task", order_by="TaskStage.number", cascade="all, delete-orphan"
    )
    parts: Mapped[list["TaskPart"]] = relationship(
        back_populates="task", order_by="TaskPart.id", cascade="all, delete-orphan"
    )
    notes: Mapped[list["Progress"]] = relationship(back_populates="task", order_by="Progress.id.desc()")

    @property
    def of_its_own(self) -> bool:
        """A matter (督办事项), not a late duty of ours."""
        return self.subject_type is None


class TaskStage(InUnit):
    """A step of a matter with a day of its own (阶段). It counts from the day the matter was issued."""

    __tablename__ = "task_stage"
    area = "tasks"
    __table_args__ = (
        UniqueConstraint("task_id", "number"),
        CheckConstraint("(state <> 'done') OR (done_on IS NOT NULL)", "done_has_date"),
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    number: Mapped[int]
    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    state: Mapped[StageState] = mapped_column(default=StageState.OPEN)
    due_on: Mapped[date]
    asked_on: Mapped[date | None]  # the matter was issued
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # as of the matter
    done_on: Mapped[date | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    result: Mapped[str] = mapped_column(Text, default="")

    task: Mapped[Task] = relationship(back_populates="stages")
    done_by: Mapped[User | None] = relationship(foreign_keys=[done_by_id])


class TaskPart(InUnit):
    """What another unit (协办单位) gives to a matter: `unit` is that one, so it sees its part and not the whole."""

    __tablename__ = "task_part"
    area = "tasks"
    __table_args__ = (
        UniqueConstraint("task_id", "unit_id"),
        CheckConstraint("(state <> 'given') OR (given_on IS NOT NULL)", "given_has_date"),
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    demand: Mapped[str] = mapped_column(Text)
    state: Mapped[PartState] = mapped_column(default=PartState.ASKED)
    due_on: Mapped[date]
    asked_on: Mapped[date | None]
    given_on: Mapped[date | None]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str] = mapped_column(Text, default="")

    unit: Mapped[Unit] = relationship()
    task: Mapped[Task] = relationship(back_populates="parts")
    given_by: Mapped[User | None] = relationship(foreign_keys=[given_by_id])


class Progress(Model):
    """A note of how far a matter has come (进展)."""

    __tablename__ = "task_progress"

    id: Mapped[pk]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[by_user] = mapped_column()
    text: Mapped[str] = mapped_column(Text)
    percent: Mapped[int | None]

    task: Mapped[Task] = relationship(back_populates="notes")
    by: Mapped[User] = relationship()

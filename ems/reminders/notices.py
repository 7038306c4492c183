"""The table of the ledger (提醒台账)."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Enum, ForeignKey, Index, String, case, literal, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, stored
from ems.core.people import Unit, User
from ems.reminders.models import Channel, Robot, Rung

FAILED = text("failed_at IS NOT NULL")
UNREAD = text("opened_at IS NULL AND acted_at IS NULL AND withdrawn_at IS NULL")
UNDONE = text("acted_at IS NULL AND withdrawn_at IS NULL")


class NoticeState(Choice):
    """How far a telling has come."""

    WAITING = "waiting", _l("待发")
    FAILED = "failed", _l("未送达")
    SENT = "sent", _l("已送达")
    OPENED = "opened", _l("已读")
    ACTED = "acted", _l("已办")
    WITHDRAWN = "withdrawn", _l("已撤销")


NoticeState.TONE = {  # type: ignore[attr-defined]
    "waiting": "draft", "failed": "stop", "sent": "run", "opened": "back", "acted": "done", "withdrawn": "draft",
}  # fmt: skip


class Notice(InUnit):
    """The ledger (提醒台账): one telling of one duty to one person, or group, by one channel, and what came of it.

    Never deleted. It outlives duty, reminder and message, so it has what it was about by value; the words that were
    said, and the matter's title, are not in it.
    """

    area = "ledger"
    __table_args__ = (
        Index("ix_notice_subject", "subject_type", "subject_id", "id"),
        Index("ix_notice_raised", "raised_at", "id"),
        Index("ix_notice_person", "person_id", "id"),
        Index("ix_notice_due", "due_on"),
        Index("ix_notice_outbox", "outbox_id"),
        Index("ix_notice_message", "message_id"),
        Index("ix_notice_failed", "raised_at", "id", sqlite_where=FAILED, postgresql_where=FAILED),
        Index("ix_notice_unread", "raised_at", "id", sqlite_where=UNREAD, postgresql_where=UNREAD),
        Index("ix_notice_undone", "subject_type", "subject_id", "rule", sqlite_where=UNDONE, postgresql_where=UNDONE),
    )

    channel: Mapped[Channel]
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    no: Mapped[str] = mapped_column(String(60), default="")
    rule: Mapped[str] = mapped_column(String(40))
    asked: Mapped[str] = mapped_column(String(200), default="")  # the rule's title, as it was then
    start_on: Mapped[date]
    due_on: Mapped[date]
    lead: Mapped[int]  # days (of a rule in hours, hours) left when it was told; negative: late
    rung: Mapped[Rung | None]  # a group stands on none
    deputy: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    robot_id: Mapped[int | None] = mapped_column(ForeignKey("robot.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id", ondelete="SET NULL"))
    raised_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]  # given up
    error: Mapped[str] = mapped_column(String(200), default="")
    opened_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]  # nothing is asked any more: its duty went, undone

    unit: Mapped[Unit] = relationship()
    person: Mapped[User | None] = relationship()
    robot: Mapped[Robot | None] = relationship()

    @hybrid_property
    def state(self) -> NoticeState:
        if self.acted_at:
            return NoticeState.ACTED
        if self.withdrawn_at:
            return NoticeState.WITHDRAWN
        if self.opened_at:
            return NoticeState.OPENED
        return NoticeState.FAILED if self.failed_at else NoticeState.SENT if self.sent_at else NoticeState.WAITING

    @state.inplace.expression
    @classmethod
    def _state(cls) -> ColumnElement[NoticeState]:
        marks = (
            (cls.acted_at, NoticeState.ACTED), (cls.withdrawn_at, NoticeState.WITHDRAWN),
            (cls.opened_at, NoticeState.OPENED), (cls.failed_at, NoticeState.FAILED),
            (cls.sent_at, NoticeState.SENT),
        )  # fmt: skip
        words = Enum(NoticeState, native_enum=False, length=20, values_callable=stored)
        reached = ((at.isnot(None), literal(said, words)) for at, said in marks)
        return case(*reached, else_=literal(NoticeState.WAITING, words))

    @property
    def reader(self) -> str:
        """Who was told: a person, a group; of an alarm, the administrators."""
        who = self.person or self.robot
        return who.name if who else str(self.channel.label)

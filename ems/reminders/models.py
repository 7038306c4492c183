"""What people were told and when, the mails on their way, and which job's turn was taken by whom."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, Model, by_user, pk
from ems.core.people import User

UNTOLD = text("told_at IS NULL")
UNREAD = text("read_at IS NULL")
UNDONE = text("acted_at IS NULL")
UNSENT = text("state = 'waiting'")


class Rung(Choice):
    """The ladder of who hears: whoever answers for it, then the head of the unit, then a leader."""

    PERSON = "person", _l("经办人")
    HEAD = "head", _l("单位负责人")
    LEADER = "leader", _l("局领导")


class Reminder(Model):
    """One rung told once that a duty has come this near. The day is in the key: a duty put off is told anew.

    Without a person nobody could be told: an alarm.
    """

    __table_args__ = (
        UniqueConstraint("duty_id", "due_on", "lead", "rung", "deputy"),
        Index("ix_reminder_untold", "person_id", "id", sqlite_where=UNTOLD, postgresql_where=UNTOLD),
    )

    id: Mapped[pk]
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id", ondelete="CASCADE"))
    due_on: Mapped[date]
    lead: Mapped[int]  # days left; negative: days late
    rung: Mapped[Rung]
    deputy: Mapped[bool] = mapped_column(default=False)  # told in place of `absent`
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    absent_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    told_at: Mapped[datetime | None]


class MessageKind(Choice):
    DUE = "due", _l("到期提醒")
    LATE = "late", _l("逾期")
    ESCALATED = "escalated", _l("逾期上报")


MessageKind.TONE = {"due": "run", "late": "stop", "escalated": "stop"}  # type: ignore[attr-defined]


class Message(Model):
    """One entry of somebody's inbox (消息). It outlives its duty, so what it was about is kept by value."""

    __table_args__ = (
        Index("ix_message_inbox", "person_id", "id"),
        Index("ix_message_unread", "person_id", sqlite_where=UNREAD, postgresql_where=UNREAD),
        Index("ix_message_undone", "subject_type", "subject_id", sqlite_where=UNDONE, postgresql_where=UNDONE),
    )

    id: Mapped[pk]
    person_id: Mapped[by_user]
    at: Mapped[datetime]
    kind: Mapped[MessageKind]
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    rule: Mapped[str] = mapped_column(String(40))
    start_on: Mapped[date]
    due_on: Mapped[date]
    lead: Mapped[int]
    title: Mapped[str] = mapped_column(String(400))
    text: Mapped[str] = mapped_column(Text)
    absent_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    read_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]

    absent: Mapped[User | None] = relationship(foreign_keys=[absent_id])


class MailState(Choice):
    WAITING = "waiting", _l("待发")
    SENT = "sent", _l("已发")
    DEAD = "dead", _l("未送达")


class Outbox(Model):
    """A mail (邮件). `key` says what it is, so it is written once; its Message-ID is made of it."""

    __table_args__ = (Index("ix_outbox_due", "next_try_at", "id", sqlite_where=UNSENT, postgresql_where=UNSENT),)

    id: Mapped[pk]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    to: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    html: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[MailState] = mapped_column(default=MailState.WAITING)
    made_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(500), default="")
    sent_at: Mapped[datetime | None]


class Slot(Model):
    """One turn of a job, by the moment it was due. Whoever inserts the row does it; all others leave it alone."""

    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: Mapped[pk]
    job: Mapped[str] = mapped_column(String(40))
    slot: Mapped[str] = mapped_column(String(20))  # 2026-11-24T08:00, the bureau's time
    claimed_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    said: Mapped[str] = mapped_column(Text, default="")

"""What people were told and when, the mails on their way, and which job's turn was taken by whom."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, Model, by_user, pk
from ems.core.people import Unit, User
from ems.core.secrets import Encrypted
from ems.core.sets import DATA

UNTOLD = text("told_at IS NULL")
BY_DAY, BY_HOUR = text("due_at IS NULL"), text("due_at IS NOT NULL")
ALARM = text("rung = 'alarm'")
NOBODY = text("person_id IS NULL")
UNREAD = text("read_at IS NULL")
UNDONE = text("acted_at IS NULL")
UNSENT = text("state = 'waiting'")
STUCK = text("state <> 'sent'")


class Rung(Choice):
    """The ladder of who hears: whoever answers for it, then the head of the unit, then a leader."""

    PERSON = "person", _l("经办人")
    HEAD = "head", _l("单位负责人")
    LEADER = "leader", _l("局领导")
    ALARM = "alarm", _l("本局负责人")  # nobody else can be told


class Reminder(Model):
    """One person told once, on one rung, that a duty has come this near.

    The day, of a rule in hours the moment, is in the key, so a duty put off is told anew; the person too, so whoever
    takes it over hears of it. Of an alarm one row a duty and day, however near it comes; without a person, there was
    not even anybody to sound it to.
    """

    __table_args__ = (
        Index(
            "uq_reminder_day", "duty_id", "due_on", "lead", "rung", "person_id",
            unique=True, sqlite_where=BY_DAY, postgresql_where=BY_DAY,
        ),
        Index(
            "uq_reminder_hour", "duty_id", "due_at", "lead", "rung", "person_id",
            unique=True, sqlite_where=BY_HOUR, postgresql_where=BY_HOUR,
        ),
        Index(
            "uq_reminder_alarm", "duty_id", "due_on", "person_id",
            unique=True, sqlite_where=ALARM, postgresql_where=ALARM,
        ),
        Index("uq_reminder_nobody", "duty_id", "due_on", unique=True, sqlite_where=NOBODY, postgresql_where=NOBODY),
        Index("ix_reminder_untold", "person_id", "id", sqlite_where=UNTOLD, postgresql_where=UNTOLD),
    )  # fmt: skip

    id: Mapped[pk]
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id", ondelete="CASCADE"))
    due_on: Mapped[date]
    due_at: Mapped[datetime | None]
    lead: Mapped[int]  # days left, of a rule in hours hours; negative: late
    rung: Mapped[Rung]
    deputy: Mapped[bool] = mapped_column(default=False)  # told in place of `absent`
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    absent_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    raised_at: Mapped[datetime]
    told_at: Mapped[datetime | None]


class MessageKind(Choice):
    DUE = "due", _l("到期提醒")
    LATE = "late", _l("逾期")
    ESCALATED = "escalated", _l("逾期上报")
    ALARM = "alarm", _l("无人负责")


MessageKind.TONE = {"due": "run", "late": "stop", "escalated": "stop", "alarm": "stop"}  # type: ignore[attr-defined]


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


class Channel(Choice):
    """The ways a telling goes."""

    INBOX = "inbox", _l("站内消息")
    MAIL = "mail", _l("邮件")
    WECOM = "wecom", _l("企业微信")
    DINGTALK = "dingtalk", _l("钉钉")
    ALARM = "alarm", _l("管理员页告警")


class OutboxState(Choice):
    WAITING = "waiting", _l("待发")
    SENT = "sent", _l("已发")
    DEAD = "dead", _l("未送达")


OutboxState.TONE = {"waiting": "run", "sent": "done", "dead": "stop"}  # type: ignore[attr-defined]


class Robot(InUnit):
    """A group robot (群机器人): what is near in a unit and below it is told to its chat group once a working day.

    Whoever knows the address may write to the group, so it lies encrypted, like the secret it is signed with.
    """

    area = "settings"

    name: Mapped[str] = mapped_column(String(60))
    channel: Mapped[Channel]
    url: Mapped[str | None] = mapped_column(Encrypted, info={"secret": True})
    secret: Mapped[str | None] = mapped_column(Encrypted, info={"secret": True})
    enabled: Mapped[bool] = mapped_column(default=True)
    used_at: Mapped[datetime | None] = mapped_column(info={"unlogged": True})
    error: Mapped[str] = mapped_column(String(200), default="", info={"unlogged": True})  # of the last try

    unit: Mapped[Unit] = relationship()

    @property
    def masked(self) -> str:
        """As much of the address as tells two robots apart."""
        return f"{urlsplit(self.url).hostname} …{self.url[-4:]}" if self.url else ""


class Outbox(Model):
    """What leaves the house, by whichever channel. `key` says what it is, so it is written once.

    A mail's Message-ID is made of the key.
    """

    __table_args__ = (
        Index("ix_outbox_due", "next_try_at", "id", sqlite_where=UNSENT, postgresql_where=UNSENT),
        Index("ix_outbox_unsent", "state", "id", sqlite_where=STUCK, postgresql_where=STUCK),
        Index("ix_outbox_robot", "robot_id", "tried_at"),
    )

    id: Mapped[pk]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    channel: Mapped[Channel] = mapped_column(default=Channel.MAIL)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    robot_id: Mapped[int | None] = mapped_column(ForeignKey("robot.id"))
    to: Mapped[str] = mapped_column(String(200))  # an address; of a robot, its name
    subject: Mapped[str] = mapped_column(String(200))
    html: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.WAITING)
    made_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(500), default="")
    sent_at: Mapped[datetime | None]


class Feed(Model):
    """A person's calendar by subscription (日历订阅). The address is a secret: of it only the hash is kept.

    `events` is how each event stood when it was read last: its number of changes, and when it changed.
    """

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None] = mapped_column(info={"unlogged": True})
    events: Mapped[dict[str, Any]] = mapped_column(DATA, default=dict, info={"unlogged": True})


class Slot(Model):
    """One turn of a job, by the moment it was due. Whoever inserts the row does it; all others leave it alone."""

    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: Mapped[pk]
    job: Mapped[str] = mapped_column(String(40))
    slot: Mapped[str] = mapped_column(String(20))  # 2026-11-24T08:00, the bureau's time
    claimed_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    said: Mapped[str] = mapped_column(Text, default="")

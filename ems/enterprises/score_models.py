"""The compliance score (环保信用评分): its rules as data, what was waived, and what it was at month's ends."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, Model, by_user, pk
from ems.core.people import User
from ems.core.sets import DATA
from ems.core.why import english
from ems.enterprises.models import Enterprise

FULL = 120  # tenths of a point, with which each enterprise starts
FIRST = date(1900, 1, 1)  # since when the version of the seeds holds


class ScoreSource(Choice):
    FIGURE = "figure", _l("统计数字")
    DUTY = "duty", _l("企业应办期限")


class Grade(Choice):
    A = "a", "A"
    B = "b", "B"
    C = "c", "C"
    D = "d", "D"


Grade.TONE = {"a": "run", "b": "done", "c": "back", "d": "stop"}  # type: ignore[attr-defined]


class ScoreRule(Model):
    """What one kind of case costs, from a day on. The last version not after a day holds on that day."""

    __table_args__ = (
        CheckConstraint("tenths BETWEEN 0 AND 120", "costs_no_more_than_all"),
        CheckConstraint("cap BETWEEN 0 AND 120", "cap_no_more_than_all"),
        CheckConstraint("months BETWEEN 1 AND 60", "looks_back_some_months"),
    )

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(120))
    source: Mapped[ScoreSource]
    codes: Mapped[list[str]] = mapped_column(DATA)
    tenths: Mapped[int]
    cap: Mapped[int]
    months: Mapped[int] = mapped_column(default=12)
    enabled: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime | None]

    by: Mapped[User | None] = relationship(lazy="joined")

    @property
    def words(self) -> str:
        return self.title_en if english() else self.title


class WaiverState(Choice):
    ASKED = "asked", _l("待审定")
    GRANTED = "granted", _l("免扣")
    DENIED = "denied", _l("维持扣分")


WaiverState.TONE = {"asked": "draft", "granted": "run", "denied": "stop"}  # type: ignore[attr-defined]


class ScoreWaiver(InUnit):
    """An objection (申诉) to one row of a deduction, and what the head of the unit made of it."""

    area = "enterprises"
    __table_args__ = (
        UniqueConstraint("rule", "subject_type", "subject_id"),
        Index("ix_score_waiver_enterprise", "enterprise_id"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", "decided_by_another"),
        CheckConstraint("(state = 'asked') = (decided_by_id IS NULL)", "decided_has_person"),
    )

    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    rule: Mapped[str] = mapped_column(String(40))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[by_user] = mapped_column()
    asked_on: Mapped[date]
    state: Mapped[WaiverState] = mapped_column(default=WaiverState.ASKED)
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_on: Mapped[date | None]

    enterprise: Mapped[Enterprise] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])


class ScoreSnapshot(Model):
    """What the score was at a month's end, for the line of the last twelve."""

    __table_args__ = (UniqueConstraint("enterprise_id", "month"),)

    id: Mapped[pk]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    month: Mapped[date]  # its first day
    tenths: Mapped[int]

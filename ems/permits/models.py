"""A permit and what hangs on it: its chain of renewals and changes, its annual reviews, its limits."""

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, title
from ems.core.people import Unit, User
from ems.enterprises.models import Enterprise, Outlet


class PermitState(Choice):
    VALID = "valid", _l("有效")
    RENEWING = "renewing", _l("延续审查中")
    RENEWED = "renewed", _l("已延续")
    CHANGED = "changed", _l("已变更")
    EXPIRED = "expired", _l("已失效")
    REVOKED = "revoked", _l("已撤销、注销")
    VOID = "void", _l("作废")


PermitState.TONE = {  # type: ignore[attr-defined]
    "valid": "done", "renewing": "run", "renewed": "draft", "changed": "draft", "expired": "stop", "revoked": "stop",
    "void": "stop",
}  # fmt: skip


class PermitClass(Choice):
    """By the yearly list (固定污染源排污许可分类管理名录)."""

    KEY = "key", _l("重点管理")
    SIMPLIFIED = "simplified", _l("简化管理")
    REGISTERED = "registered", _l("登记管理")


class Authority(Choice):
    """Who decides: a city's authority or a higher one (条例 6); a zone's bureau by delegation, or for it."""

    OWN = "own", _l("本局")
    CITY = "city", _l("市局")
    ENTRUSTED = "entrusted", _l("委托")


class Origin(Choice):
    FIRST = "first", _l("首次申领")
    RENEWAL = "renewal", _l("延续")
    CHANGE = "change", _l("变更")
    REAPPLIED = "reapplied", _l("重新申请")


IN_FORCE = text("state IN ('valid', 'renewing')")


class Permit(InUnit):
    """One version of a permit. A renewal or a change makes the next one, with the same number; `unit` looks after it.

    Without `valid_to` its validity is unknown: it asks for no renewal, and a check lists it.
    """

    area = "permits"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", "ends_after_it_begins"),
        CheckConstraint("previous_id IS NULL OR previous_id <> id", "follows_another"),
        Index("uq_permit_no", "no", unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE),
        Index("ix_permit_state", "state", "valid_to", "id"),
    )

    no: Mapped[str] = mapped_column(String(60))
    title: Mapped[title]  # the enterprise's name, as on the permit
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    permit_class: Mapped[PermitClass | None]
    authority: Mapped[Authority | None]
    origin: Mapped[Origin] = mapped_column(default=Origin.FIRST)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("permit.id"), unique=True)
    issued_on: Mapped[date | None] = mapped_column(index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None] = mapped_column(index=True)
    renewal_applied_on: Mapped[date | None]
    renewal_accepted_on: Mapped[date | None]  # 受理: by us, or by whoever entrusted us
    renewal_decided_on: Mapped[date | None]
    chased_on: Mapped[date | None]  # we asked whether it would apply, or it did
    ended_on: Mapped[date | None] = mapped_column(index=True)  # the last day it held
    entered_on: Mapped[date | None]  # older periods of review are not asked for: nobody knows of them
    held_from: Mapped[date | None]  # of a renewed or changed one: since when the first version held,
    asked_from: Mapped[date | None]  # and since when its reports are asked for
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[PermitState] = mapped_column(default=PermitState.VALID)

    unit: Mapped[Unit] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    officer: Mapped[User | None] = relationship()
    previous: Mapped["Permit | None"] = relationship(remote_side="Permit.id", back_populates="next")
    next: Mapped["Permit | None"] = relationship(back_populates="previous", uselist=False)
    reviews: Mapped[list["PermitReview"]] = relationship(back_populates="permit", order_by="PermitReview.from_on")
    limits: Mapped[list["PermitLimit"]] = relationship(back_populates="permit", order_by="PermitLimit.id")

    @property
    def registration(self) -> bool:
        """登记管理 is a registration, no permit: nothing of it is renewed on application or reviewed (条例 24)."""
        return self.permit_class is PermitClass.REGISTERED

    @property
    def in_force(self) -> bool:
        return self.state in {PermitState.VALID, PermitState.RENEWING}

    @property
    def begins_on(self) -> date | None:
        """The day the periods of review are counted from."""
        return self.valid_from or self.issued_on


class ReviewState(Choice):
    OPEN = "open", _l("待年审")
    DONE = "done", _l("已年审")
    WITHDRAWN = "withdrawn", _l("不再年审")


ReviewState.TONE = {"open": "run", "done": "done", "withdrawn": "draft"}  # type: ignore[attr-defined]


class ReviewResult(Choice):
    PASSED = "passed", _l("合格")
    RECTIFY = "rectify", _l("限期整改")
    FAILED = "failed", _l("不合格")


class PermitReview(InUnit):
    """One annual review (年审): of the twelve months from `from_on`, in `year`, the year in which they end."""

    area = "permits"
    __table_args__ = (
        UniqueConstraint("permit_id", "from_on"),
        CheckConstraint("state <> 'done' OR reviewed_on IS NOT NULL", "done_has_date"),
        CheckConstraint("(reviewed_on IS NULL) = (result IS NULL)", "done_has_result"),
        Index("ix_permit_review_from", "from_on"),
    )

    permit_id: Mapped[int] = mapped_column(ForeignKey("permit.id"))
    no: Mapped[str] = mapped_column(String(60))
    title: Mapped[title]
    year: Mapped[int]
    from_on: Mapped[date]
    reviewed_on: Mapped[date | None] = mapped_column(index=True)
    result: Mapped[ReviewResult | None]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # until it is done: who is to
    note: Mapped[str] = mapped_column(Text, default="")
    excused: Mapped[bool] = mapped_column(default=False)  # withdrawn by a head, not for the permit's end
    state: Mapped[ReviewState] = mapped_column(default=ReviewState.OPEN)

    unit: Mapped[Unit] = relationship()
    permit: Mapped[Permit] = relationship(back_populates="reviews")
    reviewer: Mapped[User | None] = relationship()


class Direction(Choice):
    MAX = "max", _l("不高于")
    MIN = "min", _l("不低于")


class PermitLimit(InUnit):
    """What an outlet may discharge. `value` is decimal text as given; a limit can be a minimum (a furnace's heat)."""

    area = "permits"

    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    permit_id: Mapped[int | None] = mapped_column(ForeignKey("permit.id"), index=True)  # none: by its standard alone
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlet.id"), index=True)
    outlet: Mapped[str] = mapped_column(String(120), default="")  # code or name as given
    pollutant: Mapped[str] = mapped_column(String(80))
    value: Mapped[str] = mapped_column(String(30), default="")
    unit_of: Mapped[str] = mapped_column(String(40), default="")  # mg/L, mg/m3, ℃/2S
    direction: Mapped[Direction] = mapped_column(default=Direction.MAX)
    annual: Mapped[str] = mapped_column(String(30), default="")  # total of a year, t
    standard: Mapped[str] = mapped_column(String(200), default="")
    void: Mapped[bool] = mapped_column(default=False)

    unit: Mapped[Unit] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    permit: Mapped[Permit | None] = relationship(back_populates="limits")
    place: Mapped[Outlet | None] = relationship()

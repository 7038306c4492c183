"""Plans of inspections (检查计划), the random draw (双随机抽查) and the conflicts officers declare (回避)."""

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, Model, by_user, pk, title
from ems.core.people import Unit, User
from ems.core.sets import DATA
from ems.enterprises.models import Enterprise, EnterpriseClass
from ems.inspections.models import Inspection, InspectionType


class PlanKind(Choice):
    """How a plan chooses whom to inspect."""

    CLASSES = "classes", _l("按企业类别")
    RISK = "risk", _l("按风险")
    CAMPAIGN = "campaign", _l("专项")
    DRAW = "draw", _l("双随机抽取")


class PlanState(Choice):
    DRAFT = "draft", _l("拟订")
    APPROVED = "approved", _l("已批准")
    DONE = "done", _l("已完成")
    VOID = "void", _l("作废")


PlanState.TONE = {  # type: ignore[attr-defined]
    "draft": "draft", "approved": "run", "done": "done", "void": "stop",
}  # fmt: skip


class InspectionPlan(InUnit):
    """Whom `unit` means to inspect between two days. `scope` is where: its units' enterprises, or those in its streets.

    `times` is how often each is inspected; of a plan by classes each class says so itself (`quotas`).
    """

    __tablename__ = "inspection_plan"
    area = "plans"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", "ends_after_it_begins"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> author_id", "approved_by_another"),
        CheckConstraint("(state <> 'approved') OR (approved_on IS NOT NULL)", "approved_has_date"),
        Index("ix_inspection_plan_from", "from_on", "id"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    kind: Mapped[PlanKind]
    type: Mapped[InspectionType]
    scope_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]
    houses: Mapped[int | None]  # how many; none: all of them
    times: Mapped[int] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(String(1000), default="")

    state: Mapped[PlanState] = mapped_column(default=PlanState.DRAFT)
    author_id: Mapped[by_user] = mapped_column()
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_on: Mapped[date | None]
    done_on: Mapped[date | None]

    unit: Mapped[Unit] = relationship(foreign_keys="InspectionPlan.unit_id")
    scope: Mapped[Unit] = relationship(foreign_keys=[scope_id])
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    quotas: Mapped[list["PlanQuota"]] = relationship(
        back_populates="plan", order_by="PlanQuota.id", cascade="all, delete-orphan"
    )
    named: Mapped[list["PlanTarget"]] = relationship(
        back_populates="plan", order_by="PlanTarget.id", cascade="all, delete-orphan"
    )
    inspections: Mapped[list[Inspection]] = relationship(order_by="Inspection.planned_on, Inspection.id", viewonly=True)


class PlanQuota(Model):
    """Of one class: how many houses (none: all), and how often each."""

    __tablename__ = "inspection_quota"
    __table_args__ = (UniqueConstraint("plan_id", "kind"), CheckConstraint("times > 0", "at_least_once"))

    id: Mapped[pk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("inspection_plan.id"))
    kind: Mapped[EnterpriseClass]
    houses: Mapped[int | None]
    times: Mapped[int] = mapped_column(default=1)

    plan: Mapped[InspectionPlan] = relationship(back_populates="quotas")


class PlanTarget(Model):
    """An enterprise that a campaign names."""

    __tablename__ = "inspection_target"
    __table_args__ = (UniqueConstraint("plan_id", "enterprise_id"),)

    id: Mapped[pk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("inspection_plan.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)

    plan: Mapped[InspectionPlan] = relationship(back_populates="named")
    enterprise: Mapped[Enterprise] = relationship()


class DrawState(Choice):
    PREPARED = "prepared", _l("待抽取")
    DRAWN = "drawn", _l("待监督确认")
    CONFIRMED = "confirmed", _l("已确认")
    VOID = "void", _l("作废")


DrawState.TONE = {  # type: ignore[attr-defined]
    "prepared": "draft", "drawn": "run", "confirmed": "done", "void": "stop",
}  # fmt: skip


class Draw(InUnit):
    """One random draw of enterprises and of two officers for each.

    What it is drawn from (`pool`) is frozen with its digest at the draw, so anybody can draw again and compare.
    """

    __tablename__ = "inspection_draw"
    area = "plans"
    __table_args__ = (
        CheckConstraint("witness_id IS NULL OR witness_id <> drawn_by_id", "witness_is_somebody_else"),
        CheckConstraint("state IN ('prepared', 'void') OR (drawn_at IS NOT NULL AND digest <> '')", "drawn_has_pool"),
        CheckConstraint("until_on >= from_on", "ends_after_it_begins"),
        Index("ix_inspection_draw_at", "drawn_at", "id"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    type: Mapped[InspectionType]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("inspection_plan.id"), index=True)
    scope_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    houses: Mapped[int]
    from_on: Mapped[date]  # the inspections lie between the two days
    until_on: Mapped[date]
    rested_days: Mapped[int] = mapped_column(default=0)  # inspected in as many days: not drawn
    by_risk: Mapped[bool] = mapped_column(default=True)  # the score adds to the weight of the class
    avoid_own: Mapped[bool] = mapped_column(default=True)  # 包联专干 does not inspect their own
    weights: Mapped[dict[str, int]] = mapped_column(DATA)  # class → weight
    public_number: Mapped[str] = mapped_column(String(60))  # what nobody here decides
    announced_at: Mapped[datetime]

    state: Mapped[DrawState] = mapped_column(default=DrawState.PREPARED)
    prepared_by_id: Mapped[by_user] = mapped_column()
    witness_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    drawn_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    pool: Mapped[dict[str, Any] | None] = mapped_column(DATA)
    digest: Mapped[str] = mapped_column(String(64), default="")

    unit: Mapped[Unit] = relationship(foreign_keys="Draw.unit_id")
    scope: Mapped[Unit] = relationship(foreign_keys=[scope_id])
    plan: Mapped[InspectionPlan | None] = relationship()
    prepared_by: Mapped[User] = relationship(foreign_keys=[prepared_by_id])
    witness: Mapped[User | None] = relationship(foreign_keys=[witness_id])
    drawn_by: Mapped[User | None] = relationship(foreign_keys=[drawn_by_id])
    picks: Mapped[list["DrawPick"]] = relationship(back_populates="draw", order_by="DrawPick.number")


class DrawPick(Model):
    """One enterprise that was drawn, with its two officers, and the inspection that came of it."""

    __tablename__ = "inspection_draw_pick"
    __table_args__ = (
        UniqueConstraint("draw_id", "number"),
        CheckConstraint("second_id <> lead_id", "second_is_somebody_else"),
    )

    id: Mapped[pk]
    draw_id: Mapped[int] = mapped_column(ForeignKey("inspection_draw.id"))
    number: Mapped[int]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    lead_id: Mapped[by_user] = mapped_column()
    second_id: Mapped[by_user] = mapped_column()
    inspection_id: Mapped[int | None] = mapped_column(ForeignKey("inspection.id"), unique=True)

    draw: Mapped[Draw] = relationship(back_populates="picks")
    enterprise: Mapped[Enterprise] = relationship()
    lead: Mapped[User] = relationship(foreign_keys=[lead_id])
    second: Mapped[User] = relationship(foreign_keys=[second_id])
    inspection: Mapped[Inspection | None] = relationship()


class OfficerConflict(InUnit):
    """What an officer declared (行政处罚法 43): they do not inspect this enterprise, this code, or this unit's."""

    __tablename__ = "officer_conflict"
    area = "plans"
    __table_args__ = (
        CheckConstraint("enterprise_id IS NOT NULL OR of_unit_id IS NOT NULL OR credit_code <> ''", "names_something"),
        CheckConstraint("until IS NULL OR until >= since", "ends_after_it_begins"),
        Index("ix_officer_conflict_user", "user_id", "until"),
    )

    user_id: Mapped[by_user] = mapped_column()
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    credit_code: Mapped[str] = mapped_column(String(60), default="")  # of one that is not on the register yet
    of_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # all that this unit looks after
    reason: Mapped[str] = mapped_column(String(300))
    since: Mapped[date]
    until: Mapped[date | None]
    declared_by_id: Mapped[by_user] = mapped_column()

    unit: Mapped[Unit] = relationship(foreign_keys="OfficerConflict.unit_id")
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    enterprise: Mapped[Enterprise | None] = relationship()
    of_unit: Mapped[Unit | None] = relationship(foreign_keys=[of_unit_id])
    declared_by: Mapped[User] = relationship(foreign_keys=[declared_by_id])

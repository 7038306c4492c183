"""An order (整改通知): its points, the day they must be put right by, and the re-check that ends it."""

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from ems.core.db import Choice, InUnit, title
from ems.core.people import Unit, User
from ems.enterprises.models import Enterprise

LONGEST_EXTENSION = 60  # days, all extensions together: a rule of the bureau's own


class OrderState(Choice):
    DRAFT = "draft", _l("拟稿")
    ISSUED = "issued", _l("已下达")
    CORRECTED = "corrected", _l("已报整改")
    FAILED = "failed", _l("复查不合格")
    CLOSED = "closed", _l("已销号")
    VOID = "void", _l("作废")


OrderState.TONE = {  # type: ignore[attr-defined]
    "draft": "draft", "issued": "run", "corrected": "run", "failed": "back", "closed": "done", "void": "stop",
}  # fmt: skip


class OrderKind(Choice):
    """Whose trouble it is: of those under supervision, or of a member unit itself (then it is our own duty)."""

    SUPERVISION = "supervision", _l("监管整改")
    INTERNAL = "internal", _l("内部整改")


class Order(InUnit):
    """One order. `source` is the row it came of ("inspection:12"), for inspections lie on a higher floor.

    `due_on` is the day written in it, `ends_on` the day after all extensions.
    """

    __tablename__ = "correction_order"
    area = "orders"
    __table_args__ = (
        CheckConstraint(f"extended_days BETWEEN 0 AND {LONGEST_EXTENSION}", "extension_within_rule"),
        CheckConstraint("(state <> 'closed') OR (closed_on IS NOT NULL)", "closed_has_date"),
        CheckConstraint("(state IN ('draft', 'void')) OR (due_on IS NOT NULL)", "issued_has_term"),
        CheckConstraint(
            "verified_by_id IS NULL OR issued_by_id IS NULL OR verified_by_id <> issued_by_id", "verified_by_another"
        ),
        Index("ix_order_state", "state", "ends_on", "id"),
        Index("ix_order_enterprise", "enterprise_id", "issued_on"),
        Index("ix_order_issued", "issued_on", "id"),
        Index("ix_order_closed", "closed_on"),
        Index("ix_order_source", "source"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    kind: Mapped[OrderKind] = mapped_column(default=OrderKind.SUPERVISION)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    party: Mapped[str] = mapped_column(String(200), default="")  # to whom it is addressed, as on the paper
    source: Mapped[str] = mapped_column(String(60), default="")
    demand: Mapped[str] = mapped_column(Text, default="")

    state: Mapped[OrderState] = mapped_column(default=OrderState.DRAFT)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # follows it up
    checker_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # looks again; nobody: the unit's head
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    extended_days: Mapped[int] = mapped_column(default=0)
    ends_on: Mapped[date | None]
    extension_asked: Mapped[int | None]
    extension_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    corrected_on: Mapped[date | None]
    report: Mapped[str] = mapped_column(Text, default="")  # what the enterprise says it did
    recheck_planned_on: Mapped[date | None]
    rechecked_on: Mapped[date | None]
    passed: Mapped[bool | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_on: Mapped[date | None]
    round: Mapped[int] = mapped_column(default=1)  # how often a term was set: one more with each failed re-check

    unit: Mapped[Unit] = relationship()
    enterprise: Mapped[Enterprise | None] = relationship()
    officer: Mapped[User | None] = relationship(foreign_keys=[officer_id])
    checker: Mapped[User | None] = relationship(foreign_keys=[checker_id])
    issued_by: Mapped[User | None] = relationship(foreign_keys=[issued_by_id])
    verified_by: Mapped[User | None] = relationship(foreign_keys=[verified_by_id])
    items: Mapped[list["OrderItem"]] = relationship(
        back_populates="order", order_by="OrderItem.number", cascade="all, delete-orphan"
    )

    @validates("due_on", "extended_days")
    def ends_with_its_extensions(self, key: str, value: Any) -> Any:
        """One place says when it ends, so the clocks of correction and re-check can't tell two days."""
        due = value if key == "due_on" else self.due_on
        days = value if key == "extended_days" else self.extended_days
        self.ends_on = due and due + timedelta(days=days or 0)
        return value

    @property
    def internal(self) -> bool:
        return self.kind is OrderKind.INTERNAL


class OrderItem(InUnit):
    """One point of an order. `source` names the finding it came of; no finding is ordered twice."""

    __tablename__ = "correction_item"
    area = "orders"
    __table_args__ = (UniqueConstraint("order_id", "number"), UniqueConstraint("source"))

    order_id: Mapped[int] = mapped_column(ForeignKey("correction_order.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String(40), default="")  # of the checklist's item
    law: Mapped[str] = mapped_column(String(240), default="")  # as it is cited
    due_on: Mapped[date | None]
    corrected_on: Mapped[date | None]
    verified_on: Mapped[date | None]
    source: Mapped[str | None] = mapped_column(String(60))

    order: Mapped[Order] = relationship(back_populates="items")

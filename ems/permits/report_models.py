"""What a permit asks for again and again: execution reports (执行报告) and self-monitoring (自行监测)."""

from calendar import monthrange
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, title
from ems.core.people import Unit, User
from ems.core.reckon import add_months
from ems.core.recurring import DAY, HALF_YEARLY, MONTHLY, QUARTERLY, YEARLY, Every, Period
from ems.enterprises.models import Enterprise, Outlet
from ems.permits.models import Permit


class Frequency(Choice):
    MONTH = "month", _l("月度")
    QUARTER = "quarter", _l("季度")
    HALF = "half", _l("半年")
    YEAR = "year", _l("年度")


EVERY: dict[Frequency, Every] = {
    Frequency.MONTH: MONTHLY, Frequency.QUARTER: QUARTERLY, Frequency.HALF: HALF_YEARLY, Frequency.YEAR: YEARLY,
}  # fmt: skip


def named(kind: Frequency, first: date) -> str:
    """A period as it stands on paper, in Chinese whoever reads it."""
    match kind:
        case Frequency.MONTH:
            return f"{first.year}年{first.month}月"
        case Frequency.QUARTER:
            return f"{first.year}年第{(first.month + 2) // 3}季度"
        case Frequency.HALF:
            return f"{first.year}年{'上' if first.month == 1 else '下'}半年"
        case _:
            return f"{first.year}年"


class ReportTerm(InUnit):
    """A report the permit's copy asks for. Without a day of its own it is due as the rule says.

    Else on `day` of the month that is `months` after the period (the 31st: its last day).
    """

    area = "permits"
    __table_args__ = (
        UniqueConstraint("permit_id", "kind"),
        CheckConstraint("months BETWEEN 1 AND 12", "within_a_year"),
        CheckConstraint("day BETWEEN 1 AND 31", "day_of_a_month"),
    )

    permit_id: Mapped[int] = mapped_column(ForeignKey("permit.id"))
    kind: Mapped[Frequency]
    months: Mapped[int] = mapped_column(default=1)
    day: Mapped[int | None]
    merged: Mapped[bool] = mapped_column(default=False)  # the year's last one stands in the annual report

    def stated(self, period: Period) -> date | None:
        """The day the copy names."""
        if self.day is None:
            return None
        month = add_months(period.last + DAY, self.months - 1)
        return month.replace(day=min(self.day, monthrange(month.year, month.month)[1]))


class ReportState(Choice):
    DUE = "due", _l("应报")
    RECEIVED = "received", _l("已收")
    EXEMPT = "exempt", _l("免报")
    WITHDRAWN = "withdrawn", _l("不再要求")


ReportState.TONE = {  # type: ignore[attr-defined]
    "due": "run", "received": "done", "exempt": "draft", "withdrawn": "draft",
}  # fmt: skip


class Exemption(Choice):
    STOPPED = "stopped", _l("停产")
    SHORT = "short", _l("持证时间不足")
    MERGED = "merged", _l("并入年报")
    OTHER = "other", _l("其他")


class PermitReport(InUnit):
    """One execution report: of a period, once. It goes along when the permit is renewed or changed.

    As long as nobody has dealt with it (`by`), the permit and its enterprise say what it is.
    """

    area = "permits"
    __table_args__ = (
        UniqueConstraint("permit_id", "kind", "first_on"),
        CheckConstraint("state <> 'received' OR received_on IS NOT NULL", "received_has_date"),
        CheckConstraint("state <> 'exempt' OR exemption IS NOT NULL", "exempt_has_ground"),
        CheckConstraint("last_on >= first_on", "ends_after_it_begins"),
        Index("ix_permit_report_last", "last_on", "id"),
        Index("ix_permit_report_received", "received_on"),
        Index("ix_permit_report_enterprise", "enterprise_id", "last_on"),
        Index("ix_permit_report_state", "state", "last_on", "id"),
    )

    permit_id: Mapped[int] = mapped_column(ForeignKey("permit.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    no: Mapped[str] = mapped_column(String(60))
    title: Mapped[title]
    kind: Mapped[Frequency]
    period: Mapped[str] = mapped_column(String(20))
    first_on: Mapped[date]
    last_on: Mapped[date]
    stated_on: Mapped[date | None]  # due on this day, as the copy or a notice says
    deferred: Mapped[bool] = mapped_column(default=False)  # it was a notice
    received_on: Mapped[date | None]
    missed_on: Mapped[date | None]  # the day after it was due and had not come: from then on it is ours to ask
    chased_on: Mapped[date | None]
    exemption: Mapped[Exemption | None]
    note: Mapped[str] = mapped_column(Text, default="")
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who dealt with it
    state: Mapped[ReportState] = mapped_column(default=ReportState.DUE)

    unit: Mapped[Unit] = relationship()
    permit: Mapped[Permit] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    officer: Mapped[User | None] = relationship(foreign_keys=[officer_id])
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])


class MonitoringPlan(InUnit):
    """What an enterprise must measure itself, where, and how often (HJ 819-2017; 许可证副本)."""

    area = "permits"
    __table_args__ = (
        Index(
            "uq_monitoring_plan", "permit_id", "outlet", "pollutant", unique=True,
            sqlite_where=text("void = 0"), postgresql_where=text("NOT void"),
        ),
    )  # fmt: skip

    permit_id: Mapped[int] = mapped_column(ForeignKey("permit.id"), index=True)
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlet.id"), index=True)
    outlet: Mapped[str] = mapped_column(String(120), default="")  # code or name as given; empty: the whole site
    pollutant: Mapped[str] = mapped_column(String(80))
    frequency: Mapped[Frequency]
    from_on: Mapped[date | None]  # older periods are not asked for
    note: Mapped[str] = mapped_column(String(400), default="")
    void: Mapped[bool] = mapped_column(default=False)

    unit: Mapped[Unit] = relationship()
    permit: Mapped[Permit] = relationship()
    place: Mapped[Outlet | None] = relationship()


class MonitoringState(Choice):
    DUE = "due", _l("待监测")
    DONE = "done", _l("已监测")
    EXEMPT = "exempt", _l("免测")
    WITHDRAWN = "withdrawn", _l("不再要求")


MonitoringState.TONE = {"due": "run", "done": "done", "exempt": "draft", "withdrawn": "draft"}  # type: ignore[attr-defined]


class SelfMonitoring(InUnit):
    """One time of it: to be done by the last day of its period."""

    area = "permits"
    __table_args__ = (
        UniqueConstraint("plan_id", "kind", "first_on"),
        CheckConstraint("state <> 'done' OR done_on IS NOT NULL", "done_has_date"),
        CheckConstraint("state <> 'exempt' OR exemption IS NOT NULL", "exempt_has_ground"),
        CheckConstraint("last_on >= first_on", "ends_after_it_begins"),
        Index("ix_self_monitoring_last", "last_on", "id"),
        Index("ix_self_monitoring_enterprise", "enterprise_id", "last_on"),
        Index("ix_self_monitoring_state", "state", "last_on", "id"),
    )

    plan_id: Mapped[int] = mapped_column(ForeignKey("monitoring_plan.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    no: Mapped[str] = mapped_column(String(60))
    title: Mapped[title]
    outlet: Mapped[str] = mapped_column(String(120), default="")
    pollutant: Mapped[str] = mapped_column(String(80))
    kind: Mapped[Frequency]
    period: Mapped[str] = mapped_column(String(20))
    first_on: Mapped[date]
    last_on: Mapped[date]
    done_on: Mapped[date | None] = mapped_column(index=True)
    exemption: Mapped[Exemption | None]
    note: Mapped[str] = mapped_column(Text, default="")
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[MonitoringState] = mapped_column(default=MonitoringState.DUE)

    unit: Mapped[Unit] = relationship()
    plan: Mapped[MonitoringPlan] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    officer: Mapped[User | None] = relationship(foreign_keys=[officer_id])
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])

"""An inspection (现场检查), the lines it asks from a checklist, and the findings it leaves behind."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from ems.core.db import Choice, InUnit, Model, by_user, pk, title
from ems.core.people import Unit, User
from ems.enterprises.models import Enterprise
from ems.nonconformities.models import Nonconformity
from ems.orders.models import Order


class InspectionType(Choice):
    KEY_INDUSTRY = "key_industry", _l("重点企业检查")
    CATERING = "catering", _l("饮食油烟检查")
    PROJECT = "project", _l("建设项目现场检查")
    STRAW = "straw", _l("秸秆禁烧巡查")
    SMOKE_ZONE = "smoke_zone", _l("烟尘控制区复查")
    OUTLET = "outlet", _l("排放口规整复查")
    CLOSED_RECHECK = "closed_recheck", _l("停产关闭复查")
    ORDER_RECHECK = "order_recheck", _l("整改复查")
    SPECIAL = "special", _l("专项检查")
    SELF_CHECK = "self_check", _l("日常自查")
    SYSTEM_CHECK = "system_check", _l("体系运行检查")


OWN = frozenset({InspectionType.SELF_CHECK, InspectionType.SYSTEM_CHECK})  # of a member unit, not of an enterprise
LAW = frozenset(InspectionType) - OWN  # law is enforced: two officers (行政处罚法 42)


class InspectionState(Choice):
    PLANNED = "planned", _l("计划")
    OPEN = "open", _l("检查中")
    DONE = "done", _l("已完成")
    VOID = "void", _l("作废")


InspectionState.TONE = {  # type: ignore[attr-defined]
    "planned": "draft", "open": "run", "done": "done", "void": "stop",
}  # fmt: skip


class Verdict(Choice):
    CONFORMS = "conforms", _l("符合")
    FAILS = "fails", _l("不符合")
    NA = "na", _l("不适用")


class Remedy(Choice):
    """What follows a finding."""

    ORDER = "order", _l("下达整改")
    FIXED = "fixed", _l("当场改正")
    NOTED = "noted", _l("只作记录")


class Severity(Choice):
    SERIOUS = "serious", _l("严重")
    NORMAL = "normal", _l("一般")


class Refusal(Choice):
    """Whether the party was there and signed."""

    NONE = "none", _l("到场签名")
    REFUSED = "refused", _l("拒绝签名")
    ABSENT = "absent", _l("不在场")


class Running(Choice):
    YES = "yes", _l("正常运行")
    NO = "no", _l("不正常")
    NA = "na", _l("不涉及")


class Checklist(Model):
    """What is asked at an inspection of one type, as it reads from `since` on."""

    __tablename__ = "checklist"
    __table_args__ = (
        UniqueConstraint("type", "version"),
        Index("uq_checklist_draft", "type", unique=True, sqlite_where=text("draft"), postgresql_where=text("draft")),
        Index("uq_checklist_since", "type", "since", unique=True, sqlite_where=text("NOT draft"),
              postgresql_where=text("NOT draft")),
    )  # fmt: skip

    id: Mapped[pk]
    type: Mapped[InspectionType]
    version: Mapped[int]
    title: Mapped[title]
    title_en: Mapped[str] = mapped_column(String(200), default="")
    since: Mapped[date]
    draft: Mapped[bool] = mapped_column(default=False)  # being written: in force on no day

    items: Mapped[list["ChecklistItem"]] = relationship(back_populates="checklist", order_by="ChecklistItem.number")


class ChecklistItem(Model):
    __tablename__ = "checklist_item"
    __table_args__ = (
        UniqueConstraint("checklist_id", "number", name="uq_checklist_item_number"),
        UniqueConstraint("checklist_id", "code", name="uq_checklist_item_code"),
    )

    id: Mapped[pk]
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(300))
    text_en: Mapped[str] = mapped_column(String(400), default="")
    law: Mapped[str] = mapped_column(String(120), default="")
    article: Mapped[str] = mapped_column(String(60), default="")
    also_law: Mapped[str] = mapped_column(String(120), default="")
    also_article: Mapped[str] = mapped_column(String(60), default="")
    severity: Mapped[Severity] = mapped_column(default=Severity.NORMAL)
    days: Mapped[int | None]  # a correction is given by default; none: as the settings say
    status: Mapped[str] = mapped_column(String(20), default="local")  # how sure we are of the article

    checklist: Mapped[Checklist] = relationship(back_populates="items")


class Inspection(InUnit):
    """One inspection. `unit` is who inspects; of a self-check or a system check, the unit looked at."""

    __tablename__ = "inspection"
    area = "inspections"
    __table_args__ = (
        CheckConstraint("second_id IS NULL OR second_id <> lead_id", "second_is_somebody_else"),
        CheckConstraint("(state <> 'done') OR (done_on IS NOT NULL)", "done_has_date"),
        UniqueConstraint("client_key"),
        UniqueConstraint("unit_id", "month"),
        UniqueConstraint("plan_key"),
        Index("ix_inspection_planned", "planned_on", "id"),
        Index("ix_inspection_done", "done_on", "id"),
        Index("ix_inspection_state", "state", "planned_on", "id"),
        Index("ix_inspection_enterprise", "enterprise_id", "done_on"),
        Index("ix_inspection_order", "order_id"),
        Index("ix_inspection_source", "source"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    type: Mapped[InspectionType]
    checklist_id: Mapped[int | None] = mapped_column(ForeignKey("checklist.id"))  # once begun
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    party: Mapped[str] = mapped_column(String(200), default="")  # who is inspected, as on the paper
    place: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(60), default="")  # the row that gave rise to it: "complaint:12"
    order_id: Mapped[int | None] = mapped_column(ForeignKey("correction_order.id"))  # looked at again
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("inspection_plan.id"), index=True)
    plan_key: Mapped[str | None] = mapped_column(String(60))  # of what a plan or a draw makes: made again, it is there
    transcript_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))  # as it was printed for good
    client_key: Mapped[str | None] = mapped_column(String(60), info={"unlogged": True})  # one per filled-in form

    state: Mapped[InspectionState] = mapped_column(default=InspectionState.PLANNED)
    planned_on: Mapped[date]
    month: Mapped[date | None]  # of a self-check that was planned ahead: the month's first day
    withdrawn: Mapped[bool] = mapped_column(default=False)  # void because nobody asks for it any more
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    done_on: Mapped[date | None]
    lead_id: Mapped[by_user] = mapped_column()
    second_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    rights_told: Mapped[bool] = mapped_column(default=False)  # 出示证件、告知权利义务
    person_present: Mapped[str] = mapped_column(String(60), default="")
    person_title: Mapped[str] = mapped_column(String(60), default="")
    refusal: Mapped[Refusal] = mapped_column(default=Refusal.NONE)
    refusal_reason: Mapped[str] = mapped_column(String(300), default="")
    witness: Mapped[str] = mapped_column(String(120), default="")
    facility_running: Mapped[Running | None]
    summary: Mapped[str] = mapped_column(Text, default="")
    opinion: Mapped[str] = mapped_column(Text, default="")  # what the party says to it
    separate_orders: Mapped[bool] = mapped_column(default=False)  # one for each finding

    unit: Mapped[Unit] = relationship()
    checklist: Mapped[Checklist | None] = relationship()
    enterprise: Mapped[Enterprise | None] = relationship()
    order: Mapped[Order | None] = relationship()
    lead: Mapped[User] = relationship(foreign_keys=[lead_id])
    second: Mapped[User | None] = relationship(foreign_keys=[second_id])
    lines: Mapped[list["CheckLine"]] = relationship(back_populates="inspection", order_by="CheckLine.number")
    findings: Mapped[list["Finding"]] = relationship(back_populates="inspection", order_by="Finding.id")

    @property
    def law(self) -> bool:
        """Whether law is enforced: two officers with their badges, and the party's rights."""
        return self.type in LAW

    @property
    def answered(self) -> int:
        return sum(line.verdict is not None for line in self.lines)

    @property
    def officers(self) -> list[User]:
        return [person for person in (self.lead, self.second) if person]


class CheckLine(InUnit):
    """One thing asked and what was found. Its words are kept as they read that day."""

    __tablename__ = "check_line"
    area = "inspections"
    __table_args__ = (UniqueConstraint("inspection_id", "number"),)

    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"))
    number: Mapped[int]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("checklist_item.id"))
    order_item_id: Mapped[int | None] = mapped_column(ForeignKey("correction_item.id"))  # the point looked at again
    code: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[str] = mapped_column(Text)
    law: Mapped[str] = mapped_column(String(240), default="")  # as it is cited
    severity: Mapped[Severity] = mapped_column(default=Severity.NORMAL)
    days: Mapped[int]
    verdict: Mapped[Verdict | None]
    remark: Mapped[str] = mapped_column(Text, default="")
    remedy: Mapped[Remedy] = mapped_column(default=Remedy.ORDER)
    due_on: Mapped[date | None]

    inspection: Mapped[Inspection] = relationship(back_populates="lines")
    item: Mapped[ChecklistItem | None] = relationship()


class Finding(InUnit):
    """Something that was not as it must be (检查发现的问题): of one line there is one, however often it is sent."""

    __tablename__ = "inspection_finding"
    area = "inspections"
    __table_args__ = (UniqueConstraint("line_id"), Index("ix_finding_found", "found_on", "id"))

    no: Mapped[str] = mapped_column(String(40), unique=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("check_line.id"))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("correction_order.id"), index=True)
    nonconformity_id: Mapped[int | None] = mapped_column(ForeignKey("nonconformity.id"), index=True)
    found_on: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    severity: Mapped[Severity]
    remedy: Mapped[Remedy]
    due_on: Mapped[date | None]

    title = synonym("text")
    inspection: Mapped[Inspection] = relationship(back_populates="findings")
    order: Mapped[Order | None] = relationship()
    nonconformity: Mapped[Nonconformity | None] = relationship()
    line: Mapped[CheckLine] = relationship()

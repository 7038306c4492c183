"""A complaint (投诉): what somebody reported, and the days on which it was taken up, worked on, answered and closed."""

from datetime import date
from typing import TYPE_CHECKING

from flask_babel import gettext as _, lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, title
from ems.core.errors import Refused
from ems.core.people import Unit, User
from ems.core.secrets import Encrypted, Unreadable, fingerprint, masked, spellings, without
from ems.enterprises.models import Enterprise

if TYPE_CHECKING:
    from ems.complaints.paper_models import CasePaper

LONGEST_EXTENSION = 30  # days, 信访工作条例 34
LONGEST_OF_AN_ORDER = 10  # working days: what a platform's order is commonly given beyond its five (复杂件 10 至 15)


class ComplaintState(Choice):
    REGISTERED = "registered", _l("登记")
    ACCEPTED = "accepted", _l("受理")
    REFUSED = "refused", _l("不予受理")
    TRANSFERRED = "transferred", _l("转送")
    OBJECTED = "objected", _l("异议退回")
    ASSIGNED = "assigned", _l("交办")
    RETURNED = "returned", _l("退单")
    INVESTIGATING = "investigating", _l("调查")
    HANDLED = "handled", pgettext("state", "处理")
    ANSWERED = "answered", _l("答复")
    REVISITED = "revisited", _l("回访")
    CLOSED = "closed", _l("办结")
    REVIEWING = "reviewing", _l("复查中")
    RECHECKING = "rechecking", _l("复核中")
    MERGED = "merged", pgettext("state", "并案")
    VOID = "void", _l("作废")


ComplaintState.TONE = {  # type: ignore[attr-defined]
    "registered": "draft", "accepted": "run", "refused": "stop", "transferred": "stop", "objected": "stop",
    "assigned": "run", "returned": "back", "investigating": "run", "handled": "run", "answered": "run",
    "revisited": "done", "closed": "done", "reviewing": "run", "rechecking": "run", "merged": "back",
    "void": "stop",
}  # fmt: skip


class Channel(Choice):
    H12369 = "12369", _l("12369")
    H12345 = "12345", _l("12345")
    LETTER = "letter", _l("来信")
    VISIT = "visit", _l("来访")
    WEB = "web", _l("网络")
    SUPERIOR = "superior", _l("上级转办")
    INSTRUCTION = "instruction", _l("领导批示")
    OTHER = "other", _l("其他")


class Matter(Choice):
    COMPLAINT = "complaint", _l("投诉")
    DISPUTE = "dispute", _l("纠纷")


class Medium(Choice):
    AIR = "air", _l("大气")
    WATER = "water", _l("水")
    NOISE = "noise", _l("噪声")
    WASTE = "waste", _l("固废")
    FUME = "fume", _l("油烟")
    ODOUR = "odour", _l("异味")
    OTHER = "other", _l("其他")


class Identity(Choice):
    OPEN = "open", _l("可公开")
    CONFIDENTIAL = "confidential", _l("要求保密")
    ANONYMOUS = "anonymous", _l("匿名")


class Satisfaction(Choice):
    SATISFIED = "satisfied", _l("满意")
    FAIR = "fair", _l("基本满意")
    DISSATISFIED = "dissatisfied", _l("不满意")
    UNREACHED = "unreached", _l("未能联系上")


class Way(Choice):
    PHONE = "phone", _l("电话")
    WRITTEN = "written", _l("书面")
    PLATFORM = "platform", _l("平台")
    IN_PERSON = "in_person", _l("当面")


class Complaint(InUnit):
    """A case. `unit` is who works on it; until it is assigned, the desk that took it."""

    area = "complaints"
    __table_args__ = (
        UniqueConstraint("channel", "external_no"),
        CheckConstraint(f"extended_days BETWEEN 0 AND {LONGEST_EXTENSION}", "extension_within_law"),
        CheckConstraint("(state <> 'closed') OR historical OR (closed_on IS NOT NULL)", "closed_has_date"),
        CheckConstraint("(identity <> 'anonymous') OR (complainant IS NULL)", "anonymous_has_no_name"),
        CheckConstraint("longitude BETWEEN -180 AND 180", "longitude_on_earth"),
        CheckConstraint("latitude BETWEEN -90 AND 90", "latitude_on_earth"),
        CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", "point_is_whole"),
        Index("ix_complaint_received", "received_on", "id"),
        Index("ix_complaint_state", "state", "received_on", "id"),
        Index("ix_complaint_unit", "unit_id", "received_on", "id"),
        Index("ix_complaint_enterprise", "enterprise_id", "received_on"),
        Index("ix_complaint_place", "place", "received_on"),
        Index("ix_complaint_point", "latitude", "longitude", "received_on"),
        Index("ix_complaint_street", "street_id", "received_on", "id"),
        Index("ix_complaint_named", "enterprise_name", "received_on"),
        Index("ix_complaint_phone", "phone_key"),
        Index("ix_complaint_closed", "closed_on"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    query_code: Mapped[str] = mapped_column(
        String(12), info={"secret": True}
    )  # with the number, opens the public look-up
    channel: Mapped[Channel]
    external_no: Mapped[str | None] = mapped_column(String(60))  # the platform's own number
    matter: Mapped[Matter] = mapped_column(default=Matter.COMPLAINT)
    medium: Mapped[Medium] = mapped_column(default=Medium.OTHER)
    title: Mapped[title]
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(200), default="")
    street_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # in whose bounds it lies
    longitude: Mapped[float | None]  # degrees, as the map in use has them
    latitude: Mapped[float | None]
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    enterprise_name: Mapped[str] = mapped_column(String(200), default="")  # as the caller said it
    document_no: Mapped[str] = mapped_column(String(80), default="")  # 转办文号
    document_due_on: Mapped[date | None]

    identity: Mapped[Identity] = mapped_column(default=Identity.OPEN)
    complainant: Mapped[str | None] = mapped_column(Encrypted, info={"secret": True})
    phone: Mapped[str | None] = mapped_column(Encrypted, info={"secret": True})
    phone_key: Mapped[str | None] = mapped_column(String(32), info={"unlogged": True})
    tells_number: Mapped[bool] = mapped_column(default=False)  # what was said holds the caller's own number

    filed_online: Mapped[bool] = mapped_column(default=False)  # by the caller, on the public page
    filing_key: Mapped[str | None] = mapped_column(String(40), unique=True, info={"unlogged": True})  # sent twice: once
    looked_up_on: Mapped[date | None] = mapped_column(info={"unlogged": True})  # first, by number and code
    online_satisfaction: Mapped[Satisfaction | None]  # what the caller says of the answer, for who calls back

    state: Mapped[ComplaintState] = mapped_column(default=ComplaintState.REGISTERED)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # filed online: nobody, until it is decided
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    received_on: Mapped[date]
    decided_on: Mapped[date | None]  # taken up, refused, passed on or objected to
    notified_on: Mapped[date | None]
    accepted_on: Mapped[date | None]
    assigned_on: Mapped[date | None]
    investigated_on: Mapped[date | None]
    handled_on: Mapped[date | None]
    answered_on: Mapped[date | None]  # the first answer
    revisited_on: Mapped[date | None]
    concluded_on: Mapped[date | None]  # closed for the first time: what the law's period asks
    closed_on: Mapped[date | None]
    reopened_on: Mapped[date | None]
    review_asked_on: Mapped[date | None]
    review_decided_on: Mapped[date | None]
    recheck_asked_on: Mapped[date | None]
    recheck_decided_on: Mapped[date | None]

    transferred_to: Mapped[str] = mapped_column(String(120), default="")
    handling: Mapped[str] = mapped_column(Text, default="")
    satisfaction: Mapped[Satisfaction | None]
    uncalled: Mapped[str] = mapped_column(String(200), default="")  # why nobody called back
    extended_days: Mapped[int] = mapped_column(default=0)
    extension_asked: Mapped[int | None]
    extension_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    historical: Mapped[bool] = mapped_column(default=False)  # taken in from an old table: no reminders
    reported_days: Mapped[int | None]  # as the table says, never recomputed
    reported_state: Mapped[str] = mapped_column(String(40), default="")
    reported_channel: Mapped[str] = mapped_column(String(40), default="")

    unit: Mapped[Unit] = relationship(foreign_keys="Complaint.unit_id")
    street: Mapped[Unit | None] = relationship(foreign_keys=[street_id])
    taken_by: Mapped[User | None] = relationship(foreign_keys=[taken_by_id])
    handler: Mapped[User | None] = relationship(foreign_keys=[handler_id])
    enterprise: Mapped[Enterprise | None] = relationship()
    answers: Mapped[list["Answer"]] = relationship(back_populates="complaint", order_by="Answer.number")
    if TYPE_CHECKING:
        papers: Mapped[list["CasePaper"]]  # made with them, for a mapper asks for all its others at once

    def tell_who(self, name: str | None, phone: str | None) -> None:
        """Keep who complains; of an anonymous caller only the number, to find repeats. The text is there already.

        Raises `Refused` where what is stored was written under another key: it would be lost.
        """
        if isinstance(self.complainant, Unreadable) or isinstance(self.phone, Unreadable):
            raise Refused(_("身份信息是用另一把密钥加密的，现在无法读出，也没有改动。请系统管理员核对身份密钥。"))
        self.complainant = None if self.identity is Identity.ANONYMOUS else name or None
        self.phone, self.phone_key = phone or None, fingerprint(phone)
        self.hush(name)

    def hush(self, *names: str | None) -> None:
        """Take a caller who is not to be known out of what was said: it stands in lists, sheets, search and log.

        To be called before the database is asked anything: the log would have it as it was.
        """
        for part, longest in (("title", 200), ("text", None), ("place", 200)):
            if said := getattr(self, part):
                setattr(self, part, self.veil(said, *names)[:longest])
        self.tells_number = holds(self.phone, self.title, self.text, self.place)

    def veil(self, text: str, *names: str | None) -> str:
        return text if self.identity is Identity.OPEN else without(text, self.complainant, self.phone, *names)

    @property
    def coordinates(self) -> str:
        """As they are typed; empty where nobody knows."""
        return "" if self.longitude is None else f"{self.longitude}, {self.latitude}"

    @property
    def masked_name(self) -> str:
        return masked(self.complainant)

    @property
    def masked_phone(self) -> str:
        return masked(self.phone)


def holds(phone: str | None, *texts: str | None) -> bool:
    """Whether the number stands in one of these texts."""
    where = spellings(phone)
    return where is not None and any(where.search(text or "") for text in texts)


class Answer(InUnit):
    """An answer as given (答复). Once given it is not changed; what is to be added is a further numbered one."""

    area = "complaints"
    __table_args__ = (UniqueConstraint("complaint_id", "number"),)

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    way: Mapped[Way | None]
    given_on: Mapped[date | None]  # unknown for some of the old tables
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    complaint: Mapped[Complaint] = relationship(back_populates="answers")
    by: Mapped[User | None] = relationship()

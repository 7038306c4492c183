"""What leaves the house in writing about a case (受理告知书 … 答复意见书), and the templates it is drafted from."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from ems.complaints.models import Complaint
from ems.core.db import Choice, InUnit, Model, pk, title
from ems.core.people import Unit, User
from ems.core.secrets import Encrypted


class PaperKind(Choice):
    """受理告知书 and the like. `SERIES`: the word of its own row of numbers (发文字号)."""

    ACCEPTANCE = "acceptance", _l("受理告知书")
    REFUSAL = "refusal", _l("不予受理告知书")
    ASSIGNMENT = "assignment", _l("交办单")
    TRANSFER = "transfer", _l("转送函")
    EXTENSION = "extension", _l("延期告知书")
    OPINION = "opinion", _l("答复意见书")

    @property
    def to_caller(self) -> bool:
        """Addressed to who complained; else to a body or a unit, who learn nothing of them."""
        return self not in {PaperKind.ASSIGNMENT, PaperKind.TRANSFER}

    @property
    def series(self) -> str:
        return SERIES[self]


SERIES = {
    PaperKind.ACCEPTANCE: "信受", PaperKind.REFUSAL: "信不受", PaperKind.ASSIGNMENT: "信交",
    PaperKind.TRANSFER: "信转", PaperKind.EXTENSION: "信延", PaperKind.OPINION: "信答",
}  # fmt: skip


class PaperState(Choice):
    DRAFT = "draft", _l("拟稿")
    ISSUED = "issued", _l("已出具")
    DELIVERED = "delivered", _l("已送达")
    VOID = "void", _l("作废")


PaperState.TONE = {"draft": "draft", "issued": "run", "delivered": "done", "void": "stop"}  # type: ignore[attr-defined]


class Delivery(Choice):
    IN_PERSON = "in_person", _l("当面送达")
    POST = "post", _l("邮寄")
    ONLINE = "online", _l("网上或平台送达")
    LEFT = "left", _l("留置送达")
    NOTICE = "notice", _l("公告送达")
    INTERNAL = "internal", _l("内部流转")


class ReplyTemplate(Model):
    """One version of a template (文书模板). What was drafted from a version keeps it; a new wording is a new version.

    Without a `kind` it is of no paper: words for an answer given by telephone or on a platform.
    """

    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[pk]
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    kind: Mapped[PaperKind | None]
    name: Mapped[title]
    text: Mapped[str] = mapped_column(Text)
    retired: Mapped[bool] = mapped_column(default=False)  # said by the last version of its code
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # nobody: it came with the house

    made_by: Mapped[User | None] = relationship()


class CasePaper(InUnit):
    """A paper of a case. Issued, it has its number and does not change; a wrong one is voided, its number used up.

    `caller` is the name as printed. It is there only of callers who let it be known: to one who asked for secrecy the
    paper leaves a line on which it is written by hand, so no file and no copy of one can give it away.
    """

    area = "complaints"
    __table_args__ = (
        UniqueConstraint("kind", "year", "serial"),
        CheckConstraint("(state IN ('draft', 'void')) OR (issued_on IS NOT NULL)", "issued_has_date"),
        CheckConstraint("(issued_on IS NULL) = (serial IS NULL)", "issued_has_number"),
        CheckConstraint("(state <> 'delivered') OR (delivered_on IS NOT NULL)", "delivered_has_date"),
        Index("ix_paper_case", "complaint_id", "id"),
        Index("ix_paper_issued", "issued_on", "id"),
        Index("ix_paper_state", "state", "issued_on"),
    )

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    kind: Mapped[PaperKind]
    state: Mapped[PaperState] = mapped_column(default=PaperState.DRAFT)
    no: Mapped[str | None] = mapped_column(String(60), unique=True)  # 成高环信受〔2026〕12号
    year: Mapped[int | None]
    serial: Mapped[int | None]
    title: Mapped[title]
    addressee: Mapped[str] = mapped_column(String(120), default="")  # of a paper to a body or a unit
    caller: Mapped[str | None] = mapped_column(Encrypted, info={"secret": True})
    text: Mapped[str] = mapped_column(Text)
    bureau: Mapped[str] = mapped_column(String(120), default="")  # who signs, as it was called that day
    due_on: Mapped[date | None]  # the day written in it
    template_id: Mapped[int | None] = mapped_column(ForeignKey("reply_template.id"))
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    drafted_on: Mapped[date]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    issued_on: Mapped[date | None]
    delivery: Mapped[Delivery | None]
    delivered_on: Mapped[date | None]
    receipt: Mapped[str] = mapped_column(String(120), default="")  # 挂号信号码, 签收人
    pdf_digest: Mapped[str | None] = mapped_column(String(64))  # of the sheet that was printed; the same ever after

    case: Mapped[Complaint] = relationship(backref=backref("papers", order_by="CasePaper.id"))
    unit: Mapped[Unit] = relationship()
    template: Mapped[ReplyTemplate | None] = relationship()
    drafted_by: Mapped[User | None] = relationship(foreign_keys=[drafted_by_id])
    issued_by: Mapped[User | None] = relationship(foreign_keys=[issued_by_id])

    def veil(self, text: str) -> str:
        return self.case.veil(text)

    @property
    def live(self) -> bool:
        return self.state in {PaperState.ISSUED, PaperState.DELIVERED}

    @property
    def draft(self) -> bool:
        return self.state is PaperState.DRAFT


class LinkKind(Choice):
    MERGED = "merged", pgettext("link", "并案")
    REPEAT = "repeat", pgettext("link", "重复")
    RELATED = "related", pgettext("link", "相关")


class CaseLink(InUnit):
    """That one case is of the same matter as an earlier one (并案, 重复, 相关). Undone it stays, with the reason."""

    area = "complaints"
    __table_args__ = (
        CheckConstraint("from_id <> to_id", "of_two_cases"),
        CheckConstraint("(undone_on IS NULL) = (undone_reason = '')", "undone_has_reason"),
        Index("ix_link_from", "from_id", "kind"),
        Index("ix_link_to", "to_id", "kind"),
    )

    from_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    kind: Mapped[LinkKind]
    reason: Mapped[str] = mapped_column(String(400), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    linked_on: Mapped[date]
    undone_on: Mapped[date | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    undone_reason: Mapped[str] = mapped_column(String(400), default="")

    later: Mapped[Complaint] = relationship(foreign_keys=[from_id])
    earlier: Mapped[Complaint] = relationship(foreign_keys=[to_id])
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])

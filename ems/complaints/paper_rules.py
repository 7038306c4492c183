"""The register of papers (发文登记), what is counted of them, and what a check finds missing."""

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, exists, select

from ems.complaints.models import Complaint, ComplaintState
from ems.complaints.paper_models import CasePaper, Delivery, PaperKind, PaperState
from ems.complaints.rules import PETITION, units
from ems.core import dates
from ems.core.checks import Check
from ems.core.figures import Figure, Period
from ems.core.people import Unit, User
from ems.core.register import Column, Filter, Register, View

P, C = CasePaper, Complaint
DRAFT, ISSUED, DELIVERED, VOID = PaperState
SLOW = 10  # days within which a paper that was issued is brought to whom it is for
NOTICE = 15  # days, 信访工作条例 23


def named(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Complaint, Complaint.id == CasePaper.complaint_id).join(Unit, Unit.id == CasePaper.unit_id)
    return rows.outerjoin(User, User.id == CasePaper.issued_by_id)


def undelivered() -> ColumnElement[bool]:
    return (P.state == ISSUED) & (P.issued_on < dates.today() - timedelta(days=SLOW))


REGISTER = Register(
    name=_l("投诉文书"),
    model=CasePaper,
    columns=(
        Column("no", _l("文号"), CasePaper.no),
        Column("kind", _l("文种"), CasePaper.kind, choice=PaperKind),
        Column("case", _l("投诉编号"), Complaint.no),
        Column("addressee", _l("主送"), CasePaper.addressee, width=24),
        Column("unit", _l("承办"), Unit.name, width=20),
        Column("state", _l("状态"), CasePaper.state, choice=PaperState, kind="state"),
        Column("issued_on", _l("出具日期"), CasePaper.issued_on, kind="date", sort=True),
        Column("issued_by", _l("出具人"), User.name),
        Column("due_on", _l("载明期限"), CasePaper.due_on, kind="date", listed=False),
        Column("delivery", _l("送达方式"), CasePaper.delivery, choice=Delivery, listed=False),
        Column("delivered_on", _l("送达日期"), CasePaper.delivered_on, kind="date"),
        Column("drafted_on", _l("拟稿日期"), CasePaper.drafted_on, kind="date", listed=False, sort=True),
    ),
    filters=(
        Filter("paper", _l("文种"), lambda v: CasePaper.kind == PaperKind(v), PaperKind.choices),
        Filter("state", _l("状态"), lambda v: CasePaper.state == PaperState(v), PaperState.choices),
        Filter("unit", _l("承办单位"), lambda v: CasePaper.unit_id == int(v), units),
    ),
    views=(
        View("drafts", _l("拟稿"), lambda _me: CasePaper.state == DRAFT),
        View("undelivered", _l("未送达"), lambda _me: CasePaper.state == ISSUED),
        View("mine", _l("我出具的"), lambda me: CasePaper.issued_by_id == me.id),
    ),
    order="-drafted_on",
    join=named,
)  # fmt: skip


def issued(period: Period, *asked: ColumnElement[bool]) -> Select[CasePaper]:
    return select(CasePaper).where(P.issued_on.between(*period), P.state != VOID, *asked)


PIECE = _l("件")
FIGURES = (
    Figure("papers.issued", _l("出具投诉文书"), PIECE, issued),
    Figure("papers.delivered_rate", _l("投诉文书送达率"), "%", lambda p: issued(p, P.state == DELIVERED),
           whole="papers.issued"),
    Figure("papers.opinions", _l("出具答复意见书"), PIECE, lambda p: issued(p, P.kind == PaperKind.OPINION)),
)  # fmt: skip


def has(*kinds: PaperKind) -> ColumnElement[bool]:
    """Of a case: a paper of these kinds holds."""
    return exists().where(P.complaint_id == C.id, P.kind.in_(kinds), P.state.in_([ISSUED, DELIVERED]))


def petitions(*asked: ColumnElement[bool]) -> Select[Complaint]:
    """Live cases that came as a petition, whose caller is known: only they can be written to (信访工作条例 23)."""
    known = C.complainant.isnot(None) | C.phone_key.isnot(None)
    return select(Complaint).where(C.channel.in_(PETITION), C.historical.is_(False), known, *asked)


SINCE = timedelta(days=90)  # what lies longer back is not mended any more

CHECKS = (
    Check("papers.no_opinion", _l("信访事项已答复而没有出具答复意见书"), mend="complaints.detail",
          rows=lambda: petitions(C.answered_on.between(dates.today() - SINCE, dates.today() - timedelta(days=1)),
                                 C.state != ComplaintState.VOID, ~has(PaperKind.OPINION))),
    Check("papers.no_notice", _l("受理超过告知期限仍没有受理告知书"), mend="complaints.detail",
          rows=lambda: petitions(C.received_on.between(dates.today() - SINCE, dates.today() - timedelta(days=NOTICE)),
                                 C.accepted_on.isnot(None), C.state != ComplaintState.VOID,
                                 ~has(PaperKind.ACCEPTANCE))),
    Check("papers.no_refusal", _l("不予受理而没有出具告知书"), mend="complaints.detail",
          rows=lambda: petitions(C.decided_on.between(dates.today() - SINCE, dates.today() - timedelta(days=1)),
                                 C.state == ComplaintState.REFUSED, ~has(PaperKind.REFUSAL))),
    Check("papers.extension_untold", _l("信访事项已延期而没有出具延期告知书"), mend="complaints.detail",
          rows=lambda: petitions(C.extended_days > 0, C.state.in_(sorted({"assigned", "investigating", "handled"})),
                                 ~has(PaperKind.EXTENSION))),
    Check("papers.undelivered", _l("文书出具超过 10 日没有送达"), mend="papers.detail",
          rows=lambda: select(CasePaper).where(undelivered())),
    Check("papers.left_draft", _l("文书拟稿超过 10 日没有出具"), mend="papers.detail",
          rows=lambda: select(CasePaper).where(P.state == DRAFT,
                                               P.drafted_on < dates.today() - timedelta(days=SLOW))),
)  # fmt: skip

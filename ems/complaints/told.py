"""What the caller is told of their own case on the public page: this and nothing else."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select

from ems.complaints.models import Answer, Channel, Complaint, ComplaintState
from ems.complaints.moves import ANSWERED, OVER, REVISITED, answer_received
from ems.complaints.paper_words import CLOSING
from ems.complaints.rules import PETITION
from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.secrets import without
from ems.core.terms import last_day

NUMBER = re.compile(r"(?:TS)?-?(\d{4})-?(\d{1,6})")
NOTICE = ("PET_NOTICE", "PET_NOTICE_FWD", "HOT_NOTICE", "HOT_12345_ACCEPT")

#: state → what it means, and what comes next
PLAIN: dict[str, tuple[Any, Any]] = {
    "registered": (_l("已经登记，正在研究是否受理。"), _l("决定受理、转送或不予受理后会告知您。")),
    "accepted": (_l("已经受理，正在确定由哪个单位办理。"), _l("交办后，承办单位会调查核实。")),
    "refused": (_l("经研究不予受理。"), _l("对理由有疑问，请拨打值班电话。")),
    "transferred": (_l("不属于我们的职责，已转送有权处理的机关。"), _l("请向该机关了解后续办理情况。")),
    "objected": (_l("不属于我们的职责，已退回转办的机关。"), _l("由转办的机关另行确定办理单位。")),
    "assigned": (_l("已交承办单位办理。"), _l("承办单位将调查核实。")),
    "returned": (_l("原定的单位不负责此事，正在重新确定承办单位。"), _l("办理期限照常计算。")),
    "investigating": (_l("承办单位正在调查核实。"), _l("查清后依法处理，并答复您。")),
    "handled": (_l("已经调查处理，正在准备答复。"), _l("答复后在这里可以看到全文。")),
    "answered": (_l("已经答复。"), _l("我们会回访，了解您是否满意。")),
    "revisited": (_l("已经答复，并已回访。"), _l("核对后办结。")),
    "closed": (_l("已经办结。"), _l("情况又出现的，请再次反映，并说明本件编号。")),
    "reviewing": (_l("您请求复查，正在复查。"), _l("复查意见作出后会书面答复您。")),
    "rechecking": (_l("您请求复核，正在复核。"), _l("复核意见作出后会书面答复您。")),
    "merged": (_l("与同一事项的其他反映一并办理。"), _l("办理结果会一并答复您。")),
    "void": (_l("本件已经作废，不再办理。"), _l("有疑问，请拨打值班电话。")),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    no: str
    state: ComplaintState
    means: str
    next: str
    unit: str
    days: list[tuple[str, date]]
    expected: list[tuple[str, date]]  # days that lie ahead, or went by unmet
    notes: list[str]
    answers: list[tuple[str, date | None, str]]
    asks: bool  # whether the caller may still say what they think of the answer
    said: str

    @property
    def late(self) -> bool:
        return any(day < dates.today() for _what, day in self.expected)


def number(typed: str) -> str:
    """As people write it: in full, without its letters, with full-width digits or blanks."""
    plain = re.sub(r"[\s—–]+", "-", unicodedata.normalize("NFKC", typed).strip().upper())
    found = NUMBER.fullmatch(plain)
    return f"TS-{found[1]}-{int(found[2]):04d}" if found else plain[:40]


def told(case: Complaint) -> Told:
    means, follows = PLAIN[case.state.value]
    said = case.online_satisfaction
    return Told(
        case.no, case.state, str(means), str(follows), "" if case.state in OVER else case.unit.name,
        days(case), expected(case), notes(case), [answer(case, given) for given in case.answers],
        case.state in {ANSWERED, REVISITED} and said is None and not case.historical, str(said.label) if said else "",
    )  # fmt: skip


def days(case: Complaint) -> list[tuple[str, date]]:
    known = (
        (_("收到"), case.received_on), (_("受理"), case.accepted_on), (_("答复"), case.answered_on),
        (_("办结"), case.closed_on),
    )  # fmt: skip
    return [(what, day) for what, day in known if day]


def expected(case: Complaint) -> list[tuple[str, date]]:
    """By when we owe the next notice and the end, as the rules say; the earliest of each."""
    rows = select(Duty.rule, Duty.due_on).where(Duty.subject_type == "complaint", Duty.subject_id == case.id)
    rows = rows.where(Duty.met_on.is_(None), Duty.rule.in_([*NOTICE, *CLOSING]), Duty.due_on != dates.NEVER)
    found: dict[str, date] = {}
    closing = _("办结") if case.answered_on else _("答复办结")
    for rule, day in db.session.execute(rows.order_by(Duty.due_on, Duty.id)):
        found.setdefault(_("告知是否受理") if rule in NOTICE else closing, day)
    return list(found.items())


def notes(case: Complaint) -> list[str]:
    found = []
    if case.state is ComplaintState.TRANSFERRED and case.transferred_to:
        found.append(_("转送机关：%(name)s。", name=without(case.transferred_to, case.complainant, case.phone)))
    if case.extended_days:
        n = case.extended_days
        found.append(
            _("办理期限已延长 %(n)s 个工作日。", n=n) if case.channel is Channel.H12345
            else _("办理期限已延长 %(n)s 日。", n=n)
        )  # fmt: skip
    answered = None if case.historical else answer_received(case)
    if answered and case.channel in {*PETITION, Channel.SUPERIOR}:
        last = last_day("PET_REVIEW_REQ", answered)
        if last >= dates.today():
            found.append(_("对答复不服的，可在 %(day)s 以前请求复查（信访工作条例第三十五条）。", day=last))
    return found


def answer(case: Complaint, given: Answer) -> tuple[str, date | None, str]:
    """As it was given, without the caller's own name and number: whoever has the code need not be the caller."""
    title = _("答复") if given.number == 1 else _("补充答复 %(n)s", n=given.number - 1)
    return title, given.given_on, without(given.text, case.complainant, case.phone)

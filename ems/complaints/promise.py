"""What a caller may be told: which days each channel sets, and the sentence to read out."""

from datetime import date
from typing import Any, NamedTuple

from flask_babel import format_date, gettext as _, lazy_gettext as _l

from ems.complaints.models import Channel, Complaint, Identity
from ems.complaints.rules import CLOCKS, TERMS
from ems.core import dates
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.reckon import reckon
from ems.core.rules import Rule
from ems.core.terms import readings
from ems.core.why import told

AT_ONCE = {clock.rule for clock in CLOCKS if clock.start is Complaint.received_on}  # the others wait for the acceptance
#: what of it concerns who calls; the rest is between us and the platform
SPOKEN: dict[str, Any] = {
    "HOT_12345": _l("最迟 %(day)s答复您"),
    "HOT_NOTICE": _l("最迟 %(day)s告知您是否受理"),
    "PET_NOTICE": _l("最迟 %(day)s告知您是否受理"),
    "PET_NOTICE_FWD": _l("最迟 %(day)s告知您是否受理"),
    "HOT_CLOSE": _l("受理之日起 %(span)s内办结"),
    "PET_CLOSE": _l("受理之日起 %(span)s内办结"),
}


class Term(NamedTuple):
    code: str
    title: str
    span: str  # 5 个工作日
    day: date | None  # none: it does not run yet


def terms(day: date | None = None) -> list[tuple[Channel, list[Term]]]:
    """Of each channel, as the rules in force say, for what comes in on `day`, today if none is named."""
    start = day or dates.today()
    rules = readings({code for codes in TERMS.values() for code in codes}, start)
    asked = {code: term(rule, start) for code, rule in rules.items() if rule.enabled}
    known = [(channel, [asked[c] for c in codes if c in asked]) for channel, codes in TERMS.items()]
    return [*known, (Channel.INSTRUCTION, [Term("DOC_DUE", _("按文件载明期限办理"), "", None)])]


def term(rule: Rule, start: date) -> Term:
    span = f"{rule.offset} {rule.unit.counted(rule.offset or 0)}"
    ends = reckon(rule, start, 0, calendar(db.session())).on if rule.code in AT_ONCE else None
    return Term(rule.code, told(rule, "title"), span, ends)


def promised(case: Complaint) -> list[Term]:
    """What its channel asks, and the day in its document."""
    known = dict(terms(case.received_on)).get(case.channel, [])
    found = [term for term in known if term.code != "DOC_DUE"]
    if case.document_due_on:
        found.append(Term("DOC_DUE", _("按文件载明期限办理"), "", case.document_due_on))
    return found


def sentence(case: Complaint, terms: list[Term]) -> str:
    """To be read to the caller as it stands."""
    said = [_("您反映的事项已登记，编号 %(no)s，查询码 %(code)s", no=case.no, code=spaced(case.query_code))]
    for term in terms:
        if words := SPOKEN.get(term.code):
            day = format_date(term.day, _("M月d日")) if term.day else ""
            said.append(str(words) % {"day": day, "span": term.span})
    kept = _("要求保密的信息只有经办人能看到，每次查看都留有记录。") if case.identity is Identity.CONFIDENTIAL else ""
    return _("，").join(said) + _("。") + kept


def spaced(code: str) -> str:
    """Six figures are heard three by three."""
    return f"{code[:3]} {code[3:]}"

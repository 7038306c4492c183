"""The fields of a template, and what they say of a case. A field is a name in braces: {编号}; nothing in it is run."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from flask_babel import force_locale, gettext as _
from sqlalchemy import select

from ems.complaints.models import Complaint, Identity
from ems.complaints.paper_models import PaperKind
from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.secrets import without
from ems.core.settings import setting
from ems.core.workflow import Step

FIELD = re.compile(r"\{([^{}\n]{1,20})\}")
BLANK = re.compile(r"【请填写：([^】\n]*)】")
#: the rules that say by when a case is to be closed or answered
CLOSING = ("PET_CLOSE", "HOT_CLOSE", "HOT_12345", "DOC_DUE", "PET_REOPEN")


def spelled(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def said(case: Complaint, *moves: str) -> str:
    """What was written at the last of these moves."""
    about = (Step.subject_type == "complaint", Step.subject_id == case.id, Step.move.in_(moves), Step.remark != "")
    return db.session.scalars(select(Step.remark).where(*about).order_by(Step.id.desc()).limit(1)).first() or ""


def closing_day(case: Complaint) -> date | None:
    """By when it is to be closed, as its duties say: the nearest that is open."""
    about = (Duty.subject_type == "complaint", Duty.subject_id == case.id, Duty.rule.in_(CLOSING))
    open_now = (Duty.met_on.is_(None), Duty.due_on != dates.NEVER)
    return db.session.scalar(select(Duty.due_on).where(*about, *open_now).order_by(Duty.due_on).limit(1))


def matter(case: Complaint) -> str:
    """The headline; of who asked for secrecy, only where and what."""
    if case.identity is Identity.CONFIDENTIAL:
        return f"{case.place}有关{case.medium.label}的环境问题"
    return case.title


def content(case: Complaint) -> str:
    """What was said; of who asked for secrecy it is put in words by the clerk, for people are known by their story."""
    return "" if case.identity is Identity.CONFIDENTIAL else case.text


def answered(case: Complaint) -> str:
    return case.answers[-1].text if case.answers else ""


#: name → what it says of a case. No field names the caller: that stands, if anywhere, in the line above the text.
FIELDS: Mapping[str, Callable[[Complaint], str]] = MappingProxyType({
    "编号": lambda c: c.no,
    "工单号": lambda c: c.external_no or "",
    "来源": lambda c: str(c.channel.label),
    "要素": lambda c: str(c.medium.label),
    "事项": matter,
    "反映内容": content,
    "地点": lambda c: c.place,
    "企业": lambda c: c.enterprise_name,
    "收到日期": lambda c: spelled(c.received_on),
    "受理日期": lambda c: spelled(c.accepted_on),
    "交办日期": lambda c: spelled(c.assigned_on),
    "办结期限": lambda c: spelled(closing_day(c)),
    "延长天数": lambda c: str(c.extended_days) if c.extended_days else "",
    "承办单位": lambda c: c.unit.name,
    "经办人": lambda c: c.handler.name if c.handler else "",
    "转送单位": lambda c: c.transferred_to,
    "不予受理理由": lambda c: said(c, "refuse"),
    "转送理由": lambda c: said(c, "transfer"),
    "延期理由": lambda c: said(c, "ask_extension"),
    "交办要求": lambda c: said(c, "assign", "reassign", "reject_return"),
    "处理情况": lambda c: c.handling,
    "答复内容": answered,
    "答复日期": lambda c: spelled(c.answered_on),
    "今天": lambda _case: spelled(dates.today()),
    "本局": lambda _case: str(setting("bureau")),
    "联系电话": lambda _case: str(setting("office_phone")),
})  # fmt: skip


def unknown(text: str) -> list[str]:
    """The names in braces that are no field, each once."""
    return [name for name in dict.fromkeys(FIELD.findall(text)) if name.strip() not in FIELDS]


def unknown_told(text: str) -> str | None:
    if not (found := unknown(text)):
        return None
    known = "、".join(f"{{{name}}}" for name in FIELDS)
    names = "、".join(f"{{{name}}}" for name in found)
    return _("没有这样的字段：%(names)s。可用的字段有：%(known)s。", names=names, known=known)


def filled(text: str, case: Complaint) -> str:
    """The template's words for this case; what the case does not say yet is left to be filled in, and says so."""

    def of(hit: re.Match[str]) -> str:
        say = FIELDS.get(hit[1].strip())
        return (say(case) if say else "") or f"【请填写：{hit[1].strip()}】"

    with force_locale("zh_CN"):
        return without(FIELD.sub(of, text), case.complainant, case.phone)


def left_blank(text: str) -> list[str]:
    """What is still to be filled in."""
    return [*BLANK.findall(text), *FIELD.findall(text)]


def tells_who(case: Complaint, *texts: str) -> bool:
    """Whether the caller's name or number stands in one of these texts."""
    return any(without(text, case.complainant, case.phone) != text for text in texts)


def heading(kind: PaperKind, case: Complaint) -> str:
    with force_locale("zh_CN"):
        return f"{kind.label}（{case.no}）"

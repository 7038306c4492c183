"""How an inspection moves, and all that must be there before it counts as done."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from ems.core import dates
from ems.core.people import User
from ems.core.policy import Act, everywhere
from ems.core.workflow import Move, Workflow
from ems.inspections import work
from ems.inspections.models import CheckLine, Inspection, InspectionState, Refusal, Remedy, Verdict

PLANNED, OPEN, DONE, VOID = InspectionState

#: what is missing, in the words of the server and of a phone without network alike
WORDS: dict[str, Any] = {
    "empty": _l("没有检查项，不能完成。"),
    "unanswered": _l("还有 %(n)s 项没有检查结果：第 %(items)s 项。"),
    "untold": _l("第 %(n)s 项不符合，请写明发现的问题。"),
    "past": _l("第 %(n)s 项的整改期限 %(day)s 已经过去，请重新选择。"),
    "nobody": _l("下达整改须写明被检查单位或者地点。"),
    "alone": _l("缺第二名检查人员：执法检查须由两名以上持证人员开展。"),
    "badge": _l("%(name)s没有登记执法证号，不能作为执法检查人员。"),
    "rights": _l("请确认已出示执法证件并告知权利义务。"),
    "facility": _l("请选择治理设施是否正常运行，没有设施的选“不涉及”。"),
    "person": _l("请填写现场负责人姓名；拒绝签名或者不在场的，选明并写清原因。"),
    "reason": _l("%(how)s的，请写明原因。"),
    "witness": _l("%(how)s的，请填写见证人。"),
}


def worded(what: str, **known: Any) -> str:
    return str(WORDS[what]) % known


def not_among_them(inspection: Inspection, user: User) -> str | None:
    if user.id in {inspection.lead_id, inspection.second_id}:
        return None
    names = _("、").join(person.name for person in inspection.officers)
    return _("这次检查由%(names)s开展，请由检查人员填写；人员有变的，先更改计划。", names=names)


def cannot_begin(inspection: Inspection, user: User) -> str | None:
    if said := not_among_them(inspection, user):
        return said
    if work.in_force(inspection.type, dates.today()) is None:
        return _("“%(type)s”还没有检查表，请系统管理员载入基础数据。", type=inspection.type.label)
    return None


def cannot_finish(inspection: Inspection, user: User) -> str | None:
    return " ".join(missing(inspection, user)) or None


def missing(inspection: Inspection, user: User) -> list[str]:
    """All that stands against finishing, each in one sentence."""
    if said := not_among_them(inspection, user):
        return [said]
    return [*unanswered(inspection), *untold(inspection), *(unlawful(inspection) if inspection.law else ())]


def unanswered(inspection: Inspection) -> Iterator[str]:
    if not inspection.lines:
        yield worded("empty")
    open_ = [str(line.number) for line in inspection.lines if line.verdict is None]
    if open_:
        yield worded("unanswered", n=len(open_), items=_("、").join(open_))


def untold(inspection: Inspection) -> Iterator[str]:
    failed = [line for line in inspection.lines if line.verdict is Verdict.FAILS]
    for line in failed:
        if not line.remark.strip():
            yield worded("untold", n=line.number)
        if ordered(inspection, line) and work.due(line) < dates.today():
            yield worded("past", n=line.number, day=work.due(line))
    if any(ordered(inspection, line) for line in failed) and not (inspection.party or inspection.place):
        yield worded("nobody")


def ordered(inspection: Inspection, line: CheckLine) -> bool:
    return line.remedy is Remedy.ORDER and not inspection.order_id


def unlawful(inspection: Inspection) -> Iterator[str]:
    """What the law asks of an inspection by its officers (行政处罚法 42, 55)."""
    if inspection.second is None:
        yield worded("alone")
    for person in inspection.officers:
        if not person.badge:
            yield worded("badge", name=person.name)
    if not inspection.rights_told:
        yield worded("rights")
    if inspection.facility_running is None:
        yield worded("facility")
    if inspection.party:
        yield from unsigned(inspection)


def unsigned(inspection: Inspection) -> Iterator[str]:
    if inspection.refusal is Refusal.NONE:
        if not inspection.person_present:
            yield worded("person")
        return
    if not inspection.refusal_reason:
        yield worded("reason", how=inspection.refusal.label)
    if not inspection.witness:
        yield worded("witness", how=inspection.refusal.label)


def own_plan(inspection: Inspection, user: User) -> str | None:
    if user.id in {inspection.lead_id, inspection.second_id}:
        return _("不能作废自己承担的检查，请由其他负责人决定。")
    if inspection.month and not everywhere(user, Inspection.area, Act.APPROVE):  # a unit owes it to the bureau
        return _("按月安排的自查，由管委会一级的负责人决定作废。")
    return None


def dropped(inspection: Inspection, _user: User) -> None:
    """Its order waits for another one."""
    if inspection.order and inspection.order.recheck_planned_on == inspection.planned_on:
        inspection.order.recheck_planned_on = None


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move("open", _l("开始检查"), F({PLANNED}), OPEN, Act.HANDLE, cannot_begin, work.begin),
        Move("finish", _l("完成检查"), F({OPEN}), DONE, Act.HANDLE, cannot_finish, work.finish),
        Move("void", _l("作废"), F({PLANNED, OPEN}), VOID, Act.APPROVE, own_plan, dropped, risk=True),
    ),
    path=(PLANNED, OPEN, DONE),
)  # fmt: skip

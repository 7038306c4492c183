"""How a complaint moves: what stands against a move, what it writes down, and the table of them all."""

from datetime import date

from flask_babel import gettext as _, lazy_gettext as _l, lazy_pgettext as pgettext

from ems.complaints import links
from ems.complaints.models import LONGEST_EXTENSION, LONGEST_OF_AN_ORDER, Channel, Complaint, ComplaintState
from ems.complaints.paper_models import PaperKind, PaperState
from ems.complaints.paper_words import closing_day
from ems.core import dates
from ems.core.people import User
from ems.core.policy import Act
from ems.core.terms import last_day
from ems.core.workflow import Move, Workflow

(REGISTERED, ACCEPTED, REFUSED, TRANSFERRED, OBJECTED, ASSIGNED, RETURNED, INVESTIGATING, HANDLED, ANSWERED, REVISITED,
 CLOSED, REVIEWING, RECHECKING, MERGED, VOID) = ComplaintState  # fmt: skip
WORKING = frozenset({ACCEPTED, ASSIGNED, RETURNED, INVESTIGATING, HANDLED})
OPEN = WORKING | {REGISTERED, ANSWERED, REVISITED, REVIEWING, RECHECKING, MERGED}
OVER = frozenset({REFUSED, TRANSFERRED, OBJECTED, VOID})  # ended without being worked on


def not_forwarded(case: Complaint, user: User) -> str | None:
    if case.channel is not Channel.SUPERIOR:
        return _("只有上级转办的事项可以提出异议退回；不属于本机关职责的，请用“转送”。")
    return too_late("PET_OBJECT", case, _("提出异议")) or links.holds_others(case, user)


def returned_too_late(case: Complaint, _user: User) -> str | None:
    return too_late("PET_RETURN", case, _("退单"))


def too_late(code: str, case: Complaint, what: str) -> str | None:
    """A right that lapses: the rule's days counted from the day the case came."""
    start = case.assigned_on if code == "PET_RETURN" else case.received_on
    if start is None:
        return None
    last = last_day(code, start)
    if dates.today() <= last:
        return None
    return _("%(what)s的期限到 %(day)s 为止，已经超过。", what=what, day=last)


def nobody_handles_it(case: Complaint, _user: User) -> str | None:
    return None if case.handler_id else _("请先指定经办人。")


def not_called_back(case: Complaint, _user: User) -> str | None:
    if case.state is ANSWERED and case.phone_key:
        return _("留有联系电话，请先登记回访：联系不上的，回访结果选“未能联系上”；不宜回访的，点“不再回访”写明理由。")
    return None if case.answers else _("还没有答复，不能办结。")


def number_unknown(case: Complaint, _user: User) -> str | None:
    return None if case.phone_key else _("没有留联系电话，不用回访，可以直接办结。")


def extension_pending(case: Complaint, _user: User) -> str | None:
    if case.extension_asked:
        return _("已有一项延期申请待审批。")
    due = closing_day(case) if case.id else None
    if due and due < dates.today():
        return _("期限 %(day)s 已过，延期应当在期限届满以前申请。", day=due)
    if case.channel is Channel.INSTRUCTION:
        return _("批示件的期限由批示人定：另定期限的，请更正“文件载明期限”。")
    if case.channel is Channel.H12345:
        return (
            _("延期累计已满 10 个工作日，不能再延，请在期限内答复。")
            if case.extended_days >= LONGEST_OF_AN_ORDER
            else None
        )
    return _("延期累计已满 30 日，不能再延，请在期限内办结。") if case.extended_days >= LONGEST_EXTENSION else None


def nothing_asked(case: Complaint, user: User) -> str | None:
    if not case.extension_asked:
        return _("没有待审批的延期申请；需要延期的，请经办人先申请。")
    return _("不能审批自己提出的申请，请由另一位负责人审批。") if case.extension_by_id == user.id else None


def answer_received(case: Complaint) -> date | None:
    """The day from which the caller's thirty days run: when the written answer came, else when it was given."""
    opinions = [p for p in case.papers if p.kind is PaperKind.OPINION and p.live]
    if any(paper.state is PaperState.ISSUED for paper in opinions):
        return None  # on its way
    return max((paper.delivered_on for paper in opinions if paper.delivered_on), default=case.answered_on)


def review_too_late(case: Complaint, _user: User) -> str | None:
    return lapsed("PET_REVIEW_REQ", answer_received(case), pgettext("petition", "复查"))


def recheck_too_late(case: Complaint, _user: User) -> str | None:
    if not case.review_decided_on:
        return _("先有复查意见，才能请求复核。")
    return lapsed("PET_RECHECK_REQ", case.review_decided_on, _("复核"))


def lapsed(code: str, start: date | None, what: str) -> str | None:
    """The caller's right to ask, which lapses (信访工作条例 35, 36)."""
    if start is None or dates.today() <= (last := last_day(code, start)):
        return None
    words = {"what": what, "day": last}
    return _("收到答复之日起 30 日内可以请求%(what)s，到 %(day)s 为止，已经超过。", **words)


def own_work(case: Complaint, user: User) -> str | None:
    return _("您是本件经办人，请由他人决定。") if case.handler_id == user.id else None


def not_voidable(case: Complaint, user: User) -> str | None:
    return own_work(case, user) or links.holds_others(case, user)


def decide(case: Complaint, user: User) -> None:
    case.decided_on = dates.today()
    case.taken_by_id = case.taken_by_id or user.id  # what was filed online is theirs who takes it up
    case.notified_on = case.notified_on or dates.today()


def accept(case: Complaint, user: User) -> None:
    decide(case, user)
    case.accepted_on = dates.today()


def objected(case: Complaint, _user: User) -> None:
    case.decided_on = dates.today()


def assign(case: Complaint, _user: User) -> None:
    case.assigned_on = dates.today()
    for paper in case.papers:  # they are seen where the case is
        paper.unit_id = case.unit_id


def give_back(case: Complaint, _user: User) -> None:
    case.assigned_on, case.handler_id = None, None


def investigate(case: Complaint, user: User) -> None:
    case.investigated_on = case.investigated_on or dates.today()
    case.handler_id = case.handler_id or user.id


def handle(case: Complaint, _user: User) -> None:
    case.handled_on, case.handling = dates.today(), case.veil(case.handling)


def answer(case: Complaint, user: User) -> None:
    case.answered_on, case.extension_asked = case.answered_on or dates.today(), None  # what is answered needs no time
    links.carry(case, user)


def revisit(case: Complaint, _user: User) -> None:
    case.revisited_on = dates.today()
    case.uncalled = ""


def close(case: Complaint, _user: User) -> None:
    case.closed_on = dates.today()
    case.concluded_on = case.concluded_on or case.closed_on


def reopen(case: Complaint, _user: User) -> None:
    case.closed_on, case.reopened_on, case.assigned_on = None, dates.today(), dates.today()


def ask_extension(case: Complaint, user: User) -> None:
    case.extension_by_id = user.id


def grant(case: Complaint, _user: User) -> None:
    case.extended_days += case.extension_asked or 0
    case.extension_asked = None


def deny(case: Complaint, _user: User) -> None:
    case.extension_asked = None


def ask_review(case: Complaint, _user: User) -> None:
    case.review_asked_on = dates.today()


def decide_review(case: Complaint, _user: User) -> None:
    case.review_decided_on = dates.today()


def ask_recheck(case: Complaint, _user: User) -> None:
    case.recheck_asked_on = dates.today()


def decide_recheck(case: Complaint, _user: User) -> None:
    case.recheck_decided_on = dates.today()


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move("accept", pgettext("move", "受理"), F({REGISTERED}), ACCEPTED, Act.DISPATCH, then=accept),
        Move("transfer", pgettext("move", "转送"), F({REGISTERED}), TRANSFERRED, Act.DISPATCH, links.holds_others,
             decide, form=True),
        Move("object", pgettext("move", "异议退回"), F({REGISTERED}), OBJECTED, Act.DISPATCH, not_forwarded, objected,
             form=True),
        Move("merge", pgettext("move", "并案"), links.CARRIES, MERGED, Act.DISPATCH, then=links.merge, form=True),
        Move("unmerge", _l("撤销并案"), F({MERGED}), ACCEPTED, Act.DISPATCH, then=links.unmerge, form=True),
        links.ALONG,
        Move("refuse", pgettext("move", "不予受理"), F({REGISTERED}), REFUSED, Act.DISPATCH, links.holds_others,
             decide, risk=True),
        Move("assign", pgettext("move", "交办"), F({ACCEPTED, RETURNED}), ASSIGNED, Act.DISPATCH, then=assign,
             form=True),
        Move("reassign", _l("改派"), F({ASSIGNED, INVESTIGATING}), ASSIGNED, Act.DISPATCH, then=assign, form=True),
        Move("reject_return", _l("不同意退单"), F({RETURNED}), ASSIGNED, Act.DISPATCH, then=assign, form=True),
        Move("investigate", _l("开始调查"), F({ASSIGNED}), INVESTIGATING, Act.HANDLE, then=investigate),
        Move("return_order", pgettext("move", "退单"), F({ASSIGNED}), RETURNED, Act.HANDLE, returned_too_late,
             give_back, form=True),
        Move("handle", _l("填写处理情况"), F({INVESTIGATING}), HANDLED, Act.HANDLE, then=handle, form=True),
        Move("answer", _l("填写答复"), F({HANDLED}), ANSWERED, Act.ANSWER, nobody_handles_it, answer, form=True),
        Move("investigate_more", _l("补充调查"), F({HANDLED}), INVESTIGATING, Act.HANDLE, form=True),
        Move("revisit", _l("登记回访"), F({ANSWERED}), REVISITED, Act.ANSWER, then=revisit, form=True),
        Move("skip_revisit", _l("不再回访"), F({ANSWERED}), REVISITED, Act.ANSWER, number_unknown, form=True),
        Move("close", pgettext("move", "办结"), F({ANSWERED, REVISITED}), CLOSED, Act.ANSWER, not_called_back, close,
             form=True),
        Move("supplement", _l("补充答复"), F({ANSWERED, REVISITED, CLOSED}), None, Act.ANSWER, form=True),
        Move("ask_extension", _l("申请延期"), WORKING - {RETURNED}, None, Act.HANDLE, extension_pending, ask_extension,
             form=True),
        Move("grant_extension", _l("批准延期"), WORKING, None, Act.APPROVE, nothing_asked, grant, form=True,
             waits=lambda me: Complaint.extension_asked.isnot(None) & (Complaint.extension_by_id != me.id)),
        Move("deny_extension", _l("不批准延期"), WORKING, None, Act.APPROVE, nothing_asked, deny, form=True),
        Move("ask_review", _l("登记复查请求"), F({CLOSED}), REVIEWING, Act.ANSWER, review_too_late, ask_review,
             form=True),
        Move("decide_review", _l("登记复查意见"), F({REVIEWING}), CLOSED, Act.ANSWER, then=decide_review, form=True),
        Move("ask_recheck", _l("登记复核请求"), F({CLOSED}), RECHECKING, Act.ANSWER, recheck_too_late, ask_recheck,
             form=True),
        Move("decide_recheck", _l("登记复核意见"), F({RECHECKING}), CLOSED, Act.ANSWER, then=decide_recheck, form=True),
        Move("reopen", _l("重新打开"), F({CLOSED}), ASSIGNED, Act.APPROVE, own_work, reopen, risk=True),
        Move("void", _l("作废"), OPEN - {REVIEWING, RECHECKING, REVISITED, MERGED}, VOID, Act.APPROVE, not_voidable,
             risk=True),
    ),
    path=(REGISTERED, ACCEPTED, ASSIGNED, INVESTIGATING, HANDLED, ANSWERED, REVISITED, CLOSED),
)  # fmt: skip

"""How an order moves: what stands against a move, what it writes down, and the table of them all."""

from datetime import date

from flask_babel import gettext as _, lazy_gettext as _l

from ems.core import dates
from ems.core.people import User
from ems.core.policy import Act
from ems.core.workflow import Move, Workflow
from ems.orders.models import LONGEST_EXTENSION, Order, OrderState

DRAFT, ISSUED, CORRECTED, FAILED, CLOSED, VOID = OrderState
OPEN = frozenset({ISSUED, CORRECTED, FAILED})


def incomplete(order: Order, _user: User) -> str | None:
    if not order.items:
        return _("还没有写明要整改的问题。")
    return term_missing(order)


def term_missing(order: Order) -> str | None:
    if order.due_on is None:
        return _("还没有填写整改期限。")
    if order.due_on < dates.today():
        return _("整改期限 %(day)s 已经过去，请改为今后的日期。", day=order.due_on)
    return None


def own_order(order: Order, user: User) -> str | None:
    """Nobody verifies, voids or grants what they ordered or follow up themselves."""
    if user.id == order.issued_by_id:
        return _("您是下达人，请由他人办理，或由两名检查人员复查。")
    return _("您是经办人，请由他人办理。") if user.id == order.officer_id else None


def unverified(order: Order, _user: User) -> str | None:
    if order.rechecked_on is None or not order.passed:
        return _("还没有复查合格：请先做整改复查，或由负责人核实确认。")
    if order.verified_by_id is None or order.verified_by_id == order.issued_by_id:
        return _("复查人员只有下达人本人，请由他人复查，或由负责人核实确认。")
    return None


def not_failed(order: Order, _user: User) -> str | None:
    return None if order.passed is False else _("还没有复查，或复查合格。")


def cannot_extend(order: Order, _user: User) -> str | None:
    if order.extension_asked:
        return _("已有一项延期申请待审批。")
    if order.ends_on and order.ends_on < dates.today():
        return _("整改期限 %(day)s 已过，不能再申请延期。", day=order.ends_on)
    if order.extended_days >= LONGEST_EXTENSION:
        return _("延期累计已满 %(n)s 日。", n=LONGEST_EXTENSION)
    return None


def nothing_asked(order: Order, user: User) -> str | None:
    if not order.extension_asked:
        return _("没有待审批的延期申请。")
    return _("不能审批自己提出的申请。") if order.extension_by_id == user.id else None


def issue(order: Order, user: User) -> None:
    order.issued_on, order.issued_by_id = dates.today(), user.id
    for item in order.items:
        item.due_on = item.due_on or order.due_on


def reported(order: Order, _user: User) -> None:
    for item in order.items:
        item.corrected_on = order.corrected_on


def not_enough(order: Order, _user: User) -> None:
    order.corrected_on = None
    for item in order.items:
        item.corrected_on = None


def close(order: Order, _user: User) -> None:
    order.closed_on = dates.today()
    order.corrected_on = order.corrected_on or order.rechecked_on
    for item in order.items:
        item.corrected_on = item.corrected_on or order.corrected_on
        item.verified_on = item.verified_on or order.rechecked_on


def confirm(order: Order, user: User) -> None:
    order.rechecked_on, order.passed, order.verified_by_id = dates.today(), True, user.id
    close(order, user)


def reissue(order: Order, user: User) -> None:
    """A new term: the days of correction and re-check begin anew. The diary keeps the old ones."""
    order.issued_by_id, order.extended_days, order.extension_asked = user.id, 0, None
    order.corrected_on = order.rechecked_on = order.recheck_planned_on = None
    order.passed = order.verified_by_id = None
    order.round += 1
    for item in order.items:
        if item.verified_on is None:
            item.due_on, item.corrected_on = order.due_on, None


def ask_extension(order: Order, user: User) -> None:
    order.extension_by_id = user.id


def grant(order: Order, _user: User) -> None:
    order.extended_days += order.extension_asked or 0
    order.extension_asked = None


def deny(order: Order, _user: User) -> None:
    order.extension_asked = None


def follow(order: Order, _user: User) -> None:
    """Who follows it up looks again as well; of a unit's own trouble its head does."""
    order.checker_id = None if order.internal else order.officer_id


def late(order: Order) -> date | None:
    """The day since which it is late to correct, if it is."""
    over = order.state is ISSUED and order.ends_on is not None and order.ends_on < dates.today()
    return order.ends_on if over else None


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move("issue", _l("下达"), F({DRAFT}), ISSUED, Act.EDIT, incomplete, issue),
        Move("report", _l("登记整改完成"), F({ISSUED}), CORRECTED, Act.HANDLE, then=reported, form=True),
        Move("confirm", _l("核实确认并销号"), F({CORRECTED}), CLOSED, Act.APPROVE, own_order, confirm, form=True),
        Move("close", _l("销号"), F({ISSUED, CORRECTED}), CLOSED, Act.HANDLE, unverified, close),
        Move("fail", _l("复查不合格"), F({ISSUED, CORRECTED}), FAILED, Act.HANDLE, not_failed),
        Move("reissue", _l("重新下达期限"), F({FAILED}), ISSUED, Act.EDIT, then=reissue, form=True),
        Move("send_back", _l("退回继续整改"), F({CORRECTED}), ISSUED, Act.EDIT, then=not_enough, form=True),
        Move("ask_extension", _l("申请延期"), F({ISSUED}), None, Act.HANDLE, cannot_extend, ask_extension, form=True),
        Move("grant_extension", _l("批准延期"), F({ISSUED}), None, Act.APPROVE, nothing_asked, grant, form=True,
             waits=lambda me: Order.extension_asked.isnot(None) & (Order.extension_by_id != me.id)),
        Move("deny_extension", _l("不批准延期"), F({ISSUED}), None, Act.APPROVE, nothing_asked, deny, form=True),
        Move("reassign", _l("变更经办人"), OPEN, None, Act.APPROVE, then=follow, form=True),
        Move("void", _l("作废"), OPEN | {DRAFT}, VOID, Act.APPROVE, own_order, risk=True),
    ),
    path=(DRAFT, ISSUED, CORRECTED, CLOSED),
)  # fmt: skip

"""How the parts move: a corrective action is done or dropped; a unit that was asked answers what it found."""

from flask_babel import gettext as _, lazy_gettext as _l

from ems.core import dates
from ems.core.people import User
from ems.core.policy import Act, may
from ems.core.workflow import Move, Workflow
from ems.nonconformities import work
from ems.nonconformities.models import ActionState, CorrectiveAction, SimilarCheck, SimilarState
from ems.nonconformities.moves import WORKED_ON

OPEN, DONE, DROPPED = ActionState
ASKED, CLEAR, FOUND, VOID = SimilarState


def settled(action: CorrectiveAction, _user: User) -> str | None:
    """What is to be verified, or was, does not change any more."""
    of = action.nonconformity
    if of.state in WORKED_ON:
        return None
    return _("不符合 %(no)s 现在是“%(state)s”，纠正措施不能再改。", no=of.no, state=of.state.label)


def done(action: CorrectiveAction, user: User) -> None:
    action.done_by_id = user.id


def undone(action: CorrectiveAction, _user: User) -> None:
    action.done_on = action.done_by_id = None


def not_the_askers(one: SimilarCheck, user: User) -> str | None:
    """A unit that is asked answers; it does not void the question."""
    if user.id == one.asked_by_id or may(user, Act.APPROVE, one.nonconformity):
        return None
    return _("由通知自查的一方作废；没有同类问题的，请答复自查情况。")


def answered(one: SimilarCheck, user: User) -> None:
    one.answered_on, one.answered_by_id = dates.today(), user.id


def owned_up(one: SimilarCheck, user: User) -> None:
    """What that unit found it must put right like any other."""
    answered(one, user)
    work.own_up(one, user)


F = frozenset
ACTIONS = Workflow(
    moves=(
        Move("done", _l("完成"), F({OPEN}), DONE, Act.HANDLE, settled, done, form=True),
        Move("undone", _l("改为未完成"), F({DONE}), OPEN, Act.HANDLE, settled, undone, form=True),
        Move("change", _l("修改"), F({OPEN}), None, Act.HANDLE, settled, form=True),
        Move("drop", _l("取消"), F({OPEN}), DROPPED, Act.HANDLE, settled, risk=True),
    ),
    path=(OPEN, DONE),
)  # fmt: skip
SIMILAR = Workflow(
    moves=(
        Move("clear", _l("自查没有同类问题"), F({ASKED}), CLEAR, Act.HANDLE, then=answered, form=True),
        Move("found", _l("自查发现同类问题"), F({ASKED}), FOUND, Act.HANDLE, then=owned_up, form=True),
        Move("void", _l("作废"), F({ASKED}), VOID, Act.APPROVE, not_the_askers, risk=True),
    ),
    path=(ASKED, CLEAR),
)  # fmt: skip

"""How a nonconformity moves: what stands against a move, what it writes down, and the table of them all."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, exists, or_, select

from ems.core import dates
from ems.core.db import db
from ems.core.people import Post, Role, User
from ems.core.policy import Act, everywhere, posts
from ems.core.settings import setting
from ems.core.workflow import Move, Step, Workflow
from ems.nonconformities.models import (
    LONGEST_EXTENSION,
    ActionState,
    CorrectiveAction,
    Effect,
    Elsewhere,
    Grade,
    NcState,
    Nonconformity,
    Origin,
    SimilarState,
)

OPEN, ACTING, RETURNED, DONE, VERIFIED, CLOSED, VOID = NcState
WORKED_ON = frozenset({OPEN, ACTING, RETURNED})
OWN_UP = frozenset({Origin.SELF_CHECK, Origin.SIMILAR, Origin.OTHER})  # what a unit found at its own
STANDING = WORKED_ON | {DONE, VERIFIED}
N = Nonconformity


def doers(row: Nonconformity) -> set[int | None]:
    """All who had a hand in putting it right."""
    mine = {row.owner_id, row.corrected_by_id, row.analysed_by_id, row.done_by_id}
    mine |= {id for action in row.standing for id in (action.owner_id, action.done_by_id)}
    return mine | set(db.session.scalars(select(Step.by_id).where(by_hand(row.id))))


def by_hand(id: Any) -> ColumnElement[bool]:
    """Entries of those who put it right: the row names the last of them alone, the diary all."""
    acted = select(CorrectiveAction.id).where(CorrectiveAction.nonconformity_id == id)
    own = and_(Step.subject_type == N.__tablename__, Step.subject_id == id, Step.move.in_(["analyse", "report"]))
    of_action = and_(Step.subject_type == CorrectiveAction.__tablename__, Step.subject_id.in_(acted))
    return or_(own, and_(of_action, Step.move == "done"))


def own_work(row: Nonconformity, user: User) -> str | None:
    """Nobody verifies or judges what they put right themselves."""
    if user.id == row.owner_id:
        return _("您是责任人，请由他人办理。")
    if user.id in doers(row):
        return _("您参与了这项整改，请由没有参与的人办理。")
    return None


def theirs_to_drop(row: Nonconformity, user: User) -> bool:
    """What others found at a unit its head neither rewrites nor voids: that is for those who found it, or above."""
    judges = {row.found_by_id, row.verifier_id}
    return row.origin in OWN_UP or user.id in judges or everywhere(user, N.area, Act.APPROVE)


def not_to_be_dropped(row: Nonconformity, user: User) -> str | None:
    if said := own_work(row, user):
        return said
    if theirs_to_drop(row, user):
        return None
    return _("别人查出的不符合，由发现人、验证人或管委会一级的负责人作废。")


def not_to_slip_away(row: Nonconformity, user: User) -> str | None:
    """Who put it right hands it to nobody else once it is to be verified: so they would verify their own."""
    return own_work(row, user) if row.state in {DONE, VERIFIED} else None


def unfinished(row: Nonconformity, _user: User | None = None) -> str | None:
    return " ".join(missing(row)) or None


def missing(row: Nonconformity) -> Iterator[str]:
    """All that stands against calling it put right, each in one sentence."""
    if not row.correction:
        yield _("还没有填写纠正：眼前的问题怎样改好的。")
    if not row.cause:
        yield _("还没有分析原因。")
    if row.elsewhere is None:
        yield _("还没有回答别处有没有同样的问题（举一反三）。")
    if not row.standing and row.grade is not Grade.OBSERVATION:
        yield _("还没有纠正措施。")
    elif row.effect is Effect.INEFFECTIVE and not any(action.round == row.round for action in row.standing):
        yield _("上一轮措施评价为无效，还没有新的纠正措施。")
    open_ = [str(action.number) for action in row.standing if action.state is ActionState.OPEN]
    if open_:
        yield _("第 %(items)s 项纠正措施还没有完成。", items=_("、").join(open_))


def effect_from(row: Nonconformity) -> date | None:
    """The first day on which one can say whether it helped."""
    return row.verified_on and row.verified_on + timedelta(days=int(setting("nonconformities.effect_after")))


def cannot_close(row: Nonconformity, user: User) -> str | None:
    if said := own_work(row, user) or unfinished(row):
        return said
    if (first := effect_from(row)) and dates.today() < first:
        return _("验证合格不久，效果还看不出来：%(day)s 起可以评价。", day=first)
    if row.elsewhere is Elsewhere.TOLD and not row.told:
        return _("原因分析提出通知其他单位自查，还没有通知。")
    silent = [one.unit.name for one in row.told if one.state is SimilarState.ASKED]
    if silent:
        return _("%(names)s还没有答复自查结果。", names=_("、").join(silent))
    return None


def cannot_extend(row: Nonconformity, _user: User) -> str | None:
    if row.extension_asked:
        return _("已有一项延期申请待审批。")
    if row.ends_on < dates.today():
        return _("整改期限 %(day)s 已过，不能再申请延期。", day=row.ends_on)
    if row.extended_days >= LONGEST_EXTENSION:
        return _("延期累计已满 %(n)s 日。", n=LONGEST_EXTENSION)
    return None


def nothing_asked(row: Nonconformity, user: User) -> str | None:
    if not row.extension_asked:
        return _("没有待审批的延期申请。")
    if user.id == row.extension_by_id:
        return _("不能审批自己提出的申请。")
    return _("您是责任人，请由他人审批。") if user.id == row.owner_id else None


def analysed(row: Nonconformity, user: User) -> None:
    row.analysed_on, row.analysed_by_id = dates.today(), user.id
    row.corrected_by_id = user.id if row.corrected_on else None


def reported(row: Nonconformity, user: User) -> None:
    row.done_on, row.done_by_id = dates.today(), user.id
    row.corrected_by_id = row.corrected_by_id or user.id
    row.extension_asked = None
    if row.first_done_on is None:
        row.first_done_on, row.in_time = row.done_on, row.done_on <= row.ends_on


def verified(row: Nonconformity, user: User) -> None:
    row.verified_on, row.verified_by_id = dates.today(), user.id
    row.effect, row.effect_note = None, ""


def judged(row: Nonconformity, user: User, effect: Effect) -> None:
    row.effect, row.judged_on, row.judged_by_id = effect, dates.today(), user.id
    if row.first_judged_on is None:
        row.first_judged_on, row.first_effect = row.judged_on, effect


def again(row: Nonconformity, _user: User) -> None:
    """Another round: its days begin anew with the new term. The diary keeps the old ones."""
    row.extended_days, row.extension_asked = 0, None
    row.done_on = row.done_by_id = row.verified_on = row.verified_by_id = None
    row.looked_at = ""
    row.round += 1


def effective(row: Nonconformity, user: User) -> None:
    judged(row, user, Effect.EFFECTIVE)
    row.closed_on = row.judged_on


def ineffective(row: Nonconformity, user: User) -> None:
    judged(row, user, Effect.INEFFECTIVE)
    row.judged_on = row.judged_by_id = None  # what judged it stands in the diary; the next round is judged anew
    again(row, user)


def ask_extension(row: Nonconformity, user: User) -> None:
    row.extension_by_id = user.id


def grant(row: Nonconformity, _user: User) -> None:
    row.extended_days += row.extension_asked or 0
    row.extension_asked = None


def deny(row: Nonconformity, _user: User) -> None:
    row.extension_asked = None


def dropped(row: Nonconformity, _user: User) -> None:
    """Nobody waits any more for what was to be done about it, or for what others were asked."""
    for action in row.actions:
        if action.state is ActionState.OPEN:
            action.state = ActionState.DROPPED
    for one in row.told:
        if one.state is SimilarState.ASKED:
            one.state = SimilarState.VOID


def heads(me: User) -> ColumnElement[bool]:
    """Of a unit whose head they are."""
    return N.unit_id.in_(select(Post.unit_id).where(posts(me), Post.role == Role.CHIEF))


def mine_to_look_at(me: User) -> ColumnElement[bool]:
    """Named to verify it, or, where nobody is, the unit's head; and not by their own hand."""
    named = or_(N.verifier_id == me.id, and_(N.verifier_id.is_(None), heads(me)))
    hands = (N.owner_id, N.corrected_by_id, N.analysed_by_id, N.done_by_id)
    others = (or_(hand.is_(None), hand != me.id) for hand in hands)
    return and_(named, *others, ~exists().where(by_hand(N.id), Step.by_id == me.id))


def mine_to_judge(me: User) -> ColumnElement[bool]:
    first = dates.today() - timedelta(days=int(setting("nonconformities.effect_after")))
    return and_(mine_to_look_at(me), N.verified_on <= first)


def mine_to_grant(me: User) -> ColumnElement[bool]:
    return and_(
        N.extension_asked.isnot(None), N.extension_by_id != me.id, or_(N.owner_id.is_(None), N.owner_id != me.id)
    )


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move("report", _l("整改完成，提请验证"), F({ACTING}), DONE, Act.HANDLE, unfinished, reported, form=True),
        Move("analyse", _l("填写纠正和原因"), WORKED_ON, ACTING, Act.HANDLE, then=analysed, form=True),
        Move("verify", _l("验证合格"), F({DONE}), VERIFIED, Act.APPROVE, own_work, verified, form=True,
             waits=mine_to_look_at),
        Move("send_back", _l("验证不合格，退回"), F({DONE}), RETURNED, Act.APPROVE, own_work, again, form=True),
        Move("effective", _l("措施有效，关闭"), F({VERIFIED}), CLOSED, Act.APPROVE, cannot_close, effective, form=True,
             waits=mine_to_judge),
        Move("ineffective", _l("措施无效，继续整改"), F({VERIFIED}), RETURNED, Act.APPROVE, own_work, ineffective,
             form=True),
        Move("ask_extension", _l("申请延期"), WORKED_ON, None, Act.HANDLE, cannot_extend, ask_extension, form=True),
        Move("grant_extension", _l("批准延期"), WORKED_ON, None, Act.APPROVE, nothing_asked, grant, form=True,
             waits=mine_to_grant),
        Move("deny_extension", _l("不批准延期"), WORKED_ON, None, Act.APPROVE, nothing_asked, deny, form=True),
        Move("assign", _l("变更责任人和验证人"), STANDING, None, Act.APPROVE, not_to_slip_away, form=True),
        Move("void", _l("作废"), STANDING, VOID, Act.APPROVE, not_to_be_dropped, dropped, risk=True),
    ),
    path=(OPEN, ACTING, DONE, VERIFIED, CLOSED),
)  # fmt: skip

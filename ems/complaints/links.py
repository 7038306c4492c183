"""Cases of one matter: merged (并案), repeated (重复), related (相关). A merged case is answered with its main case."""

from datetime import date
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, or_, select

from ems.complaints.models import Answer, Complaint, ComplaintState
from ems.complaints.paper_models import CaseLink, LinkKind
from ems.core import dates
from ems.core.db import db
from ems.core.people import User
from ems.core.policy import Act, within
from ems.core.secrets import without
from ems.core.workflow import Move, carry_out, hold, step

MERGED, ANSWERED = ComplaintState.MERGED, ComplaintState.ANSWERED
#: in these a case may take others in: there is still an answer to come
CARRIES = frozenset({
    ComplaintState.REGISTERED, ComplaintState.ACCEPTED, ComplaintState.ASSIGNED, ComplaintState.RETURNED,
    ComplaintState.INVESTIGATING, ComplaintState.HANDLED,
})  # fmt: skip


def live(kind: LinkKind | None = None) -> list[ColumnElement[bool]]:
    return [CaseLink.undone_on.is_(None), *([] if kind is None else [CaseLink.kind == kind])]


def main_of(case: Complaint) -> Complaint | None:
    """The case it was merged into, if it still is."""
    rows = select(Complaint).join(CaseLink, CaseLink.to_id == Complaint.id)
    rows = rows.where(CaseLink.from_id == case.id, *live(LinkKind.MERGED))
    return db.session.scalars(rows.order_by(CaseLink.id.desc()).limit(1)).first()


def merged_into(case: Complaint) -> list[Complaint]:
    """The cases that wait for the answer of this one."""
    rows = select(Complaint).join(CaseLink, CaseLink.from_id == Complaint.id)
    rows = rows.where(CaseLink.to_id == case.id, Complaint.state == MERGED, *live(LinkKind.MERGED))
    return list(db.session.scalars(rows.order_by(Complaint.id)))


def around(case: Complaint, me: User) -> list[CaseLink]:
    """All links of the case whose other end `me` may see, undone ones too, the newest first."""
    seen = within(select(Complaint), me).with_only_columns(Complaint.id)
    either = or_(CaseLink.from_id == case.id, CaseLink.to_id == case.id)
    rows = select(CaseLink).where(either, CaseLink.from_id.in_(seen), CaseLink.to_id.in_(seen))
    return list(db.session.scalars(rows.order_by(CaseLink.undone_on.isnot(None), CaseLink.id.desc()).limit(50)))


def linked(case: Any, *kinds: LinkKind) -> ColumnElement[bool]:
    """Of a row of cases (or an alias of it): it is said to be of the matter of an earlier one."""
    about = (CaseLink.from_id == case.id, CaseLink.kind.in_(kinds), CaseLink.undone_on.is_(None))
    return exists().where(*about)


def found(no: str, me: User) -> Complaint | None:
    """The case of this number, if `me` may see it."""
    return db.session.scalars(within(select(Complaint), me).where(Complaint.no == no.strip().upper())).first()


def unlinkable(case: Complaint, other: Complaint | None, kind: LinkKind) -> str | None:
    """Why these two cannot be linked so."""
    if other is None:
        return _("没有这个编号的投诉，或者您无权查看。")
    if other.id == case.id:
        return _("不能与本件自己关联，请填写另一件的编号。")
    if already(case, other, kind):
        return _("两件已经这样关联，不用再登记。")
    return unmergeable(case, other) if kind is LinkKind.MERGED else None


def already(case: Complaint, other: Complaint, kind: LinkKind) -> bool:
    ends = (CaseLink.from_id.in_([case.id, other.id]), CaseLink.to_id.in_([case.id, other.id]))
    return db.session.scalar(select(exists().where(*ends, *live(kind)))) or False


def unmergeable(case: Complaint, main: Complaint) -> str | None:
    if main.state is MERGED:
        return _("%(no)s 自己已并入另一件，请填写主件的编号。", no=main.no)
    if main.state not in CARRIES:
        return _("%(no)s 已经答复或者结束，不能再并入；请登记为重复件，或者重新打开那一件。", no=main.no)
    if merged_into(case):
        return _("已有事项并入本件，请先撤销，或者把那一件并入本件。")
    if case.state not in CARRIES:
        return _("本件已经答复或者结束，不能再并入其他事项。")
    return None


def link(case: Complaint, other: Complaint, kind: LinkKind, user: User, reason: str) -> CaseLink:
    """Say that `case` is of the matter of `other`; both diaries tell it. Not committed."""
    reason = other.veil(case.veil(reason))
    made = CaseLink(from_id=case.id, to_id=other.id, kind=kind, unit_id=case.unit_id, reason=reason, by_id=user.id,
                    linked_on=dates.today())  # fmt: skip
    words = {"kind": kind.label, "reason": reason}
    db.session.add_all(
        [
            made,
            step(case, user, _("与 %(no)s 关联（%(kind)s）。%(reason)s", no=other.no, **words)),
            step(other, user, _("%(no)s 关联到本件（%(kind)s）。%(reason)s", no=case.no, **words)),
        ]
    )
    return made


def undo(made: CaseLink, user: User, reason: str) -> None:
    """Not committed."""
    reason = made.earlier.veil(made.later.veil(reason))
    made.undone_on, made.undone_by_id, made.undone_reason = dates.today(), user.id, reason
    words = {"kind": made.kind.label, "reason": reason}
    for case, other in ((made.later, made.earlier), (made.earlier, made.later)):
        told = _("撤销与 %(no)s 的关联（%(kind)s）。%(reason)s", no=other.no, **words)
        db.session.add(step(case, user, told))


def merge(case: Complaint, user: User) -> None:
    """It is taken up, if it was not: its caller is owed an answer, only the work is done in the main case."""
    today: date = dates.today()
    case.decided_on, case.accepted_on = case.decided_on or today, case.accepted_on or today
    case.notified_on = case.notified_on or today
    case.taken_by_id = case.taken_by_id or user.id
    case.extension_asked = None


def unmerge(case: Complaint, user: User) -> None:
    """Back to where it waits to be assigned: what was done in the main case was not done for it."""
    case.assigned_on, case.handler_id = None, None
    rows = select(CaseLink).where(CaseLink.from_id == case.id, *live(LinkKind.MERGED))
    for made in db.session.scalars(rows):
        undo(made, user, _("撤销并案"))


def main_unanswered(case: Complaint, _user: User) -> str | None:
    main = main_of(case)
    if main is None:
        return _("找不到并入的主件，请撤销并案后办理。")
    if main.state in CARRIES:
        return _("主件 %(no)s 还没有答复。", no=main.no)
    return None if main.answers else _("主件 %(no)s 没有答复就结束了，请撤销并案后另行办理。", no=main.no)


def answer_along(case: Complaint, user: User) -> None:
    """The main case's last answer, as a numbered answer of this one; nothing in it tells who asked there."""
    if main := main_of(case):
        told = main.answers[-1]
        text = without(told.text, main.complainant, main.phone)
        known: dict[str, Any] = {"unit_id": case.unit_id, "number": len(case.answers) + 1, "by_id": user.id}
        case.answers.append(Answer(text=text, way=told.way, given_on=dates.today(), **known))
    case.answered_on = case.answered_on or dates.today()


def holds_others(case: Complaint, _user: User) -> str | None:
    """Against what would end a case without an answer."""
    n = len(merged_into(case)) if case.id else 0
    return _("有 %(n)s 件并入本件等待答复，请先撤销并案。", n=n) if n else None


ALONG = Move("answer_along", _l("随主件答复"), frozenset({MERGED}), ANSWERED, Act.ANSWER, main_unanswered, answer_along)


def carry(main: Complaint, user: User) -> None:
    """With the main case those that wait for it are answered; each has its own caller to tell and to call back.

    Each is held: a merge that is undone at this moment would leave it answered without an answer.
    """
    for case in merged_into(main) if main.id else ():
        hold(case)
        if case.state is not MERGED:
            continue
        carry_out(ALONG, user, case, _("主件 %(no)s 已答复。", no=main.no))

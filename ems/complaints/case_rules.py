"""How cases are worked on: what is counted of repeats, call-backs, returns and time taken, and what a check finds."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased

from ems.complaints.figures import PIECE, received, revisited
from ems.complaints.links import linked
from ems.complaints.models import Answer, Complaint, Satisfaction
from ems.complaints.moves import ANSWERED, CLOSED, MERGED, RECHECKING, REFUSED, REVIEWING, REVISITED, VOID
from ems.complaints.paper_models import CaseLink, LinkKind
from ems.core.checks import Check
from ems.core.db import db
from ems.core.figures import Figure, Period
from ems.core.sets import local_day
from ems.core.workflow import Step

C = Complaint
REPEATED = (LinkKind.REPEAT, LinkKind.MERGED)


def answered(period: Period, *asked: ColumnElement[bool]) -> Select[Complaint]:
    """First answered in the period, the day being known."""
    return select(Complaint).where(C.answered_on.between(*period), C.state != VOID, *asked)


def days_taken() -> ColumnElement[Any]:
    """Days from the receipt to the first answer, on the average."""
    if db.engine.dialect.name == "sqlite":
        return func.avg(func.julianday(C.answered_on) - func.julianday(C.received_on))
    return func.avg(C.answered_on - C.received_on)


def moved(period: Period, *moves: str) -> Select[Complaint]:
    """Cases with one of these moves on a day of the period."""
    day = local_day(db.engine.dialect.name, Step.at)
    about = (Step.subject_type == "complaint", Step.subject_id == C.id, Step.move.in_(moves))
    return select(Complaint).where(exists().where(*about, day.between(*period)))


def callable_in(period: Period) -> Select[Complaint]:
    """Answered in the period, and there is a number to call."""
    return answered(period, C.phone_key.isnot(None))


FIGURES = (
    Figure("complaints.repeated", _l("重复投诉"), PIECE, lambda p: received(p, linked(C, *REPEATED))),
    Figure("complaints.repeat_rate", _l("重复投诉率"), "%", lambda p: received(p, linked(C, *REPEATED)),
           whole="complaints.received"),
    Figure("complaints.merged", _l("并案办理"), PIECE, lambda p: received(p, linked(C, LinkKind.MERGED))),
    Figure("complaints.mean_days", _l("平均办理天数"), _l("天"), answered, measure=days_taken),
    Figure("complaints.to_call", _l("应回访"), PIECE, callable_in),
    Figure("complaints.revisit_rate", _l("回访率"), "%", lambda p: callable_in(p).where(C.revisited_on.isnot(None)),
           whole="complaints.to_call"),
    Figure("complaints.dissatisfied", _l("回访不满意"), PIECE,
           lambda p: revisited(p, C.satisfaction == Satisfaction.DISSATISFIED)),
    Figure("complaints.uncalled", _l("写明理由不再回访"), PIECE,
           lambda p: answered(p, C.uncalled != "", C.revisited_on.is_(None))),
    Figure("complaints.returned", _l("退单"), PIECE, lambda p: moved(p, "return_order")),
    Figure("complaints.reopened", _l("重新打开"), PIECE, lambda p: moved(p, "reopen")),
    Figure("complaints.extension_rate", _l("延期率"), "%", lambda p: received(p, C.extended_days > 0),
           whole="complaints.received"),
)  # fmt: skip


def stranded() -> ColumnElement[bool]:
    """Merged, and the main case is answered or over: nobody will answer this one any more."""
    main = aliased(Complaint)
    over = main.state.in_(sorted([ANSWERED, REVISITED, CLOSED, REVIEWING, RECHECKING, REFUSED, VOID]))
    about = (CaseLink.from_id == C.id, CaseLink.kind == LinkKind.MERGED, CaseLink.undone_on.is_(None))
    return exists().where(*about, CaseLink.to_id == main.id, over)


def mainless() -> ColumnElement[bool]:
    return ~linked(C, LinkKind.MERGED)


def more_answered() -> ColumnElement[bool]:
    """Answered again, or taken up again, since: there is more than one answer."""
    return select(func.count()).where(Answer.complaint_id == C.id).scalar_subquery() > 1


CHECKS = (
    Check("complaints.stranded", _l("已并案而主件已经答复或结束，本件没有随同答复"), mend="complaints.detail",
          rows=lambda: select(Complaint).where(C.state == MERGED, stranded() | mainless())),
    Check("complaints.unhappy", _l("回访不满意而办结，没有补充答复也没有重新办理"), mend="complaints.detail",
          rows=lambda: select(Complaint).where(C.state == CLOSED, C.satisfaction == Satisfaction.DISSATISFIED,
                                               C.reopened_on.is_(None), C.historical.is_(False), ~more_answered())),
    Check("complaints.unreasoned", _l("不予受理、退单、重新打开或作废而没有写明理由"), mend="complaints.detail",
          rows=lambda: select(Complaint).where(exists().where(
              Step.subject_type == "complaint", Step.subject_id == C.id, Step.remark == "",
              Step.move.in_(["refuse", "object", "transfer", "return_order", "reopen", "void", "merge"])))),
)  # fmt: skip

"""What is counted of tasks, and what is wrong with them. A slip asks for a late duty; a matter came from elsewhere."""

from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from ems.core import dates
from ems.core.calendar import calendar
from ems.core.checks import Check
from ems.core.db import db
from ems.core.figures import Figure, Period
from ems.core.settings import setting
from ems.tasks.matters import evidenced
from ems.tasks.models import Task
from ems.tasks.moves import ASKED, CLOSED, DRAFT, OPEN, REPORTED, VOID

T = Task
UNJUDGED = 5  # working days in which who asked says whether an answer will do


def issued(*asked: ColumnElement[bool]) -> Select[Task]:
    return select(Task).where(T.state.notin_([DRAFT, VOID]), *asked)


def slips(*asked: ColumnElement[bool]) -> Select[Task]:
    return issued(T.subject_type.isnot(None), *asked)


def matters(*asked: ColumnElement[bool]) -> Select[Task]:
    return issued(T.subject_type.is_(None), *asked)


def unanswered(day: date) -> ColumnElement[bool]:
    """At the end of `day` past its day, and without any answer."""
    return and_(T.issued_on <= day, T.asked_by_on < day, or_(T.replied_on.is_(None), T.replied_on > day))


def replied(period: Period) -> ColumnElement[bool]:
    return T.replied_on.between(*period)


SLIP, MATTER = _l("份"), _l("件")
FIGURES = (
    Figure("tasks.issued", _l("下达督办单"), SLIP, lambda p: slips(T.issued_on.between(*p))),
    Figure("tasks.closed", _l("督办办结"), SLIP, lambda p: slips(T.closed_on.between(*p))),
    Figure("tasks.replied", _l("督办已反馈"), SLIP, lambda p: slips(replied(p))),
    Figure("tasks.in_time", _l("督办按期反馈率"), "%", lambda p: slips(replied(p), T.replied_on <= T.asked_by_on),
           whole="tasks.replied"),
    Figure("tasks.late", _l("督办逾期未反馈"), SLIP, lambda p: slips(unanswered(p[1])), state=True),
    Figure("tasks.matters", _l("下达督办事项"), MATTER, lambda p: matters(T.issued_on.between(*p))),
    Figure("tasks.matters_closed", _l("办结督办事项"), MATTER, lambda p: matters(T.closed_on.between(*p))),
    Figure("tasks.matters_replied", _l("督办事项已反馈结果"), MATTER, lambda p: matters(replied(p))),
    Figure("tasks.matters_in_time", _l("督办事项按期反馈率"), "%",
           lambda p: matters(replied(p), T.replied_on <= T.asked_by_on), whole="tasks.matters_replied"),
    Figure("tasks.matters_late", _l("督办事项逾期"), MATTER, lambda p: matters(unanswered(p[1])), state=True),
)  # fmt: skip


def silent() -> ColumnElement[bool]:
    """No note of progress for as many days as the settings say, of what is still worked on."""
    day = dates.today() - timedelta(days=int(setting("tasks.silent_days")))
    return and_(T.state.in_(sorted(ASKED)), func.coalesce(T.progressed_on, T.issued_on) < day)


def unjudged() -> ColumnElement[bool]:
    day = calendar(db.session()).shift(dates.today(), -UNJUDGED)
    return and_(T.state == REPORTED, T.reported_on < day)


CHECKS = (
    Check("tasks.unowned", _l("督办单没有承办人"), mend="tasks.detail",
          rows=lambda: select(Task).where(T.state.in_(sorted(OPEN)), T.owner_id.is_(None))),
    Check("tasks.overdue", _l("督办单逾期未反馈"), mend="tasks.detail",
          rows=lambda: select(Task).where(T.state.in_(sorted(OPEN)), T.reported_on.is_(None),
                                          T.due_on < dates.today())),
    Check("tasks.silent", _l("督办事项长期没有报告进展"), mend="tasks.detail",
          rows=lambda: select(Task).where(T.subject_type.is_(None), silent())),
    Check("tasks.no_evidence", _l("督办事项办结而没有材料，也没有说明原因"), mend="tasks.detail",
          rows=lambda: select(Task).where(T.subject_type.is_(None), T.state == CLOSED, ~evidenced())),
    Check("tasks.unjudged", _l("督办结果反馈超过五个工作日没有审核"), mend="tasks.detail",
          rows=lambda: select(Task).where(unjudged())),
)  # fmt: skip

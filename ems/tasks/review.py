"""How matters stand by unit, today and in a month (督办通报): counted by the database, within the reader's reach."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import joinedload

from ems.core import dates
from ems.core.db import db
from ems.core.figures import Period, share
from ems.core.people import Unit, User
from ems.core.policy import reach
from ems.tasks.figures import issued, replied, unanswered
from ems.tasks.models import Task
from ems.tasks.moves import ASKED, OPEN, REPORTED
from ems.tasks.rules import behind
from ems.web.filters import SOON

T = Task


def counted(asked: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((asked, 1), else_=0)), 0)


@dataclass(frozen=True)
class Standing:
    """One unit today; `closed`, `replied` and `in_time` are of this year."""

    id: int
    name: str
    open: int
    late: int
    soon: int
    waiting: int  # answered, not yet judged
    closed: int
    replied: int
    in_time: int

    @property
    def rate(self) -> Decimal | None:
        return share(self.in_time, self.replied)


def mine(user: User) -> ColumnElement[bool]:
    return T.unit_id.in_(reach(user, "tasks"))


def standings(user: User) -> list[Standing]:
    """The units that were asked for anything, the latest first."""
    today = dates.today()
    year = dates.so_far(today.year)
    asked = T.state.in_(sorted(ASKED))
    soon = and_(asked, T.due_on.between(today, today + timedelta(days=SOON)))
    counts = [
        counted(T.state.in_(sorted(OPEN))),
        counted(behind()),
        counted(soon),
        counted(T.state == REPORTED),
        counted(T.closed_on.between(*year)),
        counted(replied(year)),
        counted(and_(replied(year), T.replied_on <= T.asked_by_on)),
    ]
    rows = per_unit(user, counts)
    return sorted((Standing(*row) for row in db.session.execute(rows)), key=lambda one: (-one.late, -one.open))


def per_unit(user: User, counts: Sequence[ColumnElement[Any]]) -> Select[Any]:
    rows = issued(mine(user)).with_only_columns(Unit.id, Unit.name, *counts).select_from(Task)
    return rows.join(Unit, Unit.id == T.unit_id).group_by(Unit.id, Unit.name, Unit.path).order_by(Unit.path)


def late_by_unit(user: User) -> dict[int, list[Task]]:
    """What is late, the longest first."""
    found: defaultdict[int, list[Task]] = defaultdict(list)
    for task in db.session.scalars(whole(select(Task).where(mine(user), behind())).order_by(T.due_on, T.id)):
        found[task.unit_id].append(task)
    return found


def whole(rows: Select[Task]) -> Select[Task]:
    """With the unit and the person, in the one statement."""
    return rows.options(joinedload(T.unit), joinedload(T.owner))


@dataclass(frozen=True)
class Line:
    """One unit in a month."""

    id: int
    name: str
    issued: int
    due: int
    closed: int
    replied: int
    in_time: int
    late: int

    @property
    def rate(self) -> Decimal | None:
        return share(self.in_time, self.replied)


@dataclass(frozen=True)
class Bulletin:
    period: Period
    lines: list[Line]
    closed: Sequence[Task]
    late: Sequence[Task]

    def sum(self, name: str) -> int:
        return sum(getattr(line, name) for line in self.lines)

    @property
    def rate(self) -> Decimal | None:
        return share(self.sum("in_time"), self.sum("replied"))


def month(year: int, number: int) -> Period:
    """The month, of the one under way what is over of it. Raises ValueError for one that has not begun."""
    first = date(year, number, 1)
    if first > dates.today():
        raise ValueError(first)
    return first, min(date(year, number, monthrange(year, number)[1]), dates.today())


def bulletin(user: User, period: Period) -> Bulletin:
    """What was finished, what was late at the end, and whose it was."""
    last = period[1]
    counts = [
        counted(T.issued_on.between(*period)),
        counted(T.asked_by_on.between(*period)),
        counted(T.closed_on.between(*period)),
        counted(replied(period)),
        counted(and_(replied(period), T.replied_on <= T.asked_by_on)),
        counted(unanswered(last)),
    ]
    lines = [Line(*row) for row in db.session.execute(per_unit(user, counts))]
    return Bulletin(
        period,
        [line for line in lines if any((line.issued, line.due, line.closed, line.replied, line.late))],
        db.session.scalars(whole(issued(mine(user), T.closed_on.between(*period))).order_by(T.closed_on, T.id)).all(),
        db.session.scalars(whole(issued(mine(user), unanswered(last))).order_by(T.asked_by_on, T.id)).all(),
    )

"""The units' own checks (日常自查): one a month, planned for the year ahead as long as there is a unit to ask."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from ems.core import numbers, recurring
from ems.core.calendar import Calendar, calendar
from ems.core.db import db
from ems.core.people import Post, Role, Unit, UnitKind, User
from ems.core.reckon import add_months
from ems.core.recurring import MONTHLY, Key, Rows, Values
from ems.core.settings import setting
from ems.inspections.models import Inspection, InspectionState, InspectionType
from ems.inspections.work import headline

YEAR = 12  # months
PLANNED, VOID = InspectionState.PLANNED, InspectionState.VOID


def dealt_with() -> ColumnElement[bool]:
    """Begun, done, or voided by a person."""
    return and_(Inspection.state != PLANNED, Inspection.withdrawn.is_(False))


ROWS = Rows(Inspection, ("unit_id", "month"), dealt_with, {"state": VOID, "withdrawn": True})


def last_working_day(month: date, days: Calendar | None = None) -> date:
    """Of the month that `month` lies in."""
    end = month.replace(day=monthrange(month.year, month.month)[1])
    return (days or calendar(db.session())).roll(end, -1)


def materialise(month: date) -> list[Inspection]:
    """The self-checks of this month and the eleven after it, of each unit that has a liaison officer. Not committed.

    What is planned of months that are over stays as long as there is somebody to make up for it. Returns those added.
    """
    session = db.session()
    session.flush()
    owners = session.scalars(select(Unit.id).order_by(Unit.id)).all()
    recurring.hold(session, Unit, owners)
    made: list[str] = []

    def fresh(keys: Sequence[Key]) -> list[Values]:
        rows = new_rows(keys)
        made.extend(row["no"] for row in rows)
        return list(rows)

    recurring.materialise(session, ROWS, owners, wanted(month) if setting("self_check") else {}, fresh)
    return list(session.scalars(select(Inspection).where(Inspection.no.in_(made)).order_by(Inspection.id)))


def wanted(month: date) -> dict[Key, Values]:
    """Who is to do it: whoever was, while they are the unit's liaison officer; else the one who came first."""
    first = month.replace(day=1)
    others, known, days = unplanned(first), planned(), calendar(db.session())
    found: dict[Key, Values] = {}
    for start, _end in MONTHLY.between(first, add_months(first, YEAR - 1)):
        for unit_id, able in liaisons(last_working_day(start, days)).items():
            if (unit_id, start) not in others:
                found[unit_id, start] = asked(known.get((unit_id, start)), able)
    here = liaisons(month)
    for (unit_id, start), lead_id in known.items():
        if start < first and unit_id in here:
            found[unit_id, start] = asked(lead_id, here[unit_id])
    return found


def asked(lead_id: int | None, able: Sequence[int]) -> Values:
    return {"state": PLANNED, "withdrawn": False, "lead_id": lead_id if lead_id in able else able[0]}


def planned() -> dict[Key, int]:
    """Those planned ahead that nobody has begun: unit and month → who is to do it."""
    rows = select(Inspection.unit_id, Inspection.month, Inspection.lead_id)
    rows = rows.where(Inspection.month.isnot(None), Inspection.state == PLANNED).order_by(Inspection.id)
    return {(unit_id, month): lead_id for unit_id, month, lead_id in db.session.execute(rows)}


def unplanned(first: date) -> set[Key]:
    """Units and months in which the unit checks itself anyway."""
    rows = select(Inspection.unit_id, Inspection.planned_on).where(
        Inspection.type == InspectionType.SELF_CHECK,
        Inspection.month.is_(None),
        Inspection.state != VOID,
        Inspection.planned_on >= first,
    )
    return {(unit_id, day.replace(day=1)) for unit_id, day in db.session.execute(rows.order_by(Inspection.id))}


def liaisons(day: date) -> dict[int, list[int]]:
    """Each active unit with its liaison officers, the one who came first before the others.

    A heading of the tree is no unit.
    """
    holds = Post.role == Role.LIAISON, Post.since <= day, or_(Post.until.is_(None), Post.until >= day)
    rows = (
        select(Unit.id, Post.user_id)
        .join(Post, Post.unit_id == Unit.id)
        .join(User, User.id == Post.user_id)
        .where(Unit.active, Unit.kind != UnitKind.GROUP, User.active, *holds)
        .order_by(Unit.path, Unit.id, Post.since, Post.id)
    )
    found: defaultdict[int, list[int]] = defaultdict(list)
    for unit_id, user_id in db.session.execute(rows):
        found[unit_id].append(user_id)
    return dict(found)


def new_rows(keys: Sequence[Key]) -> list[dict[str, Any]]:
    """Each with its number, of the year in which it is."""
    session, days = db.session(), calendar(db.session())
    names = {id: name for id, name in session.execute(select(Unit.id, Unit.name).order_by(Unit.id))}  # noqa: C416  a Row is no pair for a type checker
    free = {
        year: iter(numbers.take(session, "JC", year, len(list(some))))
        for year, some in groupby(sorted(month.year for _unit, month in keys))
    }
    return [about(names[unit_id], last_working_day(month, days), next(free[month.year])) for unit_id, month in keys]


def about(party: str, day: date, no: str) -> dict[str, Any]:
    type = InspectionType.SELF_CHECK
    title = headline(Inspection(type=type, party=party))
    return {"no": no, "title": title, "type": type, "party": party, "place": "", "planned_on": day}

"""Telling people in time: what has come near is claimed, then each person is told of theirs."""

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, func, or_, select, update

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Unit, User
from ems.reminders import hearers
from ems.reminders.claim import claim
from ems.reminders.models import Reminder, Rung
from ems.reminders.tell import tell

SLICE = 500  # duties told in one transaction, the nearest first: a person's thousands are never in memory at once
LOWEST = case({Rung.PERSON: 0, Rung.HEAD: 1, Rung.LEADER: 2}, value=Reminder.rung, else_=3)
log = logging.getLogger(__name__)


def remind() -> int:
    """Claim, then tell. The number of people told."""
    claim()
    return tell_all()


def tell_all() -> int:
    """A telling that fails is rolled back with its mark, and tried again; the others hear all the same."""
    untold = select(Reminder.person_id).where(Reminder.told_at.is_(None), Reminder.person_id.isnot(None))
    people = db.session.scalars(untold.distinct().order_by(Reminder.person_id)).all()
    silent = hearers.silent(db.session())
    db.session.commit()
    return sum(attempt(id, silent) for id in people if id is not None)


def attempt(person_id: int, silent: Sequence[int]) -> bool:
    told = False
    try:
        while near := untold(person_id):
            told |= digest(person_id, near, silent)
    except Exception:
        db.session.rollback()
        log.exception("digest of person %s", person_id)
    return told


def untold(person_id: int) -> Sequence[int]:
    """The duties this person is to be told of next."""
    rows = select(Duty.id).join(Reminder, Reminder.duty_id == Duty.id)
    rows = rows.where(Reminder.person_id == person_id, Reminder.told_at.is_(None)).group_by(Duty.id, Duty.due_on)
    return db.session.scalars(rows.order_by(Duty.due_on, Duty.id).limit(SLICE)).all()


def digest(person_id: int, near: Sequence[int], silent: Sequence[int]) -> bool:
    """Mark first: of two machines the second waits for the rows, and then finds none to tell."""
    table: Any = Reminder.__table__
    mark = update(table).where(table.c.person_id == person_id, table.c.told_at.is_(None), table.c.duty_id.in_(near))
    marked = db.session.connection().scalars(mark.values(told_at=dates.now()).returning(table.c.id)).all()
    person = db.session.get_one(User, person_id, populate_existing=True)
    rows = still_theirs(marked, silent) if person.is_active else []
    overtaken = set(marked) - {row.Reminder.id for row in rows}
    db.session.connection().execute(delete(table).where(table.c.id.in_(overtaken)))
    if rows:
        tell(person, once_each(rows))
    db.session.commit()
    return bool(rows)


def still_theirs(marked: Sequence[int], silent: Sequence[int]) -> Sequence[Row[Reminder, Duty]]:
    """What was met, put off or handed over since it was claimed is not said any more."""
    other = Duty.owner_id.is_distinct_from(func.coalesce(Reminder.absent_id, Reminder.person_id))
    hears = owner_hears(silent)
    theirs = or_(Reminder.rung != Rung.PERSON, and_(hears, ~other), and_(~hears, other))
    rows = select(Reminder, Duty).join(Duty, Duty.id == Reminder.duty_id).where(Reminder.id.in_(marked), theirs)
    same = (Duty.due_on == Reminder.due_on, Duty.due_at.is_not_distinct_from(Reminder.due_at))
    rows = rows.where(Duty.met_on.is_(None), *same)
    rows = rows.order_by(Duty.due_on, Duty.id, Reminder.deputy, LOWEST, Reminder.lead)
    return db.session.execute(rows.execution_options(populate_existing=True)).all()


def once_each(rows: Sequence[Row[Reminder, Duty]]) -> list[Row[Reminder, Duty]]:
    """Who is told of one duty on two rungs hears it once, on the lower."""
    found: dict[int, Row[Reminder, Duty]] = {}
    for row in rows:
        found.setdefault(row.Duty.id, row)
    return list(found.values())


def owner_hears(silent: Sequence[int]) -> ColumnElement[bool]:
    able = (User.id == Duty.owner_id, hearers.tellable(User), User.id.not_in(silent))
    shown = hearers.reaches(User.id, dates.today())
    return select(User.id).where(*able, shown).correlate(Duty).exists()


def unheard() -> Select[Any]:
    """Duties nobody can be told about: an alarm, never a silence. Its rule, unit and day, and nothing of the case."""
    alarm = (Reminder.duty_id == Duty.id, Reminder.due_on == Duty.due_on, Reminder.rung == Rung.ALARM)
    rows = select(Duty.why, Unit.name, Duty.due_on).join(Unit, Unit.id == Duty.unit_id)
    rows = rows.where(Duty.met_on.is_(None), select(Reminder.id).where(*alarm).exists())
    silent = hearers.silent(db.session())
    rows = rows.where(~owner_hears(silent), ~hearers.has_chief(silent))
    return rows.order_by(Duty.due_on, Unit.name, Duty.id)

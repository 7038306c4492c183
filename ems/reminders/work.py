"""Telling people in time: claims what has come near, then writes each person one digest."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    case,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Deputy, Post, Role, Unit, User
from ems.core.rules import Bearer, Rule
from ems.core.sets import insert
from ems.reminders.models import Reminder, Rung
from ems.reminders.tell import tell

Version: TypeAlias = tuple[str, Any]  # a rule's code and the day since when it reads so
log = logging.getLogger(__name__)

ESCALATION = ((Rung.HEAD, Role.CHIEF, -1), (Rung.LEADER, Role.LEADER, -7))
FIELDS = ("duty_id", "due_on", "lead", "rung", "deputy", "person_id")
COUNTED = {"preserve_rowcount": True}  # else an INSERT counts -1 on PostgreSQL


def steps(rules: Iterable[Rule]) -> dict[tuple[int, int | None], list[Version]]:
    """The rules that tell when no more than so many days are left, and more than so many."""
    found: defaultdict[Any, list[Version]] = defaultdict(list)
    for rule in rules:
        for lead, until in pairwise([*sorted(set(rule.leads), reverse=True), None]):
            found[lead, until].append((rule.code, rule.since))
    return found


def tellable(user: Any) -> ColumnElement[bool]:
    return and_(user.active, user.barred.is_(False))


def nearest(role: Role) -> Subquery:
    """Who holds `role` over each unit (unit_id, user_id, n): in the unit itself first, then above it.

    No CTE: to SQLite's driver an INSERT that starts with WITH is none; it opens no transaction and counts no rows.
    """
    here, top, day = aliased(Unit), aliased(Unit), dates.today()
    over = (
        select(here.id.label("unit_id"), Post.user_id, func.max(func.length(top.path)).label("depth"))
        .join(top, here.path.startswith(top.path))
        .join(Post, Post.unit_id == top.id)
        .join(User, User.id == Post.user_id)
        .where(Post.role == role, Post.since <= day, or_(Post.until.is_(None), Post.until >= day), tellable(User))
        .group_by(here.id, Post.user_id)
        .subquery()
    )
    n = func.row_number().over(partition_by=over.c.unit_id, order_by=[over.c.depth.desc(), over.c.user_id])
    return select(over.c.unit_id, over.c.user_id, n.label("n")).subquery()


def claim() -> int:
    """Each open duty at the closest lead it has come to: a missed day is made up for, a second run finds nothing."""
    session, rules = db.session, db.session.scalars(select(Rule).order_by(Rule.code, Rule.since)).all()
    session.execute(delete(Reminder).where(Reminder.person_id.is_(None), Reminder.told_at.is_(None)))  # asked anew
    claimed = sum(put(near(lead, until, versions)) for (lead, until), versions in steps(rules).items())
    spoken = [(rule.code, rule.since) for rule in rules if rule.leads]
    claimed += sum(put(late(rung, role, lead, spoken)) for rung, role, lead in ESCALATION)
    claimed += put(stood_in_for(), absent=True)
    session.commit()
    return claimed


def put(rows: Select[Any], *, absent: bool = False) -> int:
    fields = [*FIELDS, "absent_id"] if absent else FIELDS
    into = insert(db.engine.dialect.name, Reminder).from_select(fields, rows).on_conflict_do_nothing()
    return int(db.session.connection().execute(into, execution_options=COUNTED).rowcount)


def near(lead: int, until: int | None, versions: list[Version]) -> Select[*tuple[Any, ...]]:
    """Open duties of these rules at this lead, each with whoever answers for it, else the nearest chief."""
    owner, chief, today = aliased(User), nearest(Role.CHIEF), dates.today()
    asked = [
        Duty.met_on.is_(None),
        tuple_(Duty.rule, Duty.since).in_(versions),
        Duty.due_on <= today + timedelta(days=lead),
        *([] if until is None else [Duty.due_on > today + timedelta(days=until)]),
    ]
    who = func.coalesce(owner.id, chief.c.user_id)
    fields = (Duty.id, Duty.due_on, literal(lead), literal(Rung.PERSON, Reminder.rung.type), false(), who)
    return (
        select(*fields)
        .outerjoin(owner, and_(owner.id == Duty.owner_id, tellable(owner)))
        .outerjoin(chief, and_(chief.c.unit_id == Duty.unit_id, chief.c.n == 1))
        .where(*asked)
    )


def late(rung: Rung, role: Role, lead: int, spoken: list[Version]) -> Select[Any]:
    """Our own duties that are so late that the next rung hears of it: not the owner again, somebody else."""
    over = nearest(role)
    first, second = over.alias("first"), over.alias("second")
    who = case((first.c.user_id.is_distinct_from(Duty.owner_id), first.c.user_id), else_=second.c.user_id)
    fields = (Duty.id, Duty.due_on, literal(lead), literal(rung, Reminder.rung.type), false(), who)
    return (
        select(*fields)
        .join(first, and_(first.c.unit_id == Duty.unit_id, first.c.n == 1))
        .outerjoin(second, and_(second.c.unit_id == Duty.unit_id, second.c.n == 2))  # noqa: PLR2004  the next
        .where(Duty.met_on.is_(None), Duty.bearer == Bearer.OWN, tuple_(Duty.rule, Duty.since).in_(spoken))
        .where(Duty.due_on <= dates.today() + timedelta(days=lead), who.isnot(None))
    )


def stood_in_for() -> Select[Any]:
    """What absent people are about to be told, for those who stand in for them today."""
    day = dates.today()
    standing = (
        select(Deputy.absent_id, func.min(Deputy.deputy_id).label("deputy_id"))
        .join(User, User.id == Deputy.deputy_id)
        .where(Deputy.since <= day, Deputy.until >= day, tellable(User))
        .group_by(Deputy.absent_id)
        .subquery()
    )
    fields = (Reminder.duty_id, Reminder.due_on, Reminder.lead, Reminder.rung, true(), standing.c.deputy_id)
    rows: Select[Any] = select(*fields, standing.c.absent_id)
    rows = rows.join(standing, standing.c.absent_id == Reminder.person_id)
    return rows.where(Reminder.told_at.is_(None), Reminder.deputy.is_(False))


def remind() -> int:
    """Claim, then tell. The number of people told."""
    claim()
    return tell_all()


def tell_all() -> int:
    """A telling that fails is rolled back with its mark, and tried again; the others hear all the same."""
    untold = select(Reminder.person_id).where(Reminder.told_at.is_(None), Reminder.person_id.isnot(None))
    people = db.session.scalars(untold.distinct().order_by(Reminder.person_id)).all()
    db.session.commit()
    return sum(attempt(id) for id in people if id is not None)


def attempt(person_id: int) -> bool:
    try:
        return digest(person_id)
    except Exception:
        db.session.rollback()
        log.exception("digest of person %s", person_id)
        return False


def digest(person_id: int) -> bool:
    """Mark first: of two machines the second waits for the rows, and then finds none to tell."""
    table: Any = Reminder.__table__
    mark = update(table).where(table.c.person_id == person_id, table.c.told_at.is_(None))
    marked = db.session.connection().scalars(mark.values(told_at=dates.now()).returning(table.c.id)).all()
    if dues := nearest_first(marked):
        tell(db.session.get_one(User, person_id), dues)
    db.session.commit()
    return bool(dues)


def nearest_first(marked: Sequence[int]) -> list[Row[Reminder, Duty]]:
    """The open duties of these reminders; who is told of one on two rungs hears it once, on the lower."""
    rung = case((Reminder.rung == Rung.PERSON, 0), (Reminder.rung == Rung.HEAD, 1), else_=2)
    rows = select(Reminder, Duty).join(Duty, Duty.id == Reminder.duty_id).where(Reminder.id.in_(marked))
    rows = rows.where(Duty.met_on.is_(None)).order_by(Duty.due_on, Duty.id, Reminder.deputy, rung, Reminder.lead)
    found: dict[int, Row[Reminder, Duty]] = {}
    for row in db.session.execute(rows.execution_options(populate_existing=True)):
        found.setdefault(row.Duty.id, row)
    return list(found.values())


def unheard() -> Select[Any]:
    """Duties nobody can be told about: an alarm, never a silence. Its rule, unit and day, and nothing of the case."""
    rows = select(Duty.why, Unit.name, Duty.due_on).join(Reminder, Reminder.duty_id == Duty.id)
    rows = rows.join(Unit, Unit.id == Duty.unit_id).where(Reminder.person_id.is_(None), Duty.met_on.is_(None))
    return rows.order_by(Duty.due_on, Unit.name, Duty.id)

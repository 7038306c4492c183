"""Red, yellow, green: how the units below a head or a leader stand with their own duties, and what others owe."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty, overdue
from ems.core.people import Role, Unit, UnitKind, User
from ems.core.rules import Bearer, Rule
from ems.core.why import english
from ems.home.work import OTHERS, headed, seen
from ems.web.filters import SOON


@dataclass(frozen=True)
class Light:
    """Only our own duties count; what enterprises are late with stands elsewhere."""

    id: int
    name: str
    late: int
    oldest: date | None  # the due day of the latest
    soon: int

    @property
    def colour(self) -> str:
        return "red" if self.late else "yellow" if self.soon else "green"

    @property
    def days(self) -> int:
        return (dates.today() - self.oldest).days if self.oldest else 0


ORDER = {"red": 0, "yellow": 1, "green": 2}


def lights(user: User) -> list[Light]:
    """The units whose head or leader `user` is: red first, the longest late at the top."""
    today = dates.today()
    late = overdue()
    soon = and_(Duty.due_on >= today, or_(Duty.due_at.is_(None), Duty.due_at >= dates.now()))
    ours = and_(
        Duty.unit_id == Unit.id,
        Duty.met_on.is_(None),
        Duty.bearer == Bearer.OWN,
        Duty.due_on <= today + timedelta(days=SOON),
    )
    rows = (
        select(
            Unit.id,
            Unit.name,
            func.count(case((late, 1))),
            func.min(case((late, Duty.due_on))),
            func.count(case((soon, 1))),
        )
        .outerjoin(Duty, ours)
        .where(Unit.id.in_(headed(user, Role.CHIEF, Role.LEADER)), Unit.active, Unit.kind != UnitKind.GROUP)
        .group_by(Unit.id, Unit.name, Unit.path)
        .order_by(Unit.path)
    )
    found = [Light(*row) for row in db.session.execute(rows)]
    return sorted(found, key=lambda light: (ORDER[light.colour], -light.days, -light.late, -light.soon))


def tally(found: list[Light]) -> dict[str, int]:
    return {colour: sum(light.colour == colour for light in found) for colour in ORDER}


def late_below(user: User) -> Select[Duty]:
    """Our own late duties in the units below, the longest late first."""
    rows = select(Duty).where(Duty.met_on.is_(None), Duty.bearer == Bearer.OWN, overdue())
    return rows.where(Duty.unit_id.in_(headed(user, Role.CHIEF, Role.LEADER)), seen(user)).order_by(
        Duty.due_on, Duty.id
    )


@dataclass(frozen=True)
class Owed:
    """What enterprises and parties are late with, by rule."""

    rule: str
    title: str
    rows: int


def owed(user: User) -> list[Owed]:
    title: Any = case((Rule.title_en != "", Rule.title_en), else_=Rule.title) if english() else Rule.title
    rows = (
        select(Duty.rule, func.min(title), func.count(Duty.subject_id.distinct()).label("n"))
        .join(Rule, and_(Rule.code == Duty.rule, Rule.since == Duty.since))
        .where(Duty.met_on.is_(None), Duty.bearer.in_(OTHERS), overdue(), seen(user))
        .group_by(Duty.rule)
        .order_by(func.count(Duty.subject_id.distinct()).desc(), Duty.rule)
    )
    return [Owed(*row) for row in db.session.execute(rows)]

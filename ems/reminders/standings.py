"""How the units below a head or a leader stand, in numbers and by what presses most; for the summaries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, case, func, or_, select

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty, overdue
from ems.core.figures import Period, share
from ems.core.people import Role, Unit, UnitKind, User
from ems.core.rules import Bearer, Rule
from ems.core.why import english
from ems.reminders.headlines import Headline, headlines
from ems.reminders.heads import headed
from ems.reminders.notices import Notice
from ems.reminders.rules import midnight
from ems.web.filters import SOON, due, number

TOP = 10  # of those late the longest
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class Line:
    """One unit: what is late, due within three days and due in the week; what was met in the period, and in time."""

    id: int
    name: str
    late: int
    oldest: date | None
    soon: int
    coming: int
    met: int
    on_time: int

    @property
    def colour(self) -> str:
        return "red" if self.late else "yellow" if self.soon else "green"

    @property
    def days(self) -> int:
        return (dates.today() - self.oldest).days if self.oldest else 0

    @property
    def quiet(self) -> bool:
        return not (self.late or self.coming or self.met)

    @property
    def rate(self) -> str:
        return rate(self.on_time, self.met)


def rate(on_time: int, met: int) -> str:
    """Per cent, one decimal."""
    found = share(on_time, met)
    return "–" if found is None else f"{number(found)}%"


def lines(person: User, role: Role, period: Period) -> list[Line]:
    """One statement. The longest late first."""
    today, sunday = dates.today(), monday(dates.today()) + WEEK - DAY
    open_, met = Duty.met_on.is_(None), Duty.met_on.between(*period)
    in_time = or_(and_(Duty.due_at.is_(None), Duty.met_on <= Duty.due_on), Duty.met_at <= Duty.due_at)
    late, ahead = and_(open_, overdue()), and_(open_, ~overdue())
    near = max(today + timedelta(days=SOON), sunday)
    ours = and_(Duty.unit_id == Unit.id, Duty.bearer == Bearer.OWN, or_(met, and_(open_, Duty.due_on <= near)))
    counts = [
        func.count(case((late, 1))),
        func.min(case((late, Duty.due_on))),
        func.count(case((and_(ahead, Duty.due_on <= today + timedelta(days=SOON)), 1))),
        func.count(case((and_(ahead, Duty.due_on <= sunday), 1))),
        func.count(case((met, 1))),
        func.count(case((and_(met, in_time), 1))),
    ]
    rows = select(Unit.id, Unit.name, *counts).outerjoin(Duty, ours).group_by(Unit.id, Unit.name, Unit.path)
    rows = rows.where(Unit.id.in_(headed(person, role)), Unit.active, Unit.kind != UnitKind.GROUP).order_by(Unit.path)
    found = [Line(*row) for row in db.session.execute(rows)]
    return sorted(found, key=lambda line: (-line.days, -line.late, -line.coming, -line.met))


@dataclass(frozen=True)
class Late:
    """A duty long late, as it may stand in a mail."""

    duty: Duty
    headline: Headline | None
    unit: str
    owner: str

    @property
    def outside(self) -> str:
        return " · ".join(filter(None, (self.headline.outside if self.headline else "", self.duty.title)))

    @property
    def standing(self) -> str:
        return str(due(self.duty).striptags())


def longest(person: User, role: Role) -> list[Late]:
    asked = (Duty.met_on.is_(None), overdue(), Duty.bearer == Bearer.OWN, Duty.unit_id.in_(headed(person, role)))
    rows = select(Duty, Unit.name, User.name).join(Unit, Unit.id == Duty.unit_id)
    rows = rows.outerjoin(User, User.id == Duty.owner_id).where(*asked).order_by(Duty.due_on, Duty.id).limit(TOP)
    found = db.session.execute(rows).all()
    known = headlines(person, [(duty.subject_type, duty.subject_id) for duty, _unit, _owner in found])
    return [
        Late(duty, known.get((duty.subject_type, duty.subject_id)), unit, owner or _("未定经办人"))
        for duty, unit, owner in found
    ]


def owed(person: User) -> Sequence[Any]:
    """What enterprises and parties below are late with: rule, title, how many."""
    title: Any = case((Rule.title_en != "", Rule.title_en), else_=Rule.title) if english() else Rule.title
    asked = (Duty.met_on.is_(None), Duty.bearer.in_([Bearer.ENTERPRISE, Bearer.PARTY]), Duty.due_on < dates.today())
    rows = select(Duty.rule, func.min(title).label("title"), func.count(Duty.subject_id.distinct()).label("n"))
    rows = rows.join(Rule, and_(Rule.code == Duty.rule, Rule.since == Duty.since))
    rows = rows.where(*asked, Duty.unit_id.in_(headed(person, Role.LEADER))).group_by(Duty.rule)
    return db.session.execute(rows.order_by(func.count(Duty.subject_id.distinct()).desc(), Duty.rule)).all()


def undelivered(person: User, period: Period) -> int:
    """Tellings given up in the period."""
    given_up = (Notice.failed_at >= midnight(period[0]), Notice.failed_at < midnight(period[1] + DAY))
    rows = select(func.count()).select_from(Notice).where(*given_up, Notice.unit_id.in_(headed(person, Role.LEADER)))
    return db.session.scalar(rows) or 0

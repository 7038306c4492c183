"""Who may be sent where: officers with a badge who are here, and what keeps one away from an enterprise (回避)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select

from ems.core.db import db
from ems.core.people import Deputy, User
from ems.core.policy import Act, reaching
from ems.enterprises.models import Enterprise
from ems.inspections.plan_models import OfficerConflict

C = OfficerConflict
Days = tuple[date, date]  # first and last


@dataclass(frozen=True)
class Officer:
    """`away`: the days on which somebody stands in."""

    id: int
    name: str
    badge: str
    away: tuple[Days, ...] = ()

    def here(self, day: date) -> bool:
        return not any(since <= day <= until for since, until in self.away)


def officers(unit_id: int, period: Days) -> list[Officer]:
    """Whoever may enforce the law at the unit and has a badge (执法证), in the order of their accounts."""
    able = User.id.in_(reaching("orders", Act.ADD, unit_id))
    rows = select(User.id, User.name, User.badge).where(able, User.active, User.badge != "").order_by(User.id)
    leave = absences(period)
    return [Officer(id, name, badge, tuple(leave[id])) for id, name, badge in db.session.execute(rows)]


def absences(period: Days) -> defaultdict[int, list[Days]]:
    rows = select(Deputy.absent_id, Deputy.since, Deputy.until)
    rows = rows.where(Deputy.since <= period[1], Deputy.until >= period[0]).order_by(Deputy.since, Deputy.id)
    found: defaultdict[int, list[Days]] = defaultdict(list)
    for person, since, until in db.session.execute(rows):
        found[person].append((since, until))
    return found


def concerns() -> ColumnElement[bool]:
    """Whether a declaration is about an enterprise: by its file, by its code, or by the unit that looks after it."""
    return or_(
        C.enterprise_id == Enterprise.id,
        and_(C.credit_code != "", C.credit_code == Enterprise.credit_code),
        C.of_unit_id == Enterprise.unit_id,
        C.of_unit_id == Enterprise.street_id,
    )


def holds(period: Days) -> ColumnElement[bool]:
    return and_(C.since <= period[1], or_(C.until.is_(None), C.until >= period[0]))


def conflicts(ids: Sequence[int], period: Days) -> set[tuple[int, int]]:
    """Enterprise and officer who must not meet on any day of the period."""
    rows = select(Enterprise.id, C.user_id).join(C, concerns()).where(holds(period)).order_by(Enterprise.id, C.id)
    wanted = set(ids)
    return {(enterprise, person) for enterprise, person in db.session.execute(rows) if enterprise in wanted}

"""Cases that are likely the same matter: of the same place, enterprise or number, within the days the settings name."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, literal, select, union_all

from ems.complaints import places
from ems.complaints.models import Complaint
from ems.complaints.moves import VOID
from ems.complaints.places import Point
from ems.core.db import db
from ems.core.people import User
from ems.core.policy import reached
from ems.core.settings import setting

MOST = 200  # of one trait: beyond that it tells nothing
SHOWN = 8


@dataclass(frozen=True)
class Traits:
    """What is known of a matter by which another can be found. `id`: the case itself, which is not its own twin."""

    day: date
    place: str = ""
    enterprise_id: int | None = None
    enterprise_name: str = ""
    phone_key: str | None = None
    point: Point | None = None
    id: int = 0

    @classmethod
    def of(cls, case: Complaint) -> "Traits":
        point = None
        if case.longitude is not None and case.latitude is not None:
            point = Point(case.longitude, case.latitude)
        told = (case.received_on, case.place, case.enterprise_id, case.enterprise_name, case.phone_key, point, case.id)
        return cls(*told)

    def asked(self) -> Iterator[tuple[str, ColumnElement[bool]]]:
        """Each trait with its condition; each is found by an index of its own."""
        if self.place:
            yield "place", Complaint.place.in_(places.spellings(self.place))
        if self.point:
            yield "near", places.near(self.point, places.NEAR)
        if self.enterprise_id:
            yield "firm", Complaint.enterprise_id == self.enterprise_id
        elif self.enterprise_name:
            yield "firm", Complaint.enterprise_name == self.enterprise_name
        if self.phone_key:
            yield "phone", Complaint.phone_key == self.phone_key


@dataclass(frozen=True)
class Twin:
    case: Complaint
    why: str  # 同一地点、同一号码


def alike(me: User, traits: Traits) -> list[Twin]:
    """What `me` may see of them, those with most in common first, then the newest. Two statements."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    parts = [part(me, traits, name, where) for name, where in traits.asked()]
    for name, id in db.session.execute(union_all(*parts)) if parts else ():
        found[id].add(name)
    best = sorted(found, key=lambda one: (-len(found[one]), -one))[:SHOWN]
    if not best:
        return []
    cases = {case.id: case for case in db.session.scalars(select(Complaint).where(Complaint.id.in_(best)))}
    return [Twin(cases[id], why(cases[id], found[id], traits)) for id in best]


def part(me: User, traits: Traits, name: str, where: ColumnElement[bool]) -> Any:
    days = timedelta(days=setting("complaints.duplicate_days"))
    within = Complaint.received_on.between(traits.day - days, traits.day + days)
    rows = select(literal(name).label("name"), Complaint.id).where(where, within, *reached(me, Complaint))
    rows = rows.where(Complaint.id != traits.id, Complaint.state != VOID)
    return select(rows.limit(MOST).subquery())  # in no order: asked for the newest, a planner walks all of the month


def why(case: Complaint, found: set[str], traits: Traits) -> str:
    said = [_("同一号码")] if "phone" in found else []
    said += [_("同一企业")] if "firm" in found else []
    if "place" in found:
        said.append(_("同一地点"))
    elif "near" in found and traits.point and case.longitude is not None and case.latitude is not None:
        away = places.metres_between(traits.point, Point(case.longitude, case.latitude))
        said.append(_("相距约 %(n)s 米", n=away))
    return _("、").join(said)

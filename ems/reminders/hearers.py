"""Who can hear: who is over each unit, who stands in for whom, and to whom an alarm goes."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from ems.core import dates, module
from ems.core.duties import Duty
from ems.core.people import Deputy, Post, Role, Unit, User
from ems.core.policy import ALLOWED, Act
from ems.core.settings import setting

CHIEFS, LEADERS = 2, 3  # as many of each as may be the same person as somebody on a lower rung, and one more
HEADS = ("chief_1", "chief_2", "leader_1", "leader_2", "leader_3")


def tellable(user: Any) -> ColumnElement[bool]:
    return and_(user.active, user.barred.is_(False))


class Over(NamedTuple):
    """Who heads a unit, the nearest first: in the unit itself, then above it."""

    chiefs: list[int]
    leaders: list[int]


def over(session: Session, silent: Collection[int] = ()) -> dict[int, Over]:
    """The `silent` are not over anything: they would hear for nobody."""
    here, top, day = aliased(Unit), aliased(Unit), dates.today()
    rows = (
        select(here.id, Post.role, Post.user_id)
        .join(top, here.path.startswith(top.path))
        .join(Post, Post.unit_id == top.id)
        .join(User, User.id == Post.user_id)
        .where(Post.role.in_([Role.CHIEF, Role.LEADER]), in_office(day), tellable(User))
        .where(User.id.not_in(silent))
        .order_by(here.id, top.path.desc(), Post.user_id)
    )
    found: defaultdict[int, Over] = defaultdict(lambda: Over([], []))
    for unit, role, user in session.execute(rows):
        known = found[unit].chiefs if role is Role.CHIEF else found[unit].leaders
        if user not in known:
            known.append(user)
    return found


def in_office(day: Any) -> ColumnElement[bool]:
    return and_(Post.since <= day, or_(Post.until.is_(None), Post.until >= day))


def reaches(person: Any, day: Any) -> ColumnElement[bool]:
    """Of a select that has `Duty`: whether a post of `person`, or of whom they stand in for, shows them the record.

    Look by look, the dear one last: it is for the few who have nothing of their own and do stand in for somebody.
    """
    away = absent(person, day)
    return or_(shown(Post.user_id == person, day), and_(away.exists(), shown(Post.user_id.in_(away), day)))


def shown(whose: ColumnElement[bool], day: Any) -> ColumnElement[bool]:
    here, top = aliased(Unit), aliased(Unit)
    held = select(Post.id).join(top, top.id == Post.unit_id).join(here, here.path.startswith(top.path))
    held = held.where(here.id == Duty.unit_id, whose, in_office(day), seen())
    return held.correlate_except(Post, here, top).exists()


def absent(person: Any, day: Any) -> Any:
    away = select(Deputy.absent_id).where(Deputy.deputy_id == person, Deputy.since <= day, Deputy.until >= day)
    return away.correlate_except(Deputy)


def seen() -> ColumnElement[bool]:
    """That the role of the post may see such a record as the duty is about."""
    kinds: defaultdict[frozenset[Role], set[str]] = defaultdict(set)
    for clock in module.clocks():
        kinds[ALLOWED[clock.model.area].get(Act.VIEW, frozenset())].add(clock.model.__tablename__)
    shown = ((Duty.subject_type.in_(sorted(types)), Post.role.in_(sorted(may))) for may, types in kinds.items())
    return or_(*(and_(*both) for both in shown))


def has_chief(silent: Collection[int]) -> ColumnElement[bool]:
    """Of a select that has `Unit`: whether somebody who can be told heads it, or a unit above it."""
    top = aliased(Unit)
    chiefs = select(Post.id).join(User, User.id == Post.user_id).join(top, top.id == Post.unit_id)
    over_it = (Unit.path.startswith(top.path), Post.role == Role.CHIEF, in_office(dates.today()))
    return chiefs.where(*over_it, tellable(User), User.id.not_in(silent)).correlate(Unit).exists()


def row_of(unit: int, heads: Over) -> list[int | None]:
    """As SQL takes it: the unit, so many chiefs, so many leaders."""
    chiefs: list[int | None] = [*heads.chiefs, *[None] * CHIEFS]
    leaders: list[int | None] = [*heads.leaders, *[None] * LEADERS]
    return [unit, *chiefs[:CHIEFS], *leaders[:LEADERS]]


def bureau_head(session: Session, heads: dict[int, Over]) -> int | None:
    """To whom an alarm goes: the chief of the bureau, else a leader."""
    unit = session.scalar(select(Unit.id).where(Unit.code == setting("alarms.unit")))
    near = heads.get(unit or 0, Over([], []))
    all_leaders = sorted(leader for other in heads.values() for leader in other.leaders)
    return next(iter([*near.chiefs, *near.leaders, *all_leaders]), None)


def standing_in(session: Session) -> dict[int, list[int]]:
    """Whoever is away today, and all who hear in their place: a deputy, and whoever stands in for an absent deputy.

    Nobody is left where none of them can be told.
    """
    day = dates.today()
    rows = select(Deputy.absent_id, Deputy.deputy_id, tellable(User)).join(User, User.id == Deputy.deputy_id)
    rows = rows.where(Deputy.since <= day, Deputy.until >= day).order_by(Deputy.absent_id, Deputy.deputy_id)
    steps: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    for absent, deputy, able in session.execute(rows):
        steps[absent].append((deputy, able))
    return {absent: list(dict.fromkeys(follow(absent, steps, {absent}))) for absent in list(steps)}


def follow(absent: int, steps: dict[int, list[tuple[int, bool]]], seen: set[int]) -> Iterator[int]:
    """One deputy who can hear is enough; one who is away or cannot is followed further."""
    for deputy, able in steps.get(absent, []):
        if deputy in seen:
            continue
        seen.add(deputy)
        further = list(follow(deputy, steps, seen))
        if able or further:
            yield from [deputy] * able
            yield from further
            return


def silent(session: Session) -> list[int]:
    """Whoever is away, and none of those who stand in can be told."""
    return [absent for absent, deputies in standing_in(session).items() if not deputies]

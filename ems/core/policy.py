"""Who may do what where: one table, and one rule for the list, the row, the choice and the figure."""

from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Date, Integer, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.db import InUnit, db
from ems.core.once import once
from ems.core.people import ADMINISTRATORS, Deputy, Post, Role, Unit, User

T = TypeVar("T", bound=InUnit)


class Act(StrEnum):
    VIEW = "view"
    ADD = "add"
    EDIT = "edit"
    HANDLE = "handle"  # do the work a row asks for
    DISPATCH = "dispatch"  # say who does it
    ANSWER = "answer"  # speak to the one who asked
    APPROVE = "approve"
    UNMASK = "unmask"  # look at an identity kept confidential
    LOAD = "load"  # take in a sheet
    SEAL = "seal"
    ADMIN = "admin"


LIAISON, OFFICER, HOTLINE, CHIEF, AUDITOR, LEADER, SYSADMIN, SECADMIN, LOGADMIN = Role
EVERYBODY = frozenset(Role)
BUSINESS = EVERYBODY - ADMINISTRATORS  # administrators see no case (等保 2.0, 三员分立)
BUREAU = frozenset({OFFICER, CHIEF})


def of(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


#: area → act → the roles that may. What does not stand here nobody may.
ALLOWED: dict[str, dict[Act, frozenset[Role]]] = {
    "home": {Act.VIEW: EVERYBODY},
    "complaints": {
        Act.VIEW: BUSINESS,
        Act.ADD: of(HOTLINE, OFFICER, CHIEF),
        Act.EDIT: of(HOTLINE, OFFICER, CHIEF),
        Act.DISPATCH: of(HOTLINE, CHIEF),
        Act.HANDLE: of(LIAISON, OFFICER, CHIEF),
        Act.ANSWER: of(HOTLINE, OFFICER, CHIEF),
        Act.APPROVE: of(CHIEF, LEADER),
        Act.UNMASK: of(HOTLINE, OFFICER, CHIEF),
        Act.LOAD: of(HOTLINE, CHIEF),
    },
    "enterprises": {
        Act.VIEW: BUSINESS,
        Act.ADD: BUREAU,
        Act.EDIT: BUREAU,
        Act.APPROVE: of(CHIEF),
        Act.LOAD: BUREAU,
    },
    "permits": {
        Act.VIEW: of(OFFICER, CHIEF, AUDITOR, LEADER, HOTLINE),
        Act.ADD: BUREAU,
        Act.EDIT: BUREAU,
        Act.HANDLE: BUREAU,
        Act.APPROVE: of(CHIEF),
        Act.LOAD: BUREAU,
    },
    "inspections": {
        Act.VIEW: BUSINESS - {HOTLINE},
        Act.ADD: of(LIAISON, OFFICER, CHIEF),
        Act.EDIT: of(LIAISON, OFFICER, CHIEF),
        Act.HANDLE: of(LIAISON, OFFICER, CHIEF),
        Act.APPROVE: of(CHIEF),
    },
    "plans": {  # of inspections, and the random draw
        Act.VIEW: of(OFFICER, CHIEF, AUDITOR, LEADER),
        Act.ADD: BUREAU,
        Act.EDIT: BUREAU,
        Act.HANDLE: BUREAU,
        Act.APPROVE: of(CHIEF),
    },
    "orders": {
        Act.VIEW: BUSINESS - {HOTLINE},
        Act.ADD: BUREAU,
        Act.EDIT: BUREAU,
        Act.HANDLE: of(LIAISON, OFFICER, CHIEF),  # a unit reports what its own check asked for
        Act.APPROVE: of(CHIEF),
    },
    "nonconformities": {
        Act.VIEW: BUSINESS - {HOTLINE},
        Act.ADD: of(LIAISON, OFFICER, CHIEF, AUDITOR),
        Act.EDIT: of(LIAISON, OFFICER, CHIEF, AUDITOR),
        Act.HANDLE: of(LIAISON, OFFICER, CHIEF),
        Act.APPROVE: of(CHIEF, AUDITOR),  # verify, and judge the effect
        Act.LOAD: of(CHIEF, AUDITOR),
    },
    "hotspots": {
        Act.VIEW: BUSINESS,
        Act.APPROVE: of(CHIEF, LEADER),  # accept or decline what is proposed
    },
    "tasks": {
        Act.VIEW: BUSINESS,
        Act.ADD: of(CHIEF, LEADER),
        Act.EDIT: of(OFFICER, CHIEF, LEADER),  # draw up; a chief or leader issues it
        Act.LOAD: of(OFFICER, CHIEF, LEADER),
        Act.HANDLE: of(LIAISON, OFFICER, CHIEF, HOTLINE),
        Act.APPROVE: of(CHIEF, LEADER),
    },
    "reports": {
        Act.VIEW: BUSINESS,
        Act.EDIT: BUREAU,
        Act.APPROVE: of(CHIEF),
        Act.SEAL: of(LEADER),
    },
    "units": {Act.VIEW: EVERYBODY, Act.ADMIN: of(SYSADMIN)},
    "people": {Act.VIEW: of(SECADMIN, CHIEF, LEADER), Act.EDIT: of(CHIEF, SECADMIN), Act.ADMIN: of(SECADMIN)},
    "settings": {Act.VIEW: of(SYSADMIN, CHIEF, LEADER), Act.ADMIN: of(SYSADMIN)},
    "log": {Act.VIEW: of(LOGADMIN)},
    "ledger": {Act.VIEW: of(AUDITOR, CHIEF, LEADER, LOGADMIN)},
    "channels": {Act.VIEW: of(SYSADMIN), Act.ADMIN: of(SYSADMIN)},
}


def held(me: Any, day: Any) -> ColumnElement[bool]:
    """The posts a person holds on a day, their own and those of people they stand in for."""
    absent = select(Deputy.absent_id).where(Deputy.deputy_id == me, Deputy.since <= day, Deputy.until >= day)
    own = or_(Post.user_id == me, Post.user_id.in_(absent))
    return and_(own, Post.since <= day, or_(Post.until.is_(None), Post.until >= day))


def posts(user: User) -> ColumnElement[bool]:
    """The posts `user` holds today."""
    return held(user.id, dates.today())


#: asked at every request, so composed once: composing costs more than running
ME, DAY = bindparam("me", type_=Integer), bindparam("day", type_=Date)
TOP, ROOT = aliased(Unit), aliased(Unit)
THE_ROOT = and_(TOP.parent_id.is_(None), ~exists().where(ROOT.parent_id.is_(None), ROOT.id != TOP.id))
HELD = select(Post.role, TOP.path, THE_ROOT).join(TOP, Post.unit_id == TOP.id).where(held(ME, DAY)).order_by(Post.id)


class Hold(NamedTuple):
    """A role over the unit at `path` and all below it; `all`: over every unit there is."""

    role: Role
    path: str
    all: bool


def holds_of(user: User) -> list[Hold]:
    def ask() -> list[Hold]:
        return [Hold(*row) for row in db.session.execute(HELD, {"me": user.id, "day": dates.today()})]

    return once(("holds", user.id), ask)


def roles(user: User) -> frozenset[Role]:
    return frozenset(hold.role for hold in holds_of(user))


def roles_at(user: User, unit_id: int) -> frozenset[Role]:
    """What `user` is over this unit."""
    unit = db.session.get(Unit, unit_id)
    return frozenset(hold.role for hold in holds_of(user) if unit and unit.path.startswith(hold.path))


def roles_at_the_root(user: User) -> frozenset[Role]:
    """What `user` is over every unit there is."""
    return frozenset(hold.role for hold in holds_of(user) if hold.all)


def allows(held: frozenset[Role], area: str, act: Act) -> bool:
    return not held.isdisjoint(ALLOWED[area].get(act, frozenset()))


def holds(user: User, area: str, act: Act) -> bool:
    """Whether there is any unit in which `user` may."""
    return allows(roles(user), area, act)


def reach(user: User, area: str, act: Act = Act.VIEW) -> Select[int]:
    """The ids of the units in which `user` may `act`."""
    return composed(user.id, area, act, dates.today())


@lru_cache(maxsize=4096)  # a part of nearly every statement, and composing it costs more than running it
def composed(me: Any, area: str, act: Act, day: date) -> Select[int]:
    top = aliased(Unit)
    return (
        select(Unit.id)
        .join(top, Unit.path.startswith(top.path))
        .join(Post, Post.unit_id == top.id)
        .where(held(me, day), Post.role.in_(sorted(ALLOWED[area].get(act, frozenset()))))
    )


def everywhere(user: User, area: str, act: Act = Act.VIEW) -> bool:
    """Whether `reach` is every unit there is: a post at the one root. Then a list need not ask row by row."""
    return allows(roles_at_the_root(user), area, act)


def reached(user: User, model: type[InUnit]) -> list[ColumnElement[bool]]:
    """The condition on rows of `model` that `user` may see; none where that is all of them."""
    return [] if everywhere(user, model.area) else [model.unit_id.in_(reach(user, model.area))]


def within(rows: Select[T], user: User) -> Select[T]:
    """Those of `rows` that `user` may see."""
    model: type[T] = rows.column_descriptions[0]["entity"]
    return rows.where(*reached(user, model))


def visible(model: type[T], user: User) -> Select[T]:
    return within(select(model), user)


def may(user: User, act: Act, row: InUnit) -> bool:
    return allows(roles_at(user, row.unit_id), row.area, act)


def acts(user: User, row: InUnit) -> frozenset[Act]:
    """All that `user` may do with `row`, in one statement."""
    held = roles_at(user, row.unit_id)
    return frozenset(act for act in ALLOWED[row.area] if allows(held, row.area, act))


def reaching(area: str, act: Act, unit_id: Any) -> Select[int]:
    """The ids of the people who may `act` at the unit `unit_id` (a value or a column), by posts of their own."""
    here, top, day = aliased(Unit), aliased(Unit), dates.today()
    return (
        select(Post.user_id)
        .join(top, Post.unit_id == top.id)
        .join(here, here.path.startswith(top.path))
        .where(here.id == unit_id, Post.role.in_(sorted(ALLOWED[area].get(act, frozenset()))))
        .where(Post.since <= day, or_(Post.until.is_(None), Post.until >= day))
    )

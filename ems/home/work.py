"""What is to be done, by whom, and how near it is: selects on the duty table, within the reader's reach."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import g
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import aliased

from ems.core import dates, module
from ems.core.db import db
from ems.core.duties import Duty, overdue
from ems.core.module import Subject
from ems.core.people import Deputy, Post, Role, Unit, User
from ems.core.policy import ALLOWED, Act, allows, posts, reach
from ems.core.rules import Bearer
from ems.core.workflow import Move, Workflow
from ems.reminders.headlines import Headline, headlines
from ems.web.filters import SOON
from ems.web.session import roles, roles_over_all

HORIZON = 90  # days: what comes round years ahead is not yet anybody's work
OTHERS = (Bearer.ENTERPRISE, Bearer.PARTY)
#: how urgent → the days left, first and last
WHEN: dict[str, tuple[int | None, int | None]] = {
    "late": (None, -1), "today": (0, 0), "soon": (1, SOON), "later": (SOON + 1, HORIZON), "ahead": (HORIZON + 1, None),
}  # fmt: skip


def seen(user: User) -> ColumnElement[bool]:
    """Duties of rows the reader may see: the duty table knows all kinds, a person only some.

    Areas that the same of the reader's roles may view have one reach: for most people all of them, asked once. Unit
    and kind stand as expressions: else their indexes are walked, over all that was ever met, and not that of the open.
    """
    kinds: defaultdict[frozenset[Role], list[Subject]] = defaultdict(list)
    whole, subjects = [], list(module.subjects())
    for subject in subjects:
        viewers = ALLOWED[subject.model.area][Act.VIEW]
        if viewers & roles_over_all():
            whole.append(subject.type)
        else:
            kinds[viewers & roles()].append(subject)
    if len(whole) == len(subjects):
        return true()
    mine: list[ColumnElement[bool]] = [(Duty.subject_type + "").in_(whole)] if whole else []
    mine += [
        and_((Duty.subject_type + "").in_([s.type for s in subjects]), (Duty.unit_id + 0).in_(reached(user, subjects)))
        for held, subjects in kinds.items()
        if held
    ]
    return or_(*mine) if mine else false()


def reached(user: User, subjects: Sequence[Subject]) -> Select[int]:
    return reach(user, subjects[0].model.area)


def headed(user: User, *held: Role) -> Select[int]:
    """The ids of the units below those in which `user` holds one of these roles."""
    top = aliased(Unit)
    below = select(Unit.id).join(top, Unit.path.startswith(top.path)).join(Post, Post.unit_id == top.id)
    return below.where(posts(user), Post.role.in_(held))


def answered_by(user: User) -> ColumnElement[bool]:
    """Duties `user` answers for: their own, those of people they stand in for, and as chief those of nobody."""
    own = Duty.owner_id.in_([user.id, *absent(user)])
    if Role.CHIEF not in roles():
        return own
    unowned = [] if Role.CHIEF in roles_over_all() else [(Duty.unit_id + 0).in_(headed(user, Role.CHIEF))]
    return or_(own, and_(Duty.owner_id.is_(None), *unowned))


def absent(user: User) -> Sequence[int]:
    """The ids of those `user` stands in for today. Asked once a request: a bare list is what an index is walked by."""
    if "absent" not in g:
        day, away = dates.today(), Deputy.deputy_id == user.id
        asked = select(Deputy.absent_id).where(away, Deputy.since <= day, Deputy.until >= day)
        g.absent = db.session.scalars(asked.order_by(Deputy.absent_id)).all()
    found: Sequence[int] = g.absent
    return found


def mine(user: User) -> Select[Duty]:
    rows = select(Duty).where(Duty.met_on.is_(None), Duty.bearer == Bearer.OWN, answered_by(user), seen(user))
    return rows.order_by(Duty.due_on, Duty.id)


def near(user: User) -> Select[Duty]:
    """What stands in the menu: late, today, or within three days."""
    return mine(user).where(Duty.due_on <= dates.today() + timedelta(days=SOON))


def when(name: str) -> ColumnElement[bool]:
    """Duties as urgent as that. Raises KeyError for a name there is not."""
    first, last = WHEN[name]
    if name == "late":
        return overdue()
    day = dates.today()
    if name == "today":
        return and_(Duty.due_on == day, or_(Duty.due_at.is_(None), Duty.due_at >= dates.now()))
    asked = [] if first is None else [Duty.due_on >= day + timedelta(days=first)]
    return and_(*asked, *([] if last is None else [Duty.due_on <= day + timedelta(days=last)]))


def in_sight() -> ColumnElement[bool]:
    """What is late or due within the next months; a clock that stands still is in nobody's sight."""
    return Duty.due_on <= dates.today() + timedelta(days=HORIZON)


def counts(rows: Select[Duty]) -> dict[str, int]:
    """How many of `rows` are how urgent: one statement."""
    summed = [func.coalesce(func.sum(case((when(name), 1), else_=0)), 0) for name in WHEN]
    found = db.session.execute(rows.with_only_columns(*summed, maintain_column_froms=True).order_by(None)).one()
    return dict(zip(WHEN, map(int, found), strict=True))


def met_this_month(user: User) -> Select[Duty]:
    month = dates.today().replace(day=1)
    done = (Duty.owner_id == user.id, Duty.met_on.between(month, dates.today()), Duty.bearer == Bearer.OWN)
    return select(Duty).where(*done, seen(user)).order_by(Duty.met_on.desc(), Duty.id.desc())


def how_many(rows: Select[Any]) -> int:
    counted = rows.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    return db.session.scalar(counted) or 0


@dataclass(frozen=True)
class Task:
    """A duty as a line to act on."""

    duty: Duty
    headline: Headline
    verb: str

    @property
    def group(self) -> str:
        if self.duty.overdue:
            return "late"
        days = {name: last for name, (_first, last) in WHEN.items() if name != "late"}
        return next(name for name, last in days.items() if last is None or self.duty.left <= last)


def tasks(user: User, duties: Sequence[Duty]) -> list[Task]:
    """With number, headline and verb: one select a kind of row, however many there are."""
    known = headlines(user, [(duty.subject_type, duty.subject_id) for duty in duties])
    found = [(duty, known.get((duty.subject_type, duty.subject_id))) for duty in duties]
    return [Task(duty, line, verb(duty.subject_type, line.state)) for duty, line in found if line]


def verb(type: str, state: Any) -> str:
    """The next move on the usual way that the reader's roles allow; the record's own page says whether it is open."""
    subject = module.subject(type)
    ways = (
        [move for move in subject.workflow.moves if forward(subject.workflow, move, state)] if subject.workflow else []
    )
    allowed = [move for move in ways if allows(roles(), subject.model.area, move.act)]
    return str(allowed[0].label) if allowed else _("打开")


def forward(flow: Workflow, move: Move, state: Any) -> bool:
    if state not in move.before or move.risk or move.after not in flow.path:
        return False
    return state not in flow.path or flow.path.index(move.after) > flow.path.index(state)

"""Hand-over: every open duty, case and draft of one person goes to another, row by row, so that duties follow."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.exc import IntegrityError

from ems.core import dates, duties, module
from ems.core.db import InUnit, db
from ems.core.duties import Duty, having, overdue
from ems.core.errors import Refused
from ems.core.module import Subject
from ems.core.numbers import take
from ems.core.people import Post, Unit, User
from ems.core.policy import Act, reach
from ems.core.workflow import Workflow, step
from ems.people.models import Handover
from ems.people.rules import lasting


class Held(NamedTuple):
    """What one person has in hand of one kind of row."""

    name: Any
    rows: int
    duties: int
    late: int
    hidden: int  # rows the successor could not see
    beyond: int  # rows out of the reach of whoever hands over


def columns() -> dict[type[InUnit], list[Any]]:
    """Every column that names the person in charge: those modules declare, and those their clocks run for."""
    found: dict[type[InUnit], list[Any]] = {}
    for part in module.MODULES:
        owners = (clock.owner for clock in part.clocks if clock.owner is not None)
        for column in dict.fromkeys((*part.handed_over, *owners)):
            known = found.setdefault(column.parent.class_, [])
            if column.key not in {other.key for other in known}:
                known.append(column)
    return found


def subject(model: type[InUnit]) -> Subject | None:
    return next((found for found in module.subjects() if found.model is model), None)


def unfinished(flow: Workflow) -> set[Any]:
    """States from which something is still to be done. What ends the usual way is done, though it can be reopened."""
    states = {state for move in flow.moves for state in move.before}
    return states - set(flow.path[-1:])


def in_hand(model: type[InUnit], named: list[Any], person: User) -> Select[Any]:
    """The rows of `model` that name `person` and are not closed, or have an open duty of theirs."""
    found = subject(model)
    opened: ColumnElement[bool] = true()
    if found and found.workflow:
        duty = having(model, Duty.owner_id == person.id)
        opened = or_(model.state.in_(sorted(unfinished(found.workflow))), duty)  # type: ignore[attr-defined]
    return select(model).where(or_(*(column == person.id for column in named)), opened).order_by(model.id)


def anything(person: User) -> int:
    """How many rows `person` has in hand, wherever."""
    return sum(many(in_hand(model, named, person)) for model, named in columns().items())


def many(rows: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def preview(person: User, successor: User | None, by: User) -> Iterator[Held]:
    mine = reach(by, "people", Act.EDIT)
    for model, named in columns().items():
        whole = in_hand(model, named, person)
        rows = whole.where(model.unit_id.in_(mine))
        if not (total := many(whole)):
            continue
        n = many(rows)
        open_ = (Duty.subject_type == model.__tablename__, Duty.owner_id == person.id, Duty.met_on.is_(None))
        asked = select(func.count()).select_from(Duty).where(*open_, Duty.unit_id.in_(mine))
        late = db.session.scalar(asked.where(overdue())) or 0
        hidden = many(rows.where(model.unit_id.not_in(reach(successor, model.area)))) if successor else 0
        found = subject(model)
        name = found.name if found else model.__tablename__
        yield Held(name, n, db.session.scalar(asked) or 0, late, hidden, total - n)


def hand_over(person: User, successor: User, by: User, remark: str) -> Handover:
    """Move it all. Raises `Refused` where there is nothing, or the successor could not see what they get."""
    held = list(preview(person, successor, by))
    if not any(kind.rows for kind in held):
        raise Refused(_("%(name)s 名下没有可以移交的未办结事项。", name=person.name))
    if hidden := sum(kind.hidden for kind in held):
        told = {"name": successor.name, "n": hidden}
        raise Refused(_("%(name)s 看不到其中 %(n)s 项，请先由安全管理员安排相应单位的岗位，或另选接交人。", **told))
    no = take(db.session(), "JJ", dates.today().year)[0]
    note = _("交接：由 %(a)s 移交 %(b)s，交接单 %(no)s", a=person.name, b=successor.name, no=no)
    way = Way(person, successor, by, note)
    try:
        items = [item for model, named in columns().items() for item in moved(model, named, way)]
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        told = {"name": successor.name, "nos": _("、").join(beside(person, successor))}
        raise Refused(
            _("%(nos)s 中 %(name)s 已是另一名经办人，不能一人兼两职。请先改派，或另选接交人。", **told)
        ) from error
    paper = Handover(
        no=no, title=f"{person.name} → {successor.name}", unit_id=home(person, by), from_id=person.id,
        to_id=successor.id, by_id=by.id, at=dates.now(), remark=remark, duties=sum(kind.duties for kind in held),
        items=items,
    )  # fmt: skip
    db.session.add(paper)
    db.session.flush()
    return paper


def beside(person: User, successor: User) -> list[str]:
    """The numbers of rows that name both: the two officers of an inspection cannot become one."""
    nos = []
    for model, named in columns().items():
        both = [(a == person.id) & (b == successor.id) for a, b in permutations(named, 2)]
        if both:
            nos += [
                getattr(row, "no", "") for row in db.session.scalars(in_hand(model, named, person).where(or_(*both)))
            ]
    return nos


class Way(NamedTuple):
    person: User
    successor: User
    by: User
    note: str


def moved(model: type[InUnit], named: list[Any], way: Way) -> Iterator[dict[str, Any]]:
    """Move the rows of one kind, and say of each what it was."""
    person, successor, by, note = way
    rows = in_hand(model, named, person).where(model.unit_id.in_(reach(by, "people", Act.EDIT)))
    found = db.session.scalars(rows).all()
    dues = duties.of(model, [row.id for row in found])
    for row in found:
        nexts = [duty.due_on for duty in dues[row.id] if duty.owner_id == person.id and duty.met_on is None]
        for column in named:
            if getattr(row, column.key) == person.id:
                setattr(row, column.key, successor.id)
        if subject(model):
            db.session.add(step(row, by, note))
        said = {"no": getattr(row, "no", ""), "title": getattr(row, "title", "")}
        yield {"type": model.__tablename__, "id": row.id, **said, "due_on": f"{min(nexts)}" if nexts else ""}


def home(person: User, by: User) -> int:
    """The unit a hand-over belongs to: where the person has, or had, a post within the reach of who does it."""
    mine = select(Post.unit_id).where(Post.user_id == person.id, Post.unit_id.in_(reach(by, "people", Act.EDIT)))
    found = db.session.scalars(mine.order_by(lasting(Post).desc(), Post.id.desc())).first()
    return found or db.session.scalars(reach(by, "people", Act.EDIT).order_by(Unit.path, Unit.id).limit(1)).one()


class Line(NamedTuple):
    """One item on the paper, as its reader may see it."""

    name: Any
    no: str
    title: str | None  # None: not theirs to read
    due_on: str
    url: tuple[str, int] | None


def lines(paper: Handover, reader: User) -> list[Line]:
    """The items; whoever may not see a row reads its number only."""
    found = {item["type"]: subject_of(item["type"]) for item in paper.items}
    seen = {type: visible(known, paper, reader) for type, known in found.items() if known}
    told = []
    for item in paper.items:
        known, open_ = found[item["type"]], item["id"] in seen.get(item["type"], set())
        url = (known.endpoint, item["id"]) if known and open_ else None
        name = known.name if known else item["type"]
        told.append(Line(name, item["no"], item["title"] if open_ else None, item["due_on"], url))
    return told


def subject_of(type: str) -> Subject | None:
    return next((found for found in module.subjects() if found.type == type), None)


def visible(known: Subject, paper: Handover, reader: User) -> set[int]:
    """Rows whose titles may stand on the reader's paper; of confidential ones only the number leaves the house."""
    model, ids = known.model, [item["id"] for item in paper.items if item["type"] == known.type]
    rows = select(model.id).where(model.id.in_(ids), model.unit_id.in_(reach(reader, model.area)))
    return set(db.session.scalars(rows if known.confidential is None else rows.where(~known.confidential)))

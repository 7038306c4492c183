"""A workflow is a table of moves; `fire` alone changes a state, and it writes down who, when and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, Select, String, Text, false, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core import dates
from ems.core.db import Choice, InUnit, Model, db, pk
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.policy import Act, acts


class Step(Model):
    """One entry in a record's diary: a move, or a note (then `move` is empty)."""

    __table_args__ = (Index("ix_step_subject", "subject_type", "subject_id", "id"),)

    id: Mapped[pk]
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # nobody: the system
    move: Mapped[str] = mapped_column(String(40), default="")
    before: Mapped[str] = mapped_column(String(20), default="")
    after: Mapped[str] = mapped_column(String(20), default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    alarm: Mapped[bool] = mapped_column(default=False)  # a look at a confidential identity, a void

    by: Mapped[User | None] = relationship(lazy="joined")


def no_objection(_row: Any, _user: User) -> str | None:
    return None


def nothing(_row: Any, _user: User) -> None:
    pass


@dataclass(frozen=True)
class Move:
    """`label` is the button's verb. Without `after` the state stays. `form`: it asks something first."""

    name: str
    label: Any
    before: frozenset[Any]
    after: Any = None
    act: Act = Act.EDIT
    objection: Callable[[Any, User], str | None] = no_objection
    then: Callable[[Any, User], None] = nothing
    form: bool = False
    risk: bool = False  # ends something: asks for a reason, stands apart
    waits: Callable[[User], Any] | None = None  # of the rows in `before`, those that wait for this person's signature

    @property
    def asks(self) -> bool:
        return self.form or self.risk


class Open(NamedTuple):
    """A move the person has the right to, and what stands against it now."""

    move: Move
    objection: str | None


@dataclass(frozen=True)
class Workflow:
    moves: tuple[Move, ...]
    path: tuple[Any, ...] = ()  # the usual way, for the stepper

    def open_to(self, user: User, row: Any) -> list[Open]:
        here = [move for move in self.moves if row.state in move.before]
        allowed = acts(user, row) if here else frozenset()
        return [Open(move, move.objection(row, user)) for move in here if move.act in allowed]

    def find(self, name: str, user: User, row: Any) -> Move:
        """The move, if it is open to `user` now. Raises `Refused` with the reason otherwise."""
        found = next((way for way in self.open_to(user, row) if way.move.name == name), None)
        if found is None:
            label = next((move.label for move in self.moves if move.name == name), name)
            state = row.state.label
            raise Refused(_("现在是“%(state)s”，您不能“%(label)s”。请刷新后再看。", state=state, label=label))
        if found.objection:
            raise Refused(found.objection)
        return found.move

    def fire(self, name: str, user: User, row: Any, remark: str = "") -> None:
        """For code; a page finds the move first, fills the row from its form, and then carries it out."""
        carry_out(self.find(name, user, row), user, row, remark)


def hold(row: InUnit) -> None:
    """Whoever else moves `row` waits until this transaction ends; it is read again as the one before left it.

    Without it two people who press at one moment both find the old state: accepted by one, refused by the other.
    """
    table: Any = type(row).__table__
    if db.engine.dialect.name == "sqlite":  # it knows no lock on a row: who writes locks the whole, if only nothing
        db.session.connection().execute(update(table).where(false()).values(id=table.c.id))
    db.session.execute(select(table.c.id).where(table.c.id == row.id).with_for_update())
    db.session.refresh(row)


def carry_out(move: Move, user: User, row: Any, remark: str = "") -> None:
    """The one place in which a state changes. `move` was found open to `user` before the row was filled in."""
    before = row.state
    if move.after is not None:
        row.state = move.after
    move.then(row, user)
    db.session.add(step(row, user, remark, move=move.name, before=before, after=row.state, alarm=move.risk))


def step(row: InUnit, user: User | None, remark: str = "", **known: Any) -> Step:
    """An entry for the diary of `row`, which must have its id."""
    by = user.id if user else None
    said = row.veil(remark)
    return Step(subject_type=row.__tablename__, subject_id=row.id, at=dates.now(), by_id=by, remark=said, **known)


def diary(row: InUnit) -> Select[Step]:
    """What happened to `row`, newest first."""
    about = (Step.subject_type == row.__tablename__, Step.subject_id == row.id)
    return select(Step).where(*about).order_by(Step.at.desc(), Step.id.desc())


class Stage(NamedTuple):
    """One dot of the stepper."""

    state: Choice
    at: datetime | None
    mark: str  # past, here, ahead


def stages(workflow: Workflow, row: Any, steps: Sequence[Step]) -> list[Stage]:
    """The usual way with the day each state was last reached; a state off the way marks what was passed."""
    reached = {entry.after: entry.at for entry in reversed(steps) if entry.after and entry.after != entry.before}
    path = workflow.path
    here = path.index(row.state) if row.state in path else -1
    last = max((path.index(s) for s in path if s.value in reached), default=0) if here < 0 else here
    ended = here == len(path) - 1

    def mark(n: int) -> str:
        if n < last or (ended and n == here):
            return "past"
        return "here" if n == here else "ahead"

    return [Stage(state, reached.get(state.value), mark(n)) for n, state in enumerate(path)]

"""Duties: each thing that must happen by a day is a row. Clocks say which; `settle` keeps them true."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column
from sqlalchemy.sql import visitors

from ems.core import dates
from ems.core.db import InUnit, Utc, db
from ems.core.people import User
from ems.core.rules import Bearer, PauseKind
from ems.core.sets import DATA
from ems.core.why import english, explain, named

OPEN = text("met_on IS NULL")
HOURS = text("met_on IS NULL AND due_at IS NOT NULL")
MET = text("met_on IS NOT NULL")
KEY = ("subject_type", "subject_id", "rule", "start_on")


class Duty(InUnit):
    """What one rule asks of one row, and by when. Only `settle` writes it."""

    area = "home"
    __table_args__ = (
        UniqueConstraint(*KEY),
        Index("ix_duty_open", "due_on", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_duty_mine", "owner_id", "due_on", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_duty_unit", "unit_id", "due_on", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "ix_duty_kind", "subject_type", "due_on", "bearer", "subject_id", sqlite_where=OPEN, postgresql_where=OPEN
        ),
        Index("ix_duty_hours", "due_at", sqlite_where=HOURS, postgresql_where=HOURS),
        Index("ix_duty_met", "owner_id", "met_on", sqlite_where=MET, postgresql_where=MET),
    )

    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    rule: Mapped[str] = mapped_column(String(40))
    since: Mapped[date]  # the version of the rule that counted
    start_on: Mapped[date]
    due_on: Mapped[date]
    start_at: Mapped[datetime | None]  # of a rule in hours: the moment it runs from,
    due_at: Mapped[datetime | None]  # and the one it ends at
    why: Mapped[dict[str, Any]] = mapped_column(DATA)
    met_on: Mapped[date | None]
    met_at: Mapped[datetime | None]  # of a rule in hours
    bearer: Mapped[Bearer]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who does it; of others' duties, who watches

    @property
    def title(self) -> str:
        return named(self.why, "title")

    @property
    def sentence(self) -> str:
        return explain(self.why)

    @property
    def left(self) -> int:
        """Days until it is due; negative when late."""
        return (self.due_on - dates.today()).days

    @property
    def paused(self) -> bool:
        """The clock stands still: no day is known (`due_on` is the end of time, so that nothing counts as late)."""
        return self.due_on == dates.NEVER and self.met_on is None

    @property
    def pausable(self) -> list[PauseKind]:
        """What may stop its clock."""
        return [PauseKind(code) for code in self.why.get("pauses", ())]

    @property
    def on_time(self) -> bool:
        if self.due_at and self.met_at:
            return self.met_at <= self.due_at
        return self.met_on is not None and self.met_on <= self.due_on

    @property
    def hours_left(self) -> float | None:
        """Of a rule in hours; negative when late."""
        return None if self.due_at is None else (self.due_at - dates.now()).total_seconds() / 3600

    @property
    def overdue(self) -> bool:
        return self.met_on is None and (self.left < 0 or (self.due_at is not None and self.due_at < dates.now()))

    @property
    def ours(self) -> bool:
        return self.bearer is Bearer.OWN

    @property
    def provisional(self) -> bool:
        return bool(self.why.get("provisional"))


@dataclass(frozen=True)
class Also:
    """`changed`, a column of another table, moves the duties of the rows whose `link` points there."""

    changed: InstrumentedAttribute[Any]
    link: InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Clock:
    """`rule` runs from the day in `start`, longer by `extra`, until a day stands in `met`; `owner` answers for it.

    Of a rule in hours `start` and `met` are moments. It runs for the rows of which `when` (given the row's columns) is
    true. What `when` reads of other tables stands in `also`, so that a change there recomputes it.
    """

    rule: str
    start: InstrumentedAttribute[Any]
    met: InstrumentedAttribute[Any]
    extra: InstrumentedAttribute[Any] | None = None
    owner: InstrumentedAttribute[Any] | None = None
    when: Callable[[Any], ColumnElement[bool]] | None = None
    also: tuple[Also, ...] = ()

    @property
    def model(self) -> type[InUnit]:
        model: type[InUnit] = self.start.parent.class_
        return model

    @property
    def in_hours(self) -> bool:
        return isinstance(self.start.type, Utc)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns of the row whose change moves the duty."""
        named = {c.key for c in (self.start, self.met, self.extra, self.owner) if c is not None}
        table: Any = self.model.__table__
        asked = [] if self.when is None else visitors.iterate(self.when(table.c))
        read = {str(getattr(e, "key", "")) for e in asked if getattr(e, "table", None) is table}
        return frozenset(named | {"unit_id"} | read)


def mine(user: User) -> Select[Duty]:
    return select(Duty).where(Duty.owner_id == user.id, Duty.met_on.is_(None)).order_by(Duty.due_on, Duty.id)


def late(model: type[InUnit]) -> ColumnElement[bool]:
    """Rows with a duty of our own that is late.

    Materialized: PostgreSQL else walks the list's order and looks up each row's duties, seconds in a big table.
    """
    return having(model, overdue(), Duty.bearer == Bearer.OWN)


def overdue() -> ColumnElement[bool]:
    """Of open duties: the day is over, or of a rule in hours the moment. (The day stands alone, for its index.)"""
    today = bindparam(None, callable_=dates.today, type_=Duty.due_on.type)
    now = bindparam(None, callable_=dates.now, type_=Duty.due_at.type)  # when it runs: the statement may be kept
    return and_(Duty.due_on <= today, or_(Duty.due_on < today, Duty.due_at < now))


def having(model: type[InUnit], *asked: ColumnElement[bool]) -> ColumnElement[bool]:
    """Rows with an open duty of which `asked` is true."""
    rows = select(Duty.subject_id).where(Duty.subject_type == model.__tablename__, Duty.met_on.is_(None), *asked)
    ids = rows.cte().prefix_with("MATERIALIZED")  # without a name: a list may ask for two such at once
    return model.id.in_(select(ids.c.subject_id))


class Next(NamedTuple):
    """What a list says of a row's next duty: a few columns, for fifty whole rows cost more than the list itself."""

    due_on: date
    due_at: datetime | None
    bearer: Bearer
    provisional: bool
    title: str

    @property
    def left(self) -> int:
        """Days until it is due; negative when late."""
        return (self.due_on - dates.today()).days

    @property
    def late(self) -> bool:
        """A day of our own is over, or of a rule in hours the moment."""
        over = self.left < 0 or (self.due_at is not None and self.due_at < dates.now())
        return over and self.bearer is Bearer.OWN


def nexts(model: type[InUnit], ids: Sequence[int]) -> dict[int, Next]:
    """The next open duty of each of these rows that has one."""
    title = func.coalesce(Duty.why["title_en"].as_string(), "") if english() else ""
    title = func.coalesce(func.nullif(title, ""), Duty.why["title"].as_string(), "")
    shown = (Duty.due_on, Duty.due_at, Duty.bearer, Duty.why["provisional"].as_boolean(), title)
    about = select(Duty.subject_id, *shown).where(Duty.subject_type == model.__tablename__, Duty.subject_id.in_(ids))
    last_first = about.where(Duty.met_on.is_(None)).order_by(Duty.due_on.desc(), Duty.id.desc())
    return {id: Next(*of) for id, *of in db.session.execute(last_first)}


def of(model: type[InUnit], ids: Iterable[int]) -> dict[int, list[Duty]]:
    """The duties of these rows, the next due first: one select for a whole page."""
    found: dict[int, list[Duty]] = {id: [] for id in ids}
    about = select(Duty).where(Duty.subject_type == model.__tablename__, Duty.subject_id.in_(found))
    about = about.order_by(Duty.met_on.isnot(None), Duty.due_on, Duty.id)
    for duty in db.session.scalars(about.execution_options(populate_existing=True)):  # `settle` writes past the session
        found[duty.subject_id].append(duty)
    return found

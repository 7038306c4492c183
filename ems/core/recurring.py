"""What comes round again: the periods of a rhythm, and the rows that are made ahead for them, each once."""

from calendar import monthrange
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, false, select, update
from sqlalchemy.orm import Session

from ems.core import bulk
from ems.core.db import Model
from ems.core.reckon import add_months

K = TypeVar("K")
Key: TypeAlias = tuple[Any, ...]
Values: TypeAlias = Mapping[str, Any]
DAY = timedelta(days=1)
LOT = 500  # rows that are loaded to be changed


class Period(NamedTuple):
    """First and last day, both counted."""

    first: date
    last: date


@dataclass(frozen=True)
class Every:
    """A rhythm of so many months, or of so many days, from `anchor` on and before it: by default the calendar's own.

    Each beginning is counted from the anchor, not from the one before: a 31st comes back after a February.
    """

    months: int = 0
    days: int = 0
    anchor: date = date(2000, 1, 1)

    def __post_init__(self) -> None:
        if min(self.months, self.days) or self.months + self.days <= 0:
            raise ValueError("A rhythm goes by months or by days, and forward.")

    def begins(self, n: int) -> date:
        if self.days:
            return self.anchor + timedelta(days=n * self.days)
        return add_months(self.anchor, n * self.months)

    def number(self, day: date) -> int:
        """Of the period in which `day` lies."""
        if self.days:
            return (day - self.anchor).days // self.days
        n = ((day.year - self.anchor.year) * 12 + day.month - self.anchor.month) // self.months
        return n if self.begins(n) <= day else n - 1

    def nth(self, n: int) -> Period:
        return Period(self.begins(n), self.begins(n + 1) - DAY)

    def between(self, first: date, last: date) -> list[Period]:
        """The periods that have a day in common with these."""
        if last < first:
            return []
        return list(spans(self, self.number(first), self.number(last)))


@cache  # thousands of permits live through the same few years
def spans(every: Every, first: int, last: int) -> tuple[Period, ...]:
    return tuple(every.nth(n) for n in range(first, last + 1))


MONTHLY, QUARTERLY, HALF_YEARLY, YEARLY = (Every(months=n) for n in (1, 3, 6, 12))


def fixed(day: str, first: date, last: date) -> list[date]:
    """That day ("MM-DD") of each year between these two; the 29th of February is the 28th in other years."""
    month, number = (int(part) for part in day.split("-"))
    found = (date(y, month, min(number, monthrange(y, month)[1])) for y in range(first.year, last.year + 1))
    return [one for one in found if first <= one <= last]


def chain(begins: date, done: Sequence[date]) -> dict[int, date]:
    """The turns of what is due so long after it was done last: number → the day it runs from.

    `done` are the days of those that were, in their order. Exactly one more is open. A corrected day moves the next
    turn, and makes no second one.
    """
    return dict(enumerate((begins, *done), start=1))


@dataclass(frozen=True)
class Turn(Generic[K]):
    missing: list[K]  # asked for, and not there
    kept: list[K]  # there and still open
    lost: list[K]  # there and open, and nobody asks for it any more


def compare(known: Mapping[K, bool], wanted: Iterable[K]) -> Turn[K]:
    """What is to be done with the rows there are (`known`: whether somebody has written on it, so that it stays)."""
    asked = dict.fromkeys(wanted)
    open_ = [key for key, written in known.items() if not written]
    return Turn(
        [key for key in asked if key not in known],
        [key for key in open_ if key in asked],
        [key for key in open_ if key not in asked],
    )


@dataclass(frozen=True)
class Rows:
    """The rows of one thing that comes round. `key`: the columns that tell one from another, their owner first.

    They must be UNIQUE; a row in which one of them is empty does not come round. `written`: what says that somebody
    has dealt with a row. `lost`: what a row turns into when its ground falls away.
    """

    model: type[Any]
    key: tuple[str, ...]
    written: Callable[[], ColumnElement[bool]]
    lost: Values


class Count(NamedTuple):
    added: int = 0
    changed: int = 0


def nothing(keys: Sequence[Key]) -> Sequence[Values]:
    return [{}] * len(keys)


def materialise(
    session: Session,
    rows: Rows,
    owners: Collection[int],
    wanted: Mapping[Key, Values],
    fresh: Callable[[Sequence[Key]], Sequence[Values]] = nothing,
) -> Count:
    """Make the rows of these owners what is `wanted`: key → what an open row says. Not committed.

    What was dealt with stays, what is missing is added (`fresh` has what only a new row is given), what lost its ground
    is withdrawn, and comes back with it. Asked twice it changes nothing. `hold` the owners before their ground is read.
    """
    session.flush()
    found = there(session, rows, owners, columns(rows, wanted))
    turn = compare({key: row.written_on for key, row in found.items()}, wanted)
    changes = {found[key].id: wanted[key] for key in turn.kept if differs(found[key], wanted[key])}
    changes |= {found[key].id: rows.lost for key in turn.lost if differs(found[key], rows.lost)}
    change(session, rows.model, changes)
    known = [dict(zip(rows.key, key, strict=True)) | dict(wanted[key]) for key in turn.missing]
    new = [one | dict(more) for one, more in zip(known, fresh(turn.missing), strict=True)]
    return Count(len(bulk.add(session, rows.model, new)), len(changes))


def columns(rows: Rows, wanted: Mapping[Key, Values]) -> list[str]:
    """All that a row is compared in."""
    return sorted({*rows.lost, *next(iter(wanted.values()), ())} - {*rows.key})


def there(session: Session, rows: Rows, owners: Collection[int], names: Sequence[str]) -> dict[Key, Any]:
    """As tuples: of a hundred thousand rows a night changes a few."""
    model, n = rows.model, len(rows.key)
    told = (getattr(model, name) for name in (*rows.key, *names))
    asked = select(*told, model.id, rows.written().label("written_on")).order_by(model.id)
    named = (getattr(model, name).isnot(None) for name in rows.key)
    found = session.execute(asked.where(getattr(model, rows.key[0]).in_(owners), *named))
    return {tuple(row[:n]): row for row in found}


def differs(row: Any, values: Values) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


def change(session: Session, model: type[Any], changes: Mapping[int, Values]) -> None:
    """Through the flush, which keeps their duties."""
    ids = list(changes)
    for at in range(0, len(ids), LOT):
        lot = select(model).where(model.id.in_(ids[at : at + LOT])).order_by(model.id)
        for row in session.scalars(lot):
            for name, value in changes[row.id].items():
                setattr(row, name, value)
        session.flush()


def hold(session: Session, model: type[Model], ids: Collection[int]) -> None:
    """Whoever else makes the rows of these owners waits until this transaction ends, and then finds ours.

    UNIQUE would stop them too, but with an error.
    """
    table: Any = model.__table__
    if session.get_bind().dialect.name == "sqlite":  # it knows no lock on a row: who writes locks the whole
        session.connection().execute(update(table).where(false()).values(id=table.c.id))
    held = select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.id)
    session.connection().execute(held.with_for_update(key_share=True))  # it hinders nobody who points at them

"""What a module says of the sheets it takes: the kinds of them, and where they are taken in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import select

from ems.core.db import db
from ems.core.people import Unit, User
from ems.core.policy import Act, reach
from ems.core.register import Column
from ems.core.settings import setting
from ems.web.forms import Form


@dataclass(frozen=True)
class Given:
    """What is known of a load beside the sheet."""

    user: User
    file: str
    unit_id: int | None = None  # of rows that name none
    historical: bool | None = None  # none: each row by the day it came in


@dataclass
class Row:
    """A row on its way: `said` as the cells have it, `data` as the form makes of it."""

    number: int
    said: dict[str, str]
    data: dict[str, Any]
    historical: bool = False
    sound: bool = True
    target: Any = None  # the record that is here already, which this row changes
    cleared: set[str] = field(default_factory=set)  # fields whose cells say 清空
    changes: list["Change"] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)  # field, trouble, remedy


class Change(NamedTuple):
    """One cell that differs from what stands in the record, both as people read them."""

    row: Row
    field: str
    title: str
    old: str
    new: str


class Doubt(NamedTuple):
    """What `judge` finds: of a cell, or (without a field) of the row."""

    row: Row
    field: str
    trouble: str
    remedy: str
    fault: bool = False


def nothing(_rows: Sequence[Row], _given: Given) -> Iterable[Doubt]:
    return ()


def silence(_rows: Sequence[Row], _given: Given) -> Iterable[str]:
    return ()


def all_of_them(_row: Row) -> str:
    return ""


@dataclass(frozen=True)
class Updates:
    """How a row of a sheet is known to be a record that is here already, and what of that record a sheet may change.

    `match` sets the `target` of each row it knows, in a bounded number of statements, and yields what speaks against
    it. What `change` writes stands in the row's `data`: the record's values with the sheet's laid over them.
    """

    keys: tuple[str, ...]  # the fields that name a record
    fields: frozenset[str]  # those a sheet may change: attributes of the record as well
    match: Callable[[Sequence[Row], Given], Iterable[Doubt]]
    change: Callable[[Row, Given], None]
    said: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)  # field → of a record, what a sheet says
    same: Mapping[str, Callable[[Any, Any], bool]] = field(default_factory=dict)  # field → whether both mean one thing


@dataclass(frozen=True)
class ImportKind:
    """What one kind of sheet is made of. `columns`: those with a `field` are known by their titles and synonyms."""

    name: str  # the table its rows go to
    title: Any
    form: type[Form]
    columns: tuple[Column, ...]
    store: Callable[[Sequence[Row], Given], int]  # makes the rows; returns how many
    needs: tuple[str, ...] = ()  # fields without whose column nothing can be read
    codes: frozenset[str] = frozenset()  # numbers that are names: phones, permits
    exact: frozenset[str] = frozenset()  # texts taken letter by letter: the row itself judges them
    blank: frozenset[str] = frozenset()  # texts in which 无 and - say that there is nothing
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # field → what people write → its value
    other: Mapping[str, Any] = field(default_factory=dict)  # field → what an old row gets whose word nobody knows
    spans: Mapping[str, str] = field(default_factory=dict)  # a day at which something ends → the one when it began
    unique: tuple[tuple[str, ...], ...] = ()  # fields that together are a number no two rows may share
    judge: Callable[[Sequence[Row], Given], Iterable[Doubt]] = nothing
    remarks: Callable[[Sequence[Row], Given], Iterable[str]] = silence  # what holds for many rows, said once
    skip: Callable[[Row], str] = all_of_them  # why a row is none of this kind, in words
    dated: str = ""  # the day that makes a row historical
    updates: Updates | None = None  # none: every row is a new one

    @property
    def fields(self) -> dict[str, str]:
        """What its columns can be: field → title."""
        found: dict[str, str] = {}
        for column in self.columns:
            if column.field:
                found.setdefault(column.field, str(column.title))
        return found


@dataclass(frozen=True)
class Intake:
    """A page and a command that take sheets: of one kind, or of several told apart by their headings."""

    name: str
    title: Any
    area: str
    index: str  # the endpoint of the list in which the rows then stand
    kinds: tuple[ImportKind, ...]


INTAKES: dict[str, Intake] = {}


def mean(value: Any, said: str) -> dict[str, Any]:
    """All these words, for which people use `value`."""
    return dict.fromkeys(said.split(), value)


def homes(user: User, area: str) -> list[tuple[int, str]]:
    """The units for which `user` may take in sheets: the desk first, for rows that name no unit."""
    asked = select(Unit.id, Unit.name, Unit.code).where(Unit.id.in_(reach(user, area, Act.LOAD)), Unit.active)
    rows = db.session.execute(asked.order_by(Unit.code != setting("complaints.desk"), Unit.path, Unit.id))
    return [(id, name) for id, name, _code in rows]

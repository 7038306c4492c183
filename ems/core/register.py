"""A register: the columns its list and its sheet show, the filters, views and orders it takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, Select, func, literal, select

from ems.core import dates, search
from ems.core.db import Choice, InUnit, db
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.policy import reached

T = TypeVar("T", bound=InUnit)
Where: TypeAlias = Callable[[Any], ColumnElement[bool]]
PAGE = 50
MANY = 10_000  # beyond this a list says "more than" and does not count on


@dataclass(frozen=True)
class Column:
    """`of` is the SQL of its value. `field` is the form field that a sheet's cell fills; `also` are other headings."""

    name: str
    title: Any
    of: Any
    field: str | None = None
    also: tuple[str, ...] = ()
    choice: type[Choice] | None = None  # its values are codes of these words
    kind: str = "text"  # text, date, state, number, flag
    sort: bool = False
    listed: bool = True  # on the page; a sheet has them all
    width: int = 14  # of the sheet's column, in characters


@dataclass(frozen=True)
class Filter:
    """`where` of what the person chose; raises ValueError for what nobody can choose."""

    name: str
    title: Any
    where: Where
    choices: Callable[[], Sequence[tuple[Any, Any]]] | None = None  # none: a date or a text to type
    kind: str = "text"

    def label(self, value: str) -> str:
        found = {str(key): said for key, said in self.choices()} if self.choices else {}
        return str(found.get(value, value))


@dataclass(frozen=True)
class View:
    """A tab: a question asked every day. `where` is given the reader."""

    name: str
    title: Any
    where: Where


class Page(NamedTuple):
    rows: Sequence[Row[Any]]
    number: int
    more: bool
    total: int  # at most MANY + 1
    size: int = PAGE

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)


@dataclass(frozen=True)
class Register(Generic[T]):
    """Every select names the row's `id` first, then the columns in their order."""

    name: str  # the file's name, in people's words
    model: type[T]
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    views: tuple[View, ...] = ()
    order: str = ""  # the column it stands in, "-" before it for the last first
    last: Callable[[], ColumnElement[bool]] | None = None  # rows behind all others, unless another order is asked for
    join: Callable[[Select[Any]], Select[Any]] = field(default=lambda rows: rows)
    searched: bool = True

    @property
    def listed(self) -> list[Column]:
        return [column for column in self.columns if column.listed]

    def asked(self, user: User, args: Mapping[str, str]) -> list[ColumnElement[bool]]:
        """The conditions: the reader's reach, and what they asked for. Raises `Refused` for a filter there is not."""
        return [*reached(user, self.model), *self.narrowed(user, args)]

    def narrowed(self, user: User, args: Mapping[str, str]) -> list[ColumnElement[bool]]:
        """What they asked for, without their reach."""
        where: list[ColumnElement[bool]] = []
        try:
            where += [f.where(args[f.name]) for f in self.filters if args.get(f.name)]
        except ValueError as error:
            raise Refused(_("没有这样的筛选条件，请清除后重选。")) from error
        where += [view.where(user) for view in self.views if view.name == args.get("view")]
        if self.searched and (words := args.get("q", "").strip()):
            where.append(search.matches(self.model, words))
        return [*where, *self.behind(args)]

    def behind(self, args: Mapping[str, str]) -> list[ColumnElement[bool]]:
        """The rows behind a figure, or those a check found."""
        from ems.core import module  # the registry holds registers, so it is read late  # noqa: PLC0415

        where = []
        if figure := module.figures().get(args.get("figure", "")):
            self.holds(figure.model)
            where.append(figure.ids(period_of(args)))
        if check := next((c for c in module.checks() if c.code == args.get("check")), None):
            self.holds(check.rows().column_descriptions[0]["entity"])
            where.append(self.model.id.in_(check.rows().with_only_columns(self.model.id).order_by(None)))
        return where

    def holds(self, model: type[InUnit]) -> None:
        """Rows of another table would be joined with each of these."""
        if model is not self.model:
            raise Refused(_("这个数字的明细不在这张列表里，请从数据总览重新打开。"))

    def rows(self, user: User, args: Mapping[str, str], columns: Sequence[Column] | None = None) -> Select[Any]:
        shown = self.columns if columns is None else columns
        rows = self.join(select(self.model.id, *(c.of.label(c.name) for c in shown)).select_from(self.model))
        return rows.where(*self.asked(user, args)).order_by(*self.ordered(args.get("sort", "")))

    def ordered(self, sort: str) -> list[Any]:
        name = sort.removeprefix("-")
        if name not in {c.name for c in self.columns if c.sort}:
            sort, name = self.order, self.order.removeprefix("-")
        by = next((c.of for c in self.columns if c.name == name), self.model.id)
        first = [self.last()] if self.last and sort == self.order else []
        return [*first, *([by.desc(), self.model.id.desc()] if sort.startswith("-") else [by, self.model.id])]

    def page(self, user: User, args: Mapping[str, str]) -> Page:
        number = max(1, int(args["page"])) if args.get("page", "").isdecimal() else 1
        wanted = self.rows(user, args, self.listed).limit(PAGE + 1).offset((number - 1) * PAGE)
        found = db.session.execute(wanted).all()
        whole = number == 1 and len(found) <= PAGE
        total = len(found) if whole else self.count(user, args)
        return Page(found[:PAGE], number, len(found) > PAGE, total)

    def count(self, user: User, args: Mapping[str, str], most: int = MANY) -> int:
        """How many, counting no further than one more than `most`."""
        return db.session.scalar(self.counted(most, *self.asked(user, args))) or 0

    def counted(self, most: int, *where: ColumnElement[bool]) -> Select[int]:
        rows = select(literal(1)).select_from(self.model).where(*where).limit(most + 1)
        return select(func.count()).select_from(rows.subquery())

    def tallies(self, user: User, most: int = 999) -> dict[str, int]:
        """Of each tab, how many: all in one statement."""
        if not self.views:
            return {}
        mine = reached(user, self.model)
        asked = [self.counted(most, *mine, view.where(user)).scalar_subquery() for view in self.views]
        found = db.session.execute(select(*asked)).one()
        return {view.name: n for view, n in zip(self.views, found, strict=True)}


def year_of(args: Mapping[str, str]) -> int:
    asked = args.get("year", "")
    return int(asked) if asked.isdecimal() and 1990 <= int(asked) <= 2100 else dates.today().year  # noqa: PLR2004


def period_of(args: Mapping[str, str]) -> tuple[date, date]:
    """The year asked for, as far as it has gone, or as far as the day in `through`."""
    first, last = dates.so_far(year_of(args))
    try:
        return first, max(first, min(date.fromisoformat(args["through"]), dates.year(first.year)[1]))
    except (KeyError, ValueError):
        return first, last

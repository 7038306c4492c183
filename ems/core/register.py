"""A register: the columns its list and its sheet show, the filters, views and orders it takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, func, literal, select

from ems.core import dates, search
from ems.core.db import Choice, InUnit, db
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.policy import everywhere, reach, reached

T = TypeVar("T", bound=InUnit)
Where: TypeAlias = Callable[..., ColumnElement[bool]]
PAGE = 50
TAB = 999  # a tab counts no further
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
    """`where` of what the person chose; raises ValueError for what nobody can choose.

    With `beside` it is given the answer to that question too: a point is asked for with its radius.
    """

    name: str
    title: Any
    where: Where
    choices: Callable[[], Sequence[tuple[Any, Any]]] | None = None  # none: a date or a text to type
    kind: str = "text"
    beside: str = ""
    example: str = ""  # of what to type
    blank: Any = None  # what no choice means, where it isn't all of them

    def asked(self, args: Mapping[str, str]) -> ColumnElement[bool]:
        return self.where(args[self.name], args.get(self.beside, "")) if self.beside else self.where(args[self.name])

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


class Reader(NamedTuple):
    """Who asks, as a statement that is kept knows them: the id is given when it runs."""

    id: Any = bindparam("reader", type_=Integer)


READER: Any = Reader()


@dataclass(frozen=True, eq=False)
class Register(Generic[T]):
    """Every select names the row's `id` first, then the columns in their order.

    The tabs' numbers, the plain list and its length are asked all day: those statements are composed once a day and
    kind of reader, for composing them costs more than running them. So a view's `where` may read the reader's id and
    the day; what else it needs is SQL.
    """

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
            where += [f.asked(args) for f in self.filters if args.get(f.name)]
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
        plain = not any(args.get(name) for name in args)
        kept = (everywhere(user, self.model.area), dates.today())
        wanted = self.plain(*kept) if plain else self.slice(user, args, number)
        found = db.session.execute(wanted, {"reader": user.id}).all()
        if number == 1 and len(found) <= PAGE:
            return Page(found, number, more=False, total=len(found))
        counted = self.length(*kept) if plain else self.counted(MANY, *self.asked(user, args))
        total = db.session.scalar(counted, {"reader": user.id}) or 0
        return Page(found[:PAGE], number, len(found) > PAGE, total)

    def slice(self, user: User, args: Mapping[str, str], number: int) -> Select[Any]:
        return self.rows(user, args, self.listed).limit(PAGE + 1).offset((number - 1) * PAGE)

    @lru_cache(maxsize=256)  # noqa: B019  registers live as long as the process
    def plain(self, whole: bool, _day: date) -> Select[Any]:
        """The first page of the list when nothing is asked."""
        shown = (c.of.label(c.name) for c in self.listed)
        rows = self.join(select(self.model.id, *shown).select_from(self.model)).where(*self.scope(whole))
        return rows.order_by(*self.ordered("")).limit(PAGE + 1)

    @lru_cache(maxsize=256)  # noqa: B019
    def length(self, whole: bool, _day: date) -> Select[int]:
        return self.counted(MANY, *self.scope(whole))

    def scope(self, whole: bool) -> list[ColumnElement[bool]]:
        """Of a reader whose id is given later: the rows they may see."""
        return [] if whole else [self.model.unit_id.in_(reach(READER, self.model.area))]

    def count(self, user: User, args: Mapping[str, str], most: int = MANY) -> int:
        """How many, counting no further than one more than `most`."""
        return db.session.scalar(self.counted(most, *self.asked(user, args))) or 0

    def counted(self, most: int, *where: ColumnElement[bool]) -> Select[int]:
        rows = select(literal(1)).select_from(self.model).where(*where).limit(most + 1)
        return select(func.count()).select_from(rows.subquery())

    def tallies(self, user: User) -> dict[str, int]:
        """Of each tab, how many: all in one statement."""
        if not self.views:
            return {}
        asked = self.tabs(everywhere(user, self.model.area), dates.today())
        found = db.session.execute(asked, {"reader": user.id}).one()
        return {view.name: n for view, n in zip(self.views, found, strict=True)}

    @lru_cache(maxsize=256)  # noqa: B019
    def tabs(self, whole: bool, _day: date) -> Select[Any]:
        mine = self.scope(whole)
        return select(*(self.counted(TAB, *mine, v.where(READER)).scalar_subquery() for v in self.views))


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

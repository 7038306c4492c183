"""What a notice would change in the calendar, and whether the notice of next year is here at all."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, exists, false, func, select

from ems.core import dates
from ems.core.calendar import SATURDAY, Workday
from ems.core.db import db
from ems.core.duties import Duty
from ems.settings import notice
from ems.settings.notice import Notice

DUE, PRESSING = (12, 1), (12, 15)  # the State Council publishes it in November


class Run(NamedTuple):
    """Days on end that are the same."""

    first: date
    last: date
    works: bool
    note: str

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1


class Change(NamedTuple):
    """A day that would not be what it is: worked, off, or None, as its weekday."""

    day: date
    was: bool | None
    will: bool | None
    note: str


@dataclass(frozen=True)
class Proposal:
    """A notice beside the calendar as it is."""

    year: int
    days: Mapping[date, tuple[bool | None, str]]
    runs: list[Run]
    changes: list[Change]
    others: list[Workday]  # of that year, which the notice does not name
    warnings: list[str] = field(default_factory=list)


def rows_of(first: date, last: date) -> dict[date, Workday]:
    asked = select(Workday).where(Workday.day.between(first, last)).order_by(Workday.day)
    return {row.day: row for row in db.session.scalars(asked)}


def proposed(read: Notice) -> Proposal:
    """Of a sound notice. Changes nothing."""
    days = dict(sorted(read.days.items()))
    year = read.year or next(iter(days)).year
    first, last = dates.year(year)
    known = rows_of(min(first, *days), max(last, *days))
    changes = [
        Change(day, was, will, note)
        for day, (works, note) in days.items()
        for will in [None if works is None or plain(day, works) else works]
        for was in [known[day].works if day in known else None]
        if was is not will
    ]
    others = [row for day, row in known.items() if day.year == year and day not in days]
    here = any(day.year == year for day in known)
    return Proposal(year, days, list(runs(days)), changes, others, [*read.warnings, *doubts(year, days, here=here)])


def plain(day: date, works: bool) -> bool:
    return works == (day.weekday() < SATURDAY)


def runs(days: Mapping[date, tuple[bool | None, str]]) -> Iterator[Run]:
    run: Run | None = None
    for day, (works, note) in days.items():
        if works is None:
            continue
        if run and (run.works, run.note, run.last + timedelta(days=1)) == (works, note, day):
            run = run._replace(last=day)
            continue
        if run:
            yield run
        run = Run(day, day, works, note)
    if run:
        yield run


def doubts(year: int, days: Mapping[date, tuple[bool | None, str]], *, here: bool) -> Iterator[str]:
    for day, (works, _note) in days.items():
        if works and plain(day, works):
            yield _("%(day)s 不是周末，本来就上班。", day=day)
    if here:
        yield _("%(year)s 年的安排已经录入过，下面只列出会变的日子。", year=year)
    elif lacking := list(notice.missing(days)):
        told = {"names": _("、").join(lacking), "year": year}
        yield _("没有读到%(names)s的安排。录入后 %(year)s 年就不再算暂定，请先核对通知是否完整。", **told)
    if others := {day.year for day in days} - {year, year - 1}:
        yield _("里面有 %(years)s 年的日子，请核对年份。", years=_("、").join(map(str, sorted(others))))


def with_others(proposal: Proposal) -> dict[date, tuple[bool | None, str]]:
    """The days to be set where the notice is to be all there is of its year."""
    return {**{row.day: (None, "") for row in proposal.others}, **proposal.days}


def known(year: int) -> ColumnElement[bool]:
    """Whether the arrangement of that year is here."""
    return exists().where(Workday.day.between(*dates.year(year)))


def is_announced(year: int) -> bool:
    return bool(db.session.scalar(select(known(year))))


def lacking() -> int | None:
    """Next year, if its notice should be here (from 1 December on) and is not."""
    today = dates.today()
    if (today.month, today.day) < DUE or is_announced(today.year + 1):
        return None
    return today.year + 1


def pressing() -> bool:
    return (dates.today().month, dates.today().day) >= PRESSING


def provisional(*years: int) -> Select[Duty]:
    """Open duties whose days are counted over a year that is not announced; of these years, if any are named."""
    asked = select(Duty).where(Duty.met_on.is_(None), Duty.why["provisional"].as_boolean())
    for year in years:
        first, last = dates.year(year)
        asked = asked.where(Duty.due_on >= first, Duty.start_on <= last)
    return asked.order_by(Duty.due_on, Duty.id)


def how_many(rows: Select[Duty]) -> int:
    return db.session.scalar(rows.with_only_columns(func.count()).order_by(None)) or 0


def hanging_on_next_year() -> Select[Duty]:
    """From 1 December on, while next year's notice is missing: what must be reckoned again when it is here."""
    today = dates.today()
    if (today.month, today.day) < DUE:
        return select(Duty).where(false())
    next_year = today.year + 1
    return provisional(next_year).where(and_(~known(next_year)))


def words(runs: Iterable[Run]) -> Iterator[str]:
    """For the command line: 2027-10-01 至 2027-10-07 放假 国庆节（7 天）"""
    for run in runs:
        until = _(" 至 %(day)s", day=run.last) if run.length > 1 else ""
        work = _("上班") if run.works else _("放假")
        yield _("%(first)s%(until)s %(work)s %(note)s（%(n)s 天）",
                first=run.first, until=until, work=work, note=run.note, n=run.length)  # fmt: skip

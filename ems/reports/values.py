"""What a figure was in a year: the number, the year before, and how many rows stand behind it."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import select

from ems.core import dates, module
from ems.core.db import db
from ems.core.figures import Figure, Period, share
from ems.core.people import User
from ems.reports.models import Report, SealedFigure

Number: TypeAlias = int | Decimal
Pair: TypeAlias = tuple[Number | None, Number | None]


@dataclass(frozen=True)
class Value:
    """`of` is a ratio's whole. `sealed_last`: the number of the year before stands in a sealed report."""

    code: str
    title: str
    unit: str
    value: Number | None
    last_year: Number | None
    rows: int
    of: Number | None = None
    sealed_last: bool = False

    @property
    def rate(self) -> bool:
        return self.unit == "%"

    @property
    def change(self) -> Number | None:
        return None if self.value is None or self.last_year is None else exact(self.value - self.last_year)


def exact(number: Any) -> Number | None:
    """A whole number, or a decimal of at most two places: what the database said, in the one form we seal and show."""
    if number is None:
        return None
    rounded = Decimal(str(number)).quantize(Decimal("0.01"))
    return int(rounded) if rounded == rounded.to_integral_value() else rounded.normalize()


def before(period: Period) -> Period:
    """The same days of the year before."""
    _first, last = period
    year = last.year - 1
    return date(year, 1, 1), date(year, last.month, min(last.day, calendar.monthrange(year, last.month)[1]))


def value(figure: Figure[Any], year: int, user: User | None = None) -> Value:
    """Of the whole zone, as the report has it: the year before is the whole year, sealed where a sealed report has it.

    For `user`, of the rows in their reach, as screens have it: set against the same days of the year before.
    """
    return values([figure], year, user)[figure.code]


def values(
    figures: Iterable[Figure[Any]], year: int, user: User | None = None, until: date | None = None
) -> dict[str, Value]:
    """The values of many figures, by code. `until`: as far as that day instead of as far as the year has gone."""
    first, last = dates.so_far(year)
    sealed = {} if user else sealed_values(year - 1)
    return {figure.code: valued(figure, (first, until or last), user, sealed) for figure in figures}


def valued(figure: Figure[Any], period: Period, user: User | None, sealed: Mapping[str, Number | None]) -> Value:
    then = before(period) if user else dates.year(period[0].year - 1)
    (now, whole), (last, _) = along(figure, user, (period, then))
    kept = figure.code in sealed
    return Value(
        figure.code, str(figure.title), str(figure.unit), now, sealed[figure.code] if kept else last,
        figure.counted(user, period), whole, kept,
    )  # fmt: skip


def along(figure: Figure[Any], user: User | None, periods: Sequence[Period]) -> list[Pair]:
    """The figure in each of `periods`, and what it is a share of."""
    parts = measures(figure, user, periods)
    if figure.whole is None:
        return [(exact(part), None) for part in parts]
    whole = module.figures().get(figure.whole)
    wholes = measures(whole, user, periods) if whole else [None] * len(parts)
    return [(exact(share(part, of)), exact(of)) for part, of in zip(parts, wholes, strict=True)]


def measures(figure: Figure[Any], user: User | None, periods: Sequence[Period]) -> list[Any]:
    """The bare measure in each of `periods`: one statement, and one rule of reach, however many."""
    mine = figure.mine(user)
    listed = [figure.rows(period).where(*mine).order_by(None) for period in periods]
    asked = [rows.with_only_columns(figure.measure(), maintain_column_froms=True) for rows in listed]
    return list(db.session.execute(select(*(rows.scalar_subquery() for rows in asked))).one())


def months(figure: Figure[Any], year: int, user: User | None = None) -> list[Number | None]:
    """Month by month, to the one under way: what happened in each, or how it stood at its end."""
    known = spans(figure, year) if figure.monthly else []
    return [number for number, _whole in along(figure, user, known)] if known else []


def spans(figure: Figure[Any], year: int) -> list[Period]:
    """The months of `year`, to the one under way, each as the period in which this figure is asked."""
    first, last = dates.so_far(year)
    if first > dates.today():
        return []
    ends = (min(last, date(year, n, calendar.monthrange(year, n)[1])) for n in range(1, last.month + 1))
    return [(first if figure.state else end.replace(day=1), end) for end in ends]


def sealed_values(year: int) -> dict[str, Number | None]:
    """The numbers in the sealed report of `year`; none, if there is none."""
    rows = select(SealedFigure.code, SealedFigure.value).join(Report).order_by(SealedFigure.id)
    found = db.session.execute(rows.where(Report.year == year, Report.digest.isnot(None)))
    return {code: exact(number) for code, number in found}


def as_sealed(kept: SealedFigure) -> Value:
    now, last = exact(kept.value), exact(kept.last_year)
    return Value(kept.code, kept.title, kept.unit, now, last, kept.rows, exact(kept.of), kept.last_sealed)


def of_report(report: Report) -> dict[str, Value]:
    """The numbers of a report: as sealed, or as they are."""
    if report.sealed:
        return {kept.code: as_sealed(kept) for kept in report.figures}
    return values(module.figures().values(), report.year)


def moved(report: Report) -> list[tuple[Value, Value]]:
    """What changed after the sealing (签发后变动): a number as sealed, and as it is now for the same days."""
    known = module.figures()
    sealed = [as_sealed(kept) for kept in report.figures if kept.code in known]
    now = values([known[then.code] for then in sealed], report.year, until=report.until)
    pairs = [(then, now[then.code]) for then in sealed]
    return [(then, now) for then, now in pairs if (then.value, then.rows) != (now.value, now.rows)]

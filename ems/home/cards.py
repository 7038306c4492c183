"""The year in figures: a few numbers of the house, each with its way by month and the same days of last year."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ems.core import dates, module
from ems.core.figures import Period
from ems.core.people import User
from ems.reports.inspector import links
from ems.reports.text import changed
from ems.reports.values import Number, Value, along, before, spans
from ems.web.session import can

#: the first six that there are and that the reader may open
SHOWN = (
    "complaints.handled", "complaints.on_time", "inspections.done", "permits.reviewed", "orders.met",
    "enterprises.registered", "complaints.received", "complaints.answered_rate",
)  # fmt: skip
MOST = 6


@dataclass(frozen=True)
class Card:
    value: Value
    months: Sequence[Number | None]
    url: str

    @property
    def change(self) -> str:
        return changed(self.value)


def cards(user: User, most: int = MOST) -> list[Card]:
    known = module.figures()
    mine = [known[code] for code in SHOWN if code in known and can(known[code].model.area)]
    return [card(figure, user) for figure in mine[:most]]


def card(figure: Any, user: User) -> Card:
    """One statement for the year, the year before and every month; two for a rate."""
    year = dates.today().year
    period = dates.so_far(year)
    (now, whole), (last, _of), *monthly = along(figure, user, [period, before(period), *spans(figure, year)])
    value = Value(figure.code, str(figure.title), str(figure.unit), now, last, 0, whole)
    return Card(value, [number for number, _whole in monthly], links(figure, year).get("list", ""))


@dataclass(frozen=True)
class Bars:
    """The months of this year beside those of the last, as far as this one has gone."""

    title: str
    unit: str
    now: Sequence[Number | None]
    then: Sequence[Number | None]
    url: str

    @property
    def sums(self) -> tuple[Any, Any]:
        return tuple(sum(number or 0 for number in series) for series in (self.now, self.then))  # type: ignore[return-value]


def bars(code: str, user: User) -> Bars | None:
    """None, where there is no such figure or the reader may not open it."""
    figure, year = module.figures().get(code), dates.today().year
    if figure is None or not can(figure.model.area):
        return None
    now = spans(figure, year)
    both = along(figure, user, [*now, *map(same_month, now)])
    numbers = [number for number, _whole in both]
    shown = (str(figure.title), str(figure.unit), numbers[: len(now)], numbers[len(now) :])
    return Bars(*shown, links(figure, year).get("list", ""))


def same_month(period: Period) -> Period:
    """Of the year before, as many days of it."""
    first, _last = period
    return first.replace(year=first.year - 1), before(period)[1]

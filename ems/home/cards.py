"""The year in figures: a few numbers of the house, each with its way by month and the same days of last year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app

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
KEPT = timedelta(minutes=10)
ROOM = 5000  # lines kept in one process


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
    """The numbers are of now: one statement, two for a rate. The way by month may be some minutes old."""
    year = dates.today().year
    period = dates.so_far(year)
    (now, whole), (last, _of) = along(figure, user, [period, before(period)])
    value = Value(figure.code, str(figure.title), str(figure.unit), now, last, 0, whole)
    return Card(value, kept(figure, user, spans(figure, year)), links(figure, year).get("list", ""))


def kept(figure: Any, user: User, periods: Sequence[Period]) -> Sequence[Number | None]:
    """The figure in each of `periods`, kept for some minutes: a dozen counts are dear, and a line shows no number."""
    held: dict[Any, Any] = current_app.extensions.setdefault("home.cards", {})
    key, now = (figure.code, user.id, tuple(periods)), dates.now()
    made, numbers = held.get(key, (None, ()))
    if made is None or not timedelta() <= now - made < KEPT:
        if len(held) > ROOM:
            held.clear()
        numbers = [number for number, _whole in along(figure, user, periods)]
        held[key] = (now, numbers)
    return numbers  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Bars:
    """The months of this year beside those of the last, as far as this one has gone."""

    title: str
    unit: str
    now: Sequence[Number | None]
    then: Sequence[Number | None]
    sums: Sequence[Number | None]  # the year so far, and the same days of the last
    url: str


def bars(code: str, user: User) -> Bars | None:
    """None, where there is no such figure or the reader may not open it."""
    figure, year = module.figures().get(code), dates.today().year
    if figure is None or not can(figure.model.area):
        return None
    now = spans(figure, year)
    months = kept(figure, user, [*now, *map(same_month, now)])
    period = dates.so_far(year)
    sums = [number for number, _whole in along(figure, user, [period, before(period)])]
    lines = (months[: len(now)], months[len(now) :], sums)
    return Bars(str(figure.title), str(figure.unit), *lines, links(figure, year).get("list", ""))


def same_month(period: Period) -> Period:
    """Of the year before, as many days of it."""
    first, _last = period
    return first.replace(year=first.year - 1), before(period)[1]

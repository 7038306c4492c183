"""Working days, as the State Council's yearly notices give them out; they follow no formula."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ems.core.db import Model

SATURDAY = 5


class Workday(Model):
    """A day that is not what its weekday says: a weekday off, or a weekend worked (调休)."""

    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    note: Mapped[str] = mapped_column(String(80), default="")


@dataclass(frozen=True)
class Calendar:
    """Monday to Friday, but for `exceptions` (True: worked). A year without any is not announced yet."""

    exceptions: Mapping[date, bool]

    @cached_property
    def years(self) -> frozenset[int]:
        return frozenset(day.year for day in self.exceptions)

    def works(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < SATURDAY)

    def roll(self, day: date, step: int) -> date:
        """`day`, or the first working day after it (`step` 1) or before it (-1)."""
        while not self.works(day):
            day += timedelta(days=step)
        return day

    def shift(self, day: date, n: int) -> date:
        """`n` working days on, or back if negative; `day` itself is not counted."""
        step = 1 if n > 0 else -1
        for _ in range(abs(n)):
            day = self.roll(day + timedelta(days=step), step)
        return day

    def between(self, start: date, end: date) -> list[tuple[date, bool]]:
        """The exceptions after `start` up to `end`, in whichever order the two come."""
        first, last = sorted((start, end))
        return [(day, works) for day, works in sorted(self.exceptions.items()) if first <= day <= last and day != start]

    def provisional(self, *days: date) -> bool:
        return not self.years.issuperset(range(min(days).year, max(days).year + 1))


def calendar(session: Session, since: date = date.min) -> Calendar:
    """All working days that are announced, or those from the year `since` on: a flush does not need twenty years."""
    days = select(Workday.day, Workday.works).where(Workday.day >= date(since.year, 1, 1))
    return Calendar({row.day: row.works for row in session.connection().execute(days)})

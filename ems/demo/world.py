"""What every part of the demo year is built from: the day it is, the material, the units and the people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from ems.core.calendar import Calendar
from ems.core.people import User
from ems.demo.story import Story

SEED = 14001


@dataclass(frozen=True)
class World:
    """It is `today`, early in the morning: what is dated today has only just come in."""

    session: Session
    today: date
    material: Mapping[str, Any]  # seeds/demo/names.yaml
    calendar: Calendar
    units: Mapping[str, int]  # code → id
    names: Mapping[str, str]  # code → what the unit is called
    people: Mapping[str, User]  # username → person
    story: Story

    @property
    def year(self) -> int:
        return self.today.year

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)

    def dice(self) -> Random:
        """The same throws for each part, whatever the parts before it threw."""
        return Random(SEED)

    def work(self, n: int, start: date | None = None) -> date:
        """`n` working days after `start` (none: today), before it if negative; 0: it, or the first working day then."""
        start = start or self.today
        return self.calendar.shift(start, n) if n else self.calendar.roll(start, 1)

    def before(self, day: date) -> date:
        """`day`, or the last working day before it."""
        return self.calendar.roll(day, -1)

    def days(self, year: int) -> tuple[date, date]:
        """First and last day of what is over of `year`."""
        return date(year, 1, 1), min(date(year, 12, 31), max(self.yesterday, date(year, 1, 1)))

    def part(self, year: int, share: float) -> date:
        """The working day on which that share of what is over of `year` had passed."""
        first, last = self.days(year)
        day = self.work(0, first + timedelta(days=int((last - first).days * share)))
        return day if day <= last else self.before(last)

    def at(self, code: str, role: str) -> User:
        """Whoever has this role in the unit of this code, as the material says."""
        known = next(p for p in self.material["people"] if (p["unit"], p["role"]) == (code, role))
        return self.people[known["username"]]
